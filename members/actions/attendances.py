"""Who was expected at an activity, and who came: told by each organization for its own people."""

from collections.abc import Iterable, Mapping

from django.db.models import Q
from django.utils.translation import gettext as _

from members.models import (
    Activity,
    Attendance,
    Membership,
    Organization,
    Participation,
    PartyMember,
)
from members.models.organizations import below
from nanchuan.kernel.states import StepRefused

PRESENT, LEAVE, ABSENT = Attendance.Presence
CONFIRMED = Participation.Answer.CONFIRMED
LONGEST_REASON = Attendance._meta.get_field("reason").max_length
Told = dict[int, tuple[str, str]]  # member: presence, reason of leave


def take(  # noqa: PLR0913 - three lists are told
    activity: Activity,
    organization: Organization,
    *,
    members: Iterable[PartyMember] | None = None,
    leaves: Mapping[PartyMember, str] | None = None,
    absent: Iterable[PartyMember] | None = None,
    strict: bool,
) -> int:
    """Write down who came (到会), was on leave with a reason (请假), or was absent (缺席).

    What is None stays as it is written. Whoever hosts is there. Returns how many came. Raises
    StepRefused if somebody is named who never belonged to the organization; if `strict` also for
    who did not belong to it that day, and for a leave without a reason.
    """
    speaks_for = part_of(activity, organization)
    rows = {row.member_id: row for row in activity.attendances.filter(speaks_for)}
    told = _told(rows, members, leaves, absent)
    host = activity.host_id if organization.pk == activity.organization_id else None
    if host and told.setdefault(host, (PRESENT, ""))[0] != PRESENT:
        raise StepRefused(_("主持人在场，不能同时请假或缺席。请核对主持人和请假人员。"))
    told = _without_others(activity, organization, speaks_for, told)
    _check_reasons(told, strict)
    _write(activity, rows, told, _homes(activity, organization, told, strict))
    return sum(presence == PRESENT for presence, _reason in told.values())


def part_of(activity: Activity, organization: Organization) -> Q:
    """Rows of an activity for which one of its organizations speaks: its tree, without the trees
    below it that have answered for themselves. Whoever hosted is the business of who held it."""
    inside, hosting = Q(organization__path__startswith=organization.path), activity.host_id
    if organization.numchild:
        parts = activity.participations.filter(
            answer=CONFIRMED, organization__path__startswith=organization.path
        ).exclude(organization=organization)
        paths = parts.values_list("organization__path", flat=True)
        inside &= ~below(list(paths), "organization__")
    if organization.pk == activity.organization_id:
        return inside | Q(member=hosting)
    return inside & ~Q(member=hosting)


def clear(activity: Activity, organization: Organization) -> None:
    """What an organization told of its people is taken back."""
    activity.attendances.filter(part_of(activity, organization)).delete()


def copied(activity: Activity) -> dict:
    """What the rows of an activity say of it."""
    return {
        "counted_on": activity.held_on if activity.is_standing else None,
        "counted_kind": activity.kind_id,
        "counted_late": activity.is_late,
    }


def follow(activity: Activity) -> None:
    """Bring the rows of an activity up to what they copy of it; those that say so stay."""
    facts = copied(activity)
    activity.attendances.exclude(**facts).update(**facts)


def credit(activity: Activity) -> None:
    """Everybody who came is credited with the hours of the activity, whoever told of them."""
    activity.attendances.filter(presence=PRESENT).update(hours=activity.hours)


def _told(rows, members, leaves, absent) -> Told:
    """The three lists as one; nobody stands in two of them."""
    lists = {
        PRESENT: None if members is None else {each.pk: "" for each in members},
        LEAVE: None if leaves is None else {each.pk: text for each, text in leaves.items()},
        ABSENT: None if absent is None else {each.pk: "" for each in absent},
    }
    given = [pk for people in lists.values() for pk in people or ()]
    if len(given) > len(set(given)):
        names = _names({pk for pk in given if given.count(pk) > 1})
        raise StepRefused(_("%(names)s不能既到会又请假或缺席。请核对。") % {"names": names})
    kept = {
        pk: (row.presence, row.reason)
        for pk, row in rows.items()
        if lists[row.presence] is None and pk not in given
    }
    return kept | {
        pk: (presence, text.strip())
        for presence, people in lists.items()
        for pk, text in (people or {}).items()
    }


def _without_others(activity, organization, speaks_for, told: Told) -> Told:
    """People of whom another organization has told itself are left to it."""
    if organization.pk == activity.organization_id and not organization.numchild:
        return told
    theirs = set(activity.attendances.exclude(speaks_for).values_list("member", flat=True))
    return {pk: each for pk, each in told.items() if pk not in theirs}


def _check_reasons(told: Told, strict):
    reasons = {pk: text for pk, (presence, text) in told.items() if presence == LEAVE}
    if any(len(text) > LONGEST_REASON for text in reasons.values()):
        raise StepRefused(_("请假事由最多 %(most)d 个字。") % {"most": LONGEST_REASON})
    unsaid = {pk for pk, text in reasons.items() if not text}
    if unsaid and strict:
        raise StepRefused(_("请填写%(names)s的请假事由。") % {"names": _names(unsaid)})


def _homes(activity, organization, told: Told, strict) -> dict[int, int]:
    """The organization of each person on that day, by their numbers."""
    day = activity.held_on
    known = Membership.objects.filter(organization__path__startswith=organization.path)
    known = known.filter(member__in=told).order_by("starts_on")
    known = known.values_list("member", "organization")
    homes = dict(known.counted(day))
    if not strict and told.keys() - homes.keys():
        homes = dict(known) | homes
    if strangers := told.keys() - homes.keys():
        raise StepRefused(
            _("%(names)s在 %(day)s不是%(organization)s的党员。请核对时间和参加人员。")
            % {"names": _names(strangers), "day": day, "organization": organization}
        )
    return homes


def _write(activity, rows, told: Told, homes):
    gone = [row.pk for pk, row in rows.items() if pk not in told]
    if gone:
        Attendance.objects.filter(pk__in=gone).delete()
    new, changed, same = [], [], copied(activity)
    for pk in sorted(told):
        presence, reason = told[pk]
        facts = {
            "organization_id": homes[pk],
            "presence": presence,
            "reason": reason if presence == LEAVE else "",
            "hours": activity.hours if presence == PRESENT else 0,
        }
        row = rows.get(pk)
        if row is None:
            new.append(Attendance(activity=activity, member_id=pk, **facts, **same))
        elif any(getattr(row, name) != value for name, value in facts.items()):
            for name, value in facts.items():
                setattr(row, name, value)
            changed.append(row)
    Attendance.objects.bulk_create(new)
    if changed:
        Attendance.objects.bulk_update(changed, ["organization", "presence", "reason", "hours"])


def _names(numbers) -> str:
    names = PartyMember.objects.filter(pk__in=numbers).values_list("name", flat=True)
    return _("、").join(sorted(set(names)))
