"""What is owed, paid and handed on (党费收缴).

Money is never changed: a mistake gets a row of its own.
"""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Min, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models.dues import DuesBase, DuesRate, DuesRelief, billed_by, kept_by
from members.models.organizations import Organization, below
from members.models.people import Membership, PartyMember
from nanchuan.kernel import roles
from nanchuan.kernel.fields import SealedMoneyField
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.states import Stateful


def kept(user) -> Q:
    """Rows of the organizations whose dues a person keeps."""
    if not roles.has_role(user, roles.MEMBER):
        return NOTHING
    return Q(organization__in=kept_by(user).order_by().values("pk"))


def bills_at(organization: Organization) -> Q:
    """Bills that an organization collects: its own, and those that its members of today owe to one
    that is no more (merged or dissolved)."""
    here = Membership.objects.current().filter(billed_by(organization)).order_by()
    gone = Q(organization__ends_on__lt=timezone.localdate())
    return Q(organization=organization) | gone & Q(member__in=here.values("member"))


def kept_bills(user) -> Q:
    """Bills of the organizations whose dues a person keeps."""
    found = NOTHING
    for organization in kept_by(user) if roles.has_role(user, roles.MEMBER) else ():
        found |= bills_at(organization)
    return found


def overseen(user) -> Q:
    """Rows of which a person may know whether they are paid: staff, and the secretaries above."""
    if roles.has_role(user, roles.STAFF):
        return EVERYTHING
    return below(roles.places(user, roles.SECRETARY), "organization__")


class DuesBillQuerySet(ScopedQuerySet):
    def owed(self) -> Self:
        return self.filter(status=DuesBill.Status.OPEN)

    def standing(self) -> Self:
        """Without those that another one has taken the place of."""
        return self.exclude(status=DuesBill.Status.VOID)

    def open_to(self, user) -> Self:
        """Rows whose amount a person may know: the own ones and those the person keeps."""
        return self.filter(Q(member__user=user) | kept_bills(user))

    def oldest(self) -> Self:
        """Of each member the first one that is owed."""
        owed = self.model.objects.owed().filter(member=OuterRef("member")).order_by()
        first = owed.values("member").annotate(first=Min("month")).values("first")
        return self.owed().filter(month=Subquery(first))

    def view_scope(self, user) -> Q:
        whole = overseen(user)
        return whole if whole is EVERYTHING else Q(member__user=user) | kept_bills(user) | whole

    def edit_scope(self, user) -> Q:
        return kept_bills(user)


class DuesBill(Stateful):
    """What a member owes for a month (应交党费), to the organization of its first day."""

    class Status(models.TextChoices):
        OPEN = "open", _("未交")
        PAID = "paid", _("已交")
        WAIVED = "waived", _("免交")
        VOID = "void", _("已更正")

    STEPS = {
        Status.OPEN: {Status.PAID, Status.VOID},
        Status.PAID: {Status.OPEN},
        Status.WAIVED: {Status.VOID},
    }

    member = models.ForeignKey(PartyMember, models.PROTECT, related_name="dues_bills")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="dues_bills")
    month = models.DateField(_("月份"))
    amount = SealedMoneyField(_("应交（元）"))
    status = models.CharField(_("状态"), max_length=6, choices=Status, default=Status.OPEN)
    base = models.ForeignKey(DuesBase, models.PROTECT, related_name="bills")
    rate = models.ForeignKey(DuesRate, models.PROTECT, related_name="bills")
    relief = models.ForeignKey(DuesRelief, models.PROTECT, null=True, related_name="bills")
    made_at = models.DateTimeField(default=timezone.now)
    # After how many months in arrears the member was told last.
    told = models.PositiveSmallIntegerField(default=0)

    objects = DuesBillQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("应交党费")
        ordering = ["month", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "month"], condition=~Q(status="void"), name="dues_bill_once"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "month", "status"], name="dues_bill_of_branch"),
            models.Index(fields=["month", "member"], condition=Q(status="open"), name="dues_open"),
        ]

    def __str__(self):
        return gettext("%(year)d 年 %(month)d 月党费") % {
            "year": self.month.year,
            "month": self.month.month,
        }

    def get_absolute_url(self):
        return reverse("members:dues-list")

    def months_open(self, on: date | None = None) -> int:
        """Full months since the month began that it is for."""
        on = on or timezone.localdate()
        return max((on.year - self.month.year) * 12 + on.month - self.month.month, 0)


class DuesPaymentQuerySet(ScopedQuerySet):
    def received(self) -> Self:
        """What stands: neither taken back nor what took something back."""
        return self.filter(reverses=None, reversal=None)

    def view_scope(self, user) -> Q:
        return Q(member__user=user) | kept(user)

    def edit_scope(self, user) -> Q:
        return kept(user)


class DuesPayment(models.Model):
    """Money that an organization received from a member (缴纳), with its receipt; or, negative,
    what takes such a row back (冲正)."""

    class Way(models.TextChoices):
        CASH = "cash", _("现金")
        TRANSFER = "transfer", _("转账")

    member = models.ForeignKey(PartyMember, models.PROTECT, related_name="dues_payments")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="dues_payments")
    amount = SealedMoneyField(_("金额（元）"))
    way = models.CharField(_("方式"), max_length=8, choices=Way)
    paid_on = models.DateField(_("缴纳日期"))
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    bills = models.ManyToManyField(DuesBill, through="DuesLine", related_name="payments")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversal")
    reason = models.CharField(_("冲正原因"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    printed = models.PositiveSmallIntegerField(default=0)

    objects = DuesPaymentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("党费收据")
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "year", "number"], name="dues_receipt_number_once"
            )
        ]

    def __str__(self):
        return gettext("党费收据〔%(year)d〕%(number)04d 号") % {
            "year": self.year,
            "number": self.number,
        }

    def get_absolute_url(self):
        return reverse("members:duespayment-detail", args=[self.pk])

    @property
    def is_reversal(self) -> bool:
        return self.reverses_id is not None


class DuesLine(models.Model):
    """A month that a payment pays for. While it stands no other one does."""

    payment = models.ForeignKey(DuesPayment, models.PROTECT, related_name="lines")
    bill = models.ForeignKey(DuesBill, models.PROTECT, related_name="lines")
    stands = models.BooleanField(default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("缴纳月份")
        constraints = [
            models.UniqueConstraint(
                fields=["bill"], condition=Q(stands=True), name="dues_bill_paid_once"
            )
        ]

    def __str__(self):
        return f"{self.payment} {self.bill}"


class DuesHandoverQuerySet(ScopedQuerySet):
    def view_scope(self, user) -> Q:
        whole = overseen(user)
        return whole if whole is EVERYTHING else kept(user) | whole

    def edit_scope(self, user) -> Q:
        return kept(user)


class DuesHandover(models.Model):
    """What an organization received in a quarter went to its superior (上缴)."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="dues_handovers")
    quarter = models.DateField(_("季度"))
    receiver = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="+", verbose_name=_("上级党组织")
    )
    amount = SealedMoneyField(_("金额（元）"))
    handed_on = models.DateField(_("上缴日期"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    objects = DuesHandoverQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("党费上缴")
        ordering = ["-quarter"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "quarter"], name="dues_handed_over_once"
            )
        ]

    def __str__(self):
        return gettext("%(year)d 年第 %(quarter)d 季度党费上缴") % {
            "year": self.quarter.year,
            "quarter": (self.quarter.month + 2) // 3,
        }
