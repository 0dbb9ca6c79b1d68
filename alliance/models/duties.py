from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models.meetings import Meeting
from alliance.models.regulations import DutyKind
from alliance.models.turns import Turn
from members.models import Activity
from nanchuan.kernel.querysets import ScopedQuerySet
from nanchuan.kernel.states import Stateful


class DutyQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        return self.filter(status=Duty.Status.OPEN)

    def late(self, on: date | None = None) -> Self:
        return self.open().filter(due_on__lt=on or timezone.localdate())

    def view_scope(self, user) -> Q:
        return Q(turn__in=Turn.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return Q(turn__in=Turn.objects.editable_by(user))


class Duty(Stateful):
    """One thing that a unit on turn has to do (轮值职责), made when the turn begins.

    Holding the meeting and handing over are done by doing them; the others with a word or a
    file, or the activity that was logged.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("待办")
        DONE = "done", _("已完成")
        DROPPED = "dropped", _("不再要求")

    STEPS = {
        Status.OPEN: {Status.DONE, Status.DROPPED},
        Status.DONE: {Status.OPEN},
        Status.DROPPED: {Status.OPEN},
    }

    turn = models.ForeignKey(Turn, models.PROTECT, related_name="duties", verbose_name=_("轮值"))
    order = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(_("类别"), max_length=10, choices=DutyKind)
    title = models.CharField(_("职责"), max_length=60)
    due_on = models.DateField(_("期限"))
    status = models.CharField(_("状态"), max_length=8, choices=Status, default=Status.OPEN)
    note = models.CharField(_("完成情况"), max_length=500, blank=True)
    done_at = models.DateTimeField(_("完成时间"), null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    meeting = models.ForeignKey(
        Meeting, models.PROTECT, null=True, related_name="duties", verbose_name=_("会议")
    )
    activity = models.ForeignKey(
        Activity, models.PROTECT, null=True, related_name="alliance_duties", verbose_name=_("活动")
    )

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("轮值职责")
        ordering = ["order", "pk"]
        indexes = [models.Index(fields=["status", "due_on"], name="duty_by_due")]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return self.turn.get_absolute_url()

    @property
    def days_late(self) -> int:
        """Days since an open duty was due; 0 while there is time, and for one that is settled."""
        if self.status != self.Status.OPEN:
            return 0
        return max((timezone.localdate() - self.due_on).days, 0)
