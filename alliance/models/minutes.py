from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alliance.models.meetings import Meeting
from nanchuan.kernel import roles
from nanchuan.kernel.querysets import ScopedQuerySet
from nanchuan.kernel.states import Stateful


class MinutesQuerySet(ScopedQuerySet):
    def published(self) -> Self:
        return self.filter(status=Minutes.Status.PUBLISHED)

    def of_group(self, group) -> Self:
        return self.filter(meeting__in=Meeting.objects.of_group(group))

    def standing(self) -> Self:
        """The published versions that no later one has taken the place of."""
        later = Minutes.objects.published().filter(
            meeting=OuterRef("meeting"), version__gt=OuterRef("version")
        )
        return self.published().exclude(Exists(later))

    def awaiting(self, user) -> Self:
        """Those whose next step is this person's: to write, to review, to publish."""
        own = Q(
            status=Minutes.Status.DRAFT, meeting__convened_by__in=roles.places(user, roles.UNIT)
        )
        if roles.has_role(user, roles.STAFF):
            own |= Q(status__in=(Minutes.Status.SUBMITTED, Minutes.Status.APPROVED))
        return self.filter(own).exclude(meeting__status=Meeting.Status.CANCELLED)

    def view_scope(self, user) -> Q:
        """Whoever convenes writes them; the others of the meeting see what is published."""
        written = Q(meeting__in=Meeting.objects.editable_by(user))
        seen = Q(meeting__in=Meeting.objects.visible_to(user))
        return seen & (written | Q(status=Minutes.Status.PUBLISHED))

    def edit_scope(self, user) -> Q:
        return Q(meeting__in=Meeting.objects.editable_by(user))


class Minutes(Stateful):
    """The minutes of a meeting (会议纪要): written as revisions, reviewed, numbered, published,
    then locked. A correction is another version, which takes the place of the one before."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("起草中")
        SUBMITTED = "submitted", _("待审核")
        APPROVED = "approved", _("待印发")
        PUBLISHED = "published", _("已印发")

    STEPS = {
        Status.DRAFT: {Status.SUBMITTED},
        Status.SUBMITTED: {Status.APPROVED, Status.DRAFT},
        Status.APPROVED: {Status.PUBLISHED, Status.DRAFT},
    }

    meeting = models.ForeignKey(
        Meeting, models.PROTECT, related_name="minutes", verbose_name=_("会议")
    )
    version = models.PositiveSmallIntegerField(_("版次"), default=1, editable=False)
    number = models.CharField(_("文号"), max_length=30, blank=True, editable=False)
    status = models.CharField(
        _("状态"), max_length=9, choices=Status, default=Status.DRAFT, editable=False
    )
    head = models.ForeignKey(
        "alliance.MinutesRevision", models.PROTECT, null=True, editable=False, related_name="+"
    )
    correction = models.CharField(_("更正原因"), max_length=200, blank=True, editable=False)
    returned = models.CharField(_("退回原因"), max_length=200, blank=True, editable=False)
    content = models.JSONField(null=True, editable=False)  # all of it, as it was published
    published_at = models.DateTimeField(_("印发时间"), null=True, editable=False)

    objects = MinutesQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("会议纪要")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "version"], name="minutes_version_once"),
            models.UniqueConstraint(  # one draft at a time
                fields=["meeting"],
                condition=~Q(status="published"),
                name="minutes_written_once",
            ),
        ]

    def __str__(self):
        return _("“%(meeting)s”纪要") % {"meeting": self.meeting}

    def get_absolute_url(self):
        return reverse("alliance:minutes-detail", args=[self.pk])

    @property
    def is_locked(self) -> bool:
        """Nothing of the meeting is written any more, until it comes back or is corrected."""
        return self.status != self.Status.DRAFT

    @property
    def version_words(self) -> str:
        """Nothing for the first version."""
        if self.version == 1:
            return ""
        return gettext("更正，第 %(version)d 版") % {"version": self.version}

    @property
    def state_style(self) -> str:
        styles = {
            self.Status.DRAFT: "draft",
            self.Status.SUBMITTED: "waiting",
            self.Status.APPROVED: "soon",
            self.Status.PUBLISHED: "done",
        }
        return styles[self.status]


class MinutesRevision(models.Model):
    """What somebody typed into minutes (修订): the texts by section, never changed afterwards.

    A section is `opening`, `closing`, or `item-` and the key of an agenda item.
    """

    minutes = models.ForeignKey(Minutes, models.PROTECT, related_name="revisions")
    base = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    sections = models.JSONField()
    is_autosave = models.BooleanField(default=False)
    page = models.UUIDField(null=True, editable=False)  # one opening of the form that typed it
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("纪要修订")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["minutes", "base"], name="revision_follows_once")
        ]

    def __str__(self):
        return f"{self.minutes_id}-{self.pk}"
