"""What the demo's past meetings resolved, and what became of it: each act at its own moment, so
that every later meeting heard how things stood on its day."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from alliance.actions import conversions, items, resolutions
from alliance.models import ActionItem
from nanchuan.accounts.models import User

DAY = timedelta(days=1)
RESOLVED = [
    "开展安全生产交叉检查，问题列入清单逐项整改。",
    "建立用工余缺信息每周通报机制，缺工企业优先对接。",
    "联合申报技术改造专项资金，汇总各企业材料。",
    "共用检测设备，制定预约和收费办法。",
    "组织一线班组技能比武，评选岗位能手。",
    "统一谈判物流价格，形成小组运价清单。",
    "开通党员业务骨干结对帮带，每家企业至少两对。",
    "梳理用电增容诉求，由派驻机构集中答复。",
    "编写节能改造案例，在小组内推广。",
]
# What became of the three of each meeting, from the first quarter to the last.
ENDS = [
    [["done", "done", "done_late"], ["done", "done_late", "done"], ["done", "done", "done"]],
    [["done", "extended", "dropped"], ["done", "done", "extended"], ["done_late", "done", "done"]],
    [["late", "asked", "reported"], ["measure", "long_late", "done"], ["reported", "open", "done"]],
]
# Days until the due day: from the meeting for what is over, from today for what is not.
AFTER_MEETING = {"done": 30, "done_late": 25, "extended": 30, "dropped": 40}
AFTER_TODAY = {
    "late": -5,
    "long_late": -20,
    "asked": 12,
    "reported": 6,
    "open": 25,
    "measure": 30,
}


def resolve(made, meeting, number, line, *, by) -> None:
    """Three things are resolved in the meeting's last hour, one of them by two units."""
    quarter, group = divmod(number, len(ENDS[0]))
    held_on = timezone.localdate(meeting.starts_at)
    units = [seat.unit for seat in meeting.group.seats.select_related("unit").order_by("order")]
    ends = ENDS[quarter % len(ENDS)][group]
    for place, end in enumerate(ends):
        begins = held_on if end in AFTER_MEETING else made.today
        due_on = begins + (AFTER_MEETING | AFTER_TODAY)[end] * DAY
        resolution = resolutions.adopt(
            meeting,
            item=line,
            text=RESOLVED[(3 * number + place) % len(RESOLVED)],
            unit=units[place % len(units)],
            assisting=[units[(place + 1) % len(units)]] if place == 0 else [],
            due_on=due_on,
            by=by,
            at=meeting.starts_at + timedelta(hours=2, minutes=5 * place),
        )
        item = resolution.action_items.get()
        made.to_come += _acts(made, item, end, held_on)


def catch_up(made, until: datetime) -> None:
    """What happened before a moment has happened, in the order of time."""
    due = [(at, act) for at, act in made.to_come if at < until]
    made.to_come = [(at, act) for at, act in made.to_come if at >= until]
    for at, act in sorted(due, key=lambda each: each[0]):
        act(at)


def _acts(made, item, end, held_on) -> list:
    """Moments, and what happens then."""
    speaker, office = made.secretaries[item.unit.name], User.objects.get(username="staff")
    due_on, pk = item.due_on, item.pk
    now = ActionItem.objects.select_related("resolution__meeting", "unit").get

    def act(day, verb, by, **facts):
        at = timezone.make_aware(datetime.combine(day, time(15, 40)))
        return at, lambda at: verb(now(pk=pk), by=by, at=at, **facts)

    noted = act(held_on + 10 * DAY, items.note, speaker, text="已商定分工，正在落实。")
    effect = {"effect": "已经办好，有关企业反映良好。"}
    asked = {"due_on": due_on + 20 * DAY, "reason": "部分设备到货推迟。"}
    finished = {
        "done": due_on - 4 * DAY,
        "done_late": due_on + 3 * DAY,
        "extended": due_on + 15 * DAY,
        "reported": made.today - 2 * DAY,
    }.get(end)
    found = [noted]
    if end == "extended":
        found.append(act(due_on - 6 * DAY, items.extend, speaker, **asked))
        found.append(act(due_on - 5 * DAY, items.grant, office, answer="同意，请抓紧。"))
    if end == "asked":
        found.append(act(made.today - DAY, items.extend, speaker, **asked))
    if end == "dropped":
        reason = {"reason": "与园区统一安排合并办理。"}
        found.append(act(due_on - 10 * DAY, items.drop, office, **reason))
    if finished:
        found.append(act(finished, items.report, speaker, **effect))
    if finished and end != "reported":
        found.append(act(finished + DAY, items.confirm, office, done_on=finished))
    if end == "measure":
        found.append(act(held_on + 12 * DAY, conversions.to_measure, office))
    return found


def finish(made) -> None:
    """Up to now."""
    catch_up(made, timezone.now())
