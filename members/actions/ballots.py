"""Peers grade each other without a name (党员互评).

A ballot is never stored: it is added to the sealed sum of its appraisal under a lock. Of who
voted, one bit is kept, with no time and no event; see docs/decisions/0025.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from members.actions import urns
from members.models import Appraisal, Grade, PartyMember, PeerResult, Urn
from members.models.ballots import FEWEST_BALLOTS
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

WIDTH = 4  # digits of a number, so that the sealed sum is always as long
NONE = dict.fromkeys(Grade.values, 0)


def put_urn(appraisal: Appraisal) -> None:
    """An empty urn for the members who are voted on."""
    people = appraisal.appraisees.graded().values_list("pk", flat=True)
    empty = dict.fromkeys(people, NONE)
    Urn.objects.create(appraisal=appraisal, sealed=_sealed(empty))


@transaction.atomic
def cast(appraisal: Appraisal, *, voter: PartyMember, grades: dict[int, str]) -> None:
    """One member grades every other (互评). `grades` are by the number of the appraisee.

    No event is recorded. Raises StepRefused when the step is over, for who has voted or does not
    vote, and unless exactly the others are graded.
    """
    urn = _hold(appraisal)
    others = appraisal.appraisees.graded().exclude(member=voter)
    if set(grades) != set(others.values_list("pk", flat=True)):
        raise StepRefused(_("名单刚有变动，或有同志还没有评。请核对后再提交，每位同志都要评。"))
    _mark(appraisal, voter)
    sums = _opened(urn)
    for pk, grade in grades.items():
        sums.setdefault(pk, dict(NONE))[Grade(grade).value] += 1
    Urn.objects.filter(pk=urn.pk).update(sealed=_sealed(sums))


def _hold(appraisal) -> Urn:
    """Lock the urn; whoever closes the step waits for it, or has taken it away."""
    urn = Urn.objects.select_for_update().filter(appraisal=appraisal).first()
    if urn is None:
        raise StepRefused(_("互评没有开始或已经结束，这次没有提交。"))
    return urn


def _mark(appraisal, voter):
    """Of two ballots of one person only the first finds the bit unset."""
    unset = appraisal.appraisees.graded().filter(member=voter, has_voted=False)
    if not unset.update(has_voted=True):
        raise StepRefused(_("您已经互评过了，或不在互评的名单上。每人只评一次，提交后不能更改。"))


@transaction.atomic
def count(appraisal: Appraisal) -> bool:
    """Open the urn once and take it away; whether there were enough ballots to say the counts.

    All of them are said or none: else the rest would tell of those left out.
    """
    urn = _hold(appraisal)
    sums = _opened(urn)
    urn.delete()
    people = appraisal.appraisees.graded().order_by("pk").values_list("pk", flat=True)
    counts = {pk: sums.get(pk, NONE) for pk in people}
    if not enough(counts):
        return False
    _write(counts)
    return True


def destroy(appraisal: Appraisal) -> None:
    """What was said is gone unread."""
    Urn.objects.filter(appraisal=appraisal).delete()
    PeerResult.objects.filter(appraisee__appraisal=appraisal).delete()


def enough(counts: dict[int, dict[str, int]]) -> bool:
    ballots = [sum(each.values()) for each in counts.values()]
    return bool(ballots) and min(ballots) >= FEWEST_BALLOTS


@transaction.atomic
def enter_paper(appraisal: Appraisal, *, counts: dict[int, dict[str, int]], by) -> None:
    """The counts of a vote on paper (录入纸质票数). Raises StepRefused for another way or step, for
    fewer ballots than are needed to stay anonymous, and for more than there are voters."""
    held = Appraisal.objects.select_for_update().get(pk=appraisal.pk)
    if (held.status, held.way) != (Appraisal.Status.PEERS, Appraisal.Way.PAPER):
        raise StepRefused(_("现在不能录入票数：只有纸质投票的互评阶段可以录入。"))
    people = appraisal.appraisees.graded()
    voters = people.count()
    if set(counts) != set(people.values_list("pk", flat=True)):
        raise StepRefused(_("名单刚有变动，请核对后再录入。"))
    if not enough(counts):
        raise StepRefused(
            _("每位同志至少要有 %(fewest)d 票，少于 %(fewest)d 票不能匿名，不录入票数。")
            % {"fewest": FEWEST_BALLOTS}
        )
    if max(sum(each.values()) for each in counts.values()) > voters:
        raise StepRefused(_("票数超过了参加互评的 %(number)d 人。") % {"number": voters})
    PeerResult.objects.filter(appraisee__appraisal=appraisal).delete()
    _write(counts)
    events.record("appraisal.counted", subject=appraisal, by=by)


def _write(counts):
    PeerResult.objects.bulk_create(
        PeerResult(appraisee_id=pk, **each) for pk, each in sorted(counts.items())
    )


def _sealed(sums) -> str:
    texts = {
        pk: [f"{each[grade]:0{WIDTH}d}" for grade in Grade.values]
        for pk, each in sorted(sums.items())
    }
    return urns.seal(texts)


def _opened(urn) -> dict[int, dict[str, int]]:
    return {
        int(pk): dict(zip(Grade.values, map(int, numbers), strict=True))
        for pk, numbers in urns.unseal(urn.sealed).items()
    }
