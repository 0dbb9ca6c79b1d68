"""Why nothing is owed to an organization this month, and who can do what about it.

Whether somebody need not pay is nobody else's business: where all are waived the sentence is the
same as where no base is known yet.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models import Membership, Organization
from members.models.dues import keepers
from members.models.organizations import below

GROUP = Organization.Kind.PARTY_GROUP


@dataclass(frozen=True)
class Lack:
    """What is missing in a sentence, and for the office the page of the next step."""

    words: Promise | str
    verb: Promise | str = ""
    url: str = ""


def lacking(organizations: Iterable[Organization], keepers: Mapping[int, list]) -> dict[int, Lack]:
    """For organizations to which nothing is owed, by their numbers: one query for all, beside the
    `keepers` (`keepers_of`)."""
    organizations = list(organizations)
    if not organizations:
        return {}
    peopled = _peopled(organizations)
    return {each.pk: _lack(each, each.path in peopled, keepers[each.pk]) for each in organizations}


def _lack(organization, has_members, keepers) -> Lack:
    if not has_members:
        return Lack(_("没有直属党员，不核定党费。"))
    if not keepers:
        to = f"{reverse('members:term-create')}?organization={organization.pk}"
        return Lack(_("没有党费管理员。"), _("登记任职"), to)
    if lack := without_account(keepers):
        return lack
    desk = reverse("members:duesbranch-detail", args=[organization.pk])
    return Lack(_("没有应交的党费，计算基数由党费管理员填写。"), _("看是谁"), desk)


def _peopled(organizations) -> set[str]:
    """The paths of those that collect from somebody: their own members or those of their groups."""
    rows = Membership.objects.counted().filter(
        below([each.path for each in organizations], "organization__")
    )
    rows = rows.order_by().values_list("organization__path", "organization__kind").distinct()
    return {path[: -Organization.steplen] if kind == GROUP else path for path, kind in rows}


def keepers_of(organizations: Iterable[Organization]) -> dict[int, list[tuple[str, int | None]]]:
    """Who keeps the dues of each: the name and the account, None without one. One query."""
    found = defaultdict(list)
    terms = keepers().filter(organization__in=organizations).order_by("post__order", "pk")
    for organization, *keeper in terms.values_list("organization", "member__name", "member__user"):
        found[organization].append(tuple(keeper))
    return found


def without_account(keepers: list[tuple[str, int | None]]) -> Lack | None:
    """Where no keeper can sign in nobody can enter what was paid: who they are, and what to do."""
    if not keepers or any(account for _name, account in keepers):
        return None
    names = gettext("、").join(name for name, _account in keepers)
    words = gettext("党费管理员%(names)s还没有账号，请园区党务办公室开户。") % {"names": names}
    return Lack(words, _("开户"), reverse("accounts:slips-issue-all"))
