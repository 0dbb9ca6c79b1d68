"""What a meeting decided, and whether the count of its votes can be true."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from members.models import Activity, ActivityKind, Attendance, Decision, Membership, Term
from nanchuan.kernel.states import StepRefused

COUNTS = ("in_favour", "against", "abstained")
MOST, LONGEST = 30, Decision._meta.get_field("text").max_length
LARGEST = 32767  # of a small number in the database


def put(activity: Activity, decisions: Iterable[Mapping]) -> None:
    """Write down the decisions in their order, in place of those written before.

    Each has a `text`; with a vote (表决) also `in_favour`, `against`, `abstained` and perhaps
    `entitled`, which the portal proposes (`entitled`). Raises StepRefused for a vote in an
    activity whose kind takes none.
    """
    rows = [_row(activity, order, **given) for order, given in enumerate(decisions, 1)]
    if len(rows) > MOST:
        raise StepRefused(_("一次活动最多 %(most)d 项议决事项。") % {"most": MOST})
    activity.decisions.all().delete()
    if any(row.is_voted and row.entitled is None for row in rows):
        proposed = len(entitled(activity))
        for row in rows:
            if row.is_voted and row.entitled is None:
                row.entitled = proposed
    Decision.objects.bulk_create(rows)


def _row(activity, order, *, text, entitled=None, **counts):
    is_voted = any(counts.get(name) is not None for name in COUNTS)
    counts = {name: counts.get(name) or 0 for name in COUNTS} if is_voted else {}
    if not text.strip() or len(text) > LONGEST:
        raise StepRefused(_("请写明议决事项，最多 %(most)d 个字。") % {"most": LONGEST})
    if any(not 0 <= number <= LARGEST for number in (*counts.values(), entitled or 0)):
        raise StepRefused(_("表决票数不能小于 0，也不能大于 %(most)d。") % {"most": LARGEST})
    if is_voted:
        counts["entitled"] = entitled
    return Decision(activity=activity, order=order, text=text.strip(), is_voted=is_voted, **counts)


def entitled(activity: Activity) -> set[int]:
    """Full members who were to come and may vote (应到会有表决权的党员), by their numbers.

    Probationary members do not vote:《中国共产党基层组织选举工作条例》第五条. In a meeting of a
    committee those who held a post that day vote.
    """
    day, organization = activity.held_on, activity.organization
    full = Membership.objects.counted(day).filter(standing=Membership.Standing.FULL)
    if activity.kind.expected == ActivityKind.Expected.COMMITTEE:
        holders = Term.objects.current(day).filter(organization=organization)
        full = full.filter(member__in=holders.values("member"))
    else:
        full = full.filter(organization__path__startswith=organization.path)
    return set(full.values_list("member", flat=True))


def check(activity: Activity) -> None:
    """Raises StepRefused if a count is larger than the number of those who could vote."""
    voted = [row for row in activity.decisions.all() if row.is_voted]
    if not voted:
        return
    if not activity.kind.takes_votes:
        raise StepRefused(
            _("“%(kind)s”不进行表决。请改为支部党员大会等可以表决的活动类型，或者去掉票数。")
            % {"kind": activity.kind}
        )
    voters = entitled(activity)
    present = activity.attendances.filter(presence=Attendance.Presence.PRESENT, member__in=voters)
    there = present.count()
    for row in voted:
        _check_count(row, len(voters), there)


def _check_count(row, voters, there):
    words = {"text": row.text, "voters": voters, "there": there}
    if not 0 < row.entitled <= voters:
        raise StepRefused(
            _("“%(text)s”应到会有表决权的人数应当在 1 至 %(voters)d 之间：预备党员没有表决权。")
            % words
        )
    if row.in_favour + row.against + row.abstained > min(there, row.entitled):
        raise StepRefused(
            _("“%(text)s”的票数多于到会有表决权的 %(there)d 人。请核对票数和到会人员。") % words
        )
