from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.appraisals import Appraisal, Appraisee, Grade

FEWEST_BALLOTS = 5  # a promise to who votes, not a setting


class Urn(models.Model):
    """What peers said in an appraisal, sealed as one sum (票箱): there are no single ballots.

    Each ballot is added to the sum and the whole sealed anew, so that no row, order, version or
    copy of a statement shows one. It is opened once, when the step is closed, and taken away.
    """

    appraisal = models.OneToOneField(
        Appraisal, models.CASCADE, primary_key=True, related_name="urn"
    )
    sealed = models.TextField(editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("互评票箱")

    def __str__(self):
        return str(self.appraisal_id)


class PeerResult(models.Model):
    """How many peers gave a member which grade (互评结果); written once, and only if there are
    at least FEWEST_BALLOTS about everybody."""

    appraisee = models.OneToOneField(
        Appraisee, models.CASCADE, primary_key=True, related_name="peers"
    )
    excellent = models.PositiveSmallIntegerField(Grade.EXCELLENT.label)
    qualified = models.PositiveSmallIntegerField(Grade.QUALIFIED.label)
    basic = models.PositiveSmallIntegerField(Grade.BASIC.label)
    unqualified = models.PositiveSmallIntegerField(Grade.UNQUALIFIED.label)

    class Meta:
        verbose_name = verbose_name_plural = _("互评结果")

    def __str__(self):
        return str(self.appraisee_id)

    @property
    def counts(self) -> list[tuple[str, int]]:
        return [(str(Grade(code).label), getattr(self, code)) for code in Grade.values]
