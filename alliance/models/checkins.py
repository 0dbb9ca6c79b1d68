from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models.figures import CountedQuerySet
from alliance.models.meetings import Invitation, Meeting
from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING


class Guest(models.Model):
    """Somebody asked to a meeting beside the seats (列席、嘉宾)."""

    meeting = models.ForeignKey(
        Meeting, models.PROTECT, related_name="guests", verbose_name=_("会议")
    )
    name = models.CharField(_("姓名"), max_length=50)
    unit_name = models.CharField(_("单位"), max_length=100, blank=True)
    job = models.CharField(_("职务"), max_length=50, blank=True)
    withdrawn_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("列席人员")
        ordering = ["pk"]

    def __str__(self):
        return self.name


class CheckInQuerySet(CountedQuerySet):
    def standing(self) -> Self:
        """Those that were not taken back."""
        return self.filter(withdrawn_at=None)

    def present(self) -> Self:
        """Who is in the room."""
        return self.standing().filter(left_at=None)

    def late(self) -> Self:
        return self.standing().filter(at__gt=F("meeting__starts_at"))

    def named_for(self, user) -> Self:
        """Whose names a person may count: the park everybody's, a unit those of its own people."""
        if roles.has_role(user, *roles.WHOLE_PARK):
            return self
        return self.filter(invitation__seat__unit__in=roles.places(user, roles.UNIT))

    def counted(self) -> Self:
        """People who came to meetings that were held, each under a name, `who`."""
        named = NullIf("name", Value(""))
        who = Coalesce(named, "guest__name", NullIf("user__name", Value("")), Value(""))
        rows = self.standing().filter(meeting__status=Meeting.Status.HELD)
        return rows.annotate(who=who).exclude(who="")

    @staticmethod
    def figures() -> dict[str, Q]:
        return {
            "came": EVERYTHING,
            "as_substitute": Q(is_substitute=True),
            "came_late": Q(at__gt=F("meeting__starts_at")),
            "left_early": Q(left_at__lt=F("meeting__ends_at")),
        }

    def view_scope(self, user) -> Q:
        return Q(meeting__in=Meeting.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return Q(meeting__in=Meeting.objects.editable_by(user))


class CheckIn(models.Model):
    """Somebody came (签到): for an invited seat, as a guest, or beside them (列席).

    A seat is held by one person; whoever comes second of the same unit is there beside it. One
    that was a mistake is withdrawn, never deleted.
    """

    class Way(models.TextChoices):
        CODE = "code", _("扫码签到")
        CHAIR = "chair", _("主持屏签到")
        HAND = "hand", _("手工登记")
        SHEET = "sheet", _("据签到表登记")

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="checkins")
    invitation = models.ForeignKey(
        Invitation, models.PROTECT, null=True, related_name="checkins", verbose_name=_("席位")
    )
    guest = models.ForeignKey(
        Guest, models.PROTECT, null=True, related_name="checkins", verbose_name=_("列席人员")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("账号"),
    )
    name = models.CharField(_("姓名"), max_length=50, blank=True)
    unit_name = models.CharField(_("单位"), max_length=100, blank=True)
    is_substitute = models.BooleanField(_("代会"), default=False)
    way = models.CharField(_("方式"), max_length=5, choices=Way)
    at = models.DateTimeField(_("到会时间"), null=True)  # None: nobody noted it
    left_at = models.DateTimeField(_("离会时间"), null=True)
    ticket = models.CharField(max_length=32, blank=True, editable=False)  # of a scanned code
    entered_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    is_late_entry = models.BooleanField(_("补录"), default=False, editable=False)
    withdrawn_at = models.DateTimeField(_("撤销时间"), null=True, editable=False)

    objects = CheckInQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("签到")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["invitation"],
                condition=Q(invitation__isnull=False, withdrawn_at=None),
                name="checkin_of_seat_once",
            ),
            models.UniqueConstraint(
                fields=["guest"],
                condition=Q(guest__isnull=False, withdrawn_at=None),
                name="checkin_of_guest_once",
            ),
            models.UniqueConstraint(
                fields=["meeting", "user"],
                condition=Q(user__isnull=False, withdrawn_at=None),
                name="checkin_of_person_once",
            ),
            models.UniqueConstraint(
                fields=["ticket"], condition=~Q(ticket=""), name="checkin_of_ticket_once"
            ),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=F("at")), name="checkin_leaves_after"
            ),
        ]

    def __str__(self):
        """The unit: the trail names no person."""
        return self.unit_name or str(self.get_way_display())

    @property
    def is_late(self) -> bool:
        return self.at is not None and self.at > self.meeting.starts_at
