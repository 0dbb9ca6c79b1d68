"""What can happen to a series of meetings (系列会议). Its meetings are drafts that units on turn
announce; one that people have part in is never taken away."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings as portal
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from alliance import series as rhythm
from alliance.actions import agenda, holding, meetings
from alliance.actions.duty_steps import joint_kind
from alliance.actions.rights import office, require
from alliance.models import AgendaItem, Group, Lead, Meeting, Regulation, Series, Turn
from alliance.models.settings import Text
from alliance.series import Day
from members.models import Unit
from nanchuan.kernel import events
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused

Status = Meeting.Status
FACTS = (
    "kind",
    "title",
    "place",
    "rhythm",
    "interval",
    "starts_on",
    "until",
    "time",
    "duration",
    "shift",
)
# Whatever shows that somebody has part in a meeting.
PARTS = ("invitations", "checkins", "guests", "topics", "votes", "resolutions", "minutes")

# What happens to a draft without anybody's part in it.
QUIET = ("meeting.drafted", "meeting.redrafted", "meeting.taken_over")


@dataclass
class Outcome:
    """What an act did to the meetings of a series."""

    series: Series
    made: list[tuple[Meeting, Day]] = field(default_factory=list)
    moved: list[tuple[Meeting, datetime]] = field(default_factory=list)  # with the old start
    changed: list[Meeting] = field(default_factory=list)
    kept: list[Meeting] = field(default_factory=list)  # exceptions, and those out of the rhythm
    discarded: list[Meeting] = field(default_factory=list)
    skipped: list[Day] = field(default_factory=list)  # over already


@transaction.atomic
def create(
    series: Series, *, by, partners: Collection[Group] = (), at: datetime | None = None
) -> Outcome:
    """Keep a series and draft all its meetings. Raises StepRefused without a day ahead, with too
    many, or where a day has nobody who convenes."""
    require(by is None or office(by))
    holding.hold([series.group_id])
    _check(series, at)
    series.save()
    series.partners.set(partner for partner in partners if partner.pk != series.group_id)
    events.record("series.created", subject=series, by=by, at=at)
    outcome = Outcome(series)
    _draft(outcome, rhythm.days(series), by, at)
    if not outcome.made:
        raise StepRefused(_("这样安排没有今后的会议日期，请调整首次日期和截止日期。"))
    _spare_the_turns(series, by, at)
    return outcome


@transaction.atomic
def change(  # noqa: PLR0913
    series: Series,
    *,
    by,
    since: date,
    seen: dict | None = None,
    partners: Collection[Group] = (),
    at: datetime | None = None,
    **facts,
) -> Outcome:
    """From a day on the series is another (这次及以后都改): its drafts are written anew, what was
    announced moves as one meeting moves. `seen` is what the editor saw.

    Raises StepRefused if it is over, or if somebody else changed it first.
    """
    require(by is None or office(by))
    _hold(series)
    _check_open(series)
    if seen is not None and seen != seen_of(series):
        raise StepRefused(_("“%(series)s”刚被别人更改，请刷新后再改。") % {"series": series})
    before = {name: getattr(series, name) for name in FACTS}
    for name, value in facts.items():
        setattr(series, name, value)
    _check(series, at)
    series.save()
    series.partners.set(partner for partner in partners if partner.pk != series.group_id)
    names = sorted(name for name in FACTS if before[name] != getattr(series, name))
    events.record("series.changed", subject=series, by=by, at=at, changed=names)
    outcome = Outcome(series)
    _fit(outcome, since, by, at)
    _spare_the_turns(series, by, at)
    return outcome


@transaction.atomic
def end(series: Series, *, by, at: datetime | None = None) -> Outcome:
    """No more meetings of it (停办): only drafts in which nobody has part go."""
    require(by is None or office(by))
    _hold(series)
    _check_open(series)
    series.ended_at = at or timezone.now()
    series.save(update_fields=["ended_at"])
    outcome = Outcome(series)
    for meeting in _ahead(series, timezone.localdate(at)):
        if meeting.is_bare:
            _discard(outcome, meeting, _("系列会议停办"), by, at)
        else:
            outcome.kept.append(meeting)
    events.record("series.ended", subject=series, by=by, at=at)
    return outcome


def seen_of(series: Series) -> dict:
    """What an editor sees of it."""
    facts = {name: str(getattr(series, f"{name}_id", getattr(series, name))) for name in FACTS}
    facts["kind"] = str(series.kind_id)
    return facts | {"partners": sorted(series.partners.values_list("pk", flat=True))}


def _hold(series) -> None:
    holding.hold([series.group_id])
    list(Series.objects.select_for_update(no_key=True).filter(pk=series.pk).values_list("pk"))
    series.refresh_from_db()


def _check_open(series) -> None:
    if series.ended_at is not None:
        raise StepRefused(_("“%(series)s”已停办，不能再改。") % {"series": series})


def _check(series, at) -> None:
    found = rhythm.days(series)
    if len(found) > rhythm.MOST:
        raise StepRefused(
            _("一个系列最多 %(most)d 次会议，请把截止日期提前，或者拉长间隔。")
            % {"most": rhythm.MOST}
        )
    if series.until > timezone.localdate(at) + meetings.FARTHEST:
        raise StepRefused(_("截止日期在两年以后，请提前。"))


# ── Its meetings ────────────────────────────────────────────────────────────────────────────


def _ahead(series, since: date) -> list[Meeting]:
    """Its meetings from a day on that are still to come; each knows whether it is bare: a draft
    in which nobody has part, and that nobody changed."""
    rows = series.meetings.filter(
        status__in=(Status.DRAFT, Status.CONVENED),
        series_on__gte=since,
        starts_at__gt=timezone.now(),
    )
    rows = rows.select_for_update(no_key=True, of=("self",)).order_by("series_on")
    busy = _with_people(series)
    found = list(rows)
    for meeting in found:
        is_touched = meeting.is_exception or meeting.topics_called_at or meeting.pk in busy
        meeting.is_bare = meeting.status == Status.DRAFT and not is_touched
    return found


def _with_people(series) -> set[int]:
    """Its meetings in which somebody has part, or whose agenda somebody worked on."""
    found = Q()
    for name in PARTS:
        model = Meeting._meta.get_field(name).related_model
        found |= Q(Exists(model._base_manager.filter(meeting=OuterRef("pk"))))
    worked = ~Q(presenter="") | ~Q(text="") | Q(unit__isnull=False) | Q(files__isnull=False)
    items = AgendaItem.objects.filter(worked, meeting=OuterRef("pk"))
    kind = ContentType.objects.get_for_model(Meeting)
    acts = Event.objects.filter(subject_type=kind, subject_id=OuterRef("pk"))
    found |= Q(Exists(items)) | Q(Exists(acts.exclude(name__in=QUIET)))
    return set(series.meetings.filter(found).values_list("pk", flat=True))


def _draft(outcome, days: list[Day], by, at) -> None:
    """Draft the meetings of some days; those that are over are skipped."""
    series, now = outcome.series, at or timezone.now()
    regulation = Regulation.objects.of(Text.MEETINGS, timezone.localdate(at))
    conveners = _conveners(series.group, [day.meets_on for day in days])
    partners = list(series.partners.all())
    for day in days:
        starts_at, ends_at = rhythm.times(series, day.meets_on)
        if starts_at <= now:
            outcome.skipped.append(day)
            continue
        unit, turn = conveners(day.meets_on)
        meeting = Meeting.objects.create(
            group=series.group,
            kind=series.kind,
            title=series.title,
            place=series.place,
            starts_at=starts_at,
            ends_at=ends_at,
            convened_by=unit,
            turn=turn,
            regulation=regulation,
            series=series,
            series_on=day.on,
            status=Status.DRAFT,
        )
        meeting.partners.set(partners)
        with translation.override(portal.LANGUAGE_CODE):
            agenda.lay(meeting)
        events.record("meeting.drafted", subject=meeting, by=by, at=at)
        outcome.made.append((meeting, day))


def _conveners(group: Group, days: list[date]):
    """day → the unit on turn that day, or the lead unit, with the turn if it has begun."""
    if not days:
        return None
    turns = list(
        Turn.objects.filter(group=group, seat__isnull=False)
        .overlapping(min(days), max(days))
        .select_related("seat__unit")
    )
    leads = list(
        Lead.objects.filter(group=group)
        .overlapping(min(days), max(days))
        .select_related("seat__unit")
    )

    def convener(day: date) -> tuple[Unit, Turn | None]:
        for turn in turns:
            if turn.is_current(day):
                return turn.seat.unit, turn if turn.begun_at else None
        for lead in leads:
            if lead.is_current(day):
                return lead.seat.unit, None
        raise StepRefused(
            _("“%(group)s”在 %(day)s 没有轮值单位，也没有头雁单位，不知由谁召集。请先排定轮值。")
            % {"group": group, "day": day}
        )

    return convener


def _fit(outcome, since: date, by, at) -> None:
    """Meetings meet the days of the rhythm: first those of the same day, then those of the same
    week or month; what is left over is made, discarded, or stays as an exception."""
    series = outcome.series
    ahead = _ahead(series, since)
    movable = [meeting for meeting in ahead if not meeting.is_exception]
    outcome.kept += [meeting for meeting in ahead if meeting.is_exception]
    taken = _taken(series, movable)
    free = {day.on: day for day in rhythm.days(series, since) if day.on not in taken}
    free = {
        on: day
        for on, day in free.items()
        if rhythm.times(series, day.meets_on)[0] > (at or timezone.now())
    }
    pairs, left = _pair(series, movable, free)
    # Days of the rhythm are each one meeting's: give all up before they are given anew.
    Meeting.objects.filter(pk__in=[meeting.pk for meeting in movable]).update(series_on=None)
    conveners = _conveners(series.group, [day.meets_on for day in free.values()])
    for meeting, day in pairs:
        _rewrite(outcome, meeting, day, by, at)
        if meeting.status == Status.DRAFT:
            unit, turn = conveners(day.meets_on)
            Meeting.objects.filter(pk=meeting.pk).update(convened_by=unit, turn=turn)
    for meeting in left:
        if meeting.is_bare:
            _discard(outcome, meeting, _("系列会议的周期已改"), by, at)
        else:
            facts = {"is_exception": True, "series_on": meeting.series_on}
            Meeting.objects.filter(pk=meeting.pk).update(**facts)
            outcome.kept.append(meeting)
    met = {day.on for _meeting, day in pairs}
    _draft(outcome, [day for on, day in free.items() if on not in met], by, at)


def _taken(series, movable) -> set[date]:
    """Days that a meeting has which does not move: held, called off, changed on its own."""
    rows = series.meetings.exclude(pk__in=[meeting.pk for meeting in movable])
    return set(rows.exclude(series_on=None).values_list("series_on", flat=True))


def _pair(series, movable, free):
    pairs = [(meeting, free[meeting.series_on]) for meeting in movable if meeting.series_on in free]
    met = {day.on for _meeting, day in pairs}
    left = []
    for meeting in movable:
        if meeting.series_on in free:
            continue
        of = rhythm.period(series, meeting.series_on)
        near = [
            day for on, day in free.items() if on not in met and rhythm.period(series, on) == of
        ]
        if near:
            met.add(near[0].on)
            pairs.append((meeting, near[0]))
        else:
            left.append(meeting)
    return pairs, left


def _rewrite(outcome, meeting, day: Day, by, at) -> None:
    """A meeting of the series becomes what the series now says, as one meeting is changed."""
    series, before, seen = outcome.series, meeting.starts_at, meeting.sequence
    starts_at, ends_at = rhythm.times(series, day.meets_on)
    facts = {"kind": series.kind, "title": series.title, "place": series.place}
    if not series.place:
        del facts["place"]  # what a unit has found itself stays
    meetings.change(
        meeting,
        by=by,
        seen=seen,
        at=at,
        partners=list(series.partners.all()),
        with_series=True,
        starts_at=starts_at,
        ends_at=ends_at,
        **facts,
    )
    Meeting.objects.filter(pk=meeting.pk).update(series_on=day.on)
    if meeting.starts_at != before:
        outcome.moved.append((meeting, before))
    elif meeting.sequence != seen:
        outcome.changed.append(meeting)


def _discard(outcome, meeting, reason, by, at) -> None:
    """Of a bare draft nobody had heard; its day is free again."""
    meetings.cancel(meeting, reason=reason, by=by, at=at)
    Meeting.objects.filter(pk=meeting.pk).update(series_on=None)
    outcome.discarded.append(meeting)


# ── What a turn owes ────────────────────────────────────────────────────────────────────────


def _spare_the_turns(series, by, at) -> None:
    """The turn that is under way owes no second meeting: its own bare drafts give way."""
    for turn in Turn.objects.current(timezone.localdate(at)).filter(group=series.group):
        give_way(turn, by=by, at=at)


def give_way(turn: Turn, *, by=None, at: datetime | None = None) -> None:
    """Meetings of a series are those that a turn owes: as many of its own drafts, in which nobody
    has part, are not needed; the duties to hold them go over."""
    there = turn.meetings.filter(kind=joint_kind(), series__isnull=False)
    theirs = list(there.exclude(status=Status.CANCELLED).order_by("starts_at"))
    own = turn.duties.filter(meeting__series=None, meeting__status=Status.DRAFT, status="open")
    for duty, meeting in zip(own.select_related("meeting"), theirs, strict=False):
        draft = duty.meeting
        if draft.sequence == 0 and not draft.topics.exists() and not draft.topics_called_at:
            # The meeting's row before the duty's, as where a meeting is announced or held.
            meetings.cancel(draft, reason=_("由系列会议代替"), by=by, at=at)
            duty.meeting = meeting
            duty.save(update_fields=["meeting"])


def take_over(turn: Turn) -> None:
    """Drafts of series that fall into a turn are its unit's to convene; once it has begun, they
    are the turn's own."""
    if turn.seat_id is None:
        return
    first = timezone.make_aware(datetime.combine(turn.starts_on, datetime.min.time()))
    beyond = timezone.make_aware(
        datetime.combine(turn.ends_on + timedelta(days=1), datetime.min.time())
    )
    rows = Meeting.objects.filter(
        group=turn.group_id,
        series__isnull=False,
        turn=None,
        starts_at__gte=first,
        starts_at__lt=beyond,
    )
    rows.filter(status=Status.DRAFT).update(convened_by=turn.seat.unit)
    if turn.begun_at:
        rows.filter(status__in=(Status.DRAFT, Status.CONVENED)).update(turn=turn)
