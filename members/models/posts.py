from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models.organizations import Organization
from members.models.people import PartyMember
from nanchuan.kernel.periods import Period, PeriodQuerySet
from nanchuan.kernel.querysets import ScopedQuerySet


class Post(models.Model):
    """A post that a member can hold (职务)."""

    name = models.CharField(_("名称"), max_length=50, unique=True)
    leads = models.BooleanField(
        _("主持工作"), default=False, help_text=_("任职者可管理本组织及下级组织。")
    )
    sole = models.BooleanField(
        _("一人担任"), default=False, help_text=_("同一组织同一时间只能由一人担任。")
    )
    elected = models.BooleanField(
        _("选举产生"), default=True, help_text=_("换届时选举产生，由正式党员担任。")
    )
    keeps_dues = models.BooleanField(
        _("管理党费"),
        default=False,
        help_text=_("任职者登记本组织的党费并看得到金额；没有人任此类职务时由主持工作的同志登记。"),
    )
    order = models.PositiveSmallIntegerField(_("排序"), default=100)

    class Meta:
        verbose_name = verbose_name_plural = _("职务")
        ordering = ["order", "name"]

    def __str__(self):
        return self.name


class TermQuerySet(PeriodQuerySet, ScopedQuerySet):
    def leading(self) -> Self:
        return self.current().filter(post__leads=True)

    def view_scope(self, user) -> Q:
        return Q(organization__in=Organization.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return Q(organization__in=Organization.objects.editable_by(user))


class Term(Period):
    """A member's time in a post (任职). Its rights begin and end with its dates."""

    class End(models.TextChoices):
        ELECTION = "election", _("换届")
        SUCCEEDED = "succeeded", _("由他人接任")
        MOVED = "moved", _("工作调动")
        RESIGNED = "resigned", _("辞去职务")
        REMOVED = "removed", _("免去职务")
        LEFT = "left", _("离开本组织")
        OTHER = "other", _("其他")

    EXCLUSIVE = ("organization", "post")

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="terms", verbose_name=_("党组织")
    )
    post = models.ForeignKey(Post, models.PROTECT, related_name="terms", verbose_name=_("职务"))
    member = models.ForeignKey(
        PartyMember, models.PROTECT, related_name="terms", verbose_name=_("党员")
    )
    end_reason = models.CharField(_("结束原因"), max_length=12, choices=End, blank=True)
    # Copied from the post, because the database's rule can only look at this table.
    sole = models.BooleanField(editable=False, default=False)

    objects = TermQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("任职")
        ordering = ["post__order", "-starts_on"]
        constraints = [
            *Period.Meta.constraints,
            models.UniqueConstraint(
                fields=["organization", "post", "member"],
                condition=Q(ends_on=None),
                name="term_open_once",
                violation_error_message=_("该同志已在任此职务。"),
            ),
        ]

    def __str__(self):
        return f"{self.organization}{self.post} {self.member}"

    def get_absolute_url(self):
        return reverse("members:term-detail", args=[self.pk])

    def save(self, *args, **kwargs):
        self.sole = self.post.sole
        super().save(*args, **kwargs)

    def is_exclusive(self) -> bool:
        return self.post_id is not None and self.post.sole


class CommitteeTermQuerySet(PeriodQuerySet, ScopedQuerySet):
    def with_over_on(self) -> Self:
        """Each row knows `over`, the day on which its term is over, extended or not."""
        return self.annotate(over=Coalesce("extended_to", "due_on"))

    def view_scope(self, user) -> Q:
        return Q(organization__in=Organization.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return Q(organization__in=Organization.objects.editable_by(user))


class CommitteeTerm(Period):
    """One committee of an organization, from election to election (届).

    It serves until the next one is elected (`ends_on`); its term is over on `due_on`, or on
    `extended_to` where the superior agreed to an extension (支部工作条例, Art. 21).
    """

    EXCLUSIVE = ("organization",)

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="committee_terms", verbose_name=_("党组织")
    )
    number = models.PositiveSmallIntegerField(_("届次"))
    elected_on = models.DateField(_("选举日期"))
    due_on = models.DateField(_("届满日期"))
    extended_to = models.DateField(_("延期至"), null=True, blank=True)
    extension_reason = models.CharField(_("延期原因"), max_length=200, blank=True)
    extension_document = models.CharField(_("延期批复文号"), max_length=50, blank=True)

    objects = CommitteeTermQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("届")
        ordering = ["-starts_on"]
        constraints = [
            *Period.Meta.constraints,
            models.UniqueConstraint(
                fields=["organization", "number"],
                name="committee_term_number_once",
                violation_error_message=_("该党组织已有这一届。"),
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("starts_on")),
                name="committee_term_due_after_start",
                violation_error_message=_("届满日期不能早于开始日期。"),
            ),
            models.CheckConstraint(
                condition=Q(extended_to=None) | Q(extended_to__gt=F("due_on")),
                name="committee_term_extended_later",
                violation_error_message=_("延期后的日期应晚于届满日期。"),
            ),
        ]

    def __str__(self):
        return gettext("%(organization)s第 %(number)d 届") % {
            "organization": self.organization,
            "number": self.number,
        }

    def get_absolute_url(self):
        return reverse("members:committee-detail", args=[self.pk])

    @property
    def over_on(self) -> date:
        """The day by which the next committee is to be elected."""
        return self.extended_to or self.due_on
