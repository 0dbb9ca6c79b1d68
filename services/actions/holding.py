"""The one lock of a need, and that of a resource: whatever is done to it comes one after the
other."""

from services.models import Need, Resource


def hold(*needs: Need) -> None:
    """One hand at a time on needs until the end of the transaction; they are read anew.

    The moment of an act is read afterwards: who waited here acted later than who went before.
    """
    rows = Need.objects.select_for_update(no_key=True)
    for need in sorted(needs, key=lambda need: need.pk):
        need.refresh_from_db(from_queryset=rows)


def hold_resource(resource: Resource) -> None:
    """The same for a resource: what is left of it is counted and taken by one hand at a time.
    Who holds a need too has held it before."""
    for name in ("known_bookings", "known_held", "known_opening"):  # what a list knew of it
        vars(resource).pop(name, None)
    resource.refresh_from_db(from_queryset=Resource.objects.select_for_update(no_key=True))
