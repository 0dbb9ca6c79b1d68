from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.organizations import Organization
from nanchuan.kernel.querysets import ScopedQuerySet


class YearWordsQuerySet(ScopedQuerySet):
    def view_scope(self, user) -> Q:
        return Q(organization__in=Organization.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return Q(organization__in=Organization.objects.editable_by(user))


class YearWords(models.Model):
    """What the secretary says of a year in own words (年度总结), beside the figures."""

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="year_words", verbose_name=_("党组织")
    )
    year = models.PositiveSmallIntegerField(_("年度"))
    text = models.TextField(_("年度总结"), max_length=10_000, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )
    written_at = models.DateTimeField(_("填写时间"), default=timezone.now, editable=False)

    objects = YearWordsQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("年度总结")
        constraints = [
            models.UniqueConstraint(fields=["organization", "year"], name="year_words_once")
        ]

    def __str__(self):
        return f"{self.organization} {self.year}"
