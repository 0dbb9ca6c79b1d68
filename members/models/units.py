import re
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from members.models.organizations import below
from members.models.people import PartyMember, check_phone
from nanchuan.kernel import roles
from nanchuan.kernel.fields import EncryptedTextField
from nanchuan.kernel.periods import Period, PeriodQuerySet, in_force
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.words import Worded

CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}")
CREDIT_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def check_credit_code(value: str) -> None:
    """Unified social credit code, 18 characters with a check character (GB 32100-2015)."""
    if not CREDIT_CODE.fullmatch(value):
        raise ValidationError(
            _("统一社会信用代码应为 18 位数字和大写字母，不含字母 I、O、S、V、Z。请核对。")
        )
    total = sum(CREDIT_DIGITS.index(c) * pow(3, place, 31) for place, c in enumerate(value[:17]))
    if CREDIT_DIGITS[-total % 31] != value[17]:
        raise ValidationError(_("统一社会信用代码的校验位不对。请逐位核对。"))


class UnitQuerySet(ScopedQuerySet):
    def enterprises(self) -> Self:
        return self.filter(kind=Unit.Kind.ENTERPRISE)

    def view_scope(self, user) -> Q:
        """Names of units are no secret to those who work with them; members see their own."""
        if roles.has_role(user, *roles.WHOLE_PARK, roles.ADMIN, roles.UNIT):
            return EVERYTHING
        link, membership = "organization_links__", "organization_links__organization__memberships__"
        own = Q(**{f"{membership}member__in": roles.places(user, roles.MEMBER)})
        led = below(roles.places(user, roles.SECRETARY), f"{link}organization__")
        return in_force(prefix=link) & (led | own & in_force(prefix=membership))

    def edit_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.STAFF) else NOTHING


class IndustryChain(models.Model):
    """An industry chain of the park (产业链)."""

    name = models.CharField(_("名称"), max_length=30, unique=True)
    order = models.PositiveSmallIntegerField(_("排序"), default=100)

    class Meta:
        verbose_name = verbose_name_plural = _("产业链")
        ordering = ["order", "name"]

    def __str__(self):
        return self.name


class Unit(Worded):
    """An enterprise, a department of the park, an own company or a stationed agency (单位)."""

    class Kind(models.TextChoices):
        ENTERPRISE = "enterprise", _("企业")
        DEPARTMENT = "department", _("机关部门")
        OWN_COMPANY = "own_company", _("直属公司")
        AGENCY = "agency", _("派驻机构")

    class Size(models.TextChoices):
        """As 统计上大中小微型企业划分办法 names them."""

        LARGE = "large", _("大型")
        MEDIUM = "medium", _("中型")
        SMALL = "small", _("小型")
        MICRO = "micro", _("微型")

    name = models.CharField(_("名称"), max_length=100, unique=True)
    short_name = models.CharField(_("简称"), max_length=30, blank=True)
    kind = models.CharField(_("类别"), max_length=12, choices=Kind, db_index=True)
    credit_code = models.CharField(
        _("统一社会信用代码"),
        max_length=18,
        null=True,  # many may have none, two never the same
        blank=True,
        unique=True,
        validators=[check_credit_code],
        error_messages={"unique": _("已有单位使用这个统一社会信用代码。")},
    )
    chain = models.ForeignKey(
        IndustryChain,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="units",
        verbose_name=_("产业链"),
    )
    size = models.CharField(_("规模"), max_length=6, choices=Size, blank=True)
    employees = models.PositiveIntegerField(_("职工人数"), null=True, blank=True)
    industry = models.CharField(_("所属行业"), max_length=50, blank=True)
    address = models.CharField(_("地址"), max_length=200, blank=True)
    contact_name = models.CharField(_("联系人"), max_length=50, blank=True)
    contact_phone = EncryptedTextField(_("联系电话"), blank=True)
    organizations = models.ManyToManyField(
        "members.Organization", through="members.OrganizationUnit", related_name="units"
    )

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("单位")
        ordering = ["kind", "name"]

    def __str__(self):
        return self.short_name or self.name

    def get_absolute_url(self):
        return reverse("members:unit-detail", args=[self.pk])


class UnitContact(models.Model):
    """Somebody to call at a unit (联系人)."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="contacts", verbose_name=_("单位"))
    name = models.CharField(_("姓名"), max_length=50)
    job = models.CharField(_("职务或分工"), max_length=50, blank=True)
    phone = EncryptedTextField(_("联系电话"), blank=True, validators=[check_phone])
    order = models.PositiveSmallIntegerField(_("排序"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("联系人")
        ordering = ["order", "pk"]

    def __str__(self):
        return self.name


class LiaisonQuerySet(PeriodQuerySet, ScopedQuerySet):
    def view_scope(self, user) -> Q:
        return Q(unit__in=Unit.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return Q(unit__in=Unit.objects.editable_by(user))


class Liaison(Period):
    """A person who speaks for a unit in the alliance (联络员), party member or not."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="liaisons", verbose_name=_("单位"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="liaisons",
        verbose_name=_("账号"),
    )

    objects = LiaisonQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("联络员")
        constraints = [
            *Period.Meta.constraints,
            models.UniqueConstraint(
                fields=["unit", "user"],
                condition=Q(ends_on=None),
                name="liaison_open_once",
                violation_error_message=_("该同志已是此单位的联络员。"),
            ),
        ]

    def __str__(self):
        return f"{self.unit} {self.user}"


class InstructorQuerySet(PeriodQuerySet, ScopedQuerySet):
    def view_scope(self, user) -> Q:
        return Q(unit__in=Unit.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return Q(unit__in=Unit.objects.editable_by(user))


class Instructor(Period):
    """A member who guides party work at a unit without an organization (党建指导员)."""

    EXCLUSIVE = ("unit",)

    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="instructors", verbose_name=_("单位")
    )
    member = models.ForeignKey(
        PartyMember, models.PROTECT, related_name="instructed", verbose_name=_("党建指导员")
    )
    note = models.CharField(_("说明"), max_length=200, blank=True)

    objects = InstructorQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("党建指导员")
        ordering = ["-starts_on"]
        constraints = Period.Meta.constraints

    def __str__(self):
        return f"{self.unit} {self.member}"
