"""The one lock of a need, that of a project and that of a resource: whatever is done to it comes
one after the other."""

from django.utils.translation import gettext as _

from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.words import name_for_all
from services.models import Need, Project, ProjectNeed, Resource


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


def hold_project(project: Project) -> None:
    """The same for a project. Whoever holds needs too has held them before, whoever holds a
    resource takes it afterwards."""
    project.refresh_from_db(from_queryset=Project.objects.select_for_update(no_key=True))


def hold_served(project: Project) -> list[ProjectNeed]:
    """The needs that it serves, and then the project: neither is any of them reopened nor does
    another join meanwhile."""
    rows = ProjectNeed.objects.filter(project=project, left_at=None).order_by("pk")
    held = list(rows.select_related("need"))
    hold(*(link.need for link in held))
    hold_project(project)
    if list(rows.values_list("pk", flat=True)) != [link.pk for link in held]:
        raise StepRefused(
            _("“%(name)s”刚被别人更新，请刷新后再试。") % {"name": name_for_all(project)}
        )
    return held
