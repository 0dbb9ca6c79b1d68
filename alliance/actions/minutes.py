"""The minutes of a meeting (会议纪要): written together, reviewed, numbered, published, corrected.

Whoever acts holds the meeting's row first; so votes and resolutions, which the minutes lock, wait
for each other too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance import merging, minuting
from alliance.actions.rights import office, require, speaks_for
from alliance.models import Meeting, Minutes, MinutesRevision
from nanchuan.kernel import events, serials
from nanchuan.kernel.states import StepRefused

Status = Minutes.Status
# What may be done with a version, by its state: to the convener and the office, to the office.
WRITERS = {Status.DRAFT: ("edit", "submit"), Status.PUBLISHED: ("correct",)}
OFFICE = {
    Status.SUBMITTED: ("approve", "return"),
    Status.APPROVED: ("publish", "recall"),
}


@dataclass(frozen=True)
class Saved:
    """What became of typed sections. `asked` wait for a choice and are not saved; `taken` were
    written by somebody else alone, whose text stands."""

    head: MinutesRevision | None
    texts: dict[str, str]
    written: list[str]
    taken: list[str]
    asked: list[str]
    authors: dict[str, str]  # of the sections that others wrote


def writes(user, meeting: Meeting) -> bool:
    return office(user) or speaks_for(user, meeting.convened_by_id)


def verbs(user, minutes: Minutes) -> list[str]:
    """What this person may do with a version now; the actions check the same."""
    if minutes.meeting.status == Meeting.Status.CANCELLED:
        return []
    found = list(WRITERS.get(minutes.status, ())) if writes(user, minutes.meeting) else []
    if "submit" in found and minutes.meeting.status != Meeting.Status.HELD:
        found.remove("submit")
    if "correct" in found and not _is_latest(minutes):
        found.remove("correct")
    found += [verb for verb, of_ones_own in OWN.items() if of_ones_own(user, minutes)]
    return found + (list(OFFICE.get(minutes.status, ())) if office(user) else [])


def _may_withdraw(user, minutes: Minutes) -> bool:
    """Whoever handed them in, until they are reviewed."""
    return minutes.status == Status.SUBMITTED and _did("minutes.submitted", minutes, user)


def _may_discard(user, minutes: Minutes) -> bool:
    """A correction, for whoever began it and for the office."""
    if minutes.status != Status.DRAFT or minutes.version == 1:
        return False
    return office(user) or _did("minutes.reopened", minutes, user)


OWN = {"withdraw": _may_withdraw, "discard": _may_discard}


def _did(name: str, minutes: Minutes, user) -> bool:
    """It was this person who did it the last time, and the person still writes minutes here."""
    if not writes(user, minutes.meeting):
        return False
    last = events.history(minutes).filter(name=name).first()
    return last is not None and last.by_id == user.pk


# ── Writing ─────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def start(meeting: Meeting, *, by, at: datetime | None = None) -> Minutes:
    """Begin the draft (起草), from the start of the meeting on; what has begun goes on.

    Raises StepRefused before the meeting, or if it was cancelled.
    """
    require(by is None or writes(by, meeting))
    meeting = _held(meeting.pk)
    if latest := meeting.minutes.order_by("-version").first():
        return latest
    at = at or timezone.now()
    begun = meeting.status == Meeting.Status.CONVENED and meeting.starts_at <= at
    if not begun and meeting.status != Meeting.Status.HELD:
        raise StepRefused(
            _("“%(meeting)s”%(status)s，会议开始后才能起草纪要。")
            % {"meeting": meeting, "status": meeting.get_status_display()}
        )
    minutes = Minutes.objects.create(meeting=meeting)
    events.record("minutes.begun", subject=minutes, by=by, at=at)
    return minutes


@transaction.atomic
def save(  # noqa: PLR0913
    minutes: Minutes,
    *,
    typed: Mapping[str, str],
    base: Mapping[str, int | None],
    by,
    page: UUID | None = None,
    autosave: bool = False,
    at: datetime | None = None,
) -> Saved:
    """Keep what was typed (保存) as another revision.

    `base` names the revision that its writer had read of each section: 0 for none at all, None
    for one that has to be asked about. What others wrote meanwhile is never overwritten; what the
    same opening of the form (`page`) wrote is its own. Raises StepRefused once it is no draft any
    more.
    """
    _hold(minutes)
    require(by is None or writes(by, minutes.meeting))
    _check_is(minutes, Status.DRAFT, _("不能再改"))
    theirs = minuting.texts(minutes)
    found = merging.merge(_read(minutes, base, page), typed, theirs)
    head = minutes.head
    settles = head is not None and head.is_autosave and head.by == by and not autosave
    if found.written or (settles and not found.asked):
        facts = {"by": by, "page": page, "is_autosave": autosave}
        _revise(minutes, found.texts, at, **facts)
        if not autosave:
            events.record("minutes.edited", subject=minutes, by=by, at=at)
    return Saved(
        minutes.head,
        found.texts,
        found.written,
        found.taken,
        found.asked,
        _authors(minutes, [*found.taken, *found.asked], head),
    )


def _read(minutes, base, page) -> dict[str, str | None]:
    """The texts that a writer had before them; None for a revision of other minutes."""
    wanted = {pk for pk in base.values() if pk}
    kept = dict(minutes.revisions.filter(pk__in=wanted).values_list("pk", "sections"))
    kept[0] = {}
    read = {key: kept[pk].get(key, "") if pk in kept else None for key, pk in base.items()}
    if page is None:
        return read
    known = {key: pk for key, pk in base.items() if pk is not None}
    for row in _own(minutes, page, min(known.values(), default=0)):
        before = row.base.sections if row.base else {}
        for key, text in row.sections.items():
            if row.pk > known.get(key, row.pk) and text != before.get(key, ""):
                read[key] = text
    return read


def _own(minutes, page, since):
    """What one opening of the form has saved after a revision, the answers to which may have
    been lost on the way; oldest first."""
    rows = minutes.revisions.filter(page=page, pk__gt=since)
    return rows.select_related("base").order_by("pk")


def _revise(minutes, texts, at, **facts) -> None:
    """Another revision on top of the head that was read; compare and set."""
    head = minutes.head
    revision = MinutesRevision.objects.create(
        minutes=minutes,
        base=head,
        sections=texts,
        at=at or timezone.now(),
        **facts,
    )
    unmoved = Minutes.objects.filter(pk=minutes.pk, head=head, status=Status.DRAFT)
    if not unmoved.update(head=revision):
        raise StepRefused(_("纪要刚被别人保存，请再保存一次。"))
    minutes.head = revision


def _authors(minutes, keys, head) -> dict[str, str]:
    """Who wrote what stands in some sections, by name."""
    if not keys or head is None:
        return {}
    found, open_keys = {}, set(keys)
    for row in minutes.revisions.filter(pk__lte=head.pk).select_related("by")[:200]:
        for key in list(open_keys):
            if row.sections.get(key, "") == head.sections.get(key, ""):
                found[key] = row.by.get_full_name() if row.by else ""
            else:
                open_keys.discard(key)
        if not open_keys:
            break
    return found


# ── From hand to hand ───────────────────────────────────────────────────────────────────────


@transaction.atomic
def submit(minutes: Minutes, *, by, at: datetime | None = None) -> None:
    """Hand the draft in to the office (送审); from now on nothing of the meeting is written.

    Raises StepRefused while the meeting is not registered as held, or the draft says nothing.
    """
    _hold(minutes)
    require(by is None or writes(by, minutes.meeting))
    _check_is(minutes, Status.DRAFT, _("不能送审"))
    if minutes.meeting.status != Meeting.Status.HELD:
        raise StepRefused(_("会议还没有登记为已召开。请先登记到会情况，再送审纪要。"))
    told = any(minuting.texts(minutes).values())
    if not told and not minutes.meeting.resolutions.filter(struck_at=None).exists():
        raise StepRefused(_("纪要还没有任何内容。请先填写会议情况或登记议定事项，再送审。"))
    minutes.step_to(Status.SUBMITTED, returned="")
    events.record("minutes.submitted", subject=minutes, by=by, at=at)


@transaction.atomic
def withdraw(minutes: Minutes, *, by, at: datetime | None = None) -> None:
    """Whoever handed it in takes it back (撤回送审), until the office has reviewed it."""
    require(by is None or writes(by, minutes.meeting))
    _hold(minutes)
    _check_is(minutes, Status.SUBMITTED, _("不能撤回送审"))
    require(by is None or _may_withdraw(by, minutes))
    minutes.step_to(Status.DRAFT)
    events.record("minutes.withdrawn", subject=minutes, by=by, at=at)


@transaction.atomic
def approve(minutes: Minutes, *, by, seen: int | None = None, at: datetime | None = None) -> None:
    """The office approves (审定); the minutes get their number, and a version after them keeps
    it. `seen` is the revision that was read.

    Raises StepRefused if it is not handed in, or another text stands by now.
    """
    require(by is None or office(by))
    _hold(minutes)
    _check_is(minutes, Status.SUBMITTED, _("不能审定"))
    _check_seen(minutes, seen)
    minutes.step_to(Status.APPROVED, number=minutes.number or _next_number(minutes.meeting, at))
    events.record("minutes.approved", subject=minutes, by=by, at=at, number=minutes.number)


def _next_number(meeting, at) -> str:
    """联盟纪〔2026〕3号, in the series of the kind's prefix."""
    prefix, year = meeting.kind.minutes_prefix, timezone.localdate(at).year
    return f"{prefix}〔{year}〕{serials.take(prefix, year).last}号"  # data


@transaction.atomic
def send_back(minutes: Minutes, *, reason: str, by, at: datetime | None = None) -> None:
    """The office returns what was handed in (退回), with a reason."""
    require(by is None or office(by))
    _hold(minutes)
    _check_is(minutes, Status.SUBMITTED, _("不能退回"))
    minutes.step_to(Status.DRAFT, returned=reason)
    events.record("minutes.returned", subject=minutes, by=by, at=at)


@transaction.atomic
def recall(minutes: Minutes, *, reason: str, by, at: datetime | None = None) -> None:
    """The office takes an approval back (撤回审定); the number waits for the next one."""
    require(by is None or office(by))
    _hold(minutes)
    _check_is(minutes, Status.APPROVED, _("不能撤回审定"))
    minutes.step_to(Status.DRAFT, returned=reason)
    events.record("minutes.recalled", subject=minutes, by=by, at=at)


@transaction.atomic
def publish(minutes: Minutes, *, by, seen: int | None = None, at: datetime | None = None) -> None:
    """The office publishes (印发): the document is kept as it stands, for good."""
    require(by is None or office(by))
    _hold(minutes)
    _check_is(minutes, Status.APPROVED, _("不能印发"))
    _check_seen(minutes, seen)
    at = at or timezone.now()
    minutes.step_to(Status.PUBLISHED, content=minuting.frozen(minutes), published_at=at)
    events.record("minutes.published", subject=minutes, by=by, at=at, version=minutes.version)


@transaction.atomic
def correct(minutes: Minutes, *, reason: str, by, at: datetime | None = None) -> Minutes:
    """Begin another version (更正) from the published text; until it is published, the old one
    stands.

    Raises StepRefused if another correction is under way, or took place.
    """
    _hold(minutes)
    require(by is None or writes(by, minutes.meeting))
    _check_is(minutes, Status.PUBLISHED, _("不能更正"))
    if not _is_latest(minutes):
        raise StepRefused(_("这次会议的纪要已有新的版本，请在最新的版本上更正。"))
    later = Minutes.objects.create(
        meeting=minutes.meeting,
        version=minutes.version + 1,
        number=minutes.number,
        correction=reason,
    )
    _revise(later, minuting.texts(minutes), at, by=by)
    events.record("minutes.reopened", subject=later, by=by, at=at, version=later.version)
    return later


@transaction.atomic
def discard(
    minutes: Minutes, *, by, seen: int | None = None, at: datetime | None = None
) -> Minutes:
    """Give a correction up (放弃更正) with all that was typed for it; answers the version that
    stands, as if it had never begun.

    Raises StepRefused unless it is the draft of a correction that says the same of the meeting's
    rows as what was published: they would speak otherwise for good.
    """
    require(by is None or writes(by, minutes.meeting))
    _hold(minutes)
    _check_is(minutes, Status.DRAFT, _("不能放弃"))
    if minutes.version == 1:
        raise StepRefused(_("这是会议的第一版纪要，没有更正可以放弃。"))
    require(by is None or _may_discard(by, minutes))
    _check_seen(minutes, seen)
    before = minutes.meeting.minutes.get(version=minutes.version - 1)
    if minuting.recorded(minuting.frozen(minutes)) != minuting.recorded(before.content):
        raise StepRefused(
            _(
                "更正期间改过到会情况、表决或议定事项，与已印发的纪要不一致。"
                "请印发更正，或者先改回原样再放弃。"
            )
        )
    _forget(minutes)
    events.record("minutes.discarded", subject=before, by=by, at=at, version=minutes.version)
    return before


def _forget(minutes) -> None:
    """Of the chain of revisions each protects the one before it."""
    row = Minutes.objects.filter(pk=minutes.pk)
    row.update(head=None)
    minutes.revisions.update(base=None)
    minutes.revisions.all().delete()
    row.delete()


def _is_latest(minutes) -> bool:
    return not minutes.meeting.minutes.filter(version__gt=minutes.version).exists()


def _check_is(minutes, status, what) -> None:
    if minutes.meeting.status == Meeting.Status.CANCELLED:
        raise StepRefused(_("会议已取消，纪要不再办理。"))
    if minutes.status != status:
        raise StepRefused(
            _("%(minutes)s目前是“%(status)s”，%(what)s。")
            % {"minutes": minutes, "status": minutes.get_status_display(), "what": what}
        )


def _check_seen(minutes, seen) -> None:
    if seen is not None and seen != (minutes.head_id or 0):
        raise StepRefused(_("纪要的内容刚有改动，请重新看过再办理。"))


def _held(pk: int) -> Meeting:
    """The row of a meeting, one hand at a time until the end of the transaction; as it is now."""
    return Meeting.objects.select_for_update(no_key=True).get(pk=pk)


def _hold(minutes) -> None:
    meeting = _held(minutes.meeting_id)
    try:
        minutes.refresh_from_db()
    except Minutes.DoesNotExist:
        raise StepRefused(_("这次更正已经放弃，原来的纪要仍然有效。")) from None
    minutes.meeting = meeting
