from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.querysets import EVERYTHING, NOTHING
from services.models.bookings import Booking
from services.models.projects import OfProject, Project
from services.models.resources import Resource


class CommitmentQuerySet(OfProject):
    def standing(self) -> Self:
        """What is given: agreed, and not taken back."""
        return self.filter(committed_at__isnull=False, withdrawn_at=None)

    def waiting(self) -> Self:
        """What the giving unit has been asked for, and has not answered."""
        return self.filter(committed_at=None, withdrawn_at=None)

    def view_scope(self, user) -> Q:
        """The unit that gives it, those who carry the project and those whom it serves."""
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        own = roles.places(user, roles.UNIT)
        if not own:
            return NOTHING
        others = Project.objects.served_or_known_to(user).order_by().values("pk")
        return Q(unit__in=own) | Q(project__in=others)


class Commitment(models.Model):
    """What a unit gives to a project (投入): a resource, or people or money that stand in no list.

    How much of a resource it is, and whether the giving unit has agreed, its booking says.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="commitments")
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="commitments", verbose_name=_("提供单位")
    )
    resource = models.ForeignKey(
        Resource,
        models.PROTECT,
        null=True,
        related_name="commitments",
        verbose_name=_("资源"),
    )
    booking = models.OneToOneField(
        Booking, models.PROTECT, null=True, related_name="commitment", verbose_name=_("资源认领")
    )
    what = models.CharField(_("投入内容"), max_length=200, blank=True)
    amount = models.DecimalField(
        _("金额（元）"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    committed_at = models.DateTimeField(_("投入时间"), null=True)  # None: not agreed yet
    withdrawn_at = models.DateTimeField(_("退出时间"), null=True)
    why = models.CharField(_("退出原因"), max_length=500, blank=True)

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("资源投入")
        ordering = ["pk"]
        indexes = [models.Index(fields=["-committed_at", "-id"], name="commitment_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "resource"],
                condition=Q(booking=None, withdrawn_at=None),
                name="commitment_once",
            ),
            models.CheckConstraint(
                condition=Q(resource__isnull=False) | (Q(booking=None) & ~Q(what="")),
                name="commitment_of_something",
            ),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gt=0),
                name="commitment_of_some_money",
                violation_error_message=_("金额应大于 0。"),
            ),
        ]

    def __str__(self):
        return f"{self.project} – {self.resource or self.what}"

    @property
    def is_waiting(self) -> bool:
        return self.committed_at is None and self.withdrawn_at is None

    @property
    def is_standing(self) -> bool:
        return self.committed_at is not None and self.withdrawn_at is None
