"""Figures of meetings (会议统计): who came, whether minutes were in time, what was done in time.

Each number is that of the rows in the list which it opens. Units stand in the order of the
charter, nobody is ranked.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import Min
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import ActionItem, CheckIn, Group, Invitation, Meeting, Resolution
from alliance.statements import Quarter

MOST_QUARTERS = 8
MOST_PEOPLE = 200


@dataclass(frozen=True)
class Column:
    """A figure: its key, its words, and the list that it opens."""

    key: str
    words: Promise
    page: str
    facts: tuple = ()  # what the list is asked besides


@dataclass(frozen=True)
class Share:
    """One part of others, in percent; nothing where there are none."""

    words: Promise
    part: str
    of: tuple[str, ...]

    def of_numbers(self, numbers) -> int | None:
        whole = sum(numbers[key] for key in self.of)
        return round(100 * numbers[self.part] / whole) if whole else None


@dataclass
class Line:
    name: str
    numbers: Counter
    asked: dict  # what the lists are asked for this line
    note: str = ""

    @cached_property
    def query(self) -> str:
        """What its lists have in common, put together once for all its numbers."""
        return urlencode(self.asked)


@dataclass
class Table:
    key: str
    title: Promise
    head: Promise
    columns: tuple[Column, ...]
    share: Share | None
    lines: list[Line] = field(default_factory=list)
    total: Line | None = None
    days: bool = False  # how late, in days
    is_cut: bool = False  # the files have more lines

    @property
    def every_line(self) -> list[Line]:
        return self.lines + ([self.total] if self.total else [])


ATTENDANCE = tuple(
    Column(key, words, "alliance:attendance-list")
    for key, words in (
        ("invited", gettext_lazy("应到")),
        ("came", gettext_lazy("到会")),
        ("substituted", gettext_lazy("其中代会")),
        ("late", gettext_lazy("其中迟到")),
        ("on_leave", gettext_lazy("请假")),
        ("absent", gettext_lazy("缺席")),
    )
)
MEETINGS = tuple(
    Column(key, words, "alliance:meeting-list")
    for key, words in (
        ("held", gettext_lazy("召开会议")),
        ("unrecorded", gettext_lazy("未登记到会")),
        ("minutes_in_time", gettext_lazy("按期印发纪要")),
        ("minutes_late", gettext_lazy("逾期印发")),
        ("minutes_missing", gettext_lazy("逾期未印发")),
        ("minutes_waiting", gettext_lazy("未到期限")),
    )
)
RESOLUTIONS = tuple(
    Column(key, words, "alliance:resolution-list")
    for key, words in (
        ("resolved", gettext_lazy("议定事项")),
        ("owed", gettext_lazy("有办理事项")),
        ("all_done", gettext_lazy("全部办结")),
        ("all_in_time", gettext_lazy("全部按期办结")),
    )
)
ITEMS = tuple(
    Column(key, words, "alliance:item-list")
    for key, words in (
        ("due", gettext_lazy("期内到期事项")),
        ("done_in_time", gettext_lazy("按期办结")),
        ("done_late", gettext_lazy("逾期办结")),
        ("overdue", gettext_lazy("逾期未办结")),
        ("to_confirm", gettext_lazy("待确认")),
        ("running", gettext_lazy("未到期")),
    )
)
PEOPLE = tuple(
    Column(key, words, "alliance:attendee-list")
    for key, words in (
        ("came", gettext_lazy("到会次数")),
        ("as_substitute", gettext_lazy("其中代会")),
        ("came_late", gettext_lazy("其中迟到")),
        ("left_early", gettext_lazy("其中早退")),
    )
)
CAME = Share(gettext_lazy("到会率"), "came", ("invited",))
PUBLISHED = Share(
    gettext_lazy("按期率"),
    "minutes_in_time",
    ("minutes_in_time", "minutes_late", "minutes_missing"),
)
FULFILLED = Share(gettext_lazy("按期办结率"), "all_in_time", ("owed",))
DONE = Share(gettext_lazy("按期办结率"), "done_in_time", ("done_in_time", "done_late", "overdue"))
# A figure that its list shows without being asked.
UNASKED = {"invited", "resolved"}
UNASKED_OF = {"alliance:attendee-list": {"came"}}


class MeetingFigures:
    """What a reader sees of the meetings between two days, of one group if told."""

    def __init__(self, user, first: date, last: date, group: Group | None = None):
        self.user, self.first, self.last, self.group = user, first, last, group
        self._meetings = self._read_meetings()
        self._by_meeting = {
            "attendance": self._count(Invitation),
            "resolutions": self._count(Resolution),
        }
        self._items = self._read_items()

    @property
    def asked(self) -> dict:
        """What every list is asked."""
        group = {"group": self.group.pk} if self.group else {}
        return {"since": self.first.isoformat(), "until": self.last.isoformat()} | group

    def tables(self, most_people: int | None = None) -> list[Table]:
        """Those that have lines; `most_people` keeps a page short, and says so."""
        found = [
            self._of_groups("attendance", _("到会情况（按小组）"), ATTENDANCE, CAME),
            self._of_units(),
            self._of_people(most_people),
            self._of_groups("meetings", _("会议和纪要（按小组）"), MEETINGS, PUBLISHED),
            self._of_groups("resolutions", _("议定事项（按小组）"), RESOLUTIONS, FULFILLED),
            self._of_groups("items", _("督办事项（按小组）"), ITEMS, DONE),
            self._items_of_units(),
        ]
        return [table for table in found if table.lines]

    def quarters(self) -> list[Quarter]:
        """Those of the period, the latest ones if there are many."""
        found, quarter = [], Quarter.of(self.last)
        while quarter.ends_on >= self.first and len(found) < MOST_QUARTERS:
            found.append(quarter)
            quarter = quarter.before
        return found[::-1]

    def by_quarter(self) -> dict[str, dict[Quarter, Counter]]:
        """Numbers of each noun for each quarter, cut at the ends of the period."""
        found = {name: defaultdict(Counter) for name in ("attendance", "meetings", "items")}
        for key, row in self._meetings.items():
            quarter = Quarter.of(row["day"])
            found["meetings"][quarter] += row["numbers"]
            found["attendance"][quarter] += self._by_meeting["attendance"].get(key, Counter())
        for row in self._items:
            found["items"][Quarter.of(row["due_on"])] += row["numbers"]
        return found

    # ── What is read, a question each ──────────────────────────────────────────────────────

    def _seen(self):
        rows = Meeting.objects.visible_to(self.user).between(self.first, self.last)
        return rows.of_group(self.group) if self.group else rows

    def _read_meetings(self) -> dict[int, dict]:
        facts = ("pk", "group", "starts_at", "minutes_due_on", "first__published_at")
        rows = list(self._seen().numbers(*facts))
        partners = _partners({row["pk"] for row in rows})
        keys = Meeting.objects.figures()
        return {
            row["pk"]: {
                "day": timezone.localdate(row["starts_at"]),
                "groups": {row["group"], *partners[row["pk"]]},
                "numbers": Counter({key: row[key] for key in keys}) + _late(row),
            }
            for row in rows
        }

    def _count(self, model) -> dict[int, Counter]:
        rows = model.objects.filter(meeting__in=self._seen()).numbers("meeting")
        return {row["meeting"]: _numbers(model, row) for row in rows}

    def _read_items(self) -> list[dict]:
        """By their due day, whenever they were resolved."""
        rows = ActionItem.objects.visible_to(self.user)
        rows = rows.filter(due_on__gte=self.first, due_on__lte=self.last)
        if self.group:
            rows = rows.filter(resolution__meeting__in=Meeting.objects.of_group(self.group))
        of = "resolution__meeting"
        found = list(rows.numbers(of, f"{of}__group", "unit", "unit__name", "due_on"))
        partners = _partners({row[of] for row in found})
        for row in found:
            row["groups"] = {row[f"{of}__group"], *partners[row[of]]}
            row["numbers"] = _numbers(ActionItem, row)
        return found

    # ── Tables ──────────────────────────────────────────────────────────────────────────────

    def _of_groups(self, noun, title, columns, share) -> Table:
        total, groups = Counter(), defaultdict(Counter)
        for numbers, of_groups in self._parts(noun):
            total += numbers
            for group in of_groups:
                groups[group] += numbers
        named = Group.objects.visible_to(self.user).filter(pk__in=groups).order_by("order", "pk")
        if self.group:
            named = named.filter(pk=self.group.pk)
        table = Table(noun, title, _("联盟小组"), columns, share, days=noun == "meetings")
        table.lines = [
            Line(group.name, groups[group.pk], self.asked | {"group": group.pk}) for group in named
        ]
        if len(table.lines) != 1:
            table.total = Line(_("合计"), total, self.asked)
        return table

    def _parts(self, noun):
        if noun == "items":
            yield from ((row["numbers"], row["groups"]) for row in self._items)
            return
        for key, row in self._meetings.items():
            own = noun == "meetings"
            numbers = row["numbers"] if own else self._by_meeting[noun].get(key)
            if numbers:
                yield numbers, row["groups"]

    def _of_units(self) -> Table:
        table = Table("units", _("到会情况（按单位）"), _("单位"), ATTENDANCE, CAME)
        rows = Invitation.objects.filter(meeting__in=self._seen())
        rows = rows.numbers("seat__unit", "seat__unit__name")
        places = {"group_at": Min("seat__group__order"), "seat_at": Min("seat__order")}
        for row in rows.annotate(**places).order_by("group_at", "seat_at", "seat__unit__name"):
            asked = self.asked | {"unit": row["seat__unit"]}
            table.lines.append(Line(row["seat__unit__name"], _numbers(Invitation, row), asked))
        return table

    def _of_people(self, most) -> Table:
        table = Table("people", _("到会情况（按人）"), _("姓名"), PEOPLE, None)
        rows = CheckIn.objects.filter(meeting__in=self._seen()).named_for(self.user)
        rows = rows.numbers("who", "unit_name").annotate(like=Min("pk"))
        found = list(rows.order_by("unit_name", "who")[: most and most + 1])
        table.is_cut = most is not None and len(found) > most
        for row in found[:most]:
            asked = self.asked | {"like": row["like"]}
            numbers = _numbers(CheckIn, row)
            table.lines.append(Line(row["who"], numbers, asked, note=row["unit_name"]))
        return table

    def _items_of_units(self) -> Table:
        table = Table("item-units", _("督办事项（按责任单位）"), _("单位"), ITEMS, DONE)
        found = defaultdict(Counter)
        for row in self._items:
            found[row["unit__name"], row["unit"]] += row["numbers"]
        for (name, unit), numbers in sorted(found.items()):
            table.lines.append(Line(name, numbers, self.asked | {"unit": unit}))
        return table


def url_of(column: Column, line: Line) -> str:
    """The list that a number opens."""
    unasked = column.key in UNASKED | UNASKED_OF.get(column.page, set())
    query = line.query if unasked else f"{line.query}&figure={column.key}"
    return f"{reverse(column.page)}?{query}"


def _partners(meetings) -> dict[int, set[int]]:
    """The groups that hold some meetings beside their own."""
    found = defaultdict(set)
    shared = Meeting.partners.through.objects.filter(meeting__in=meetings)
    for meeting, group in shared.values_list("meeting", "group"):
        found[meeting].add(group)
    return found


def _numbers(model, row: dict) -> Counter:
    return Counter({key: row[key] for key in model.objects.all().figures()})


def _late(row) -> Counter:
    """How many days after their due day minutes were published, or are missing until today."""
    due = row["minutes_due_on"]
    if due is None:
        return Counter()
    at = row["first__published_at"]
    until = timezone.localdate(at) if at else timezone.localdate()
    return Counter({"days_late": max((until - due).days, 0)})


@dataclass(frozen=True)
class Bar:
    """A share as a picture: where its bar stands, in units of SVG."""

    words: str
    percent: int | None
    detail: str
    url: str
    x: int
    y: int
    height: int


@dataclass(frozen=True)
class Chart:
    title: str
    bars: list[Bar]
    width: int


BAR, STEP, FLOOR = 44, 72, 100


def charts(figures: MeetingFigures) -> list[Chart]:
    """Three shares by quarter, as small bars."""
    numbers, quarters = figures.by_quarter(), figures.quarters()
    wanted: list[tuple[str, str, Share, Callable]] = [
        ("attendance", _("到会率"), CAME, ATTENDANCE[1]),
        ("meetings", _("纪要按期印发率"), PUBLISHED, MEETINGS[2]),
        ("items", _("督办事项按期办结率"), DONE, ITEMS[1]),
    ]
    found = []
    for noun, title, share, column in wanted:
        bars = [
            _bar(place, quarter, numbers[noun][quarter], share, column, figures)
            for place, quarter in enumerate(quarters)
        ]
        if any(bar.percent is not None for bar in bars):
            found.append(Chart(title, bars, STEP * len(bars)))
    return found


def _bar(place, quarter, numbers, share, column, figures) -> Bar:  # noqa: PLR0913, PLR0917
    percent = share.of_numbers(numbers)
    whole = sum(numbers[key] for key in share.of)
    first, last = max(quarter.starts_on, figures.first), min(quarter.ends_on, figures.last)
    asked = figures.asked | {"since": first.isoformat(), "until": last.isoformat()}
    height = percent or 0
    return Bar(
        words=f"{quarter.year % 100:02}Q{quarter.number}",
        percent=percent,
        detail=f"{numbers[share.part]} / {whole}",
        url=url_of(column, Line("", numbers, asked)),
        x=place * STEP + (STEP - BAR) // 2,
        y=FLOOR + 20 - height,
        height=height,
    )
