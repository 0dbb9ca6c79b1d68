"""Heart-to-heart talks (谈心谈话): that one took place is told, what was said is sealed."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from members.actions import activities, participations
from members.models import (
    Activity,
    ActivityKind,
    Membership,
    Organization,
    PartyMember,
    TalkNote,
    Term,
)
from members.models.organizations import line_of
from nanchuan.kernel import events, roles
from nanchuan.kernel.states import StepRefused

KIND = "talk"


@sensitive_variables("content", "follow_up")
@transaction.atomic
def log(  # noqa: PLR0913
    *,
    lead: PartyMember,
    other: PartyMember,
    starts_at: datetime,
    content: str,
    by,
    follow_up: str = "",
    at: datetime | None = None,
) -> Activity:
    """Two people talked (记谈话). One of them writes it down, or who leads their organization.

    It is held by the lowest organization that both belong to on that day. Raises StepRefused if
    there is none, for one person alone, and if somebody else writes it down.
    """
    day = timezone.localdate(starts_at)
    if lead == other:
        raise StepRefused(_("谈话双方不能是同一个人。"))
    organization = shared_organization((lead, other), day)
    superior = superior_of(organization, (lead, other), day)
    if not _may_write(by, (lead, other), superior):
        raise StepRefused(_("谈话由参加的同志记录，或者由所在党组织的书记代为记录。"))
    kind = ActivityKind.objects.get(code=KIND)
    activity = activities.log(
        organization,
        by=by,
        members=[other],
        host=lead,
        kind=kind,
        title=kind.name,
        starts_at=starts_at,
        at=at,
    )
    TalkNote.objects.create(
        activity=activity, superior=superior, content=content, follow_up=follow_up
    )
    return activity


@sensitive_variables("content", "follow_up")
@transaction.atomic
def change(  # noqa: PLR0913
    note: TalkNote, *, content: str, follow_up: str, revision: int, by, at: datetime | None = None
) -> Activity:
    """What was written down is put right, e.g. with what followed (补充谈话内容).

    `revision` is the one that the person saw: of two open pages, the second is refused, and so is
    whoever comes after it was withdrawn.
    """
    rows = TalkNote.objects.filter(pk=note.pk, revision=revision)
    rows = rows.filter(activity__status__in=Activity.STANDING)
    if not rows.update(content=content, follow_up=follow_up, revision=F("revision") + 1):
        raise StepRefused(_("这次谈话刚被更改过，或者已经撤回。请打开新的一页核对后，再填一次。"))
    events.record("talk.changed", subject=note.activity, by=by, at=at)
    return note.activity


@transaction.atomic
def withdraw(note: TalkNote, *, by, at: datetime | None = None) -> None:
    """It was written down by mistake (撤回): it counts for nobody any more."""
    activity = note.activity
    activity.step_to(Activity.Status.WITHDRAWN)
    participations.follow(activity)
    events.record("talk.withdrawn", subject=activity, by=by, at=at)


def read(note: TalkNote, *, by, at: datetime | None = None) -> None:
    """Somebody who may opens the sealed words; the trail says who and when."""
    events.record("talk.read", subject=note.activity, by=by, at=at)


def shared_organization(people: Collection[PartyMember], day: date) -> Organization:
    """The lowest organization that all belong to on a day; a party group is part of its branch."""
    homes = Membership.objects.counted(day).filter(member__in=people)
    paths = dict(homes.values_list("member", "organization__path"))
    if missing := sorted(one.name for one in people if one.pk not in paths):
        raise StepRefused(
            _("%(names)s在 %(day)s 不是园区的在册党员。请核对时间和谈话双方。")
            % {"names": _("、").join(missing), "day": day}
        )
    lines = [set(line_of(path)) for path in paths.values()]
    shared = max(set.intersection(*lines), key=len, default="")
    found = Organization.objects.filter(path=shared).first()
    if found and found.kind == Organization.Kind.PARTY_GROUP:
        found = Organization.objects.get_parent(found)
    if found is None:
        raise StepRefused(_("谈话双方没有共同的党组织，请各自的上级党组织商定由谁记录。"))
    return found


def superior_of(
    organization: Organization, people: Collection[PartyMember], day: date
) -> Organization | None:
    """Whose secretary may read what was said: the organization's own, unless that is one of the
    two; then the one above, or nobody but the park office."""
    leading = Term.objects.current(day).filter(post__leads=True, member__in=people)
    is_led = leading.filter(organization=organization).exists()
    return Organization.objects.get_parent(organization) if is_led else organization


def _may_write(by, people, superior) -> bool:
    own = roles.places(by, roles.MEMBER)
    leads = superior is not None and superior.path in roles.places(by, roles.SECRETARY)
    return leads or any(one.pk in own for one in people)
