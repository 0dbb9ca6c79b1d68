"""What a calendar feed says: turns and announced meetings of a group or a unit, or with what
falls due all that is its owner's, as the owner may see it at this moment. Drafts never, and no
name or number of a person."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, F, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.models import Assignment, Feed, Invitation, Meeting, Turn
from alliance.models.meetings import with_group
from nanchuan.kernel import ics, roles
from nanchuan.kernel.calendars import Asked, found, kinds
from nanchuan.kernel.ics import Entry
from nanchuan.kernel.models import Event

BACK = timedelta(days=400)  # what ended before stands in the portal only
MOVED_BACK = timedelta(days=90)
AHEAD = timedelta(days=800)  # what is owed later is told later


def content(feed: Feed, on: date | None = None) -> bytes:
    """The file that a phone reads."""
    name = f"{settings.PARK_NAME} · {feed}"
    return ics.calendar(name, entries(feed, on or timezone.localdate()))


def entries(feed: Feed, on: date) -> list[Entry]:
    turns = Turn.objects.visible_to(feed.user).filter(ends_on__gte=on - BACK)
    turns = turns.select_related("group", "seat__unit").order_by("starts_on", "pk")
    if feed.group_id:
        return [
            *_of_group(list(turns.filter(group=feed.group_id)), feed),
            *_meetings(feed, with_group(feed.group_id), on),
        ]
    units = [feed.unit_id] if feed.unit_id else roles.places(feed.user, roles.UNIT)
    return [
        *_of_units(list(turns.filter(seat__unit__in=units)), units, feed, on),
        *_meetings(feed, meetings_of_units(units), on),
        *(_owed(units, feed, on) if feed.is_personal else ()),
    ]


def meetings_of_units(units) -> Q:
    """Meetings that one of the units convenes or is invited to."""
    invited = Invitation.objects.standing().filter(meeting=OuterRef("pk"), seat__unit__in=units)
    return Q(convened_by__in=units) | Q(Exists(invited))


def _of_group(turns, feed) -> Iterator[Entry]:
    changed = _changes(Turn, turns)
    for turn in turns:
        summary = _("%(group)s轮值：%(unit)s") % {"group": turn.group, "unit": turn.holder}
        yield _turn(
            turn,
            f"turn-{turn.pk}",
            summary,
            changed.get(turn.pk, feed.made_at),
            ics.TENTATIVE if turn.is_open else ics.CONFIRMED,
        )


def _of_units(turns, units, feed, on) -> Iterator[Entry]:
    """The units' turns, and those that they once had: a calendar drops these when told so."""
    given = Assignment.objects.filter(
        seat__unit__in=units,
        turn__in=Turn.objects.visible_to(feed.user),
        turn__ends_on__gte=on - MOVED_BACK,
    ).exclude(turn__seat=F("seat"))
    given = given.select_related("turn__group", "seat__unit")
    given = given.order_by("turn__starts_on", "turn", "seat")
    gone = {(row.turn_id, row.seat_id): row for row in given}.values()
    changed = _changes(Turn, [*turns, *(row.turn for row in gone)])
    for turn in turns:
        yield _turn_of(turn, turn.seat, feed, changed, ics.CONFIRMED)
    for row in gone:
        yield _turn_of(row.turn, row.seat, feed, changed, ics.CANCELLED)


def _turn_of(turn, seat, feed, changed, status) -> Entry:
    summary = _("%(unit)s轮值（%(group)s）") % {"unit": seat.unit, "group": turn.group}
    if status == ics.CANCELLED:
        summary = _("已调整：%(summary)s") % {"summary": summary}
    stamp = changed.get(turn.pk, feed.made_at)
    return _turn(turn, f"turn-{turn.pk}-seat-{seat.pk}", summary, stamp, status)


def _turn(turn, key, summary, stamp, status) -> Entry:
    text = [turn.period_words]
    if turn.theme and status != ics.CANCELLED:
        text.append(_("主题：%(theme)s") % {"theme": turn.theme})
    return Entry(
        key,
        summary,
        turn.starts_on,
        turn.ends_on,
        stamp,
        turn.sequence,
        status,
        text="\n".join(text),
        url=f"{settings.SITE_URL}{turn.get_absolute_url()}",
    )


def _meetings(feed, which: Q, on: date) -> Iterator[Entry]:
    """Meetings whose notice went out: a draft, even one that asks for topics, is not fixed yet.
    One that was called off before that never was on a phone."""
    rows = Meeting.objects.visible_to(feed.user).filter(
        Meeting.noticed(), which, ends_at__gte=timezone.now() - BACK
    )
    meetings = list(rows.select_related("kind", "convened_by").order_by("starts_at", "pk"))
    changed = _changes(Meeting, meetings)
    for meeting in meetings:
        yield _meeting(meeting, changed.get(meeting.pk, feed.made_at))


def _meeting(meeting, stamp) -> Entry:
    off = meeting.status == Meeting.Status.CANCELLED
    words = {"kind": meeting.kind, "unit": meeting.convened_by}
    return Entry(
        f"meeting-{meeting.pk}",
        _("已取消：%(meeting)s") % {"meeting": meeting} if off else str(meeting),
        meeting.starts_at,
        meeting.ends_at,
        stamp,
        meeting.sequence + off,  # calling off is a change too, which the number does not count
        ics.CANCELLED if off else ics.CONFIRMED,
        meeting.place,
        _("%(kind)s，召集单位：%(unit)s") % words,
        f"{settings.SITE_URL}{meeting.get_absolute_url()}",
    )


def meeting_file(meeting: Meeting, *, text: str | None = None, place: str = "") -> bytes:
    """One meeting for one's own calendar, under the name and the number that it has in the feeds.

    With a `text` the file says that and the `place`, and nothing besides of what feeds say.
    """
    entry = _meeting(meeting, _changes(Meeting, [meeting]).get(meeting.pk, meeting.starts_at))
    return ics.single(entry if text is None else replace(entry, text=text, place=place))


def _owed(units, feed, on) -> Iterator[Entry]:
    """What one of the units still owes, as the calendar of the portal has it, on whole days."""
    asked = Asked(feed.user, on - BACK, on + AHEAD, units=frozenset(units))
    rows = found(asked, [kind for kind in kinds() if kind.is_due])
    rows = [row for row in rows if not row.is_settled]
    together = defaultdict(list)
    for row in rows:
        together[type(row.about)].append(row.about)
    changed = {model: _histories(model, abouts) for model, abouts in together.items()}
    for row in rows:
        stamp, number = changed[type(row.about)].get(row.about.pk, (feed.made_at, 0))
        yield _deadline(row, stamp, number)


def _deadline(row, stamp, number) -> Entry:
    words = {"kind": row.kind.label, "title": row.title}
    return Entry(
        row.key,
        _("%(kind)s：%(title)s") % words,
        row.begins,
        row.ends,
        stamp,
        number,
        text=_("责任单位：%(unit)s") % {"unit": row.unit} if row.unit else "",
        url=f"{settings.SITE_URL}{row.url}",
    )


def _changes(model, rows) -> dict:
    """Row → when something last happened to it."""
    return {pk: last for pk, (last, _number) in _histories(model, rows).items()}


def _histories(model, rows) -> dict:
    """Row → when something last happened to it, and how many things did."""
    kind = ContentType.objects.get_for_model(model)
    happened = Event.objects.filter(subject_type=kind, subject_id__in={row.pk for row in rows})
    told = happened.order_by().values_list("subject_id").annotate(Max("happened_at"), Count("pk"))
    return {pk: (last, number) for pk, last, number in told}
