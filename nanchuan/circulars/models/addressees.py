from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Membership, Organization, Post, Term, Unit
from members.models.organizations import below
from nanchuan.circulars.models.circulars import Circular
from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.states import Stateful
from nanchuan.kernel.words import Worded

RUNNING = Q(circular__status=Circular.Status.PUBLISHED)
RECEIPT = Q(circular__needs_receipt=True, confirmed_at=None)
READING = Q(circular__needs_receipt=False, circular__needs_submission=False, read_at=None)


class AddresseeQuerySet(ScopedQuerySet):
    def owing(self) -> Self:
        """Who still has something to do: a receipt, a submission, or with neither to read it."""
        return self.filter(RUNNING & undone())

    def late(self, at=None) -> Self:
        return self.owing().filter(due_at__lt=at or timezone.now())

    def reaching(self, user) -> Self:
        """Rows through which a person may read the circular: those that the person sees, and
        those of the organization that the person is a member of."""
        homes = Membership.objects.current().filter(member__in=roles.places(user, roles.MEMBER))
        return self.filter(
            self.view_scope(user) | Q(organization__in=homes.order_by().values("organization"))
        )

    def view_scope(self, user) -> Q:
        """Whoever leads an organization sees how it and those below it stand."""
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        led = below(roles.places(user, roles.SECRETARY), "organization__")
        return led | self.edit_scope(user)

    def edit_scope(self, user) -> Q:
        """Who answers: whoever leads the organization itself, holds the post that was meant, or
        speaks for the unit."""
        paths, units = roles.places(user, roles.SECRETARY), roles.places(user, roles.UNIT)
        own = Q(organization__path__in=paths) if paths else NOTHING
        if units:
            own |= Q(unit__in=units)
        if members := roles.places(user, roles.MEMBER):
            own |= Q(pk__in=self._meant(members))
        return own

    def _meant(self, members):
        """Rows that mean a post which one of the members holds in that organization."""
        links = self.model.posts.through.objects
        terms = Term.objects.current().filter(
            member__in=members,
            organization=OuterRef("addressee__organization"),
            post=OuterRef("post"),
        )
        return links.filter(Exists(terms)).values("addressee")


def undone() -> Q:
    sent = Q(status__in=(Addressee.Status.SUBMITTED, Addressee.Status.ACCEPTED))
    return RECEIPT | (Q(circular__needs_submission=True) & ~sent) | READING


class Addressee(Stateful):
    """An organization or a unit that has to answer (发送对象), fixed when the circular went out."""

    class Status(models.TextChoices):
        """Of its submission."""

        OPEN = "open", _("未报送")
        SUBMITTED = "submitted", _("待审核")
        RETURNED = "returned", _("已退回")
        ACCEPTED = "accepted", _("已通过")

    STEPS = {
        Status.OPEN: {Status.SUBMITTED},
        Status.RETURNED: {Status.SUBMITTED},
        Status.SUBMITTED: {Status.ACCEPTED, Status.RETURNED},
    }
    SENT = (Status.SUBMITTED, Status.ACCEPTED)

    circular = models.ForeignKey(Circular, models.CASCADE, related_name="addressees")
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="addressed", verbose_name=_("党组织")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="addressed", verbose_name=_("单位")
    )
    posts = models.ManyToManyField(Post, related_name="addressed", verbose_name=_("职务"))
    name = models.CharField(_("名称"), max_length=100)  # as it was called then
    order = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(_("截止时间"), null=True)
    read_at = models.DateTimeField(_("阅读时间"), null=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    read_name = models.CharField(_("阅读人"), max_length=100, blank=True)
    confirmed_at = models.DateTimeField(_("确认时间"), null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    confirmed_name = models.CharField(_("确认人"), max_length=100, blank=True)
    status = models.CharField(
        _("报送情况"), max_length=10, choices=Status, default=Status.OPEN, editable=False
    )
    submitted_at = models.DateTimeField(_("报送时间"), null=True)
    reason = models.CharField(_("退回原因"), max_length=500, blank=True)

    objects = AddresseeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("发送对象")
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["circular", "organization"], name="addressee_organization_once"
            ),
            models.UniqueConstraint(fields=["circular", "unit"], name="addressee_unit_once"),
            models.CheckConstraint(
                condition=Q(organization=None, unit__isnull=False)
                | Q(organization__isnull=False, unit=None),
                name="addressee_is_one",
            ),
        ]
        indexes = [models.Index(fields=["circular", "order", "id"], name="addressee_in_order")]

    def __str__(self):
        return self.name

    @property
    def public_name(self) -> str:
        """What the trail calls it."""
        return f"{self.circular.title} · {self.name}"

    def get_absolute_url(self):
        return reverse("circulars:addressee-detail", args=[self.pk])

    @property
    def sent(self) -> bool:
        return self.status in self.SENT

    @property
    def owes_receipt(self) -> bool:
        return self.circular.needs_receipt and self.confirmed_at is None

    @property
    def owes_submission(self) -> bool:
        return self.circular.needs_submission and not self.sent

    @property
    def has_answered(self) -> bool:
        """Whether it did anything of what was asked."""
        if self.circular.needs_submission:
            return self.status != self.Status.OPEN
        return bool(self.read_at or self.confirmed_at)

    @property
    def is_owing(self) -> bool:
        """The same as `owing()`, for a row that is at hand."""
        circular = self.circular
        if not circular.is_running:
            return False
        if circular.needs_receipt or circular.needs_submission:
            return self.owes_receipt or self.owes_submission
        return self.read_at is None

    @property
    def is_late(self) -> bool:
        return self.is_owing and self.due_at is not None and self.due_at < timezone.now()

    @property
    def was_late(self) -> bool:
        """Whether it came after its time."""
        return bool(self.due_at and self.submitted_at and self.submitted_at > self.due_at)

    @property
    def state(self) -> tuple[str, str]:
        """A style and a word: how it stands, what hurts first. Who had done nothing when the
        circular ended owes nothing any more, and has done nothing: its own word, in grey."""
        if self.is_late:
            is_back = self.status == self.Status.RETURNED
            return "overdue", str(_("已退回，逾期未改") if is_back else _("逾期未办"))
        if not (self.circular.is_running or self.has_answered):
            return "left", self.circular.get_status_display()
        if self.circular.needs_submission:
            return self._state_of_submission()
        if self.confirmed_at:
            return "confirmed", str(_("已确认"))
        if self.read_at:
            style = "soon" if self.is_owing else "confirmed"
            return style, str(_("已读"))
        return "waiting", str(_("未读"))

    def _state_of_submission(self):
        if self.sent and self.is_owing:
            return "soon", str(_("已报送，未确认收到"))
        style = {"open": "waiting", "accepted": "confirmed"}.get(self.status, self.status)
        return style, self.get_status_display()


class ExtensionQuerySet(ScopedQuerySet):
    def view_scope(self, user) -> Q:
        return Q(addressee__in=Addressee.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.STAFF) else NOTHING


class Extension(Worded):
    """Who has to answer asks for more time (申请延期); one question at a time."""

    class Status(models.TextChoices):
        ASKED = "asked", _("待答复")
        GRANTED = "granted", _("已同意")
        REFUSED = "refused", _("未同意")

    addressee = models.ForeignKey(Addressee, models.CASCADE, related_name="extensions")
    until = models.DateTimeField(_("延期至"))
    reason = models.CharField(_("延期原因"), max_length=200)
    status = models.CharField(_("答复"), max_length=10, choices=Status, default=Status.ASKED)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(_("申请时间"), default=timezone.now)
    answer = models.CharField(_("答复意见"), max_length=200, blank=True)
    answered_at = models.DateTimeField(_("答复时间"), null=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("延期申请")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["addressee"],
                condition=Q(status="asked"),
                name="circular_extension_asked_once",
            ),
        ]

    def __str__(self):
        return f"{self.addressee} {self.get_status_display()}"


FIRST_DUE = F("due_at").asc(nulls_last=True)
