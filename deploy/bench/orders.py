"""How long it takes until the clocks of ten thousand open orders are right again after the office
changed the working calendar, and until it sees beforehand what that would move."""

import time
from datetime import timedelta

from django.db.models import F, Max

from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import calendar
from nanchuan.kernel.models import CalendarDay
from scale import DAY, NOW, STAFF, TODAY
from services import moving
from services.actions import clocks, reckonings
from services.models import Clock, Need, Pause, Reckoning

OPEN, LIMIT = 10_000, 10  # orders; seconds
BATCH = 1000
FAR = timedelta(days=20)  # so that a day off before it moves most of them


def measure() -> list[dict]:
    """Seconds of the sentences before, and of the reckoning after a day off."""
    needs = fill()
    clocks.reckon_many(needs)
    free = calendar.next_working_day(TODAY + DAY)
    began = time.perf_counter()
    moving.moved(calendar.read().with_days({free: calendar.OwnDay(False, "停电")}))
    seen = time.perf_counter() - began
    before = dict(Clock.objects.values_list("pk", "due_at"))
    began = time.perf_counter()
    CalendarDay.objects.create(date=free, is_working=False, name="停电")
    calendar.forget()
    reckonings.ask()
    while not reckonings.work():
        pass
    lasted = time.perf_counter() - began
    moved = sum(before[pk] != due for pk, due in Clock.objects.values_list("pk", "due_at"))
    stale = Need.objects.filter(pk__in=needs, due_at__lt=F("filed_at")).count()
    if moved < OPEN // 2 or stale:
        raise SystemExit(f"{moved} clocks moved and {stale} orders were left behind")
    Reckoning.objects.all().delete()
    return [
        figure(f"orders: reckon {OPEN} open, s (≤ {LIMIT})", lasted, moved),
        figure(f"orders: what {OPEN} open would move, s", seen, OPEN),
    ]


def figure(page, value, rows):
    return {
        "page": page,
        "kind": "other",
        "ratio": None,
        "sql": None,
        "rows": rows,
        "limit": None,
        "value": round(value, 3),
    }


def fill() -> list[int]:
    """Orders in work, each with a clock or two; every tenth stood still once, some still do."""
    filer, responsible = Unit.objects.order_by("pk")[:2]
    by = User.objects.get(pk=STAFF)
    first = (Need.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    needs = [need_of(first + number, filer, responsible, by) for number in range(OPEN)]
    Need.objects.bulk_create(needs, batch_size=BATCH)
    rows = [clock_of(need, kind) for need in needs for kind in kinds(need)]
    Clock.objects.bulk_create(rows, batch_size=BATCH)
    pauses = [pause_of(need) for need in needs if need.pk % 10 == 0]
    Pause.objects.bulk_create(pauses, batch_size=BATCH)
    return [need.pk for need in needs]


def need_of(pk, filer, responsible, by):
    at = NOW - timedelta(minutes=pk % 4000)
    return Need(
        pk=pk,
        number=f"需-时-{pk:06}",
        unit=filer,
        category="technology",
        title="需要技术支持",
        content="缺少技术支持",
        contact_name="联系人",
        contact_phone="13800001234",
        filed_by=by,
        filed_at=at,
        status=Need.Status.ACCEPTED,
        reviewed_at=at,
        accepted_by=responsible,
        accepted_at=at,
    )


def kinds(need):
    both = (Clock.Kind.CONTACT, Clock.Kind.SOLVE)
    return both if need.pk % 2 else both[1:]


def clock_of(need, kind):
    days = 3 if kind == Clock.Kind.CONTACT else 7
    at = need.filed_at
    return Clock(
        need=need,
        kind=kind,
        unit_id=need.accepted_by_id,
        days=days,
        started_at=at,
        due_at=at + FAR,
    )


def pause_of(need):
    lasts = need.pk % 100 == 0
    until = None if lasts else need.filed_at + timedelta(hours=5)
    return Pause(need=need, why="hold", started_at=need.filed_at, ended_at=until)
