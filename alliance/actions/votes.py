"""Votes on items of the agenda as they were counted (表决), put right until the minutes are handed
in."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance import timeline
from alliance.actions import notes
from alliance.models import AgendaItem, Meeting, Vote
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

WHOLE = 100  # percent
MOST = 9999
COUNTS = ("entitled", "present", "in_favour", "against", "abstained")


@dataclass(frozen=True)
class Verdict:
    """Whether enough were in favour: more than a share of those entitled."""

    in_favour: int
    entitled: int
    percent: int

    @property
    def is_carried(self) -> bool:
        return self.in_favour * WHOLE > self.percent * self.entitled

    @property
    def words(self) -> str:
        told = _("通过") if self.is_carried else _("未通过")
        return _("%(verdict)s：赞成 %(number)d，须超过应到 %(entitled)d 的 %(percent)d%%") % {
            "verdict": told,
            "number": self.in_favour,
            "entitled": self.entitled,
            "percent": self.percent,
        }


def verdict(vote: Vote) -> Verdict:
    """By the meetings system that the meeting began under."""
    percent = timeline.rules(vote.meeting).value("vote_percent")
    return Verdict(vote.in_favour, vote.entitled, percent)


@transaction.atomic
def enter(
    meeting: Meeting,
    *,
    item: AgendaItem,
    question: str,
    by,
    at: datetime | None = None,
    **counts: int,
) -> Vote:
    """A vote was counted (登记表决); `counts` as in COUNTS. Raises StepRefused with a sentence."""
    at = at or timezone.now()
    late = notes.take(meeting, by=by, at=at)
    if item.meeting_id != meeting.pk:
        raise StepRefused(_("所选的议程不属于这次会议，请刷新后重新选择。"))
    check_counts(**counts)
    vote = Vote.objects.create(
        meeting=meeting,
        item=item,
        question=_worded(question, item),
        entered_by=by,
        entered_at=at,
        is_late_entry=late,
        **counts,
    )
    events.record("vote.entered", subject=meeting, by=by, at=at, **facts_of(vote))
    return vote


@transaction.atomic
def correct(vote: Vote, *, question: str, by, at: datetime | None = None, **counts: int) -> None:
    """It was counted or typed wrongly (更正表决)."""
    at = at or timezone.now()
    _take(vote, by, at)
    check_counts(**counts)
    before, question = facts_of(vote), _worded(question, vote.item)
    if (before, vote.question) == (counts, question):
        return
    vote.question = question
    for name, value in counts.items():
        setattr(vote, name, value)
    vote.save(update_fields=["question", *COUNTS])
    events.record("vote.corrected", subject=vote.meeting, by=by, at=at, **counts, before=before)


@transaction.atomic
def remove(vote: Vote, *, by, at: datetime | None = None) -> None:
    """There was no such vote (删去表决). What it decided keeps it."""
    at = at or timezone.now()
    _take(vote, by, at)
    if vote.resolutions.filter(struck_at=None).exists():
        raise StepRefused(_("有议定事项以这次表决为依据，请先修改或删去议定事项。"))
    vote.resolutions.update(vote=None)
    events.record("vote.removed", subject=vote.meeting, by=by, at=at, **facts_of(vote))
    vote.delete()


def check_counts(*, entitled, present, in_favour, against=0, abstained=0) -> None:
    """Raises StepRefused for numbers that no count can have."""
    given = (entitled, present, in_favour, against, abstained)
    if not all(0 <= number <= MOST for number in given) or not entitled:
        raise StepRefused(_("人数应在 0 到 %(most)d 之间，应到至少 1。") % {"most": MOST})
    if present > entitled:
        raise StepRefused(_("实到 %(present)d 不能多于应到 %(entitled)d。") % _words_of(given))
    if in_favour + against + abstained > present:
        raise StepRefused(
            _("赞成、反对、弃权相加为 %(counted)d，不能多于实到 %(present)d。") % _words_of(given)
        )


def _words_of(given) -> dict[str, int]:
    return {"entitled": given[0], "present": given[1], "counted": sum(given[2:])}


def facts_of(vote: Vote) -> dict[str, int]:
    return {name: getattr(vote, name) for name in COUNTS}


def _worded(question: str, item: AgendaItem) -> str:
    question = question.strip() or item.title
    return question[: Vote._meta.get_field("question").max_length]


def _take(vote, by, at) -> None:
    """Hold its meeting, then read it anew."""
    meeting = vote.meeting
    notes.take(meeting, by=by, at=at)
    try:
        vote.refresh_from_db()
    except Vote.DoesNotExist:
        raise StepRefused(_("这次表决已经删去，请刷新。")) from None
    vote.meeting = meeting
