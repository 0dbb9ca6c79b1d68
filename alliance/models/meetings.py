from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alliance.models.figures import CountedQuerySet
from alliance.models.groups import Group, Seat, of_groups_seen
from alliance.models.kinds import MeetingKind, Series
from alliance.models.regulations import Regulation
from alliance.models.turns import Turn
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.periods import months_after
from nanchuan.kernel.querysets import EVERYTHING, NOTHING
from nanchuan.kernel.states import Stateful


class MeetingQuerySet(CountedQuerySet):
    def held_within_a_year(self, on: date | None = None) -> Self:
        """Held on a date or in the twelve months before it."""
        on = on or timezone.localdate()
        return self.filter(
            status=Meeting.Status.HELD,
            starts_at__date__lte=on,
            starts_at__date__gt=months_after(on, -12),
        )

    def coming(self) -> Self:
        return self.filter(status=Meeting.Status.CONVENED, ends_at__gte=timezone.now()).order_by(
            "starts_at"
        )

    def of_group(self, group) -> Self:
        """Held by a group alone or together with others."""
        return self.filter(with_group(group))

    def between(self, first: date, last: date) -> Self:
        """Begun on one of these days."""
        return self.filter(starts_at__date__gte=first, starts_at__date__lte=last)

    def recorded(self) -> Self:
        """Held, and somebody wrote down who came."""
        came = Invitation.objects.came().values("meeting")
        return self.filter(status=Meeting.Status.HELD, pk__in=came)

    def counted(self) -> Self:
        """Held; each knows the `first` version of its minutes, if that was published."""
        told = Q(minutes__version=1, minutes__status="published")
        rows = self.filter(status=Meeting.Status.HELD)
        return rows.annotate(first=FilteredRelation("minutes", condition=told))

    @staticmethod
    def figures() -> dict[str, Q]:
        """Of meetings whose minutes have no due day, nobody can say whether they are late."""
        due, waits = F("minutes_due_on"), Q(first__isnull=True)
        today = timezone.localdate()
        came = Invitation.objects.came().values("meeting")
        return {
            "held": EVERYTHING,
            "unrecorded": ~Q(pk__in=came),
            "minutes_in_time": Q(first__published_at__date__lte=due),
            "minutes_late": Q(first__published_at__date__gt=due),
            "minutes_missing": waits & Q(minutes_due_on__lt=today),
            "minutes_waiting": waits & Q(minutes_due_on__gte=today),
        }

    def with_attendance(self) -> Self:
        """Each row knows its seats: `seats_invited` and `seats_attended`."""
        came = Q(invitations__checkins__isnull=False, invitations__checkins__withdrawn_at=None)
        invited = Q(invitations__withdrawn_at=None)
        return self.annotate(
            seats_invited=Count("invitations", filter=invited, distinct=True),
            seats_attended=Count("invitations", filter=invited & came, distinct=True),
        )

    def view_scope(self, user) -> Q:
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        if not own:
            return NOTHING
        sent = Invitation.objects.standing().filter(seat__unit__in=own).values("meeting")
        invited = of_groups_seen(user, "group") | Q(pk__in=sent) | _partners_seen(user)
        return Q(convened_by__in=own) | invited & Meeting.announced()

    def edit_scope(self, user) -> Q:
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        return Q(convened_by__in=roles.places(user, roles.UNIT))


def with_group(group) -> Q:
    """Meetings that a group, or one of several, holds alone or together with others."""
    groups = [group] if isinstance(group, Group | int) else group
    shared = Meeting.partners.through.objects.filter(group__in=groups)
    return Q(group__in=groups) | Q(pk__in=shared.values("meeting"))


def _partners_seen(user) -> Q:
    shared = Meeting.partners.through.objects.filter(of_groups_seen(user, "group"))
    return Q(pk__in=shared.values("meeting"))


class Meeting(Stateful):
    """A joint meeting or another meeting of a group (联席会议)."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("草拟")
        CONVENED = "convened", _("已召集")
        HELD = "held", _("已召开")
        CANCELLED = "cancelled", _("已取消")

    STEPS = {
        Status.DRAFT: {Status.CONVENED, Status.CANCELLED},
        Status.CONVENED: {Status.HELD, Status.CANCELLED},
    }

    group = models.ForeignKey(
        Group, models.PROTECT, related_name="meetings", verbose_name=_("联盟小组")
    )
    partners = models.ManyToManyField(
        Group, blank=True, related_name="joint_meetings", verbose_name=_("共同召开的小组")
    )
    kind = models.ForeignKey(
        MeetingKind, models.PROTECT, related_name="meetings", verbose_name=_("会议类型")
    )
    title = models.CharField(_("名称"), max_length=100)
    starts_at = models.DateTimeField(_("开始时间"))
    ends_at = models.DateTimeField(_("结束时间"))
    place = models.CharField(_("地点"), max_length=100, blank=True)  # a draft has none yet
    chair = models.CharField(_("主持人"), max_length=50, blank=True)
    recorder = models.CharField(_("记录人"), max_length=50, blank=True)
    convened_by = models.ForeignKey(
        Unit, models.PROTECT, related_name="convened_meetings", verbose_name=_("召集单位")
    )
    turn = models.ForeignKey(
        Turn,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="meetings",
        verbose_name=_("轮值"),
    )
    regulation = models.ForeignKey(
        Regulation,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="meetings",
        verbose_name=_("所依制度"),
    )
    series = models.ForeignKey(
        Series,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="meetings",
        verbose_name=_("系列会议"),
    )
    series_on = models.DateField(null=True, editable=False)  # its day in the rhythm
    is_exception = models.BooleanField(default=False, editable=False)  # changed on its own
    topics_called_at = models.DateTimeField(_("征集议题时间"), null=True, editable=False)
    held_at = models.DateTimeField(_("登记召开时间"), null=True, editable=False)
    # What decided for it, kept when it was held
    quorum_percent = models.PositiveSmallIntegerField(null=True, editable=False)
    minutes_due_on = models.DateField(_("纪要印发期限"), null=True, editable=False)
    status = models.CharField(
        _("状态"), max_length=10, choices=Status, default=Status.CONVENED, editable=False
    )
    sequence = models.PositiveIntegerField(default=0, editable=False)  # grows with each change
    cancel_reason = models.CharField(_("取消原因"), max_length=200, blank=True, editable=False)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("会议")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="meeting_ends_after_start",
                violation_error_message=_("结束时间应晚于开始时间。"),
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "cancelled"]) | ~Q(place=""),
                name="meeting_announced_with_a_place",
            ),
            models.UniqueConstraint(fields=["series", "series_on"], name="meeting_of_series_once"),
        ]
        indexes = [
            models.Index(fields=["-starts_at", "-id"], name="meeting_newest"),
            models.Index(fields=["group", "-starts_at"], name="meeting_of_group"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return self.part_url("detail")

    def part_url(self, part: str) -> str:
        """The address of one part of its page."""
        return reverse(f"alliance:meeting-{part}", args=[self.pk])

    @staticmethod
    def announced() -> Q:
        """Those that its units have heard of: its notice went out, or a draft asks for topics."""
        return Meeting.noticed() | Q(topics_called_at__isnull=False)

    @staticmethod
    def noticed() -> Q:
        """Not a draft, nor one that was called off before its notice went out."""
        said = Exists(Invitation.objects.filter(meeting=OuterRef("pk")))
        status = Meeting.Status
        return Q(status__in=(status.CONVENED, status.HELD)) | Q(said, status=status.CANCELLED)

    @property
    def groups_words(self) -> str:
        """The group that calls it, and those that hold it too; ask for lists with `partners`
        loaded."""
        return gettext("、").join(map(str, [self.group, *self.partners.all()]))

    @property
    def has_begun(self) -> bool:
        return self.starts_at <= timezone.now()

    @property
    def takes_notes(self) -> bool:
        """Votes and resolutions are written from the start on; minutes lock them."""
        return self.status == self.Status.HELD or (
            self.status == self.Status.CONVENED and self.has_begun
        )

    @property
    def awaits_convener(self) -> bool:
        """It is to be announced, or to be registered as held."""
        is_past = self.status == self.Status.CONVENED and not self.is_coming
        return self.status == self.Status.DRAFT or is_past

    @property
    def is_coming(self) -> bool:
        return self.status == self.Status.CONVENED and self.starts_at > timezone.now()


class InvitationQuerySet(CountedQuerySet):
    def standing(self) -> Self:
        return self.filter(withdrawn_at=None)

    def came(self) -> Self:
        return self.filter(checkins__isnull=False, checkins__withdrawn_at=None)

    def counted(self) -> Self:
        """Seats invited to meetings of which it is recorded who came; each knows the check-in
        that `stood` for it."""
        stood = FilteredRelation("checkins", condition=Q(checkins__withdrawn_at=None))
        rows = self.standing().filter(meeting__in=Meeting.objects.recorded())
        return rows.annotate(stood=stood)

    @staticmethod
    def figures() -> dict[str, Q]:
        came, leave = Q(stood__isnull=False), Q(reply=Invitation.Reply.LEAVE)
        return {
            "invited": EVERYTHING,
            "came": came,
            "substituted": Q(stood__is_substitute=True),
            "late": Q(stood__at__gt=F("meeting__starts_at")),
            "on_leave": ~came & leave,
            "absent": ~came & ~leave,
        }

    def view_scope(self, user) -> Q:
        return Q(meeting__in=Meeting.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        """Its unit replies; whoever convenes enters what is told by telephone."""
        own = Q(seat__unit__in=roles.places(user, roles.UNIT))
        return own | Q(meeting__in=Meeting.objects.editable_by(user))


class Invitation(models.Model):
    """A seat invited to a meeting (邀请), and what its unit answered (回复), with the names as
    they were. Whether somebody came, check-ins say."""

    class Reply(models.TextChoices):
        ATTEND = "attend", _("参加")
        LEAVE = "leave", _("请假")
        SUBSTITUTE = "substitute", _("代会")

    class Mandate(models.TextChoices):
        FULL = "full", _("全权代表，可以表决")
        SPEAK = "speak", _("可以发言，不表决")
        LISTEN = "listen", _("只听会并带回")

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="invitations")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="invitations")
    unit_name = models.CharField(_("单位"), max_length=100)
    reply = models.CharField(_("回复"), max_length=10, choices=Reply, blank=True, editable=False)
    attendee = models.CharField(_("参会人"), max_length=50, blank=True)  # the substitute too
    job = models.CharField(_("职务"), max_length=50, blank=True)
    mandate = models.CharField(_("代会权限"), max_length=6, choices=Mandate, blank=True)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    replied_at = models.DateTimeField(_("回复时间"), null=True, editable=False)
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    withdrawn_at = models.DateTimeField(_("撤回邀请时间"), null=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("邀请")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["meeting", "seat"], name="invitation_once")]

    def __str__(self):
        return self.unit_name

    def get_absolute_url(self):
        return f"{reverse('alliance:meeting-invited', args=[self.meeting_id])}#replies"
