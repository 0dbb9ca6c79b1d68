import uuid
from collections.abc import Collection
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models.duties import DutyRule
from members.models.organizations import Organization, below, own_places
from members.models.people import PartyMember
from nanchuan.kernel import roles
from nanchuan.kernel.attached import Attached
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.states import Stateful, StepRefused

FEW = 100  # organizations that are named one by one in a question


class ActivityKindQuerySet(models.QuerySet):
    def private(self) -> Self:
        return self.filter(is_private=True)

    def open_to_all(self) -> Self:
        """Kinds that are written down with the usual form."""
        return self.filter(is_private=False)


class ActivityKind(models.Model):
    """A kind of activity (活动类型), e.g. 支部党员大会; staff add others.

    Of a private one (谈心谈话) others learn only that it took place, and only its superiors do.
    """

    class Expected(models.TextChoices):
        EVERYBODY = "everybody", _("全体党员")
        COMMITTEE = "committee", _("任职人员")
        CHOSEN = "chosen", _("由记录人勾选")

    code = models.SlugField(_("代码"), max_length=30, unique=True)
    name = models.CharField(_("名称"), max_length=30, unique=True)
    order = models.PositiveSmallIntegerField(_("排序"), default=100)
    expected = models.CharField(
        _("应到人员"), max_length=10, choices=Expected, default=Expected.EVERYBODY
    )
    agenda = models.TextField(
        _("常用议程"), max_length=1000, blank=True, help_text=_("一行一项，记活动时可以直接选用。")
    )
    hours = models.DecimalField(
        _("计入学时"), max_digits=3, decimal_places=1, default=0, help_text=_("不计学时的填 0。")
    )
    takes_votes = models.BooleanField(_("可以表决"), default=False)
    is_offered = models.BooleanField(
        _("可以选用"), default=True, help_text=_("不再选用的，已有的记录不变。")
    )
    is_private = models.BooleanField(default=False, editable=False)

    objects = ActivityKindQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("活动类型")
        ordering = ["order", "name"]

    def __str__(self):
        return self.name

    @property
    def is_used(self) -> bool:
        """Whether somebody knows it by its code: records are there, or duties ask for them."""
        if self.is_private or self.activities.exists():
            return True
        return any(self.code in asked for asked in DutyRule.objects.asked_for())


class ActivityQuerySet(ScopedQuerySet):
    def with_attendance(self) -> Self:
        """Each row knows how many took part: `taking_part`."""
        present = Attendance.objects.filter(presence=Attendance.Presence.PRESENT)
        rows = present.filter(activity=OuterRef("pk")).order_by().values("activity")
        number = rows.annotate(number=Count("pk")).values("number")
        return self.annotate(taking_part=Coalesce(Subquery(number), 0))

    def with_photos(self) -> Self:
        """Each row knows how many photos it has: `photo_count`."""
        rows = ActivityPhoto.objects.filter(activity=OuterRef("pk")).order_by().values("activity")
        number = rows.annotate(number=Count("pk")).values("number")
        return self.annotate(photo_count=Coalesce(Subquery(number), 0))

    def with_partners(self) -> Self:
        """Each row knows how many others held it together with its own organization."""
        rows = Participation.objects.filter(activity=OuterRef("pk"), is_host=False)
        rows = rows.exclude(answer=Participation.Answer.DECLINED).order_by().values("activity")
        number = rows.annotate(number=Count("pk")).values("number")
        return self.annotate(partner_count=Coalesce(Subquery(number), 0))

    def whole(self) -> Self:
        """With what a record says of itself."""
        return self.select_related("organization", "kind", "host", "logged_by", "verified_by")

    def newest(self) -> Self:
        return self.order_by("-starts_at", "-pk")

    def waiting(self) -> Self:
        """What waits to be verified, the oldest first."""
        return self.filter(status=Activity.Status.SUBMITTED).order_by("starts_at", "pk")

    def standing(self) -> Self:
        """What counts as having taken place: handed in, and not returned or withdrawn."""
        return self.filter(status__in=Activity.STANDING)

    def handed_in(self) -> Self:
        """What is more than a draft, and not withdrawn."""
        return self.filter(status__in=Activity.HANDED_IN)

    def verifiable_by(self, user) -> Self:
        """Records that a person may verify or return: the park office, and who leads an
        organization above; nobody those of an organization that the person leads."""
        if not roles.has_role(user, roles.STAFF, roles.SECRETARY):
            return self.none()
        led = roles.places(user, roles.SECRETARY)
        own = Organization.objects.filter(path__in=led).order_by()
        rows = self.editable_by(user)
        return rows.exclude(organization__in=own) if led else rows

    def view_scope(self, user) -> Q:
        """Whoever may write a record sees it at every stage. Others see no draft: the whole park's
        readers whatever else there is; who is of an organization, or was asked to take part and
        did not decline, what was handed in, and of a private kind only the own.

        The organizations of a person are asked for first, what others held together with them,
        and the own talks: all are few, and only of numbers does the database know how few.
        """
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        if roles.has_role(user, *roles.WHOLE_PARK):
            begun = ~Q(status=Activity.Status.DRAFT)
            if not (led := roles.places(user, roles.SECRETARY)):
                return begun
            return begun | Q(organization__in=Organization.objects.filter(below(led)).order_by())
        own = Organization.objects.filter(Organization.objects.all().own_scope(user)).order_by()
        places, others = own_places(user, *self._elsewhere(own, user))
        held = Q(organization__in=list(places) if others or len(places) <= FEW else own)
        paths = tuple(roles.places(user, roles.SECRETARY))
        led = [pk for pk, path in places.items() if path.startswith(paths)]
        handed_in = Q(status__in=Activity.HANDED_IN)
        seen = EVERYTHING
        if len(led) < len(places):
            seen = Q(~self._private(), handed_in) | Q(organization__in=led)
        return (held & seen) | Q(handed_in, pk__in=others) if others else held & seen

    @staticmethod
    def _elsewhere(own: models.QuerySet, user) -> list[models.QuerySet]:
        """Numbers of the records of others in which some organizations take part, and of those of
        a private kind in which the person took part; an empty path stands beside each."""
        parts = Participation.objects.filter(is_host=False, organization__in=own)
        parts = parts.exclude(answer=Participation.Answer.DECLINED)
        parts = parts.filter(kind__is_private=False).exclude(activity__organization__in=own)
        rows = [parts.order_by()]
        if people := roles.places(user, roles.MEMBER):
            rows.append(_talks_of(people))
        return [each.values_list("activity", Value("")) for each in rows]

    def edit_scope(self, user) -> Q:
        """A talk is written by those who may read it (`TalkNote`), not here."""
        if roles.has_role(user, roles.STAFF):
            return ~self._private()
        if not (led := roles.places(user, roles.SECRETARY)):
            return NOTHING
        own = Organization.objects.filter(below(led)).order_by()
        return Q(~self._private(), organization__in=own)

    def opened_to(self, user) -> Self:
        """Whose photos and files a person may open: of a private kind only what that person took
        part in."""
        mine = _talks_of(roles.places(user, roles.MEMBER)).values("activity")
        return self.visible_to(user).filter(~self._private() | Q(pk__in=mine))

    @staticmethod
    def _private() -> Q:
        """A list of a few numbers rather than a join, which would cost each row."""
        return Q(kind__in=ActivityKind.objects.private().values("pk"))


def _talks_of(people: Collection[int]):
    """Where people took part in a record of a private kind."""
    rows = Attendance.objects.filter(member__in=people, activity__kind__is_private=True)
    return rows.order_by()


class Activity(Stateful):
    """Something a branch did (组织生活): when, where, who led it, who took part, what was done.

    `organization` held it; with others it has one record that counts for each of them
    (`participations`).
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("草稿")
        SUBMITTED = "submitted", _("已提交")
        VERIFIED = "verified", _("已核实")
        RETURNED = "returned", _("已退回")
        WITHDRAWN = "withdrawn", _("已撤回")

    STEPS = {
        Status.DRAFT: {Status.SUBMITTED},
        Status.SUBMITTED: {Status.VERIFIED, Status.RETURNED, Status.WITHDRAWN},
        Status.VERIFIED: {Status.SUBMITTED, Status.RETURNED},
        Status.RETURNED: {Status.SUBMITTED, Status.WITHDRAWN},
    }
    STANDING = (Status.SUBMITTED, Status.VERIFIED)
    HANDED_IN = (*STANDING, Status.RETURNED)  # what others than its editors may read

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="activities", verbose_name=_("党组织")
    )
    kind = models.ForeignKey(
        ActivityKind, models.PROTECT, related_name="activities", verbose_name=_("活动类型")
    )
    status = models.CharField(
        _("状态"), max_length=10, choices=Status, default=Status.SUBMITTED, editable=False
    )
    title = models.CharField(_("主题"), max_length=100)
    starts_at = models.DateTimeField(_("时间"))
    place = models.CharField(_("地点"), max_length=100, blank=True)
    host = models.ForeignKey(
        PartyMember,
        models.PROTECT,
        null=True,  # of a draft
        related_name="hosted_activities",
        verbose_name=_("主持人"),
    )
    members = models.ManyToManyField(
        PartyMember, through="Attendance", related_name="activities", verbose_name=_("参加人员")
    )
    organizations = models.ManyToManyField(
        Organization, through="Participation", related_name="shared_activities"
    )
    guests = models.CharField(_("列席人员"), max_length=200, blank=True)
    text = models.TextField(_("活动内容"), max_length=5000, blank=True)
    hours = models.DecimalField(
        _("学时"),
        max_digits=3,
        decimal_places=1,
        default=0,
        help_text=_("计入每位到会党员的学时。"),
    )
    reason = models.CharField(_("退回或撤回的原因"), max_length=200, blank=True, editable=False)
    logged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("记录人"),
        editable=False,
    )
    logged_at = models.DateTimeField(_("记录时间"), default=timezone.now, editable=False)
    submitted_at = models.DateTimeField(_("提交时间"), null=True, editable=False)
    # The portal's own stamp (补录): first handed in later than the rule of that day allows.
    is_late = models.BooleanField(_("补录"), default=False, editable=False)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("核实人"),
        editable=False,
    )
    verified_at = models.DateTimeField(_("核实时间"), null=True, editable=False)
    # Grows with each change, so that of two people correcting at once the second is told.
    revision = models.PositiveIntegerField(default=0, editable=False)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("活动")
        constraints = [
            # What a draft may still lack.
            models.CheckConstraint(
                condition=Q(status="draft") | Q(host__isnull=False, submitted_at__isnull=False),
                name="activity_complete",
            )
        ]
        indexes = [
            models.Index(fields=["organization", "-starts_at", "-id"], name="activity_of_org"),
            models.Index(fields=["-starts_at", "-id"], name="activity_newest"),
            models.Index(
                fields=["starts_at", "id"],
                condition=Q(status="submitted"),
                name="activity_to_verify",
            ),
            models.Index(
                fields=["status", "-starts_at", "-id"],
                condition=~Q(status="verified"),
                name="activity_unsettled",
            ),
        ]

    def __str__(self):
        return self.title or str(self.kind)  # a draft may lack a title

    def get_absolute_url(self):
        return reverse("members:activity-detail", args=[self.pk])

    @property
    def late_word(self) -> str:
        """What lists and papers say of a late entry; nothing of any other."""
        return gettext("补录") if self.is_late else ""

    @property
    def marked(self) -> str:
        """Its name with the mark of a late entry, where there are only words to say it."""
        return gettext("%(activity)s（补录）") % {"activity": self} if self.is_late else str(self)

    @property
    def held_on(self) -> date:
        return timezone.localdate(self.starts_at)

    @property
    def is_standing(self) -> bool:
        return self.status in self.STANDING

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    def may_be_verified_by(self, user) -> bool:
        """The same as `verifiable_by`, of a record that is at hand."""
        path, led = self.organization.path, roles.places(user, roles.SECRETARY)
        above = roles.has_role(user, roles.STAFF) or any(path.startswith(each) for each in led)
        return above and path not in led and not self.kind.is_private

    def claim(self) -> None:
        """The first statement of whoever writes: of two who saw the same revision and status, one
        goes on. Raises StepRefused for the other."""
        seen = Activity.objects.filter(pk=self.pk, revision=self.revision, status=self.status)
        if not seen.update(revision=F("revision") + 1):
            raise StepRefused(gettext("这条记录刚被别人更正过。请打开新的一页核对后，再填一次。"))
        self.revision += 1


class ParticipationQuerySet(ScopedQuerySet):
    def counted(self) -> Self:
        """Rows that count as evidence: confirmed by the organization, of a standing record."""
        return self.filter(counts=True)

    def to_answer(self) -> Self:
        """Organizations that were asked by a record that is handed in, and have not answered."""
        return self.filter(
            answer=Participation.Answer.ASKED, activity__status__in=Activity.HANDED_IN
        )

    def view_scope(self, user) -> Q:
        """With its record; whoever speaks for one that declined sees what it was asked, and may
        say otherwise."""
        declined = Q(
            answer=Participation.Answer.DECLINED,
            activity__status__in=Activity.HANDED_IN,
            kind__is_private=False,
            organization__in=Organization.objects.editable_by(user),
        )
        return Q(activity__in=Activity.objects.visible_to(user)) | declined

    def edit_scope(self, user) -> Q:
        return Q(organization__in=Organization.objects.editable_by(user))


class Participation(models.Model):
    """The part of one organization in an activity (参加党组织): the one that held it, or one that
    was asked and says itself whether it took part, and who of its members did.

    `kind`, `held_on`, `is_late`, `led_by` and `counts` are copied from the activity, so that what
    many organizations did over years is read from this table alone
    (`actions.participations.follow`).
    """

    class Answer(models.TextChoices):
        ASKED = "asked", _("待确认")
        CONFIRMED = "confirmed", _("已确认")
        DECLINED = "declined", _("未参加")

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="participations")
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="participations", verbose_name=_("党组织")
    )
    answer = models.CharField(
        _("答复"), max_length=10, choices=Answer, default=Answer.ASKED, editable=False
    )
    is_host = models.BooleanField(_("主办"), default=False, editable=False)
    kind = models.ForeignKey(ActivityKind, models.PROTECT, related_name="+", editable=False)
    held_on = models.DateField(_("日期"), editable=False)
    is_late = models.BooleanField(default=False, editable=False)
    # The key of whoever led it: the record itself keeps that person.
    led_by = models.BigIntegerField(null=True, editable=False)
    counts = models.BooleanField(default=False, editable=False)

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("参加党组织")
        constraints = [
            models.UniqueConstraint(fields=["activity", "organization"], name="participation_once"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "held_on", "kind", "activity", "is_late", "led_by"],
                condition=Q(counts=True),
                name="participation_counted",
            ),
            models.Index(
                fields=["organization", "activity"],
                condition=Q(is_host=False),
                name="participation_joint",
            ),
        ]

    def __str__(self):
        return f"{self.activity} {self.organization}"

    def get_absolute_url(self):
        return reverse("members:part-answer", args=[self.pk])

    @property
    def may_be_answered(self) -> bool:
        return not self.is_host and self.activity.status in Activity.HANDED_IN


class Attendance(models.Model):
    """A member who was expected at an activity, and whether the person came (到会、请假、缺席).

    `counted_*` are copied from the activity, so that what people did over years is read from this
    table alone (`actions.participations.follow`).
    """

    class Presence(models.TextChoices):
        PRESENT = "present", _("到会")
        LEAVE = "leave", _("请假")
        ABSENT = "absent", _("缺席")

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="attendances")
    member = models.ForeignKey(PartyMember, models.PROTECT, related_name="attendances")
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("所在党组织")
    )
    presence = models.CharField(
        _("到会情况"), max_length=8, choices=Presence, default=Presence.PRESENT
    )
    reason = models.CharField(_("请假事由"), max_length=100, blank=True)
    # Credited to who was present; copied, so that a year's hours are one sum.
    hours = models.DecimalField(_("学时"), max_digits=3, decimal_places=1, default=0)
    # The day of a record that stands, None of any other; the key of its kind; whether it is late.
    counted_on = models.DateField(null=True, editable=False)
    counted_kind = models.BigIntegerField(null=True, editable=False)
    counted_late = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("参加人员")
        constraints = [
            models.UniqueConstraint(fields=["activity", "member"], name="attendance_once")
        ]
        indexes = [
            # Whatever the check-up asks of it.
            models.Index(
                fields=["member", "counted_on", "counted_kind", "hours", "counted_late"],
                condition=Q(presence="present", counted_on__isnull=False),
                name="attendance_counted",
            )
        ]

    def __str__(self):
        return str(self.member)


class Decision(models.Model):
    """What a meeting decided (议决事项), with the count if it was voted on."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="decisions")
    order = models.PositiveSmallIntegerField(_("排序"), default=0)
    text = models.CharField(_("议决事项"), max_length=500)
    is_voted = models.BooleanField(_("经过表决"), default=False)
    entitled = models.PositiveSmallIntegerField(_("应到会有表决权的人数"), null=True)
    in_favour = models.PositiveSmallIntegerField(_("赞成"), null=True)
    against = models.PositiveSmallIntegerField(_("反对"), null=True)
    abstained = models.PositiveSmallIntegerField(_("弃权"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("议决事项")
        ordering = ["order", "pk"]

    def __str__(self):
        return self.text

    @property
    def is_passed(self) -> bool | None:
        """More than half of those entitled to attend; None without a vote.

        《中国共产党支部工作条例（试行）》第十一条.
        """
        if None in (self.in_favour, self.entitled):
            return None
        return 2 * self.in_favour > self.entitled


def photo_path(photo, filename):
    return f"activities/{uuid.uuid4().hex}.jpg"


def thumbnail_path(photo, filename):
    return f"activities/{uuid.uuid4().hex}-s.jpg"


def file_path(file, filename):
    return f"activities/{uuid.uuid4().hex}"


class ActivityPhoto(models.Model):
    """A photo of an activity, written anew without its EXIF data, with a thumbnail."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="photos")
    image = models.FileField(_("照片"), upload_to=photo_path)
    thumbnail = models.FileField(upload_to=thumbnail_path)
    caption = models.CharField(_("说明"), max_length=100, blank=True)
    order = models.PositiveSmallIntegerField(_("排序"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("活动照片")
        ordering = ["order", "pk"]

    def __str__(self):
        return f"{self.activity} {self.order}"


class ActivityFile(Attached):
    """A document that belongs to the record, e.g. a speech or a scanned sign-in sheet."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="files")
    file = models.FileField(_("文件"), upload_to=file_path)

    class Meta(Attached.Meta):
        verbose_name = verbose_name_plural = _("活动附件")
