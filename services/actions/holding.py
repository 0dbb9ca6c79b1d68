"""The one lock of a need: whatever is done to it comes one after the other."""

from services.models import Need


def hold(*needs: Need) -> None:
    """One hand at a time on needs until the end of the transaction; they are read anew.

    The moment of an act is read afterwards: who waited here acted later than who went before.
    """
    rows = Need.objects.select_for_update(no_key=True)
    for need in sorted(needs, key=lambda need: need.pk):
        need.refresh_from_db(from_queryset=rows)
