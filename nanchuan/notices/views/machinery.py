"""How the machinery of notices runs (运行情况), for administrators."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView

from nanchuan.notices.heartbeats import stand_still, work_named
from nanchuan.notices.machinery import machinery
from nanchuan.notices.models import Outage
from nanchuan.notices.recent import BOUNDS, HOUR, HOURS

PROCESSES = {
    "default": gettext_lazy("worker 和 beat"),
    "mail": gettext_lazy("mailer"),  # names in deploy/Procfile
    "robot": gettext_lazy("robots"),
    "heavy": gettext_lazy("heavy"),
}
SPANS = [
    ("1h", gettext_lazy("1 小时")),
    ("24h", gettext_lazy("24 小时")),
    ("7d", gettext_lazy("7 天")),
]
OUTCOMES = [
    ("sent", gettext_lazy("已送达")),
    ("failed", gettext_lazy("无法送达")),
    ("missed", gettext_lazy("已错过")),
]
MOST_OUTAGES = 10
BAR, GAP, HEIGHT = 9, 2, 48  # of the picture, in its own units


class MachineryPage(TemplateView):
    template_name = "notices/machinery.html"

    def get_context_data(self, **kwargs):
        found, now = machinery(), timezone.now()
        outages = Outage.objects.visible_to(self.request.user).order_by("-began_at", "-pk")
        return super().get_context_data(
            found=found,
            now=now,
            stands_still=stand_still(found.heartbeats),
            beats=[_beat(each) for each in found.heartbeats],
            flows=[_flow(each, now) for each in found.flows],
            spans=[label for _name, label in SPANS],
            events_age=found.events and duration(found.events_age),
            outages=[_outage(each) for each in outages[:MOST_OUTAGES]],
            log_since=timezone.localdate(now - timedelta(days=7)),
            **kwargs,
        )


def duration(length: timedelta) -> str:
    """In its largest unit: 12 秒, 5 分钟, 3 小时, 2 天."""
    seconds = int(length.total_seconds())
    if length < timedelta(minutes=1):
        return ngettext("%(number)d 秒", "%(number)d 秒", seconds) % {"number": seconds}
    if length < HOUR:
        number = seconds // 60
        return ngettext("%(number)d 分钟", "%(number)d 分钟", number) % {"number": number}
    if length < 2 * HOURS * HOUR:
        number = seconds // 3600
        return ngettext("%(number)d 小时", "%(number)d 小时", number) % {"number": number}
    return ngettext("%(days)d 天", "%(days)d 天", length.days) % {"days": length.days}


def _beat(beat):
    if beat.is_overdue:
        status, words = "overdue", _("停摆")
    elif not beat.is_demanded:
        status, words = "left", _("没有启用的渠道")
    else:
        status, words = "confirmed", _("正常")
    ago = "" if beat.age is None else _("%(time)s前") % {"time": duration(beat.age)}
    advice = _advice(beat.work.queue) if beat.is_overdue else ""
    return {
        "label": beat.work.label,
        "status": status,
        "words": words,
        "ago": ago,
        "advice": advice,
    }


def _advice(queue) -> str:
    return _(
        "请到服务器上查看 %(processes)s 进程的日志并重新启动它（见 deploy/Procfile）。"
        "要做的事都记在数据库里，恢复后自动接着做，不用重新提交。"
    ) % {"processes": PROCESSES[queue]}


def _outage(outage):
    work = work_named(outage.work)
    length = outage.ended_at and duration(outage.ended_at - outage.began_at)
    return {"row": outage, "label": work.label if work else outage.work, "length": length}


def _flow(flow, now):
    return {
        "flow": flow,
        "age": flow.due and duration(flow.age),
        "lateness": _lateness(flow.recent.lateness),
        "rows": [
            (label, [(span, flow.recent.number(outcome, name)) for name, span in SPANS])
            for outcome, label in OUTCOMES
        ],
        "bars": _bars(flow.recent.hours["sent"], now),
    }


def _lateness(late) -> str:
    if late is None:
        return ""
    if late == timedelta.max:
        return _("%(time)s以上") % {"time": duration(BOUNDS[-1])}
    return _("%(time)s内") % {"time": duration(late)}


def _bars(hours, now) -> dict:
    """The hours of the last day, the latest at the right."""
    most = max(hours[hour] for hour in range(HOURS))
    bars = []
    for place, hour in enumerate(reversed(range(HOURS))):
        number = hours[hour]
        height = max(2, round(number * HEIGHT / most)) if number else 0
        bars.append(
            {
                "x": place * (BAR + GAP),
                "y": HEIGHT - height,
                "height": height,
                "since": now - (hour + 1) * HOUR,
                "number": number,
            }
        )
    return {"bars": bars, "most": most, "width": HOURS * (BAR + GAP) - GAP, "height": HEIGHT}
