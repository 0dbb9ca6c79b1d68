"""What each need went through until the end of a day, read for the leader's board in a few
statements however many needs there are."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from django.db.models import Func, IntegerField, Min, QuerySet
from django.utils import timezone

from nanchuan.kernel import calendar
from services.board import Story
from services.models import Dispatch, Need, Solution
from services.models.figures import closed_then, contacts, figure, given_up
from services.models.needs import end_of
from services.models.projects import ProjectNeed

EARLIEST = date(2000, 1, 1)  # nothing is older
DAY, SECOND = 24 * 60 * 60, timedelta(seconds=1)
Rows = QuerySet[Need]


class Seconds(Func):
    """A moment as whole seconds since 1970, which cost less to read than moments."""

    output_field = IntegerField()

    @property
    def convert_value(self):
        """Whole numbers come as they are."""
        return self._convert_value_noop

    def as_postgresql(self, compiler, connection):
        return self.as_sql(
            compiler, connection, template="FLOOR(EXTRACT(EPOCH FROM %(expressions)s))::bigint"
        )

    def as_sqlite(self, compiler, connection):
        return self.as_sql(
            compiler, connection, template="CAST(strftime('%%%%s', %(expressions)s) AS INTEGER)"
        )


def stories(rows: Rows, on: date | None = None, *, everything: bool = False) -> Iterator[Story]:
    """Of needs that stand for themselves and were filed by the end of a day, in no order.
    `everything`: the rows are narrowed by nothing, so what hangs on them need not be either."""
    end = end_of(on)
    until = int(end.timestamp())
    rows = rows.filter(figure("filed", on)).order_by()
    own = {} if everything else {"need__in": rows}
    accepted, answers = _accepted(own, end), _solutions(own, end)
    joined, closed = _joined(own, end), _closed_then(end)
    contacted = _contacted(own, end)

    gone = _given_up(own, end)
    for pk, unit, category, filed, reviewed, taken, spoken, shut in rows.values_list(*COLUMNS):
        project, standing = joined.get(pk, (None, None))
        offered, proposed, settled, is_auto, rating = answers.get(pk, NOTHING)
        yield Story(
            unit,
            category,
            filed,
            reviewed if reviewed and reviewed < until else None,
            _first(accepted.get(pk), taken, until),
            _first(_first(contacted.get(pk), project, until), spoken, until),
            standing,
            offered,
            proposed,
            settled,
            shut if shut and shut < until else closed.get(pk),
            is_auto,
            rating,
            gone.get(pk, ()),
        )


def _first(known: int | None, other: int | None, until: int) -> int | None:
    """The earlier of two moments, if any; the other one counts only before a third."""
    if other is None or other >= until:
        return known
    return other if known is None or other < known else known


MOMENTS = ("filed_at", "reviewed_at", "accepted_at", "contacted_at", "closed_at")
COLUMNS = ("pk", "unit", "category", *map(Seconds, MOMENTS))
NOTHING = (None, None, None, False, None)


def _accepted(own, end) -> dict[int, int]:
    """When any unit accepted first."""
    rows = Dispatch.objects.filter(accepted_at__lt=end, **own).order_by()
    return dict(rows.values_list("need").annotate(at=Seconds(Min("accepted_at"))))


def _joined(own, end) -> dict[int, tuple[int, int | None]]:
    """When a need was joined to a project first, and to the one that it belonged to then."""
    until, found = int(end.timestamp()), {}
    links = ProjectNeed.objects.filter(joined_at__lt=end, **own).order_by("joined_at")
    moments = (Seconds("joined_at"), Seconds("left_at"))
    for need, joined, left in links.values_list("need", *moments):
        first, standing = found.get(need, (joined, None))
        found[need] = (first, joined if left is None or left >= until else standing)
    return found


def _contacted(own, end) -> dict[int, int]:
    """When any unit wrote first that it had spoken to the enterprise."""
    rows = contacts(end).filter(**own).order_by()
    return dict(rows.values_list("need").annotate(at=Seconds(Min("written_at"))))


def _solutions(own, end) -> dict[int, tuple]:
    """When a solution was offered first; and of the one that stood confirmed, when it was offered
    and confirmed, whether by the passing of time, and the rating."""
    until, found = int(end.timestamp()), {}
    rows = Solution.objects.filter(offered_at__lt=end, **own).order_by("offered_at", "pk")
    moments = (Seconds(name) for name in ("offered_at", "confirmed_at", "reopened_at"))
    asked = ("need", "automatically", "rating", *moments)
    for need, is_auto, rating, at, confirmed, reopened in rows.values_list(*asked):
        first, *answer = found.get(need, (at, *NOTHING[1:]))
        if confirmed is not None and confirmed < until and (reopened is None or reopened >= until):
            answer = (at, confirmed, is_auto, None if is_auto else rating)
        found[need] = (first, *answer)
    return found


def _given_up(own, end) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for need, step in given_up(end).filter(**own).order_by().values_list("need", "step"):
        found.setdefault(need, set()).add(step)
    return found


def _closed_then(end) -> dict[int, int]:
    events = closed_then(end).order_by()
    return dict(events.values_list("subject_id").annotate(at=Seconds(Min("happened_at"))))


def worked() -> Callable[[int], int]:
    """How many seconds were worked from some day long ago until a moment: a question that is
    asked hundreds of thousands of times."""
    calendar.forget()  # what was decided in another process a second ago
    now = calendar.in_force()
    last = timezone.localdate() + timedelta(days=2)
    days, before, total = [], [], 0
    for number in range((last - EARLIEST).days + 1):
        day = EARLIEST + timedelta(days=number)
        spans = _spans(day, now.hours) if now.is_working_day(day) else ()
        days.append(spans)
        before.append(total)
        total += sum(until - since for since, until in spans)
    start = datetime(EARLIEST.year, EARLIEST.month, EARLIEST.day, tzinfo=now.zone)
    first = int(start.timestamp())

    def until(moment: int) -> int:
        number, second = divmod(moment - first, DAY)
        passed = before[number]
        for since, ends in days[number]:
            if second > since:
                passed += min(second, ends) - since
        return passed

    return until


def _spans(day, hours) -> tuple[tuple[int, int], ...]:
    """The working hours of a day in seconds since midnight."""
    held = [each for each in hours if each.starts_on <= day] or hours[:1]
    return tuple((since // SECOND, until // SECOND) for since, until in held[-1].spans)


def day_length(on: date | None = None) -> int:
    """How many seconds a working day has by the hours of a day."""
    spans = _spans(on or timezone.localdate(), calendar.in_force().hours)
    return sum(until - since for since, until in spans)


def in_words(seconds: int | None, length: int) -> str:
    """Working time in words, of days of a length: “2 个工作日 3 小时”."""
    if seconds is None:
        return ""
    days, rest = divmod(seconds, length)
    return calendar.span_words(days, timedelta(seconds=rest))
