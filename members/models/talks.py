from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.activities import Activity, Attendance
from members.models.organizations import Organization
from nanchuan.kernel import roles
from nanchuan.kernel.fields import EncryptedTextField
from nanchuan.kernel.querysets import ScopedQuerySet


class TalkNoteQuerySet(ScopedQuerySet):
    """Whom a row is visible to, that person may read what was said."""

    def view_scope(self, user) -> Q:
        """The two, and who leads the organization that is their superior today: itself, not one
        above it. Where none stands above, the park office."""
        own = Attendance.objects.filter(member__in=roles.places(user, roles.MEMBER))
        led = Q(superior__path__in=roles.places(user, roles.SECRETARY))
        found = Q(activity__in=own.values("activity")) | led
        return found | Q(superior=None) if roles.has_role(user, roles.STAFF) else found

    def edit_scope(self, user) -> Q:
        """Who wrote it down, as long as that person may read it."""
        return Q(activity__logged_by=user) & self.view_scope(user)


class TalkNote(models.Model):
    """What was said in a heart-to-heart talk (谈心谈话), and what is to follow from it.

    That it took place is an activity like any other; the words are sealed. `superior` is whose
    secretary may read them beside the two, fixed when the talk was written down: a talk that a
    secretary took part in is the business of the level above for good.
    """

    activity = models.OneToOneField(
        Activity, models.CASCADE, primary_key=True, related_name="talk", verbose_name=_("活动")
    )
    superior = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="+", verbose_name=_("上级党组织")
    )
    content = EncryptedTextField(_("谈话内容"), blank=True)
    follow_up = EncryptedTextField(_("后续跟进"), blank=True)
    # Grows with each change, so that of two open pages the second is told.
    revision = models.PositiveIntegerField(default=0, editable=False)

    objects = TalkNoteQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("谈话内容")

    def __str__(self):
        return str(self.activity)
