"""The organizations of an activity: the one that held it, and others that answer for themselves.

What the copies in `Participation` and `Attendance` say follows the record.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext as _

from members.actions import attendances
from members.models import Activity, Organization, Participation, PartyMember
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

ASKED, CONFIRMED, DECLINED = Participation.Answer
MOST = 20


def begin(activity: Activity) -> None:
    """The part of the organization that held a new record."""
    Participation.objects.create(
        activity=activity,
        organization=activity.organization,
        answer=CONFIRMED,
        is_host=True,
        counts=activity.is_standing,
        **_copied(activity),
    )


def follow(activity: Activity) -> None:
    """Bring the rows of an activity up to what they copy of it; the host has one too.

    Call it in the transaction of whatever changed one of these.
    """
    confirmed = Q(answer=CONFIRMED) if activity.is_standing else Q(pk__in=[])
    counts = Case(When(confirmed, then=Value(True)), default=Value(False))
    if not activity.participations.update(counts=counts, **_copied(activity)):
        begin(activity)
    attendances.follow(activity)


def _copied(activity) -> dict:
    return {
        "kind_id": activity.kind_id,
        "held_on": activity.held_on,
        "is_late": activity.is_late,
        "led_by": activity.host_id,
    }


def ask(activity: Activity, organizations: Iterable[Organization]) -> None:
    """These held it together with the host (联合开展), and are asked to say so themselves.

    Those no longer named are asked no more; who has answered stays. Raises StepRefused for one
    that was not in being that day.
    """
    asked = {each.pk: each for each in organizations if each.pk != activity.organization_id}
    if len(asked) > MOST:
        raise StepRefused(_("联合开展的党组织最多 %(most)d 个。") % {"most": MOST})
    day = activity.held_on
    if gone := [each for each in asked.values() if not each.is_current(day)]:
        names = _("、").join(str(each) for each in gone)
        raise StepRefused(
            _("%(names)s在 %(day)s还没有成立或者已经撤销，不能联合开展。")
            % {"names": names, "day": day}
        )
    rows = activity.participations.filter(is_host=False)
    known = dict(rows.values_list("organization", "answer"))
    if gone := [pk for pk, answer in known.items() if answer == ASKED and pk not in asked]:
        rows.filter(answer=ASKED, organization__in=gone).delete()
    Participation.objects.bulk_create(
        [
            Participation(activity=activity, organization_id=pk, **_copied(activity))
            for pk in asked
            if pk not in known
        ]
    )


@transaction.atomic
def confirm(
    part: Participation,
    *,
    by,
    members: Iterable[PartyMember],
    leaves: Mapping[PartyMember, str] | None = None,
    at: datetime | None = None,
) -> None:
    """An organization says that it took part, and who of its members did (确认参加).

    From then on the activity counts for it too. Raises StepRefused if nobody of it came, or if
    the record was withdrawn or answered by somebody else in between.
    """
    activity = _claim(part)
    part.answer, part.counts = CONFIRMED, activity.is_standing
    part.save(update_fields=["answer", "counts"])
    came = attendances.take(
        activity,
        part.organization,
        members=members,
        leaves=leaves or {},
        absent=(),
        strict=True,
    )
    if not came:
        raise StepRefused(_("请勾选参加的党员，至少一人。没有参加的，请选“未参加”。"))
    _tell("activity.joined", part, activity, by=by, at=at, members=came)


@transaction.atomic
def decline(part: Participation, *, by, at: datetime | None = None) -> None:
    """An organization says that it did not take part (未参加); nobody of it is counted."""
    activity = _claim(part)
    attendances.clear(activity, part.organization)
    part.answer, part.counts = DECLINED, False
    part.save(update_fields=["answer", "counts"])
    _tell("activity.declined", part, activity, by=by, at=at)


def _claim(part) -> Activity:
    """The record as it stands, kept from being moved until this is over; of two who answer for
    one organization at once, the first does."""
    rows = Activity.objects.filter(pk=part.activity_id, status__in=Activity.HANDED_IN)
    if part.is_host or not rows.update(revision=F("revision")):
        raise StepRefused(_("这条记录还没有提交或者已经撤回，不用答复。"))
    unmoved = Participation.objects.filter(pk=part.pk, answer=part.answer)
    if not unmoved.update(answer=part.answer):
        raise StepRefused(_("这次联合开展刚被别人答复过，请刷新后再看。"))
    return Activity.objects.select_related("organization", "kind").get(pk=part.activity_id)


def _tell(name, part, activity, *, by, at, **facts):
    organization = part.organization.name
    events.record(name, subject=activity, by=by, at=at, organization=organization, **facts)
