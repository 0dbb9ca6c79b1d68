"""What stands in minutes (会议纪要): built from rows and from what was typed, nothing invented.

`content` answers one JSON-able document for the page, the mail and the paper. A fact that nobody
noted is an empty string there.
"""

from collections import defaultdict
from dataclasses import asdict, dataclass

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from alliance import followup, quorum
from alliance.models import ActionItem, AgendaItem, Invitation, Meeting, Minutes
from nanchuan.kernel.templatetags.ui import moment

OPENING, CLOSING = "opening", "closing"
FORMAT = 1  # of the document, kept with it


@dataclass(frozen=True)
class Section:
    """A part of minutes that people type (段落): its key, and the words above it."""

    key: str
    title: str
    item: AgendaItem | None = None


def key_of(item: AgendaItem) -> str:
    return f"item-{item.pk}"


def texts(minutes: Minutes) -> dict[str, str]:
    """What was typed, by section, as it stands."""
    return dict(minutes.head.sections) if minutes.head else {}


def sections(minutes: Minutes, items=None, also=()) -> list[Section]:
    """Every part of the minutes in reading order. What was typed for an item that has left the
    agenda since stays to be read and written; `also` are such keys that are only being typed."""
    items = list(minutes.meeting.items.all()) if items is None else items
    found = [Section(OPENING, _("会议概况"))]
    for number, item in enumerate(items, 1):
        title = _("第 %(number)d 项：%(title)s") % {"number": number, "title": item}
        found.append(Section(key_of(item), title, item))
    known = {OPENING, CLOSING, *(section.key for section in found)}
    orphans = {key for key, text in texts(minutes).items() if text} | set(also)
    found += [Section(key, _("已不在议程上的议题")) for key in sorted(orphans - known)]
    return [*found, Section(CLOSING, _("会议小结"))]


def frozen(minutes: Minutes) -> dict:
    """The document as it is published, in the language of the park."""
    with translation.override(settings.LANGUAGE_CODE):
        return content(minutes)


def shown(minutes: Minutes) -> dict:
    """What a reader sees: as it was published, or live while it is written."""
    return minutes.content if minutes.content is not None else content(minutes)


def content(minutes: Minutes) -> dict:
    """The document as the rows stand now (9 questions)."""
    meeting, typed = minutes.meeting, texts(minutes)
    groups = [meeting.group, *meeting.partners.all()]
    votes, resolutions = _by_item(_votes(meeting)), _by_item(_resolutions(meeting))
    items = list(meeting.items.select_related("unit"))
    return {
        "format": FORMAT,
        "title": meeting.title,
        "kind": meeting.kind.name,
        "number": minutes.number,
        "version": minutes.version,
        "correction": minutes.correction,
        "starts_at": meeting.starts_at.isoformat(),
        "ends_at": meeting.ends_at.isoformat(),
        "time": _period(meeting),
        "place": meeting.place,
        "chair": meeting.chair,
        "recorder": meeting.recorder,
        "convened_by": meeting.convened_by.name,
        "groups": [group.name for group in groups],
        "attendance": attendance(meeting),
        "opening": typed.get(OPENING, ""),
        "items": [
            _item(number, item, typed, votes, resolutions) for number, item in enumerate(items, 1)
        ],
        "others": [
            {"title": section.title, "text": typed[section.key]}
            for section in sections(minutes, items)
            if section.item is None and section.key not in (OPENING, CLOSING)
        ],
        "resolutions": resolutions[None],
        "closing": typed.get(CLOSING, ""),
    }


def recorded(document: dict) -> tuple:
    """What a document says of the rows that minutes lock: who came, votes, resolutions. Who does
    something until when may change afterwards."""
    items = document["items"]
    votes = [(item["key"], vote) for item in items for vote in item["votes"]]
    resolutions = [
        (row["number"], row["text"], [(item["number"], item["text"]) for item in row["items"]])
        for row in all_resolutions(document)
    ]
    return document["attendance"], votes, resolutions


def owed(document: dict, units) -> list[dict]:
    """What some units have to do by a document: responsible or assisting, in its order. What is
    dropped since was resolved all the same, and is nobody's to do."""
    units, found = set(units), []
    for resolution in all_resolutions(document):
        for item in resolution["items"]:
            if not item.get("is_dropped") and units & carriers(item):
                found.append(item | {"is_own": item["unit_id"] in units})
    return found


def carriers(item: dict) -> set[int]:
    """The units of an item of a document."""
    return {item["unit_id"], *item["assisting_ids"]}


def all_resolutions(document: dict) -> list[dict]:
    """Of every item of the agenda, then those without one."""
    of_items = [row for item in document["items"] for row in item["resolutions"]]
    return [*of_items, *document["resolutions"]]


def _period(meeting) -> str:
    ends = timezone.localtime(meeting.ends_at)
    same_day = timezone.localdate(meeting.starts_at) == ends.date()
    return f"{moment(meeting.starts_at)} — {f'{ends:%H:%M}' if same_day else moment(ends)}"


def _item(number, item, typed, votes, resolutions) -> dict:
    key = key_of(item)
    return {
        "key": key,
        "number": number,
        "kind": item.kind,
        "title": item.title,
        "presenter": item.presenter,
        "unit": item.unit.name if item.unit else "",
        "text": typed.get(key, ""),
        "follow_up": _followed(item),
        "votes": votes[item.pk],
        "resolutions": resolutions[item.pk],
    }


def _followed(item) -> list[dict]:
    """How the last resolutions stand, until the meeting is held; then as it was told."""
    is_live = item.kind == AgendaItem.Kind.FOLLOW_UP and item.meeting.status != Meeting.Status.HELD
    if item.frozen is None and is_live:
        return [asdict(line) for line in followup.lines(item.meeting)]
    return item.frozen or []


def _by_item(rows) -> defaultdict:
    found = defaultdict(list)
    for item, row in rows:
        found[item].append(row)
    return found


def _votes(meeting):
    counted = ("question", "entitled", "present", "in_favour", "against", "abstained")
    for vote in meeting.votes.all():
        facts = {name: getattr(vote, name) for name in counted}
        yield vote.item_id, facts | {"is_late_entry": vote.is_late_entry}


def _resolutions(meeting):
    rows = meeting.resolutions.filter(struck_at=None)
    for row in rows.prefetch_related("action_items__unit", "action_items__assisting"):
        yield (
            row.item_id,
            {
                "number": row.number,
                "text": row.text,
                "is_late_entry": row.is_late_entry,
                "items": [_action_item(item) for item in row.action_items.all()],
            },
        )


def _action_item(item) -> dict:
    assisting = list(item.assisting.all())
    dropped = {"is_dropped": True} if item.status == ActionItem.Status.DROPPED else {}
    return dropped | {
        "number": item.number,
        "text": item.text,
        "unit": item.unit.name,
        "unit_id": item.unit_id,
        "assisting": [unit.name for unit in assisting],
        "assisting_ids": [unit.pk for unit in assisting],
        "due_on": item.due_on.isoformat(),
    }


# ── Who was there ───────────────────────────────────────────────────────────────────────────


def attendance(meeting) -> dict:
    """Seats that came, are on leave or absent, and whoever was there beside them. Before anybody
    checked in nobody is absent."""
    came = list(meeting.checkins.standing().select_related("guest", "user"))
    by_seat = {row.invitation_id: row for row in came if row.invitation_id}
    seats = list(meeting.invitations.standing())
    counted = quorum.of(meeting, len(seats), by_seat.keys() & {seat.pk for seat in seats})
    known = {seat.pk: seat for seat in seats}
    for pk in by_seat.keys() - known.keys():  # came although the invitation was taken back
        known[pk] = Invitation.objects.get(pk=pk)
    away = [seat for seat in seats if seat.pk not in by_seat]
    leave = [seat.unit_name for seat in away if seat.reply == Invitation.Reply.LEAVE]
    absent = [seat.unit_name for seat in away if seat.reply != Invitation.Reply.LEAVE]
    return {
        "invited": counted.invited,
        "attended": counted.attended,
        "quorum": counted.result,
        "rule": counted.rule,
        "is_missed": counted.is_missed,
        "present": [
            _seat(seat, by_seat[pk], meeting) for pk, seat in known.items() if pk in by_seat
        ],
        "guests": [_guest(row, meeting) for row in came if not row.invitation_id],
        "leave": leave,
        "absent": absent if counted.attended else [],
    }


def _seat(seat, checkin, meeting) -> dict:
    """The name that was checked in; what the unit only announced is no proof of who came."""
    is_announced = checkin.name != "" and checkin.name == seat.attendee
    substitute = checkin.is_substitute
    return _person(checkin, meeting) | {
        "unit": seat.unit_name,
        "job": seat.job if is_announced else "",
        "is_substitute": substitute,
        "mandate": seat.get_mandate_display() if substitute and seat.mandate else "",
    }


def _guest(checkin, meeting) -> dict:
    guest = checkin.guest
    return _person(checkin, meeting) | {
        "unit": checkin.unit_name or (guest.unit_name if guest else ""),
        "job": guest.job if guest else "",
        "is_invited": guest is not None,
    }


def _person(checkin, meeting) -> dict:
    account = checkin.user.get_full_name() if checkin.user else ""
    guest = checkin.guest.name if checkin.guest else ""
    left = checkin.left_at if checkin.left_at and checkin.left_at < meeting.ends_at else None
    return {
        "name": checkin.name or guest or account,
        "late": _clock(checkin.at) if checkin.at and checkin.at > meeting.starts_at else "",
        "left": _clock(left) if left else "",
        "is_late_entry": checkin.is_late_entry,
    }


def _clock(at) -> str:
    return f"{timezone.localtime(at):%H:%M}"
