"""The record (会议记录) and the minutes (会议纪要) of a meeting, from the document that
`alliance.minuting` builds."""

from datetime import date, datetime
from itertools import count

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance import minuting
from alliance.meeting_papers.words import groups_of, listed, period_words, time_words
from alliance.models import Meeting, Minutes
from alliance.numerals import numeral
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.papers import Paper, written


def minutes(found: Minutes, *, by) -> Paper:
    """In the form of 10.3 of GB/T 9704: as they were published, or as a draft that says so."""
    is_published = found.status == Minutes.Status.PUBLISHED
    facts, meeting = minuting.shown(found), found.meeting
    title = _("%(meeting)s纪要") % {"meeting": facts["title"]}
    if not is_published:
        title = _("%(title)s（草稿）") % {"title": title}
    day = timezone.localdate(found.published_at) if found.published_at else None
    sheet = Paper(title, by=by)
    sheet.red_head(
        _("%(park)s党建联盟会议纪要") % {"park": settings.PARK_NAME},
        number=facts["number"] if is_published else "",
        issuer=facts["convened_by"],
        day=day,
    )
    _opening(sheet, facts)
    _items(sheet, facts)
    if facts["closing"]:
        sheet.paragraph(facts["closing"])
    sheet.hanging(_who(facts["attendance"]))
    units = [person["unit"] for person in facts["attendance"]["present"]]
    units += [*facts["attendance"]["leave"], *facts["attendance"]["absent"]]
    sheet.imprint(meeting.convened_by.name, day, copies=[(_("分送"), listed(units))])
    return sheet


def record(meeting: Meeting, user, *, by) -> Paper:
    """All that was noted of a meeting, with what was typed for its minutes as far as the reader
    may see those; room below to sign."""
    latest = meeting.minutes.visible_to(user).select_related("head").order_by("-version").first()
    found = latest or Minutes(meeting=meeting)
    found.meeting = meeting
    facts = minuting.content(found)
    sheet = Paper(_("%(meeting)s记录") % {"meeting": meeting.title}, by=by)
    sheet.facts(_head(meeting), across=1)
    sheet.heading(_("一、到会情况"))
    _attendance(sheet, facts["attendance"])
    sheet.heading(_("二、会议内容"))
    _opening(sheet, facts, is_record=True)
    _items(sheet, facts, level=2)
    if facts["closing"]:
        sheet.paragraph(facts["closing"])
    sheet.signature(_("主持人（签字）：________"), _("记录人（签字）：________"))
    return sheet


def _head(meeting):
    yield _("时间"), time_words(meeting)
    yield _("地点"), meeting.place
    yield _("主持人"), meeting.chair
    yield _("记录人"), meeting.recorder
    yield _("召集单位"), meeting.convened_by.name
    yield _("联盟小组"), groups_of(meeting)


def _opening(sheet, facts, *, is_record=False):
    if facts["correction"]:
        sheet.paragraph(facts["correction"], label=_("更正原因："))
    if not is_record:
        times = (datetime.fromisoformat(facts[name]) for name in ("starts_at", "ends_at"))
        sheet.paragraph(period_words(*times), label=_("时间："))
        sheet.paragraph(facts["place"], label=_("地点："))
        sheet.paragraph(facts["chair"], label=_("主持："))
        sheet.paragraph(facts["recorder"], label=_("记录："))
    if facts["opening"]:
        sheet.paragraph(facts["opening"])


def _items(sheet, facts, *, level=1):
    """Each item with what was said, counted and resolved; resolutions are numbered throughout."""
    numbers = count(1)
    parts = [(item["title"], item) for item in facts["items"]]
    parts += [(other["title"], other) for other in facts["others"]]
    if facts["resolutions"]:
        parts.append((_("其他议定事项"), {"resolutions": facts["resolutions"]}))
    for place, (title, part) in enumerate(parts, 1):
        form = _("%(number)s、%(title)s") if level == 1 else _("（%(number)s）%(title)s")
        sheet.heading(form % {"number": numeral(place), "title": title}, level)
        _item(sheet, part, numbers)


def _item(sheet, part, numbers):
    if who := " ".join(filter(None, (part.get("unit"), part.get("presenter")))):
        sheet.paragraph(who, label=_("汇报："))
    for line in part.get("follow_up", ()):
        sheet.paragraph(
            _("%(number)s %(text)s（%(unit)s，%(state)s）")
            % {name: line.get(name, "") for name in ("number", "text", "unit", "state")}
        )
    if part.get("text"):
        sheet.paragraph(part["text"])
    for vote in part.get("votes", ()):
        sheet.paragraph(vote_words(vote), label=_("表决："))
    for resolution in part.get("resolutions", ()):
        _resolution(sheet, next(numbers), resolution)


def vote_words(vote: dict) -> str:
    words = _(
        "%(question)s。应到 %(entitled)d，实到 %(present)d；"
        "赞成 %(in_favour)d，反对 %(against)d，弃权 %(abstained)d。"
    )
    return words % vote


def _resolution(sheet, number, resolution):
    """With what follows from it; several action items are numbered below it."""
    items = resolution["items"]
    text = f"{resolution['text']}（{resolution['number']}）"  # data
    if len(items) == 1 and items[0]["text"] == resolution["text"]:
        sheet.item(number, text, _owed(items[0]))
        return
    sheet.item(number, text)
    for place, item in enumerate(items, 1):
        sheet.item(f"{number}.{place}", item["text"], _owed(item))


def _owed(item):
    yield _("责任单位"), item["unit"]
    if item["assisting"]:
        yield _("协办单位"), listed(item["assisting"])
    yield _("完成期限"), written(date.fromisoformat(item["due_on"]))


def _who(attendance):
    yield _("出席"), listed(map(_person, attendance["present"]))
    if attendance["guests"]:
        yield _("列席"), listed(map(_person, attendance["guests"]))
    if attendance["leave"]:
        yield _("请假"), listed(attendance["leave"])
    if attendance["absent"]:
        yield _("缺席"), listed(attendance["absent"])


def _person(person) -> str:
    words = " ".join(filter(None, (person["unit"], person["name"])))
    return _("%(who)s（代会）") % {"who": words} if person.get("is_substitute") else words


def _attendance(sheet, attendance):
    sheet.paragraph(attendance["quorum"])
    present = [*attendance["present"], *attendance["guests"]]
    if present:
        columns = [
            Column(_("姓名"), lambda row: row["name"], 8),
            Column(_("单位"), lambda row: row["unit"], 18),
            Column(_("职务"), lambda row: row["job"], 10),
            Column(_("备注"), _marks, 16),
        ]
        sheet.rows(columns, present)
    away = [
        (label, attendance[key]) for key, label in (("leave", _("请假")), ("absent", _("缺席")))
    ]
    if any(names for _label, names in away):
        sheet.hanging((label, listed(names)) for label, names in away if names)


def _marks(row) -> str:
    marks = [
        "" if "is_substitute" in row else _("列席"),
        _("代会") if row.get("is_substitute") else "",
        row.get("mandate", ""),
        _("%(clock)s到会（迟到）") % {"clock": row["late"]} if row["late"] else "",
        _("%(clock)s离会") % {"clock": row["left"]} if row["left"] else "",
        _("补录") if row["is_late_entry"] else "",
    ]
    return _("；").join(filter(None, marks))
