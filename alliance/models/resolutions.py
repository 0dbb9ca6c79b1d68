from datetime import date, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models.agenda import AgendaItem
from alliance.models.figures import CountedQuerySet
from alliance.models.meetings import Meeting
from alliance.models.owed import LATE, Owed, OwedQuerySet
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.states import Stateful


class OfMeetingQuerySet(ScopedQuerySet):
    """Rows that are seen and written with their meeting."""

    def view_scope(self, user) -> Q:
        return Q(meeting__in=Meeting.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return Q(meeting__in=Meeting.objects.editable_by(user))


class Vote(models.Model):
    """A vote on an item as it was counted (表决)."""

    meeting = models.ForeignKey(
        Meeting, models.PROTECT, related_name="votes", verbose_name=_("会议")
    )
    item = models.ForeignKey(
        AgendaItem, models.PROTECT, related_name="votes", verbose_name=_("议程")
    )
    question = models.CharField(_("表决事项"), max_length=200)
    entitled = models.PositiveSmallIntegerField(_("应到"))
    present = models.PositiveSmallIntegerField(_("实到"))
    in_favour = models.PositiveSmallIntegerField(_("赞成"))
    against = models.PositiveSmallIntegerField(_("反对"), default=0)
    abstained = models.PositiveSmallIntegerField(_("弃权"), default=0)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    entered_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)
    is_late_entry = models.BooleanField(_("补录"), default=False, editable=False)

    objects = OfMeetingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("表决")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(present__lte=F("entitled")),
                name="vote_present_within_entitled",
                violation_error_message=_("实到不能多于应到。"),
            ),
            models.CheckConstraint(
                condition=Q(present__gte=F("in_favour") + F("against") + F("abstained")),
                name="vote_counted_within_present",
                violation_error_message=_("赞成、反对、弃权相加不能多于实到。"),
            ),
        ]

    def __str__(self):
        return self.question


class ResolutionQuerySet(CountedQuerySet, OfMeetingQuerySet):
    def counted(self) -> Self:
        """Of meetings that were held, and not struck."""
        return self.filter(meeting__status=Meeting.Status.HELD, struck_at=None)

    @staticmethod
    def figures() -> dict[str, Q]:
        """One is done when all that follows from it is; some only state something."""
        items = ActionItem.objects.filter(resolution=OuterRef("pk"))
        items = items.exclude(status=ActionItem.Status.DROPPED)
        done = Q(status=ActionItem.Status.DONE)
        in_time = done & Q(done_on__lte=F("due_on"))
        owes = Q(Exists(items))
        return {
            "resolved": EVERYTHING,
            "owed": owes,
            "all_done": owes & ~Q(Exists(items.exclude(done))),
            "all_in_time": owes & ~Q(Exists(items.exclude(in_time))),
        }


class Resolution(models.Model):
    """What a meeting resolved (议定事项), in its own words. What follows from it is done as
    action items; one that only states something has none."""

    meeting = models.ForeignKey(
        Meeting, models.PROTECT, related_name="resolutions", verbose_name=_("会议")
    )
    item = models.ForeignKey(
        AgendaItem,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="resolutions",
        verbose_name=_("议程"),
    )
    vote = models.ForeignKey(
        Vote,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="resolutions",
        verbose_name=_("表决"),
    )
    number = models.CharField(_("编号"), max_length=20, unique=True, editable=False)
    text = models.CharField(_("议定内容"), max_length=1000)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    entered_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)
    is_late_entry = models.BooleanField(_("补录"), default=False, editable=False)
    struck_at = models.DateTimeField(_("删去时间"), null=True, editable=False)

    objects = ResolutionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("议定事项")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.number} {self.text}"


class ActionItemQuerySet(OwedQuerySet, CountedQuerySet):
    def live(self) -> Self:
        """Of meetings that were held: what is typed while one goes on binds nobody yet."""
        return self.filter(
            resolution__meeting__status=Meeting.Status.HELD, resolution__struck_at=None
        )

    def open(self) -> Self:
        return self.live().filter(status__in=ActionItem.OPEN)

    def late(self, on: date | None = None) -> Self:
        """Still in progress after the due day; what is reported waits for the office instead."""
        on = on or timezone.localdate()
        return self.live().filter(status=ActionItem.Status.IN_PROGRESS, due_on__lt=on)

    def counted(self) -> Self:
        """What was dropped is nobody's to do any more."""
        return self.live().exclude(status=ActionItem.Status.DROPPED)

    @staticmethod
    def figures() -> dict[str, Q]:
        status, today = ActionItem.Status, timezone.localdate()
        done, running = Q(status=status.DONE), Q(status=status.IN_PROGRESS)
        return {
            "due": EVERYTHING,
            "done_in_time": done & Q(done_on__lte=F("due_on")),
            "done_late": done & Q(done_on__gt=F("due_on")),
            "overdue": running & Q(due_on__lt=today),
            "running": running & Q(due_on__gte=today),
            "to_confirm": Q(status=status.REPORTED),
        }

    def with_asking(self) -> Self:
        """Each row knows `is_asking`: more time is asked for, and not answered yet."""
        asked = ItemExtension.objects.asked().filter(item=OuterRef("pk"))
        return self.annotate(is_asking=Exists(asked))

    def asking(self) -> Self:
        return self.live().with_asking().filter(is_asking=True)

    def awaiting(self, user, on: date | None = None) -> Self:
        """Whose next step is this person's: what was reported or asked for the office; what is
        late or due soon for whoever speaks for the responsible unit."""
        on = on or timezone.localdate()
        own, soon = roles.places(user, roles.UNIT), on + timedelta(days=ActionItem.SOON_DAYS)
        waiting = Q(status=ActionItem.Status.IN_PROGRESS, unit__in=own, due_on__lte=soon)
        if roles.has_role(user, roles.STAFF):
            asked = ItemExtension.objects.asked().filter(item=OuterRef("pk"))
            waiting |= Q(status=ActionItem.Status.REPORTED) | Q(Exists(asked))
        return self.live().filter(waiting)

    def of_units(self, units) -> Self:
        """For which one of some units is responsible or assists."""
        return self.filter(_carried_by(units))

    def of_meeting(self, meeting) -> Self:
        """Of a meeting that was held and that its reader sees: `view_scope` without asking that
        again."""
        return self.filter(resolution__meeting=meeting, resolution__struck_at=None)

    def view_scope(self, user) -> Q:
        """Whoever sees the meeting; the units that carry it."""
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        if not own:
            return NOTHING
        held = Q(resolution__meeting__status=Meeting.Status.HELD, resolution__struck_at=None)
        seen = Q(resolution__meeting__in=Meeting.objects.visible_to(user))
        convened = Q(resolution__meeting__convened_by__in=own)
        return held & (seen | _carried_by(own)) | convened

    def edit_scope(self, user) -> Q:
        """The office; the responsible and the assisting units; whoever convened the meeting.
        Which act, the actions say."""
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        if not own:
            return NOTHING
        held = Q(resolution__meeting__status=Meeting.Status.HELD, resolution__struck_at=None)
        return held & _carried_by(own) | Q(resolution__meeting__convened_by__in=own)


def _carried_by(units) -> Q:
    """For which one of the units is responsible or assists; without a join, which would list an
    item once for each of them."""
    assisted = ActionItem.assisting.through.objects.filter(unit__in=units)
    return Q(unit__in=units) | Q(pk__in=assisted.values("actionitem"))


class ActionItem(Owed):
    """Something to be done because a meeting resolved it (督办事项)."""

    class Status(models.TextChoices):
        IN_PROGRESS = "in_progress", _("办理中")
        REPORTED = "reported", _("待确认")
        DONE = "done", _("已办结")
        DROPPED = "dropped", _("不再办理")

    done_late = _("逾期 %(days)d 天办结")
    STATES = (  # what people tell apart
        (LATE, _("已逾期")),
        *Status.choices,
    )

    resolution = models.ForeignKey(
        Resolution, models.PROTECT, related_name="action_items", verbose_name=_("议定事项")
    )
    number = models.CharField(_("编号"), max_length=24, unique=True, editable=False)
    text = models.CharField(_("办理内容"), max_length=1000)
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="action_items", verbose_name=_("责任单位")
    )
    assisting = models.ManyToManyField(
        Unit, blank=True, related_name="assisted_items", verbose_name=_("协办单位")
    )
    due_on = models.DateField(_("完成期限"))
    status = models.CharField(
        _("状态"), max_length=12, choices=Status, default=Status.IN_PROGRESS, editable=False
    )
    effect = models.TextField(_("办理结果"), max_length=2000, blank=True, editable=False)
    reason = models.CharField(_("不再办理的原因"), max_length=300, blank=True, editable=False)
    reported_at = models.DateTimeField(_("报告完成时间"), null=True, editable=False)
    done_on = models.DateField(_("完成日期"), null=True, editable=False)
    closed_at = models.DateTimeField(_("办结时间"), null=True, editable=False)

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("督办事项")
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["status", "due_on"], name="action_item_by_due")]

    def __str__(self):
        return f"{self.number} {self.text}"

    def get_absolute_url(self):
        return reverse("alliance:item-detail", args=[self.pk])

    @property
    def is_live(self) -> bool:
        """Whether it binds anybody: its meeting was held, its resolution stands."""
        of = self.resolution
        return of.struck_at is None and of.meeting.status == Meeting.Status.HELD

    def open_extension(self) -> "ItemExtension | None":
        return self.extensions.asked().first()


class ItemNote(models.Model):
    """How far an action item is (办理进展), with its evidence."""

    item = models.ForeignKey(
        ActionItem, models.PROTECT, related_name="notes", verbose_name=_("督办事项")
    )
    text = models.TextField(_("进展"), max_length=2000)
    is_report = models.BooleanField(_("报告完成"), default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("办理进展")
        ordering = ["-at", "-pk"]

    def __str__(self):
        return self.text[:50]


class ItemExtensionQuerySet(ScopedQuerySet):
    """Seen and changed with its item."""

    def view_scope(self, user) -> Q:
        return Q(item__in=ActionItem.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return Q(item__in=ActionItem.objects.editable_by(user))

    def asked(self) -> Self:
        return self.filter(status=ItemExtension.Status.ASKED)


class ItemExtension(Stateful):
    """More time asked for an action item (延期申请), granted or refused by the office."""

    class Status(models.TextChoices):
        ASKED = "asked", _("待答复")
        GRANTED = "granted", _("已同意")
        REFUSED = "refused", _("不同意")
        WITHDRAWN = "withdrawn", _("已撤回")

    STEPS = {Status.ASKED: {Status.GRANTED, Status.REFUSED, Status.WITHDRAWN}}

    item = models.ForeignKey(
        ActionItem, models.PROTECT, related_name="extensions", verbose_name=_("督办事项")
    )
    due_before = models.DateField(_("原定期限"))
    due_on = models.DateField(_("延期到"))
    reason = models.CharField(_("原因"), max_length=300)
    status = models.CharField(
        _("状态"), max_length=9, choices=Status, default=Status.ASKED, editable=False
    )
    answer = models.CharField(_("答复"), max_length=300, blank=True, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    asked_at = models.DateTimeField(_("申请时间"), default=timezone.now, editable=False)
    answered_at = models.DateTimeField(_("答复时间"), null=True, editable=False)

    objects = ItemExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("延期申请")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=Q(status="asked"), name="extension_asked_once"
            )
        ]

    def __str__(self):
        return f"{self.item.number} {self.due_on}"

    def get_absolute_url(self):
        return self.item.get_absolute_url()
