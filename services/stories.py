"""What each need went through until the end of a day, read for the leader's board in a few
statements however many needs there are."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from django.db.models import Func, IntegerField, Min, QuerySet
from django.utils import timezone

from nanchuan.kernel import calendar
from services.board import Story
from services.models import Dispatch, Need, Solution
from services.models.figures import closed_then, contacts, figure
from services.models.needs import end_of
from services.models.projects import ProjectNeed

EARLIEST = date(2000, 1, 1)  # nothing is older
DAY, SECOND = 24 * 60 * 60, timedelta(seconds=1)
Rows = QuerySet[Need]


class Seconds(Func):
    """A moment as whole seconds since 1970, which cost less to read than moments."""

    output_field = IntegerField()

    def as_postgresql(self, compiler, connection):
        return self.as_sql(
            compiler, connection, template="FLOOR(EXTRACT(EPOCH FROM %(expressions)s))::bigint"
        )

    def as_sqlite(self, compiler, connection):
        return self.as_sql(
            compiler, connection, template="CAST(strftime('%%%%s', %(expressions)s) AS INTEGER)"
        )


def stories(rows: Rows, on: date | None = None) -> Iterator[Story]:
    """Of needs that stand for themselves and were filed by the end of a day, in no order."""
    end = end_of(on)
    rows = rows.filter(figure("filed", on)).order_by()
    accepted, (joined, matched) = _accepted(rows, end), _joined(rows, end)
    contacted = _contacted(rows, end, joined)
    offered, answers = _solutions(rows, end)
    closed = _closed_then(rows, end)
    until = int(end.timestamp())
    columns = (Seconds(name) for name in ("filed_at", "reviewed_at", "closed_at"))
    for pk, unit, category, *moments in rows.values_list("pk", "unit", "category", *columns):
        filed, *later = moments
        reviewed, closed_at = (at if at and at < until else None for at in later)
        proposed, settled, is_auto = answers.get(pk, NOTHING)
        yield Story(
            unit=unit,
            category=category,
            filed=filed,
            collected=reviewed,
            accepted=accepted.get(pk),
            contacted=contacted.get(pk),
            matched=matched.get(pk),
            offered=offered.get(pk),
            proposed=proposed,
            settled=settled,
            closed=closed_at or closed.get(pk),
            is_auto=is_auto,
        )


NOTHING = (None, None, False)


def _accepted(rows, end) -> dict[int, int]:
    """When any unit accepted first."""
    own = rows.filter(accepted_at__lt=end).values_list("pk", Seconds("accepted_at"))
    found = dict(own)
    first = Dispatch.objects.filter(accepted_at__lt=end, need__in=rows).order_by()
    _earlier(found, first.values_list("need").annotate(at=Seconds(Min("accepted_at"))))
    return found


def _joined(rows, end) -> tuple[dict[int, int], dict[int, int]]:
    """When a need was joined to a project first, and to the one that it belonged to then."""
    until, first, standing = int(end.timestamp()), {}, {}
    links = ProjectNeed.objects.filter(joined_at__lt=end, need__in=rows).order_by("joined_at")
    moments = (Seconds("joined_at"), Seconds("left_at"))
    for need, joined, left in links.values_list("need", *moments):
        first.setdefault(need, joined)
        if left is None or left >= until:
            standing[need] = joined
    return first, standing


def _contacted(rows, end, joined) -> dict[int, int]:
    """When any unit spoke to the enterprise first."""
    found = dict(joined)
    _earlier(found, rows.filter(contacted_at__lt=end).values_list("pk", Seconds("contacted_at")))
    notes = contacts(end).filter(need__in=rows).order_by()
    _earlier(found, notes.values_list("need").annotate(at=Seconds(Min("written_at"))))
    return found


def _earlier(found, pairs):
    for need, at in pairs:
        found[need] = min(at, found.get(need, at))


def _solutions(rows, end) -> tuple[dict[int, int], dict[int, tuple]]:
    """When a solution was offered first; and of the one that stood confirmed, when it was offered
    and confirmed and whether by the passing of time."""
    until = int(end.timestamp())
    offers = Solution.objects.filter(offered_at__lt=end, need__in=rows).order_by("offered_at", "pk")
    moments = (Seconds(name) for name in ("offered_at", "confirmed_at", "reopened_at"))
    offered, answers = {}, {}
    for need, is_auto, at, confirmed, reopened in offers.values_list(
        "need", "automatically", *moments
    ):
        offered.setdefault(need, at)
        if confirmed is not None and confirmed < until and (reopened is None or reopened >= until):
            answers[need] = (at, confirmed, is_auto)
    return offered, answers


def _closed_then(rows, end) -> dict[int, int]:
    events = closed_then(end).filter(subject_id__in=rows).order_by()
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
