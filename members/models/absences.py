from collections.abc import Iterable
from datetime import date, timedelta
from typing import Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models.people import Membership, PartyMember
from members.models.rules import Rule
from nanchuan.kernel.periods import Period, PeriodQuerySet, day_before, months_after
from nanchuan.kernel.querysets import NOTHING, ScopedQuerySet


def _latest_start(on: date, months: int) -> date:
    """The last day from which so many months are over on a date; months end on their last day."""
    next_day = day_before(months_after(on + timedelta(days=1), -months))
    return max(months_after(on, -months), next_day)


class AbsenceQuerySet(PeriodQuerySet, ScopedQuerySet):
    def standing(self, on: date | None = None) -> Self:
        """In force on a date, of people whose membership is."""
        members = Membership.objects.current(on).order_by().values("member")
        return self.current(on).filter(member__in=members)

    def overdue(self, on: date | None = None) -> Self:
        """Standing longer than the rule of their kind says."""
        on, found = on or timezone.localdate(), NOTHING
        for kind, rule in Absence.rules(on).items():
            found |= Q(kind=kind, starts_on__lte=_latest_start(on, rule.value))
        return self.standing(on).filter(found)

    def with_organization(self, on: date | None = None) -> Self:
        """Each row knows the organization of its member on a date: `organization_name`."""
        rows = Membership.objects.current(on).filter(member=OuterRef("member"))
        return self.annotate(organization_name=Subquery(rows.values("organization__name")[:1]))

    def view_scope(self, user) -> Q:
        return Q(member__in=PartyMember.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return Q(member__in=PartyMember.objects.editable_by(user))


class Absence(Period):
    """A time in which a member lives elsewhere or cannot be reached (流动党员、失联党员)."""

    class Kind(models.TextChoices):
        MOBILE = "mobile", gettext_lazy("流动")
        OUT_OF_TOUCH = "out_of_touch", gettext_lazy("失去联系")

    RULES = {
        Kind.MOBILE: Rule.Code.AWAY_MONTHS,
        Kind.OUT_OF_TOUCH: Rule.Code.OUT_OF_TOUCH_MONTHS,
    }
    EXCLUSIVE = ("member", "kind")

    member = models.ForeignKey(
        PartyMember, models.PROTECT, related_name="absences", verbose_name=gettext_lazy("党员")
    )
    kind = models.CharField(gettext_lazy("情形"), max_length=12, choices=Kind)
    place = models.CharField(gettext_lazy("外出地点"), max_length=100, blank=True)
    note = models.CharField(gettext_lazy("说明"), max_length=200, blank=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = gettext_lazy("流动与失联")
        ordering = ["-starts_on"]
        constraints = Period.Meta.constraints

    def __str__(self):
        return f"{self.member} {self.get_kind_display()}"

    @classmethod
    def advise(cls, rows: Iterable["Absence"], on: date | None = None) -> list["Absence"]:
        """The rows, each with what the rules say to it: `advised`, a sentence or nothing."""
        found = list(rows)
        rules = cls.rules(on) if any(row.is_current(on) for row in found) else {}
        for row in found:
            row.advised = row.advice(rules, on)
        return found

    @classmethod
    def rules(cls, on: date | None = None) -> dict[str, Rule]:
        """The rule of each kind in force on a date."""
        found = Rule.objects.of_each(cls.RULES.values(), on)
        return {kind: found[code] for kind, code in cls.RULES.items() if code in found}

    def months(self, on: date | None = None) -> int:
        """Full months that it has lasted, up to its end if that came first."""
        until = min(filter(None, (on or timezone.localdate(), self.ends_on)))
        whole = (until.year - self.starts_on.year) * 12 + until.month - self.starts_on.month
        return max(whole - (months_after(self.starts_on, whole) > until), 0)

    def advice(self, rules: dict[str, Rule], on: date | None = None) -> str:
        """What the rule says after so many months, with its source; people decide."""
        on, rule = on or timezone.localdate(), rules.get(self.kind)
        if not (rule and self.is_current(on) and months_after(self.starts_on, rule.value) <= on):
            return ""
        sentences = {
            self.Kind.MOBILE: _("外出已满 %(months)d 个月，应当转接组织关系（%(source)s）。"),
            self.Kind.OUT_OF_TOUCH: _(
                "失去联系已满 %(months)d 个月，可以停止党籍，由党组织研究决定（%(source)s）。"
            ),
        }
        return sentences[self.kind] % {"months": rule.value, "source": rule.citation}
