"""Needs of before have the clocks that they would have had, from their moments. Whom a late step
would have been told by now hears no more of it."""

from collections import defaultdict

from django.db import migrations
from django.utils import timezone

from nanchuan.kernel.calendar import NOTHING_DECIDED as DAYS

LIMITS = {
    "review_days": 1,
    "accept_days": 1,
    "contact_days": 3,
    "solve_days": 7,
    "longest_days": 30,
    "chase_secretary_days": 1,
    "chase_office_days": 2,
    "chase_leader_days": 3,
}
CHASED = ((1, None), (2, "chase_secretary_days"), (3, "chase_office_days"), (4, "chase_leader_days"))
ENDED = ("need.withdrawn", "need.declined")


def fill(apps, editor):
    Need = apps.get_model("services", "Need")
    told = _told(apps)
    needs = Need.objects.filter(clocks=None).select_related("charter")
    for need in needs.prefetch_related("solutions").iterator(chunk_size=200):
        _begin(apps, need, told[need.pk], timezone.now())


def _told(apps):
    """Of each need what happened and when, where its row does not say so."""
    names = ("need.returned", "need.resubmitted", *ENDED)
    rows = apps.get_model("kernel", "Event").objects.filter(name__in=names).order_by("pk")
    found = defaultdict(list)
    for pk, name, at in rows.values_list("subject_id", "name", "happened_at"):
        found[pk].append((name, at))
    return found


def _begin(apps, need, told, now):
    Clock, Pause = (apps.get_model("services", name) for name in ("Clock", "Pause"))
    pauses = list(_pauses(need, told))
    Pause.objects.bulk_create(
        Pause(need=need, why="enterprise", started_at=since, ended_at=until)
        for since, until in pauses
    )
    ended = next((at for name, at in told if name in ENDED), None)
    moments = []
    for kind, since, done, unit in _steps(need):
        if since is None:
            continue
        stopped = None if done else ended or (None if _runs(need, kind) else since)
        clock = Clock(
            need=need,
            kind=kind,
            unit_id=unit,
            regulation=need.charter,
            days=_limit(need, kind),
            started_at=since,
            done_at=done and max(done, since),
            stopped_at=stopped and max(stopped, since),
        )
        _reckon(clock, need, pauses, now)
        clock.save()
        if not (clock.done_at or clock.stopped_at):
            moments.append(clock.due_at)
    if moments and all(until for _since, until in pauses):
        need.due_at = min(moments)
        need.save(update_fields=["due_at"])


def _steps(need):
    unit = need.accepted_by_id
    declined = need.status == "declined"
    yield "review", need.filed_at, need.reviewed_at, None
    yield "accept", need.reviewed_at, need.accepted_at, None
    if not declined:
        yield "contact", need.accepted_at, need.contacted_at, unit
    since = need.accepted_at
    for solution in sorted(need.solutions.all(), key=lambda row: row.offered_at):
        yield "solve", since, solution.offered_at, unit
        since = solution.refused_at or solution.reopened_at
    yield "solve", since, None, unit


def _runs(need, kind):
    return kind in {
        "submitted": ("review",),
        "returned": ("review",),
        "published": ("accept",),
        "accepted": ("contact", "solve"),
        "in_progress": ("solve",),
    }.get(need.status, ())


def _pauses(need, told):
    """Where it waited for the enterprise: returned, or a solution offered."""
    since = None
    for name, at in told:
        if name == "need.returned":
            since = at
        elif since:
            yield since, max(at, since)
            since = None
    if since:
        yield since, None
    for row in need.solutions.all():
        answered = row.confirmed_at or row.refused_at or row.reopened_at
        if answered or need.status == "offered":
            yield row.offered_at, answered and max(answered, row.offered_at)


def _value(need, code):
    settings = need.charter.settings if need.charter else {}
    return settings.get(code, LIMITS[code])


def _limit(need, kind):
    days = _value(need, f"{kind}_days")
    return min(days, _value(need, "longest_days")) if kind == "solve" else days


def _reckon(clock, need, pauses, now):
    end = clock.done_at or clock.stopped_at or now
    closed = [(since, until) for since, until in pauses if until and since < end]
    clock.due_at = DAYS.run_out(clock.started_at, clock.days, closed)
    if clock.done_at or clock.stopped_at or not all(until for _since, until in pauses):
        return
    late = 0
    for level, code in CHASED if clock.unit_id else CHASED[2:]:
        if code and (clock.unit_id or level > 3):
            late = max(late, _value(need, code))
        clock.next_at = DAYS.run_out(clock.started_at, clock.days + late, closed)
        if clock.next_at > now:
            return
        clock.level, clock.next_at = level, None


class Migration(migrations.Migration):
    dependencies = [
        ("services", "0007_clocks_and_reckonings"),
        ("kernel", "0003_working_time"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
