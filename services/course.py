"""The course of a need so far: its stages, who had it and for how long as a picture, and what was
written on the way. Pure, of rows that the page loaded."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from services import conditions
from services.models import Need

WIDTH = 1000  # of the picture, in units of SVG
LEAST = 6  # the narrowest stretch that can still be seen
DAY = 24 * 60 * 60


# ── Who had it, and for how long ────────────────────────────────────────────────────────────

OFFICE, OPEN, UNIT, ENTERPRISE, STILL = "office", "open", "unit", "enterprise", "still"
LABELS = {
    OFFICE: gettext_lazy("党务办公室"),
    OPEN: gettext_lazy("等待接单"),
    UNIT: gettext_lazy("责任单位"),
    ENTERPRISE: gettext_lazy("提出单位"),
    STILL: gettext_lazy("暂停或长期办理"),
}
# Whose it is after an event; None: nobody's any more. Other events leave it where it is.
AFTER = {
    "need.filed": OFFICE,
    "need.resubmitted": OFFICE,
    "need.returned": ENTERPRISE,
    "need.declined": None,
    "need.appealed": OFFICE,
    "need.merged": None,
    "need.published": OPEN,
    "need.dispatched": UNIT,
    "need.disputed": OFFICE,
    "need.reassigned": UNIT,
    "need.accepted": UNIT,
    "need.offered": ENTERPRISE,
    "need.refused": UNIT,
    "need.reopened": UNIT,
    "need.held": STILL,
    "need.long_term": STILL,
    "need.resumed": UNIT,
    "need.long_term_ended": UNIT,
    "need.confirmed": None,
    "need.confirmed_silently": None,
    "need.closed": None,
    "need.withdrawn": None,
}


@dataclass(frozen=True)
class Stretch:
    """A time in which one of them had it."""

    whose: str
    since: datetime
    until: datetime
    x: float = 0
    width: float = 0

    @property
    def label(self) -> Promise:
        return LABELS[self.whose]

    @property
    def seconds(self) -> float:
        return (self.until - self.since).total_seconds()


@dataclass(frozen=True)
class Picture:
    stretches: list[Stretch]
    totals: list[tuple[str, Promise, str]]  # whose, in words, how long

    width: int = WIDTH


def picture(need: Need, events: Iterable, now: datetime | None = None) -> Picture | None:
    """`events` newest first, as the history shows them."""
    found = list(_stretches(events, now or timezone.now()))
    if not found:
        return None
    seconds = {}
    for stretch in found:
        seconds[stretch.whose] = seconds.get(stretch.whose, 0) + stretch.seconds
    totals = [(whose, LABELS[whose], _long(seconds[whose])) for whose in LABELS if whose in seconds]
    return Picture(_placed(found), totals)


def _stretches(events, now):
    whose = since = None
    for event in sorted(events, key=lambda event: (event.happened_at, event.pk)):
        then = _after(event, whose)
        if then == whose:
            continue
        if whose and event.happened_at > since:
            yield Stretch(whose, since, event.happened_at)
        whose, since = then, event.happened_at
    if whose and now > since:
        yield Stretch(whose, since, now)


def _after(event, whose):
    if event.name == "need.appeal_ruled":
        return OFFICE if event.facts.get("upheld") else None
    if event.name == "need.ruled":
        return OPEN if event.facts.get("upheld") else UNIT
    return AFTER.get(event.name, whose)


def _placed(found) -> list[Stretch]:
    """Side by side to scale, each wide enough to be seen."""
    whole = sum(stretch.seconds for stretch in found)
    free = WIDTH - LEAST * len(found)
    placed, x = [], 0.0
    for stretch in found:
        width = LEAST + (free * stretch.seconds / whole if whole else 0)
        placed.append(
            Stretch(stretch.whose, stretch.since, stretch.until, round(x, 1), round(width, 1))
        )
        x += width
    return placed


def _long(seconds) -> str:
    if seconds >= DAY:
        return _("%(days)d 天") % {"days": round(seconds / DAY)}
    return _("不到一天")


# ── Its stages ──────────────────────────────────────────────────────────────────────────────


def milestones(need: Need) -> list[tuple]:
    """Words and moment of each stage, None while it is to come."""
    rows = conditions.parts(need, "solutions")
    offer = next((row for row in rows if not (row.refused_at or row.reopened_at)), None)
    links = (link for link in conditions.parts(need, "project_links") if link.left_at is None)
    link = next(links, None)
    return [
        (_("提出"), need.filed_at),
        (_("审核通过"), need.reviewed_at),
        (_("接单"), need.accepted_at),
        (_("首次联系企业"), need.contacted_at),
        (_("对接项目"), link and link.joined_at),
        (_("提交解决方案"), offer and offer.offered_at),
        (
            _("到期自动确认") if offer and offer.automatically else _("企业确认并评价"),
            offer and offer.confirmed_at,
        ),
        (_("销号"), need.closed_at),
    ]


# ── What a step answers ─────────────────────────────────────────────────────────────────────


def question(need: Need, verb: str) -> str:
    """The words to which a step is the answer: nobody answers what is not before the eyes."""
    if verb in ("confirm", "refuse"):
        rows = conditions.parts(need, "solutions")
        return next((row.text for row in rows if not (row.refused_at or row.reopened_at)), "")
    if verb == "rule-appeal":
        return need.appeal.reason
    if verb == "rule":
        return conditions.standing(need).objection.reason
    if verb == "decide-extension":
        return conditions.asked(need).reason
    return ""


# ── What was written ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Entry:
    at: datetime
    what: str
    who: str
    text: str
    is_inside: bool = False
    files: tuple = ()


def thread(need: Need, *, inside: bool) -> list[Entry]:
    """Notes, replies and reasons in one line, newest first; what is internal only for those who
    work on it."""
    found = [*_notes(need, inside), *_remarks(need)]
    if hasattr(need, "appeal"):
        found += _appeal(need.appeal)
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def _notes(need, inside):
    for note in conditions.parts(need, "notes"):
        if note.is_public or inside:
            who = str(note.unit or _("园区党务办公室"))
            yield Entry(
                note.written_at,
                note.get_kind_display(),
                who,
                note.text,
                not note.is_public,
                tuple(note.files.all()),
            )


def _remarks(need):
    for remark in conditions.parts(need, "remarks"):
        yield Entry(remark.written_at, remark.get_step_display(), "", remark.text)


def _appeal(appeal):
    yield Entry(appeal.appealed_at, _("申诉"), "", appeal.reason)
    if appeal.ruled_at:
        what = _("申诉成立，重新审核") if appeal.is_upheld else _("维持不予受理")
        yield Entry(appeal.ruled_at, what, "", appeal.answer)
