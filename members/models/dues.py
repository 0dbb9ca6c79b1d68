"""What dues (党费) are worked out from: rates with their source, bases, relief; who keeps them."""

from datetime import date
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models.organizations import Organization
from members.models.people import Membership, PartyMember
from members.models.posts import Term
from nanchuan.kernel import roles
from nanchuan.kernel.fields import EncryptedTextField, SealedMoneyField, in_cents
from nanchuan.kernel.periods import Period, PeriodQuerySet
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet

PER_CENT = 100


def first_of(day: date) -> date:
    """The first day of a month: by what held on it, the month is billed."""
    return day.replace(day=1)


def keepers(on: date | None = None) -> QuerySet[Term]:
    """Terms that make somebody the keeper of an organization's dues (党费管理员).

    Whoever holds a post that keeps dues; where nobody does, whoever leads the organization. Dues
    of a group (党小组) are collected by the one above, so nobody keeps them there.
    """
    groups = Q(organization__kind=Organization.Kind.PARTY_GROUP)
    terms = Term.objects.current(on).exclude(groups)
    kept = terms.filter(post__keeps_dues=True)
    alone = Q(post__leads=True) & ~Q(organization__in=kept.order_by().values("organization"))
    return terms.filter(Q(post__keeps_dues=True) | alone)


def kept_by(user, on: date | None = None) -> QuerySet[Organization]:
    """Organizations whose dues a person keeps today, without those above or below."""
    terms = keepers(on).filter(member__user=user).order_by()
    return Organization.objects.filter(pk__in=terms.values("organization"))


def members_kept_by(user) -> QuerySet[Membership]:
    """Memberships of today in those organizations and in their groups (党小组)."""
    found = NOTHING
    for organization in kept_by(user):
        found |= billed_by(organization)
    return Membership.objects.current().filter(found)


def billed_by(organization: Organization) -> Q:
    """Memberships whose dues an organization collects: its own and those of its groups."""
    groups = Q(
        organization__kind=Organization.Kind.PARTY_GROUP,
        organization__path__startswith=organization.path,
        organization__depth=organization.depth + 1,
    )
    return Q(organization=organization) | groups


class DuesRateQuerySet(PeriodQuerySet, ScopedQuerySet):
    def of(self, month: date) -> dict[str, "DuesRate"]:
        """The version of each kind in force on the first day of a month; before the first one,
        the first."""
        found = {}
        for rate in self.order_by("-starts_on"):
            known = found.get(rate.kind)
            if known is None or not known.is_current(month):
                found[rate.kind] = rate
        return found

    def view_scope(self, user) -> Q:
        return EVERYTHING

    def edit_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.STAFF) else NOTHING


class DuesRate(Period):
    """How much a kind of members pays a month (党费标准), with its source.

    A change is a new version. The whole base is charged at the rate of the step it falls in.
    """

    class Kind(models.TextChoices):
        EMPLOYED = "employed", _("按月领取工资收入")
        RETIRED = "retired", _("离退休")
        FIXED = "fixed", _("没有固定收入")

    EXCLUSIVE = ("kind",)

    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    # Pairs of text, the highest base of a step (none for the last) and its per cent.
    steps = models.JSONField(_("档次"), default=list, blank=True)
    fixed = models.DecimalField(
        _("每月定额（元）"), max_digits=8, decimal_places=2, null=True, blank=True
    )
    title = models.CharField(_("依据"), max_length=100, blank=True)
    article = models.CharField(_("条款"), max_length=50, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    objects = DuesRateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("党费标准")
        ordering = ["kind", "-starts_on"]
        constraints = Period.Meta.constraints

    def __str__(self):
        return str(self.get_kind_display())

    @property
    def citation(self) -> str:
        return f"《{self.title}》{self.article}" if self.title else gettext("园区设定")

    @property
    def words(self) -> list[str]:
        """Each step in words."""
        if self.kind == self.Kind.FIXED:
            return [gettext("每月 %(amount)s 元") % {"amount": self.fixed}]
        told, above = [], ""
        for most, percent in self.steps:
            words = {"most": most, "above": above, "percent": percent}
            if most is None and not above:
                told.append(gettext("%(percent)s%%") % words)
            elif most is None:
                told.append(gettext("%(above)s 元以上 %(percent)s%%") % words)
            else:
                told.append(gettext("%(most)s 元及以下 %(percent)s%%") % words)
            above = most
        return told

    def owed(self, base: Decimal | None) -> Decimal:
        """Yuan a month for a base in yuan, to the cent.

        《关于中国共产党党费收缴、使用和管理的规定》(2008).
        """
        if self.kind == self.Kind.FIXED:
            return in_cents(self.fixed)
        for most, percent in self.steps:
            if most is None or base <= Decimal(most):
                return in_cents(base * Decimal(percent) / PER_CENT)
        raise ValueError("the last step has no upper end")


class PersonalQuerySet(ScopedQuerySet):
    """Rows that only the member and the keeper of the member's dues may see."""

    def view_scope(self, user) -> Q:
        return Q(member__user=user) | self.edit_scope(user)

    def edit_scope(self, user) -> Q:
        if not roles.has_role(user, roles.MEMBER):
            return NOTHING
        return Q(member__in=members_kept_by(user).order_by().values("member"))


class DuesBaseQuerySet(PersonalQuerySet):
    def of(self, members, month: date) -> dict[int, "DuesBase"]:
        """The base of each of some members for a month: what was said last of it."""
        rows = self.filter(member__in=members, starts_on__lte=month).order_by("pk")
        return {row.member_id: row for row in rows}


class DuesBase(models.Model):
    """What a member's dues are worked out from, from a month on (计算基数).

    A row is never changed: what is said later of the same months holds instead.
    """

    member = models.ForeignKey(PartyMember, models.PROTECT, related_name="dues_bases")
    kind = models.CharField(_("类别"), max_length=10, choices=DuesRate.Kind)
    amount = SealedMoneyField(_("计算基数（元）"), null=True, blank=True)
    starts_on = models.DateField(_("自何月起"))
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    objects = DuesBaseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("党费计算基数")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["member", "starts_on"], name="dues_base_of_member")]

    def __str__(self):
        return gettext("党费计算基数")


class DuesReliefQuerySet(PeriodQuerySet, PersonalQuerySet):
    def of(self, members, month: date) -> dict[int, "DuesRelief"]:
        return {row.member_id: row for row in self.filter(member__in=members).current(month)}

    def with_member(self) -> Self:
        return self.select_related("member")


class DuesRelief(Period):
    """Months in which a member pays less or nothing (减免), and why."""

    EXCLUSIVE = ("member",)

    member = models.ForeignKey(PartyMember, models.PROTECT, related_name="dues_reliefs")
    amount = SealedMoneyField(_("减免后每月（元）"))
    reason = EncryptedTextField(_("原因"))
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = DuesReliefQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("党费减免")
        ordering = ["-starts_on"]
        constraints = Period.Meta.constraints

    def __str__(self):
        return gettext("党费减免")
