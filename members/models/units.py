from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from members.models.organizations import below
from nanchuan.kernel import roles
from nanchuan.kernel.fields import EncryptedTextField
from nanchuan.kernel.periods import Period, PeriodQuerySet, in_force
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.words import Worded


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


class Unit(Worded):
    """An enterprise, a department of the park, an own company or a stationed agency (单位)."""

    class Kind(models.TextChoices):
        ENTERPRISE = "enterprise", _("企业")
        DEPARTMENT = "department", _("机关部门")
        OWN_COMPANY = "own_company", _("直属公司")
        AGENCY = "agency", _("派驻机构")

    name = models.CharField(_("名称"), max_length=100, unique=True)
    short_name = models.CharField(_("简称"), max_length=30, blank=True)
    kind = models.CharField(_("类别"), max_length=12, choices=Kind, db_index=True)
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
