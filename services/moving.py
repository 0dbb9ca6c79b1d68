"""What another decision about the working calendar would move: the dates of coming meetings and
the due moments of open needs, found by reckoning them under it."""

from collections import defaultdict

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.models import Meeting
from alliance.timeline import days, rules
from nanchuan.kernel import calendar
from nanchuan.kernel.templatetags.ui import moment
from services import clock as reckoned
from services.models import Clock, Pause

MOST = 10  # lines of each kind; the rest as a number


def moved(decided: calendar.Decided) -> list[str]:
    """In sentences; that nothing moves is one too."""
    told = [*_of_meetings(decided), *_of_clocks(decided)]
    return told or [_("没有会议日期或办理期限因此变动。")]


def meetings(decided: calendar.Decided) -> list[tuple[Meeting, str]]:
    """Coming meetings whose dates another decision moves, with the dates in words."""
    coming = [Meeting.Status.DRAFT, Meeting.Status.CONVENED]
    rows = Meeting.objects.filter(status__in=coming, starts_at__gt=timezone.now())
    rows = list(rows.select_related("kind", "regulation").order_by("starts_at", "pk"))
    before = [days(rules(row), row.starts_at) for row in rows]
    with calendar.supposing(decided):
        after = [days(rules(row), row.starts_at) for row in rows]
    changed = zip(rows, map(_changed, before, after), strict=True)
    return [(row, words) for row, words in changed if words]


def _of_meetings(decided):
    told = [
        _("会议“%(meeting)s”：%(changes)s") % {"meeting": row, "changes": words}
        for row, words in meetings(decided)
    ]
    if not told:
        return []
    head = _("%(number)d 次会议的日期变动：") % {"number": len(told)}
    return [head, *_first(told)]


def _changed(old, new):
    return "；".join(  # data
        f"{label} {was} → {day}"
        for (_code, label, was), (_same, _label, day) in zip(old, new, strict=True)
        if was != day
    )


def _of_clocks(decided):
    rows = Clock.objects.filter(done_at=None, stopped_at=None).annotate(number=F("need__number"))
    pauses = defaultdict(list)
    for pause in Pause.objects.filter(need__in=rows.values("need")):
        pauses[pause.need_id].append(pause)
    with calendar.supposing(decided):
        found = [
            (row, due)
            for row in rows.order_by("due_at", "pk")
            if not reckoned.is_paused(pauses[row.need_id])
            and (due := reckoned.due(row, pauses[row.need_id])) != row.due_at
        ]
    if not found:
        return []
    head = _("%(number)d 个办理期限变动：") % {"number": len(found)}
    return [head, *_first([_clock_line(row, due) for row, due in found])]


def _clock_line(row, due):
    return _("%(need)s %(step)s：%(old)s → %(new)s") % {
        "need": row.number,
        "step": row.get_kind_display(),
        "old": moment(row.due_at),
        "new": moment(due),
    }


def _first(told):
    rest = len(told) - MOST
    return told if rest <= 0 else [*told[:MOST], _("……另有 %(rest)d 项。") % {"rest": rest}]
