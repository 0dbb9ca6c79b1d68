import re
from datetime import date
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Count, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from members.models.organizations import Organization, OrganizationUnit, below
from members.models.people import check_phone
from nanchuan.kernel import roles
from nanchuan.kernel.fields import EncryptedTextField, normalise
from nanchuan.kernel.lines import Lines
from nanchuan.kernel.periods import Period, PeriodQuerySet, in_force
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.words import Worded

CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}")
CREDIT_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"

# Kinds of organization that a unit has to itself.
OWN_KINDS = (
    Organization.Kind.COMMITTEE,
    Organization.Kind.GENERAL_BRANCH,
    Organization.Kind.BRANCH,
)


def credit_check_digit(code: str) -> str:
    """The 18th character that belongs to the first 17 of a credit code (GB 32100-2015)."""
    total = sum(CREDIT_DIGITS.index(c) * pow(3, place, 31) for place, c in enumerate(code[:17]))
    return CREDIT_DIGITS[-total % 31]


def check_credit_code(value: str) -> None:
    """Unified social credit code, 18 characters with a check character (GB 32100-2015)."""
    if not CREDIT_CODE.fullmatch(value):
        raise ValidationError(
            _("统一社会信用代码应为 18 位数字和大写字母，不含字母 I、O、S、V、Z。请核对。")
        )
    if credit_check_digit(value) != value[17]:
        raise ValidationError(_("统一社会信用代码的校验位不对。请逐位核对。"))


class UnitQuerySet(ScopedQuerySet):
    def enterprises(self) -> Self:
        return self.filter(kind=Unit.Kind.ENTERPRISE)

    def covered(self, coverage: str, on: date | None = None) -> Self:
        """Units that the party's work reaches in one way, and in no better one, on a date."""
        return self.with_coverage(on).filter(coverage=coverage)

    def with_coverage(self, on: date | None = None) -> Self:
        """Each row knows what reaches it on a date: `coverage`, one of `Unit.Coverage`.

        A dissolved organization or an ended link reaches nobody. A 党小组 is part of somebody
        else's branch, so it reaches a unit as a joint branch does.
        """
        here = {"unit": OuterRef("pk")}
        links = OrganizationUnit.objects.current(on).filter(in_force(on, "organization__"), **here)
        own = links.filter(organization__kind__in=OWN_KINDS)
        instructors = self._related("instructors").serving(on).filter(**here)
        return self.annotate(
            coverage=Case(
                When(Exists(own), Value(Unit.Coverage.OWN)),
                When(Exists(links), Value(Unit.Coverage.JOINT)),
                When(Exists(instructors), Value(Unit.Coverage.INSTRUCTOR)),
                default=Value(Unit.Coverage.NONE),
                output_field=models.CharField(),
            )
        )

    def coverage_figures(self, on: date | None = None) -> dict[tuple[str, str], int]:
        """(kind, coverage) → how many units, in one question."""
        rows = self.with_coverage(on).order_by().values("kind", "coverage")
        return {
            (row["kind"], row["coverage"]): row["number"]
            for row in rows.annotate(number=Count("pk"))
        }

    def with_organizations(self, on: date | None = None) -> Self:
        """Each row knows how many party organizations it has on a date: `own_organizations`."""
        links = OrganizationUnit.objects.current(on).filter(in_force(on, "organization__"))
        rows = links.filter(unit=OuterRef("pk")).order_by().values("unit")
        number = rows.annotate(number=Count("organization", distinct=True)).values("number")
        return self.annotate(own_organizations=Coalesce(Subquery(number), 0))

    def with_instructor(self, on: date | None = None) -> Self:
        """Each row knows who guides it on a date: `instructor_name`."""
        rows = self._related("instructors").serving(on).filter(unit=OuterRef("pk"))
        return self.annotate(instructor_name=Subquery(rows.values("member__name")[:1]))

    def with_people(self) -> Self:
        """Each row knows its instructors, the latest first, and who speaks for it today:
        `instructor_lines`, `liaison_lines`."""
        here = {"unit": OuterRef("pk")}
        instructors = self._related("instructors").filter(**here).order_by("-starts_on")
        facts = {name: name for name in ("pk", "starts_on", "ends_on", "note")}
        liaisons = self._related("liaisons").current().filter(**here).order_by("starts_on")
        return self.annotate(
            instructor_lines=Lines(instructors, name="member__name", **facts),
            liaison_lines=Lines(liaisons, name="user__name", starts_on="starts_on"),
        )

    def search(self, words: str) -> Self:
        """By a part of the name or short name, or by an exact credit code, however typed."""
        words = words.strip()
        found = Q(name__contains=words) | Q(short_name__contains=words)
        return self.filter(found | Q(credit_code=normalise(words)))

    def _related(self, name):
        return self.model._meta.get_field(name).related_model.objects

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

    class Coverage(models.TextChoices):
        """What reaches a unit, the best first (党的组织和工作覆盖)."""

        OWN = "own", _("单独建立党组织")
        JOINT = "joint", _("联合党支部覆盖")
        INSTRUCTOR = "instructor", _("仅有党建指导员")
        NONE = "none", _("尚未覆盖")

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

    @property
    def first_contact(self) -> tuple[str, str]:
        """Name and phone of whom to call first; empty if nobody is named."""
        contact = self.contacts.first()
        return (contact.name, contact.phone) if contact else ("", "")

    @property
    def reached_by(self) -> "Unit.Coverage":
        """What reaches the unit; rows of `with_coverage()` know it."""
        return self.Coverage(self.coverage)


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
