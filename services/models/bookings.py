"""Who has what of a resource, and when."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.states import Stateful
from services.models.needs import Need
from services.models.resources import Resource, holding

HOLDING = ("agreed", "used")  # what takes away from what there is
UNSETTLED = ("waiting", "agreed")


class BookingQuerySet(ScopedQuerySet):
    def newest(self) -> Self:
        return self.order_by("-made_at", "-pk")

    def holding(self) -> Self:
        return self.filter(status__in=HOLDING)

    def searched(self, text: str) -> Self:
        """By number, or by the name of the resource."""
        called = Resource.objects.filter(holding(text, ["title"])).order_by().values("pk")
        return self.filter(holding(text, ["number"]) | Q(resource__in=called))

    def given_by(self, units) -> Self:
        return self.filter(giver__in=units)

    def had_by(self, units) -> Self:
        return self.filter(unit__in=units)

    def to_answer(self, units) -> Self:
        """What waits for the word of one of these units: asked of it, or offered to it."""
        waiting = self.model._base_manager.filter(status=Booking.Status.WAITING).order_by()
        asked = waiting.filter(side=Booking.Side.ASKED, giver__in=units)
        offered = waiting.filter(side=Booking.Side.OFFERED, unit__in=units)
        return self.filter(pk__in=asked.values("pk").union(offered.values("pk")))

    def for_table(self, user) -> Self:
        """Rows with all that a table of them shows to a reader: `unit_for` asks nothing more."""
        rows = self.select_related("unit", "resource__unit")
        return rows.annotate(reads_need=Coalesce(_reads_need(user), False))

    def view_scope(self, user) -> Q:
        """The office, the giving unit, the unit that has it, and who reads the whole of the need
        that it is for. Everybody else reads how much is left, never who has it."""
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        if not own:
            return NOTHING
        known = Q(_reads_need(user), need__isnull=False)
        return Q(unit__in=own) | Q(giver__in=own) | known

    def edit_scope(self, user) -> Q:
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        return Q(giver__in=own) | Q(unit__in=own)


def _reads_need(user) -> Subquery:
    """Whether a person reads the whole of the need of a booking. As a value it is asked of each
    row: of an Exists the database would first collect all needs that the person knows."""
    scope = Need.objects.party_scope(user)
    rows = Need._base_manager.filter(pk=OuterRef("need"))
    known = Case(When(scope, then=True), default=False, output_field=models.BooleanField())
    return Subquery(rows.annotate(known=known).values("known"))


class Booking(Stateful):
    """So much of a resource for a unit (认领、预约): asked for by the one side or offered by the
    other (双向认领). What is agreed or used holds its part of the capacity; nothing else does."""

    class Side(models.TextChoices):
        ASKED = "asked", _("需方认领")
        OFFERED = "offered", _("提供单位主动提供")

    class Status(models.TextChoices):
        WAITING = "waiting", _("待同意")
        AGREED = "agreed", _("已约定")
        DECLINED = "declined", _("已谢绝")
        CANCELLED = "cancelled", pgettext_lazy("booking", "已取消")
        USED = "used", _("已使用")
        RETURNED = "returned", _("未用退回")

    STEPS = {
        Status.WAITING: {Status.AGREED, Status.DECLINED, Status.CANCELLED},
        Status.AGREED: {Status.USED, Status.RETURNED, Status.CANCELLED},
    }

    number = models.CharField(_("编号"), max_length=20, unique=True, editable=False)
    resource = models.ForeignKey(
        Resource, models.PROTECT, related_name="bookings", verbose_name=_("资源")
    )
    # Of the resource, whose unit never changes: lists of a unit are read along it.
    giver = models.ForeignKey(
        Unit,
        models.PROTECT,
        related_name="+",
        db_index=False,  # there is one that also knows the order
        editable=False,
        verbose_name=_("提供单位"),
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="bookings", verbose_name=_("使用单位")
    )
    need = models.ForeignKey(
        Need, models.PROTECT, null=True, related_name="bookings", verbose_name=_("需求")
    )
    project = models.ForeignKey(
        "services.Project",
        models.PROTECT,
        null=True,
        related_name="bookings",
        verbose_name=_("项目"),
    )
    quantity = models.PositiveIntegerField(_("数量"), default=1)
    starts_at = models.DateTimeField(_("开始时间"), null=True)
    ends_at = models.DateTimeField(_("结束时间"), null=True)
    side = models.CharField(_("发起方"), max_length=7, choices=Side)
    status = models.CharField(_("状态"), max_length=9, choices=Status, default=Status.WAITING)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    made_at = models.DateTimeField(_("发起时间"), default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("发起人"),
    )
    answered_at = models.DateTimeField(_("答复时间"), null=True)  # agreed or declined
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("答复人"),
    )
    answer = models.CharField(_("答复"), max_length=500, blank=True)
    agreed_at = models.DateTimeField(_("约定时间"), null=True)
    ended_at = models.DateTimeField(_("了结时间"), null=True)  # cancelled, used or returned
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("了结人"),
    )
    end_note = models.CharField(_("了结说明"), max_length=500, blank=True)

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("资源认领")
        indexes = [
            models.Index(fields=["resource", "status", "starts_at"], name="booking_of_resource"),
            models.Index(fields=["unit", "-made_at"], name="booking_of_unit"),
            models.Index(fields=["giver", "-made_at", "-id"], name="booking_of_giver"),
            models.Index(fields=["-made_at", "-id"], name="booking_newest"),
            models.Index(
                fields=["side", "unit", "resource"],
                condition=Q(status="waiting"),
                name="booking_to_answer",
            ),
            models.Index(
                fields=["giver"],
                condition=Q(status="waiting", side="asked"),
                name="booking_asked_of",
            ),
            models.Index(
                fields=["starts_at", "ends_at"],
                condition=Q(starts_at__isnull=False),
                name="booking_by_time",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="booking_of_something"),
            models.CheckConstraint(
                condition=Q(starts_at=None, ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="booking_ends_later",
            ),
            models.CheckConstraint(
                condition=~Q(side="offered") | Q(need__isnull=False), name="booking_offer_for_need"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["agreed", "used", "returned"])
                | Q(agreed_at__isnull=False),
                name="booking_agreed_sometime",
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.resource.title}"

    def get_absolute_url(self):
        return reverse("services:booking-detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status in UNSETTLED

    def names_unit_to(self, user) -> bool:
        """Whether a reader learns for which unit it is. Who offers something for a need of which
        it reads the public face learns that once the unit has agreed."""
        if self.side == self.Side.ASKED or self.agreed_at is not None:
            return True
        if roles.has_role(user, *roles.WHOLE_PARK):
            return True
        if self.unit_id in roles.places(user, roles.UNIT):
            return True
        known = getattr(self, "reads_need", None)  # of rows of `for_table(user)`
        return self.need.is_party(user) if known is None else known

    def unit_for(self, user) -> str:
        return self.unit.name if self.names_unit_to(user) else gettext("某企业")
