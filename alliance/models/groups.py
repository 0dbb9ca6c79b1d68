from datetime import date
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Unit
from members.models.people import check_phone
from nanchuan.kernel import roles
from nanchuan.kernel.fields import EncryptedTextField
from nanchuan.kernel.periods import Period, PeriodQuerySet, in_force
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet


class GroupQuerySet(PeriodQuerySet, ScopedQuerySet):
    def convenable_by(self, user) -> Self:
        """Where a user may convene a meeting: staff everywhere, else where an own unit is on
        turn today."""
        groups = self.current()
        if roles.has_role(user, roles.STAFF):
            return groups
        own = Q(in_force(prefix="turns__"), turns__seat__unit__in=roles.places(user, roles.UNIT))
        return groups.filter(pk__in=Group.objects.filter(own).values("pk"))

    def view_scope(self, user) -> Q:
        """A seat in a group shows that group; a seat in the whole alliance shows all."""
        return of_groups_seen(user, "pk")

    def edit_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.STAFF) else NOTHING


def of_groups_seen(user, group: str) -> Q:
    """Rows whose `group` a person sees. The rights of the request know which these are, so that
    the many rows that hang on a group need no subquery."""
    if roles.has_role(user, *roles.WHOLE_PARK, roles.ADMIN) or sits_everywhere(user):
        return EVERYTHING
    own = roles.places(user, roles.SEAT)
    return Q(**{f"{group}__in": own}) if own else NOTHING


def sits_everywhere(user) -> bool:
    """Whether a unit of this person has a seat in the whole alliance."""
    return roles.Grant(roles.SEAT) in roles.grants(user)


class Group(Period):
    """A group of the alliance along one industry chain (联盟小组)."""

    name = models.CharField(_("名称"), max_length=50, unique=True)
    chain = models.CharField(_("产业链"), max_length=30)
    order = models.PositiveSmallIntegerField(_("排序"), default=100)

    objects = GroupQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("联盟小组")
        ordering = ["order", "pk"]
        constraints = Period.Meta.constraints

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("alliance:group-detail", args=[self.pk])


class GroupContact(models.Model):
    """Somebody to call about a group (小组联系人)."""

    group = models.ForeignKey(
        Group, models.CASCADE, related_name="contacts", verbose_name=_("联盟小组")
    )
    name = models.CharField(_("姓名"), max_length=50)
    job = models.CharField(_("职务或分工"), max_length=50, blank=True)
    phone = EncryptedTextField(_("联系电话"), blank=True, validators=[check_phone])
    order = models.PositiveSmallIntegerField(_("排序"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("小组联系人")
        ordering = ["order", "pk"]

    def __str__(self):
        return self.name


class SeatQuerySet(PeriodQuerySet, ScopedQuerySet):
    def rotating(self, kinds=(Unit.Kind.ENTERPRISE,)) -> Self:
        """Seats of chain groups that take turns: those of some kinds of unit (企业轮值).

        Which kinds, the rota system in force says (`rotating_kinds`).
        """
        return self.filter(group__isnull=False, unit__kind__in=kinds)

    def enterprises(self, on: date | None = None) -> Self:
        """Seats of enterprises in chain groups on a date: the units behind a headline figure."""
        return self.current(on).filter(
            in_force(on, prefix="group__"), unit__kind=Unit.Kind.ENTERPRISE
        )

    def of_group(self, group, on: date | None = None) -> Self:
        """Who sits in a group: its own seats, then those in the whole alliance."""
        rows = self.current(on).filter(Q(group=group) | Q(group=None)).select_related("unit")
        return rows.order_by(models.F("group").asc(nulls_last=True), "order", "pk")

    def with_lead(self, on: date | None = None) -> Self:
        """Each row knows whether its unit leads the group on a date: `leads` (头雁)."""
        leads = Lead.objects.current(on).filter(seat=OuterRef("pk"))
        return self.annotate(leads=Exists(leads))

    def with_turns(self, on: date | None = None) -> Self:
        """Each row knows how often its unit has been on turn in this seat until a date, counting
        a turn of that day, and the last day of the latest one: `served`, `last_served`."""
        on = on or timezone.localdate()
        turns = Q(turns__starts_on__lte=on)
        return self.annotate(
            served=models.Count("turns", filter=turns),
            last_served=models.Max("turns__ends_on", filter=turns),
        )

    def view_scope(self, user) -> Q:
        if roles.has_role(user, *roles.WHOLE_PARK, roles.ADMIN):
            return EVERYTHING
        visible = of_groups_seen(user, "group")
        return visible | Q(group=None) if roles.has_role(user, roles.UNIT) else visible

    def edit_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.STAFF) else NOTHING


class Seat(Period):
    """A unit's place in a group, or without a group in the whole alliance (成员席位)."""

    EXCLUSIVE = ("group", "unit")

    group = models.ForeignKey(
        Group,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="seats",
        verbose_name=_("联盟小组"),
        help_text=_("不填表示在整个联盟的席位（机关部门、直属公司、派驻机构）。"),
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="seats", verbose_name=_("成员单位"))
    order = models.PositiveSmallIntegerField(
        _("章程次序"), default=1, help_text=_("尚未轮值过的单位按此次序。")
    )
    leave_reason = models.CharField(_("退出原因"), max_length=200, blank=True, editable=False)

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("成员席位")
        ordering = ["group", "order", "pk"]
        constraints = Period.Meta.constraints

    def __str__(self):
        return str(self.unit)

    @property
    def place(self) -> str:
        """Where the seat is, in words."""
        return str(self.group) if self.group_id else str(_("整个联盟"))


class LeadQuerySet(PeriodQuerySet, ScopedQuerySet):
    def view_scope(self, user) -> Q:
        return of_groups_seen(user, "group")

    def edit_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.STAFF) else NOTHING


class Lead(Period):
    """The time in which a seat's unit leads its group (头雁); one at a time."""

    EXCLUSIVE = ("group",)

    group = models.ForeignKey(
        Group, models.PROTECT, related_name="leads", verbose_name=_("联盟小组")
    )
    seat = models.ForeignKey(
        Seat, models.PROTECT, related_name="lead_times", verbose_name=_("头雁单位")
    )

    objects = LeadQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("头雁")
        ordering = ["-starts_on"]
        constraints = Period.Meta.constraints

    def __str__(self):
        return f"{self.group} {self.seat}"
