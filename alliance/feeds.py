"""What a calendar feed says: turns and announced meetings of a group or a unit, as its owner may
see them at this moment. Drafts never, and no name or number of a person."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.models import Assignment, Feed, Invitation, Meeting, Turn
from nanchuan.kernel import ics
from nanchuan.kernel.ics import Entry
from nanchuan.kernel.models import Event

BACK = timedelta(days=400)  # what ended before stands in the portal only
MOVED_BACK = timedelta(days=90)


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
            *_meetings(feed, Q(group=feed.group_id), on),
        ]
    invited = Invitation.objects.filter(meeting=OuterRef("pk"), seat__unit=feed.unit_id)
    return [
        *_of_unit(list(turns.filter(seat__unit=feed.unit_id)), feed, on),
        *_meetings(feed, Q(convened_by=feed.unit_id) | Q(Exists(invited)), on),
    ]


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


def _of_unit(turns, feed, on) -> Iterator[Entry]:
    """The unit's turns, and those that it once had: a calendar drops these when told so."""
    given = Assignment.objects.filter(
        seat__unit=feed.unit_id,
        turn__in=Turn.objects.visible_to(feed.user),
        turn__ends_on__gte=on - MOVED_BACK,
    ).exclude(turn__seat=F("seat"))
    given = given.select_related("turn__group").order_by("turn__starts_on", "turn", "seat")
    gone = {(row.turn_id, row.seat_id): row.turn for row in given}
    changed = _changes(Turn, [*turns, *gone.values()])
    for turn in turns:
        yield _turn_of(turn, turn.seat_id, feed, changed, ics.CONFIRMED)
    for (_turn_pk, seat), turn in gone.items():
        yield _turn_of(turn, seat, feed, changed, ics.CANCELLED)


def _turn_of(turn, seat, feed, changed, status) -> Entry:
    summary = _("%(unit)s轮值（%(group)s）") % {"unit": feed.unit, "group": turn.group}
    if status == ics.CANCELLED:
        summary = _("已调整：%(summary)s") % {"summary": summary}
    stamp = changed.get(turn.pk, feed.made_at)
    return _turn(turn, f"turn-{turn.pk}-seat-{seat}", summary, stamp, status)


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


def _changes(model, rows) -> dict:
    """Row → when something last happened to it."""
    kind = ContentType.objects.get_for_model(model)
    happened = Event.objects.filter(subject_type=kind, subject_id__in=[row.pk for row in rows])
    last = happened.order_by().values_list("subject_id").annotate(Max("happened_at"))
    return dict(last)
