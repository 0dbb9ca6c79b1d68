"""What is wrong with the machinery of notices, in one sentence for the administrators' first page.

The page of the machinery says the same in full.
"""

from collections.abc import Iterator

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.kernel import roles
from nanchuan.kernel.models import Event
from nanchuan.kernel.together import together
from nanchuan.notices.actions.events import MOST_FAILURES
from nanchuan.notices.heartbeats import heartbeats, stand_still
from nanchuan.notices.models import Channel, Delivery, Reminder, RobotPost
from nanchuan.notices.recent import WEEK


def trouble(user) -> str:
    """Empty when all is well, and for whoever is no administrator. Two queries."""
    if not roles.has_role(user, roles.ADMIN):
        return ""
    since = timezone.now() - WEEK
    on, *lost = together(
        [
            Channel.objects.filter(is_on=True).order_by("pk").values_list("kind", "name", "fault"),
            _numbers(Delivery.objects.dead().filter(due_at__gt=since), "state"),
            _numbers(RobotPost.objects.dead().filter(due_at__gt=since), "state"),
            _numbers(Reminder.objects.filter(state="failed", settled_at__gt=since), "state"),
            _numbers(Event.objects.filter(handled_at=None, failures__gte=MOST_FAILURES), "name"),
        ]
    )
    letters, posts, reminders, events = (sum(number for _key, number in rows) for rows in lost)
    stopped = [name for _kind, name, fault in on if fault]
    beats = heartbeats(kind for kind, _name, _fault in on)
    return _("；").join(_parts(beats, stopped, letters + posts, reminders + events))


def _numbers(rows, key):
    return rows.order_by().values_list(key).annotate(number=Count("pk"))


def _parts(beats, stopped, letters, given_up) -> Iterator[str]:
    if stand_still(beats):
        yield _("后台的定时任务已停，提醒、邮件和群消息都不会发出")
    elif late := [str(each.work.label) for each in beats if each.is_overdue]:
        yield _("后台工作停摆：%(names)s") % {"names": _("、").join(late)}
    if stopped:
        yield _("渠道停摆：%(names)s") % {"names": _("、").join(stopped)}
    if letters:
        yield _("最近 7 天有 %(number)d 条消息无法送达") % {"number": letters}
    if given_up:
        yield _("有 %(number)d 件事没能排成提醒或发出") % {"number": given_up}
