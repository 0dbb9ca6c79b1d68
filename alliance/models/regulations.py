from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

from django.conf import settings as django_settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models.groups import Seat
from alliance.models.settings import SETTINGS, Text
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.periods import PeriodQuerySet
from nanchuan.kernel.prepared import prepared
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.states import Stateful


@dataclass(frozen=True)
class Settings:
    """The decisions of the charter and the systems in force on a day: `settings["turn_months"]`.

    `versions` are the texts that decided, by `Text`; one without a version decides nothing.
    """

    values: Mapping[str, Any]
    versions: Mapping[str, "Regulation"]

    def __getitem__(self, code: str):
        return self.values.get(code, SETTINGS[code].default)


class RegulationQuerySet(PeriodQuerySet, ScopedQuerySet):
    def adopted(self) -> Self:
        return self.filter(status=Regulation.Status.ADOPTED)

    def in_force(self, on: date | None = None) -> Self:
        """The versions that decide on a date, at most one of each text."""
        return self.adopted().current(on)

    def of(self, text: str, on: date | None = None) -> "Regulation | None":
        """The version of one text that decides on a date."""
        return self.in_force(on).filter(text=text).first()

    def settings(self, on: date | None = None) -> Settings:
        """What the texts in force on a date decide (one question)."""
        versions = {row.text: row for row in _in_force(on or timezone.localdate())}
        values = {}
        for row in versions.values():
            values |= row.settings
        return Settings(values, versions)

    def view_scope(self, user) -> Q:
        """What is adopted is everybody's to read; a draft is the office's."""
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        return Q(status=Regulation.Status.ADOPTED) if roles.roles(user) else NOTHING

    def edit_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.STAFF) else NOTHING


class Regulation(Stateful):
    """A version of the charter (联盟章程) or of one of the two systems (制度).

    An adopted version is in force from its first day until a newer one of the same text begins;
    what began under it keeps it (`Turn.regulation`). A draft has no days yet.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("草案")
        ADOPTED = "adopted", _("已印发")
        DROPPED = "dropped", _("已作废")

    STEPS = {
        Status.DRAFT: {Status.ADOPTED, Status.DROPPED},
        Status.ADOPTED: {Status.DROPPED},  # only before its first day
    }

    text = models.CharField(_("章程或制度"), max_length=10, choices=Text)
    number = models.PositiveSmallIntegerField(_("版次"), editable=False)
    title = models.CharField(_("名称"), max_length=100)
    status = models.CharField(
        _("状态"), max_length=10, choices=Status, default=Status.DRAFT, editable=False
    )
    starts_on = models.DateField(_("施行日期"), null=True, blank=True)
    ends_on = models.DateField(_("失效日期"), null=True, blank=True, editable=False)
    adopted_at = models.DateTimeField(_("印发时间"), null=True, editable=False)
    adopted_how = models.CharField(
        _("通过方式"),
        max_length=200,
        blank=True,
        help_text=_("例如：某年某月某日联席会议审议通过。"),
    )
    change_note = models.CharField(_("修订说明"), max_length=500, blank=True)
    dropped_at = models.DateTimeField(_("作废时间"), null=True, editable=False)
    drop_reason = models.CharField(_("作废原因"), max_length=200, blank=True, editable=False)
    settings = models.JSONField(_("设定"), default=dict, blank=True, editable=False)

    objects = RegulationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("章程和制度")
        ordering = ["text", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["text", "number"], name="regulation_number_once"),
            models.UniqueConstraint(
                fields=["text"],
                condition=Q(status="draft"),
                name="regulation_one_draft",
                violation_error_message=_("这份章程或制度已有一份草案。"),
            ),
            models.UniqueConstraint(
                fields=["text"],
                condition=Q(status="adopted", ends_on=None),
                name="regulation_one_open",
            ),
            models.CheckConstraint(
                condition=~Q(status="adopted")
                | Q(starts_on__isnull=False, adopted_at__isnull=False),
                name="regulation_adopted_from_a_day",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="regulation_ends_after_start",
            ),
        ]

    def __str__(self):
        return _("《%(title)s》第 %(number)d 版") % {"title": self.title, "number": self.number}

    def get_absolute_url(self):
        return reverse("alliance:regulation-detail", args=[self.pk])

    @staticmethod
    def list_url() -> str:
        return reverse("alliance:regulation-list")

    @property
    def is_coming(self) -> bool:
        """Adopted, and its first day has not come yet."""
        return self.status == self.Status.ADOPTED and self.starts_on > timezone.localdate()

    def may_be_signed(self, on: date | None = None) -> bool:
        """Adopted, and not over on a date: also before its first day."""
        return self.status == self.Status.ADOPTED and (
            self.ends_on is None or self.ends_on >= (on or timezone.localdate())
        )

    def value(self, code: str):
        return self.settings.get(code, SETTINGS[code].default)

    def is_in_force(self, on: date | None = None) -> bool:
        on = on or timezone.localdate()
        return (
            self.status == self.Status.ADOPTED
            and self.starts_on <= on
            and (self.ends_on is None or on <= self.ends_on)
        )


@prepared(date)
def _in_force(on) -> models.QuerySet:
    return Regulation.objects.in_force(on)


class Section(models.Model):
    """A chapter or an article of a version (章、条), in the order of the text."""

    class Level(models.IntegerChoices):
        CHAPTER = 1, _("章")
        ARTICLE = 2, _("条")

    regulation = models.ForeignKey(
        Regulation, models.CASCADE, related_name="sections", verbose_name=_("章程或制度")
    )
    order = models.PositiveSmallIntegerField(_("排序"))
    level = models.PositiveSmallIntegerField(_("层次"), choices=Level)
    label = models.CharField(_("编号"), max_length=20, blank=True)  # 第三条, as the text has it
    heading = models.CharField(_("标题"), max_length=100, blank=True)
    body = models.TextField(_("内容"), blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("章节条款")
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["regulation", "order"], name="section_place_once")
        ]

    def __str__(self):
        return " ".join(filter(None, (self.label, self.heading))) or self.body[:20]

    @property
    def lines(self) -> list[str]:
        """The body as paragraphs; an article that says nothing yet has an empty one."""
        return self.body.splitlines() or ([""] if self.level == self.Level.ARTICLE else [])


class DutyKind(models.TextChoices):
    """What a unit on turn has to do; some are done by what happens elsewhere in the portal."""

    TOPICS = "topics", _("征集议题")
    MEETING = "meeting", _("召开联席会议")
    THEME_DAY = "theme_day", _("联合主题党日")
    BULLETIN = "bulletin", _("编发简报")
    HANDOVER = "handover", _("办理交接")
    OTHER = "other", _("其他")


class DutyItem(models.Model):
    """A duty that the rota system lays on each unit on turn (轮值职责), with its due day."""

    class Anchor(models.TextChoices):
        START = "start", _("轮值开始后")
        END = "end", _("轮值结束前")

    regulation = models.ForeignKey(
        Regulation, models.CASCADE, related_name="duty_items", verbose_name=_("制度")
    )
    order = models.PositiveSmallIntegerField(_("排序"), default=1)
    kind = models.CharField(_("类别"), max_length=10, choices=DutyKind, default=DutyKind.OTHER)
    title = models.CharField(_("职责"), max_length=60)
    anchor = models.CharField(_("期限"), max_length=5, choices=Anchor, default=Anchor.START)
    days = models.PositiveSmallIntegerField(_("天数"), default=30)

    class Meta:
        verbose_name = verbose_name_plural = _("轮值职责设定")
        ordering = ["order", "pk"]

    def __str__(self):
        return self.title

    def due_on(self, starts_on: date, ends_on: date) -> date:
        """Within the turn, however short it is."""
        step = timedelta(days=self.days)
        wanted = starts_on + step if self.anchor == self.Anchor.START else ends_on - step
        return min(max(wanted, starts_on), ends_on)


def default_duties() -> list[DutyItem]:
    """What a unit on turn does while no rota system says otherwise (unsaved rows)."""
    start, end = DutyItem.Anchor.START, DutyItem.Anchor.END
    items = (
        (DutyKind.TOPICS, start, 21),
        (DutyKind.MEETING, start, 60),
        (DutyKind.THEME_DAY, start, 75),
        (DutyKind.BULLETIN, end, 10),
        (DutyKind.HANDOVER, end, 0),
    )
    return [
        DutyItem(order=order, kind=kind, title=str(kind.label), anchor=anchor, days=days)
        for order, (kind, anchor, days) in enumerate(items, 1)
    ]


class SignOffQuerySet(ScopedQuerySet):
    def missing(self) -> Self:
        return self.filter(signed_at=None)

    def with_seat(self, on: date | None = None) -> Self:
        """Each row knows whether its unit sits in the alliance on a date: `is_seated`."""
        seats = Seat.objects.current(on).filter(unit=OuterRef("unit"))
        return self.annotate(is_seated=Exists(seats))

    def wanted(self, on: date | None = None) -> Self:
        """Signatures that are missing and can still be given: of a version that is not over, by
        a unit that still sits in the alliance."""
        on = on or timezone.localdate()
        rows = self.missing().with_seat(on).filter(is_seated=True)
        rows = rows.filter(regulation__status=Regulation.Status.ADOPTED)
        return rows.filter(Q(regulation__ends_on=None) | Q(regulation__ends_on__gte=on))

    def view_scope(self, user) -> Q:
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        return Q(unit__in=roles.places(user, roles.UNIT))

    def edit_scope(self, user) -> Q:
        """A unit signs for itself; nobody signs for another."""
        return Q(unit__in=roles.places(user, roles.UNIT))


class SignOff(models.Model):
    """A member unit's reading of a version and its signature under it (签字背书)."""

    regulation = models.ForeignKey(
        Regulation, models.PROTECT, related_name="sign_offs", verbose_name=_("章程或制度")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="sign_offs", verbose_name=_("成员单位")
    )
    unit_name = models.CharField(_("单位名称"), max_length=100)
    due_on = models.DateField(_("签字期限"))
    read_at = models.DateTimeField(_("阅读时间"), null=True, editable=False)
    read_by = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    signed_at = models.DateTimeField(_("签字时间"), null=True, editable=False)
    signed_by = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    signed_name = models.CharField(_("签字人"), max_length=50, blank=True, editable=False)

    objects = SignOffQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("签字背书")
        ordering = ["unit_name"]
        constraints = [
            models.UniqueConstraint(fields=["regulation", "unit"], name="sign_off_once"),
            models.CheckConstraint(
                condition=Q(signed_at=None) | Q(read_at__isnull=False),
                name="sign_off_after_reading",
            ),
        ]

    def __str__(self):
        return f"{self.regulation} {self.unit_name}"

    def get_absolute_url(self):
        return f"{self.regulation.get_absolute_url()}#sign"

    @property
    def days_late(self) -> int:
        """Days since a missing signature was due; 0 while there is time."""
        if self.signed_at:
            return 0
        return max((timezone.localdate() - self.due_on).days, 0)
