from collections.abc import Iterable
from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.organizations import Organization
from nanchuan.kernel import roles
from nanchuan.kernel.periods import Period, PeriodQuerySet, in_force
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet


class RuleQuerySet(PeriodQuerySet, ScopedQuerySet):
    def view_scope(self, user) -> Q:
        return EVERYTHING

    def edit_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.STAFF) else NOTHING


class RuleManager(models.Manager.from_queryset(RuleQuerySet)):
    def of(self, code: str, on: date | None = None) -> "Rule":
        """The version of a rule in force on a date; before the first one, the first."""
        rows = self.filter(code=code).order_by("-starts_on")
        return rows.filter(in_force(on)).first() or rows.last()

    def of_each(self, codes: Iterable[str], on: date | None = None) -> dict[str, "Rule"]:
        """The same for several, in one question; without those that nobody entered."""
        found = {}
        for rule in self.filter(code__in=list(codes)).order_by("-starts_on"):
            known = found.get(rule.code)
            if known is None or not known.is_current(on):
                found[rule.code] = rule
        return found


class Rule(Period):
    """A number that the portal judges by (规则), with its source; a change is a new version.

    The portal warns and cites; people decide. Without a source it is a setting of the park.
    """

    class Code(models.TextChoices):
        BRANCH_FEWEST = "branch_fewest", _("成立党支部的正式党员数（不少于）")
        BRANCH_MOST = "branch_most", _("党支部的党员数（一般不超过）")
        JOINT_MOST_UNITS = "joint_most_units", _("联合党支部覆盖的单位数（一般不超过）")
        COMMITTEE_FROM = "committee_from", _("设立支部委员会的正式党员数（不少于）")
        COMMITTEE_TERM = "committee_term", _("党委每届任期（年）")
        BRANCH_TERM = "branch_term", _("党总支和党支部每届任期（年）")
        ELECTION_NOTICE = "election_notice", _("提前多久提醒换届（月）")
        ELECTION_SECOND = "election_second", _("第二次提醒换届（届满前，月）")
        ELECTION_LAST = "election_last", _("最后一次提醒换届（届满前，月）")
        EXTENSION_MOST = "extension_most", _("延期或提前换届（一般不超过，月）")
        FULL_MEMBERS_STAND = "full_members_stand", _("选举产生的职务由正式党员担任（1 为是）")
        AWAY_MONTHS = "away_months", _("外出多久应当转接组织关系（月）")
        OUT_OF_TOUCH_MONTHS = "out_of_touch_months", _("失去联系多久可以停止党籍（月）")
        PROBATION_MONTHS = "probation_months", _("预备期（月）")
        LETTER_DAYS = "letter_days", _("组织关系介绍信有效期（天）")
        TRANSFER_CHASE_DAYS = "transfer_chase_days", _("转接申请多久未办理就催办（天）")
        LATE_ENTRY_DAYS = "late_entry_days", _("活动后多久提交算补录（天）")
        DUES_FIRST = "dues_first", _("党费未交多久第一次提醒本人（月）")
        DUES_SECOND = "dues_second", _("党费未交多久第二次提醒本人（月）")
        DUES_LAST = "dues_last", _("党费未交多久最后一次提醒本人（月）")
        EXCELLENT_PART = "excellent_part", _("民主评议优秀等次不超过参评党员的几分之一")

    EXCLUSIVE = ("code",)

    code = models.CharField(_("规则"), max_length=30, choices=Code)
    value = models.PositiveSmallIntegerField(_("数值"))
    title = models.CharField(_("依据"), max_length=100, blank=True)
    article = models.CharField(_("条款"), max_length=50, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    objects = RuleManager()

    class Meta:
        verbose_name = verbose_name_plural = _("规则")
        ordering = ["code", "-starts_on"]
        constraints = Period.Meta.constraints

    def __str__(self):
        return self.get_code_display()

    @property
    def citation(self) -> str:
        """The source in words, e.g. 《中国共产党支部工作条例（试行）》第五条."""
        return f"《{self.title}》{self.article}" if self.title else str(_("园区设定"))


class KindRule(models.Model):
    """What belongs to a kind of organization (党组织类别设定): children, posts."""

    kind = models.CharField(_("类别"), max_length=15, choices=Organization.Kind, unique=True)
    children = models.JSONField(_("可设下级"), default=list, blank=True)
    posts = models.ManyToManyField(
        "members.Post", blank=True, related_name="kind_rules", verbose_name=_("可设职务")
    )

    class Meta:
        verbose_name = verbose_name_plural = _("党组织类别设定")
        ordering = ["pk"]

    def __str__(self):
        return str(Organization.Kind(self.kind).label)
