from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, OuterRef, Q, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.organizations import Organization, below
from members.models.people import Membership, PartyMember
from members.models.posts import Term
from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.states import Stateful


class TransferQuerySet(ScopedQuerySet):
    def waiting(self) -> Self:
        return self.filter(status=Transfer.Status.REQUESTED)

    def overdue(self, on: date) -> Self:
        """Waiting ones whose letter was valid until a day before `on`."""
        return self.waiting().filter(valid_until__lt=on)

    def waiting_first(self) -> Self:
        waits = Case(When(status=Transfer.Status.REQUESTED, then=Value(0)), default=Value(1))
        return self.order_by(waits, "-requested_at", "-pk")

    def awaiting(self, user) -> Self:
        """Those that wait for this person: of the very organization that someone leads; of the
        park office what comes from outside or goes there, and what nobody else would see to."""
        rows = self.waiting().annotate(
            acting=Case(
                When(direction=Transfer.Direction.OUTGOING, then="source"), default="target"
            )
        )
        if roles.has_role(user, roles.STAFF):
            led = Term.objects.leading().filter(
                organization=OuterRef("acting"), member__user__is_active=True
            )
            inside = Q(direction=Transfer.Direction.INSIDE)
            return rows.filter(~inside | ~models.Exists(led))
        led = Organization.objects.filter(path__in=roles.places(user, roles.SECRETARY))
        return rows.filter(acting__in=led.order_by().values("pk"))

    def named(self) -> Self:
        """With both ends and the person, as lists and texts say them; no number is unsealed."""
        rows = self.select_related("member", "source", "target")
        return rows.defer("member__id_number", "member__phone")

    def view_scope(self, user) -> Q:
        """Both ends, and the person concerned."""
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        paths = roles.places(user, roles.SECRETARY)
        own = Q(member__in=roles.places(user, roles.MEMBER))
        return below(paths, "source__") | below(paths, "target__") | own

    def edit_scope(self, user) -> Q:
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        paths = roles.places(user, roles.SECRETARY)
        return below(paths, "source__") | below(paths, "target__") if paths else NOTHING


class Transfer(Stateful):
    """A person's membership on its way from one organization to another (组织关系转接).

    Until it is received the old organization stays responsible: only acceptance changes dated
    rows, both ends in one transaction (党员教育管理工作条例, Art. 25).
    """

    class Direction(models.TextChoices):
        INSIDE = "inside", _("园区内转接")
        INCOMING = "incoming", _("从园区外转入")
        OUTGOING = "outgoing", _("转出园区")

    class Status(models.TextChoices):
        REQUESTED = "requested", _("等待接收")
        ACCEPTED = "accepted", _("已接收")
        DECLINED = "declined", _("已退回")
        CANCELLED = "cancelled", _("已撤回")
        EXPIRED = "expired", _("介绍信已过期")

    STEPS = {
        Status.REQUESTED: {
            Status.ACCEPTED,
            Status.DECLINED,
            Status.CANCELLED,
            Status.EXPIRED,
        },
    }

    direction = models.CharField(_("转接方式"), max_length=10, choices=Direction)
    status = models.CharField(
        _("状态"), max_length=10, choices=Status, default=Status.REQUESTED, editable=False
    )
    member = models.ForeignKey(
        PartyMember, models.PROTECT, related_name="transfers", verbose_name=_("党员")
    )
    source = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="transfers_out",
        verbose_name=_("转出党组织"),
    )
    source_name = models.CharField(_("园区外转出党组织"), max_length=100, blank=True)
    target = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="transfers_in",
        verbose_name=_("接收党组织"),
    )
    target_name = models.CharField(_("园区外接收党组织"), max_length=100, blank=True)
    standing = models.CharField(_("党员类别"), max_length=12, editable=False)
    reason = models.CharField(_("转接原因"), max_length=200, blank=True)
    letter_number = models.CharField(_("介绍信编号"), max_length=50, blank=True)
    letter_on = models.DateField(_("介绍信开具日期"), null=True, blank=True)
    valid_until = models.DateField(_("介绍信有效期至"), null=True, blank=True)
    effective_on = models.DateField(_("生效日期"), null=True, blank=True)
    answer = models.CharField(_("办理意见"), max_length=200, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("经办人"),
        editable=False,
    )
    requested_at = models.DateTimeField(_("申请时间"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("办结时间"), null=True, editable=False)

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("组织关系转接")
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(status="requested"),
                name="transfer_waiting_once",
                violation_error_message=_("该同志已有一件等待接收的转接。"),
            ),
            models.CheckConstraint(
                name="transfer_has_both_ends",
                condition=Q(direction="inside", source__isnull=False, target__isnull=False)
                | Q(direction="incoming", source=None, target__isnull=False)
                | Q(direction="outgoing", source__isnull=False, target=None),
            ),
        ]
        indexes = [models.Index(fields=["status", "-requested_at"], name="transfer_waiting")]

    def __str__(self):
        return f"{self.member} {self.get_direction_display()}"

    def get_absolute_url(self):
        return reverse("members:transfer-detail", args=[self.pk])

    @property
    def from_name(self) -> str:
        return str(self.source or self.source_name)

    @property
    def to_name(self) -> str:
        return str(self.target or self.target_name)

    @property
    def from_full_name(self) -> str:
        return self.source.name if self.source else self.source_name

    @property
    def to_full_name(self) -> str:
        return self.target.name if self.target else self.target_name

    @property
    def standing_word(self) -> str:
        return str(Membership.Standing(self.standing).label) if self.standing else ""

    @property
    def requested_on(self) -> date:
        return timezone.localdate(self.requested_at)

    @property
    def state_style(self) -> str:
        """The colour of the state: only here is accepted the end of the road."""
        styles = {self.Status.REQUESTED: "waiting", self.Status.ACCEPTED: "done"}
        return styles.get(self.status, self.status)

    @property
    def has_letter(self) -> bool:
        """Whether the park writes the letter, rather than receives it."""
        return self.direction != self.Direction.INCOMING

    @property
    def has_slip(self) -> bool:
        """Whether the park answers that the person was received."""
        return self.direction != self.Direction.OUTGOING and self.status == self.Status.ACCEPTED

    @property
    def is_waiting(self) -> bool:
        return self.status == self.Status.REQUESTED

    @property
    def is_outside(self) -> bool:
        """Whether one of the ends lies outside the park."""
        return self.direction != self.Direction.INSIDE

    @property
    def asking_end(self) -> Organization:
        """The end that asked for it, and may take it back."""
        return self.source if self.has_letter else self.target

    @property
    def acting_end(self) -> Organization:
        """The end that takes the next step; for the outside the one that heard from there."""
        return self.source if self.direction == self.Direction.OUTGOING else self.target

    def may_be_answered_by(self, user) -> bool:
        return self.acting_end.may_be_led_by(user)

    def may_be_withdrawn_by(self, user) -> bool:
        return self.asking_end.may_be_led_by(user)
