from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models.groups import of_groups_seen
from alliance.models.turns import Turn
from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.states import Stateful


class HandoverQuerySet(ScopedQuerySet):
    def waiting(self) -> Self:
        return self.exclude(status__in=[Handover.Status.DONE, Handover.Status.DROPPED])

    def awaiting(self, user) -> Self:
        """Handovers whose next signature is this person's."""
        own, status = roles.places(user, roles.UNIT), Handover.Status
        mine = Q(status=status.OPEN, turn__seat__unit__in=own)
        mine |= Q(status=status.SUBMITTED, arriving__seat__unit__in=own)
        if roles.has_role(user, roles.STAFF):
            mine |= Q(status=status.RECEIVED)
        return self.filter(mine)

    def view_scope(self, user) -> Q:
        """The office; the two units; the others of the group once it is signed by all."""
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        if not own:
            return NOTHING
        ours = Q(turn__seat__unit__in=own) | Q(arriving__seat__unit__in=own)
        return ours | Q(of_groups_seen(user, "turn__group"), status=Handover.Status.DONE)

    def edit_scope(self, user) -> Q:
        """Who signs somewhere; whose signature is next, `actions.handovers` says."""
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        return Q(turn__seat__unit__in=own) | Q(arriving__seat__unit__in=own)


class Handover(Stateful):
    """The sheet by which a turn is handed over (轮值交接).

    While it is open its sections show what stands in the rows; the leaving unit's signature
    freezes them in `sheet`, so that all three sign the same. Signed by all, it is locked.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("填写中")
        SUBMITTED = "submitted", _("待接任单位签收")
        RECEIVED = "received", _("待党务办公室确认")
        DONE = "done", _("已交接")
        DROPPED = "dropped", _("无需交接")

    STEPS = {
        Status.OPEN: {Status.SUBMITTED, Status.DROPPED},
        Status.SUBMITTED: {Status.RECEIVED, Status.OPEN, Status.DROPPED},
        Status.RECEIVED: {Status.DONE, Status.OPEN, Status.DROPPED},
        Status.DROPPED: {Status.OPEN},  # another unit follows after all
    }

    turn = models.OneToOneField(
        Turn, models.PROTECT, related_name="handover", verbose_name=_("交出的轮值")
    )
    arriving = models.ForeignKey(
        Turn,
        models.PROTECT,
        null=True,
        related_name="handovers_in",
        verbose_name=_("接任的轮值"),
    )
    status = models.CharField(
        _("状态"), max_length=10, choices=Status, default=Status.OPEN, editable=False
    )
    materials = models.TextField(
        _("移交材料"), max_length=2000, blank=True, help_text=_("每行一项，例如：会议记录本 1 册。")
    )
    remarks = models.TextField(_("说明"), max_length=2000, blank=True)
    sheet = models.JSONField(_("交接内容"), null=True, editable=False)
    opened_at = models.DateTimeField(_("开始时间"), default=timezone.now, editable=False)
    done_at = models.DateTimeField(_("办结时间"), null=True, editable=False)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("轮值交接")
        ordering = ["-turn__ends_on"]

    def __str__(self):
        return _("%(turn)s交接") % {"turn": self.turn}

    def get_absolute_url(self):
        return reverse("alliance:handover-detail", args=[self.pk])

    @property
    def is_locked(self) -> bool:
        return self.status in (self.Status.DONE, self.Status.DROPPED)

    @property
    def is_overdue(self) -> bool:
        return not self.is_locked and self.turn.ends_on < timezone.localdate()


class Signature(models.Model):
    """A party's word under a handover sheet (签字): given, or refused with a reason.

    A refusal voids what was signed before it; the rows stay as history.
    """

    class Party(models.TextChoices):
        LEAVING = "leaving", _("移交单位")
        ARRIVING = "arriving", _("接任单位")
        OFFICE = "office", _("党务办公室")

    handover = models.ForeignKey(
        Handover, models.PROTECT, related_name="signatures", verbose_name=_("轮值交接")
    )
    party = models.CharField(_("签字方"), max_length=8, choices=Party)
    unit_name = models.CharField(_("单位"), max_length=100, blank=True)
    name = models.CharField(_("签字人"), max_length=50)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("时间"), default=timezone.now)
    refusal = models.CharField(_("退回原因"), max_length=200, blank=True)
    voided_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("交接签字")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["handover", "party"],
                condition=Q(voided_at=None, refusal=""),
                name="signature_stands_once",
            )
        ]

    def __str__(self):
        return f"{self.get_party_display()} {self.name}"
