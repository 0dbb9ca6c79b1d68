from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models.groups import Group, Seat, of_groups_seen
from alliance.models.regulations import Regulation
from nanchuan.kernel import roles
from nanchuan.kernel.periods import Period, PeriodQuerySet, day_before, months_after
from nanchuan.kernel.querysets import EVERYTHING, ScopedQuerySet
from nanchuan.kernel.states import Stateful

QUARTERS = (_("第一季度"), _("第二季度"), _("第三季度"), _("第四季度"))


class Origin(models.TextChoices):
    """Why a unit has a turn."""

    ORDER = "order", _("按次序")
    SWAP = "swap", _("对调")
    SUBSTITUTE = "substitute", _("代为轮值")
    OVERRIDE = "override", _("办公室指定")


class TurnQuerySet(PeriodQuerySet, ScopedQuerySet):
    def coming(self, on: date | None = None) -> Self:
        """The present turn and those after it, in order."""
        return self.overlapping(on or timezone.localdate(), None).order_by("starts_on")

    def open(self, on: date | None = None) -> Self:
        """Turns of today and later that nobody has taken (待定): the office is to fill them."""
        return self.coming(on).filter(seat=None)

    def served(self, on: date | None = None) -> Self:
        """Turns that a unit has served or serves on a date; skipped is not served."""
        on = on or timezone.localdate()
        return self.filter(starts_on__lte=on, seat__isnull=False)

    def view_scope(self, user) -> Q:
        return of_groups_seen(user, "group")

    def edit_scope(self, user) -> Q:
        """The office; whoever speaks for the unit on turn. Which act, `actions.rights` says."""
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        return Q(seat__unit__in=roles.places(user, roles.UNIT))


class Turn(Period):
    """A seat's time as the unit on turn (轮值). In a group each day belongs to one turn.

    `due_seat` is whose place in the order it is: it differs from `seat`, who serves, only after
    a swap, so that no swap corrupts the order. Without a seat the turn is open (待定).
    """

    EXCLUSIVE = ("group",)

    group = models.ForeignKey(
        Group, models.PROTECT, related_name="turns", verbose_name=_("联盟小组")
    )
    seat = models.ForeignKey(
        Seat,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="turns",
        verbose_name=_("轮值单位"),
    )
    due_seat = models.ForeignKey(
        Seat,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="due_turns",
        verbose_name=_("应轮值单位"),
    )
    origin = models.CharField(_("由来"), max_length=10, choices=Origin, default=Origin.ORDER)
    regulation = models.ForeignKey(
        Regulation,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="turns",
        verbose_name=_("所依制度"),
    )
    theme = models.CharField(_("主题"), max_length=100, blank=True)
    chair_name = models.CharField(_("轮值主席"), max_length=50, blank=True)
    note = models.CharField(_("备注"), max_length=200, blank=True)
    begun_at = models.DateTimeField(_("启动时间"), null=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)  # grows with each change

    objects = TurnQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("轮值")
        ordering = ["starts_on"]
        constraints = [
            *Period.Meta.constraints,
            models.CheckConstraint(condition=Q(ends_on__isnull=False), name="turn_has_an_end"),
            models.CheckConstraint(
                condition=Q(seat__isnull=False) | Q(due_seat=None), name="turn_open_is_nobodys"
            ),
        ]
        indexes = [models.Index(fields=["group", "starts_on"], name="turn_of_group")]

    def __str__(self):
        return _("%(group)s %(period)s轮值") % {"group": self.group, "period": self.period_words}

    def get_absolute_url(self):
        return reverse("alliance:turn-detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.seat_id is None

    @property
    def has_begun(self) -> bool:
        return self.starts_on <= timezone.localdate()

    @property
    def is_over(self) -> bool:
        return self.ends_on < timezone.localdate()

    @property
    def holder(self) -> str:
        """The unit on turn in words."""
        return str(self.seat) if self.seat_id else str(_("待定"))

    @property
    def period_words(self) -> str:
        return period_words(self.starts_on, self.ends_on)

    @property
    def is_whole(self) -> bool:
        """Whether the period has a name of its own, which does not say its dates."""
        return str(self.starts_on) not in self.period_words


def period_words(starts_on: date, ends_on: date) -> str:
    """2026 年第二季度 for a whole quarter; whole months, halves and years alike; else the days."""
    first, last = starts_on.day == 1, starts_on.year == ends_on.year
    for months, words in (
        (12, _("%(year)d 年")),
        (6, _("%(year)d 年%(half)s")),
        (3, _("%(year)d 年%(quarter)s")),
        (1, _("%(year)d 年 %(month)d 月")),
    ):
        whole = first and last and ends_on == day_before(months_after(starts_on, months))
        if whole and (starts_on.month - 1) % months == 0:
            return str(words) % {
                "year": starts_on.year,
                "month": starts_on.month,
                "half": (_("上半年"), _("下半年"))[starts_on.month > 6],  # noqa: PLR2004
                "quarter": QUARTERS[(starts_on.month - 1) // 3],
            }
    return f"{starts_on} — {ends_on}"


class Assignment(models.Model):
    """Who was given a turn, when and why (轮值安排的变动): never changed afterwards.

    The newest row says what the turn itself says.
    """

    turn = models.ForeignKey(
        Turn, models.PROTECT, related_name="assignments", verbose_name=_("轮值")
    )
    seat = models.ForeignKey(
        Seat, models.PROTECT, null=True, related_name="assignments", verbose_name=_("轮值单位")
    )
    origin = models.CharField(_("由来"), max_length=10, choices=Origin)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("轮值变动")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.turn} {self.seat or _('待定')}"


class Decline(models.Model):
    """A unit says that it cannot take a turn that lies ahead (婉拒轮值)."""

    turn = models.ForeignKey(Turn, models.PROTECT, related_name="declines", verbose_name=_("轮值"))
    seat = models.ForeignKey(
        Seat, models.PROTECT, related_name="declines", verbose_name=_("成员单位")
    )
    reason = models.CharField(_("原因"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("婉拒轮值")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["turn", "seat"], name="decline_turn_once")]

    def __str__(self):
        return f"{self.seat} {self.turn}"


class SwapQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        return self.filter(status__in=Swap.OPEN)

    def awaiting(self, user) -> Self:
        """Swaps whose next step is this person's (等我答复、等我确认)."""
        own = roles.places(user, roles.UNIT)
        waiting = Q(status=Swap.Status.PROPOSED, second_seat__unit__in=own, second_agreed_at=None)
        waiting |= Q(status=Swap.Status.PROPOSED, first_seat__unit__in=own, first_agreed_at=None)
        if roles.has_role(user, roles.STAFF):
            waiting |= Q(status=Swap.Status.AGREED)
        return self.filter(waiting)

    def view_scope(self, user) -> Q:
        return of_groups_seen(user, "group")

    def edit_scope(self, user) -> Q:
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        return Q(first_seat__unit__in=own) | Q(second_seat__unit__in=own)


class Swap(Stateful):
    """Two units of a group exchange turns that lie ahead (对调).

    Whoever proposes has agreed; once both have, the office confirms.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("待对方同意")
        AGREED = "agreed", _("待党务办公室确认")
        CONFIRMED = "confirmed", _("已对调")
        REFUSED = "refused", _("未同意")
        WITHDRAWN = "withdrawn", _("已撤回")
        LAPSED = "lapsed", _("已失效")

    STEPS = {
        Status.PROPOSED: {Status.AGREED, Status.REFUSED, Status.WITHDRAWN, Status.LAPSED},
        Status.AGREED: {Status.CONFIRMED, Status.REFUSED, Status.WITHDRAWN, Status.LAPSED},
    }
    OPEN = (Status.PROPOSED, Status.AGREED)

    group = models.ForeignKey(
        Group, models.PROTECT, related_name="swaps", verbose_name=_("联盟小组")
    )
    first = models.ForeignKey(
        Turn, models.PROTECT, related_name="swaps_as_first", verbose_name=_("较早的轮值")
    )
    second = models.ForeignKey(
        Turn, models.PROTECT, related_name="swaps_as_second", verbose_name=_("较晚的轮值")
    )
    # Who had the two turns when the swap was proposed.
    first_seat = models.ForeignKey(
        Seat, models.PROTECT, related_name="swaps_as_first", verbose_name=_("原轮值单位")
    )
    second_seat = models.ForeignKey(
        Seat, models.PROTECT, related_name="swaps_as_second", verbose_name=_("对调单位")
    )
    status = models.CharField(
        _("状态"), max_length=10, choices=Status, default=Status.PROPOSED, editable=False
    )
    reason = models.CharField(_("对调原因"), max_length=200)
    answer = models.CharField(_("答复"), max_length=200, blank=True, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    asked_at = models.DateTimeField(_("提出时间"), default=timezone.now, editable=False)
    first_agreed_at = models.DateTimeField(null=True, editable=False)
    second_agreed_at = models.DateTimeField(null=True, editable=False)
    settled_at = models.DateTimeField(_("办结时间"), null=True, editable=False)

    objects = SwapQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("轮值对调")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(first=F("second")), name="swap_of_two_turns"),
            models.CheckConstraint(
                condition=~Q(first_seat=F("second_seat")), name="swap_of_two_seats"
            ),
        ]

    def __str__(self):
        return _("%(first)s与%(second)s对调") % {
            "first": self.first_seat,
            "second": self.second_seat,
        }

    def get_absolute_url(self):
        return reverse("alliance:swap-detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN
