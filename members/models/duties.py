from datetime import date

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models.organizations import Organization
from members.models.rules import RuleQuerySet
from nanchuan.kernel import roles
from nanchuan.kernel.periods import Period, PeriodQuerySet, months_after
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet


class DutyRuleQuerySet(RuleQuerySet):
    def asked_for(self):
        """The codes of the kinds of activity of each version, whenever it held."""
        return self.order_by().values_list("activities", flat=True)


class DutyRule(Period):
    """What some kinds of organization owe in each period (组织生活任务), with its source; a change
    is a new version. A period is judged by the version in force on its first day.

    Without a source it is a setting of the park. `times` 0 means: not asked for any more.
    """

    class Every(models.TextChoices):
        MONTH = "month", _("每月")
        QUARTER = "quarter", _("每季度")
        HALF_YEAR = "half_year", _("每半年")
        YEAR = "year", _("每年")

    class Measure(models.TextChoices):
        HELD = "held", _("开展几次")
        BY_SECRETARY = "by_secretary", _("书记主持几次")
        EACH_GROUP = "each_group", _("每个党小组开展几次")
        EACH_MEMBER = "each_member", _("每名党员参加几次")
        HOURS = "hours", _("每名党员几学时")

    class Condition(models.TextChoices):
        HAS_COMMITTEE = "has_committee", _("设有委员会")
        HAS_GROUPS = "has_groups", _("设有党小组")

    MONTHS = {Every.MONTH: 1, Every.QUARTER: 3, Every.HALF_YEAR: 6, Every.YEAR: 12}
    PERSONAL = (Measure.EACH_MEMBER, Measure.HOURS)
    EXCLUSIVE = ("code",)

    code = models.SlugField(_("代码"), max_length=30)
    name = models.CharField(_("名称"), max_length=30)
    kinds = models.JSONField(_("适用类别"), default=list)
    activities = models.JSONField(
        _("活动类型"),
        default=list,
        blank=True,
        help_text=_("计学时的任务可以不选，表示各类活动都计。"),
    )
    every = models.CharField(_("周期"), max_length=10, choices=Every, default=Every.MONTH)
    measure = models.CharField(
        _("怎样算完成"), max_length=12, choices=Measure, default=Measure.HELD
    )
    times = models.PositiveSmallIntegerField(
        _("次数或学时"), default=1, help_text=_("填 0 表示从这一天起不再要求。")
    )
    lead_times = models.PositiveSmallIntegerField(
        _("书记的学时"), null=True, blank=True, help_text=_("只用于学时；不填则与党员相同。")
    )
    condition = models.CharField(_("前提"), max_length=15, choices=Condition, blank=True)
    title = models.CharField(_("依据"), max_length=100, blank=True)
    article = models.CharField(_("条款"), max_length=50, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    order = models.PositiveSmallIntegerField(_("排序"), default=100)

    objects = DutyRuleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("组织生活任务")
        ordering = ["order", "code", "-starts_on"]
        constraints = Period.Meta.constraints

    def __str__(self):
        return self.name

    @property
    def citation(self) -> str:
        """The source in words, e.g. 《中国共产党支部工作条例（试行）》第十一条."""
        return f"《{self.title}》{self.article}" if self.title else gettext("园区设定")

    @property
    def asks(self) -> str:
        """What is owed, in words: 每季度 1 次, 每年 32 学时（书记 56 学时）."""
        if not self.times:
            return gettext("不再要求")
        every = self.get_every_display()
        if self.measure == self.Measure.HOURS:
            words = {"every": every, "number": self.times, "lead": self.lead_times}
            if self.lead_times:
                return gettext("%(every)s %(number)d 学时（书记 %(lead)d 学时）") % words
            return gettext("%(every)s %(number)d 学时") % words
        asks = {
            self.Measure.HELD: gettext("%(every)s %(number)d 次"),
            self.Measure.BY_SECRETARY: gettext("%(every)s由书记主持 %(number)d 次"),
            self.Measure.EACH_GROUP: gettext("每个党小组%(every)s %(number)d 次"),
            self.Measure.EACH_MEMBER: gettext("每名党员%(every)s %(number)d 次"),
        }
        return asks[self.measure] % {"every": every, "number": self.times}

    @property
    def kind_words(self) -> list[str]:
        labels = dict(Organization.Kind.choices)
        return [str(labels[kind]) for kind in self.kinds if kind in labels]

    def activity_words(self, names: dict[str, str]) -> list[str]:
        """`names` of the kinds of activity by code."""
        return [names.get(code, code) for code in self.activities]

    @property
    def is_personal(self) -> bool:
        """Whether it is owed by each member rather than by the organization."""
        return self.measure in self.PERSONAL

    def period_of(self, day: date) -> tuple[date, date]:
        """The first and last day of the period that a day falls in."""
        months = self.MONTHS[self.every]
        first = date(day.year, (day.month - 1) // months * months + 1, 1)
        after = months_after(first, months)
        return first, date.max if after == date.max else date.fromordinal(after.toordinal() - 1)


class ExemptionQuerySet(PeriodQuerySet, ScopedQuerySet):
    def view_scope(self, user) -> Q:
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        return Q(organization__in=Organization.objects.editable_by(user))

    def edit_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.STAFF) else NOTHING


class Exemption(Period):
    """An organization need not do a duty for a while (豁免): with a reason and always with an end.

    It holds for a period whose last day lies within it.
    """

    EXCLUSIVE = ("organization", "code")

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="exemptions", verbose_name=_("党组织")
    )
    code = models.SlugField(_("任务"), max_length=30)
    reason = models.CharField(_("原因"), max_length=200)

    objects = ExemptionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("豁免")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            *Period.Meta.constraints,
            models.CheckConstraint(condition=Q(ends_on__isnull=False), name="exemption_ends"),
        ]

    def __str__(self):
        return f"{self.organization} {self.code}"

    def get_absolute_url(self):
        return reverse("members:checkup-detail", args=[self.organization_id])
