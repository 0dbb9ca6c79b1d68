"""Things in force from one date to another: memberships, terms, seats, turns."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.words import Worded


def in_force(on: date | None = None, prefix: str = "") -> Q:
    """Match rows in force on a date, today unless told; `prefix` follows a relation."""
    on = on or timezone.localdate()
    starts, ends = f"{prefix}starts_on", f"{prefix}ends_on"
    return Q(**{f"{starts}__lte": on}) & (Q(**{ends: None}) | Q(**{f"{ends}__gte": on}))


def months_after(day: date, months: int) -> date:
    """The same day some months later (earlier if negative), or the last of a shorter month.

    Stays within the calendar: 9999-12-31 is the last day there is.
    """
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    if year > date.max.year:
        return date.max
    if year < date.min.year:
        return date.min
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def day_before(day: date) -> date:
    """The last day of what ends when something else begins; the first of all days has none."""
    return day if day == date.min else day - timedelta(days=1)


class PeriodQuerySet(models.QuerySet):
    def current(self, on: date | None = None) -> Self:
        return self.filter(in_force(on))

    def overlapping(self, starts_on: date, ends_on: date | None) -> Self:
        """Rows that share at least one day with the given ones (both dates inclusive)."""
        rows = self.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on))
        return rows if ends_on is None else rows.filter(starts_on__lte=ends_on)

    def ending_within(self, days: int, on: date | None = None) -> Self:
        on = on or timezone.localdate()
        return self.current(on).filter(ends_on__lte=on + timedelta(days=days))


class Period(Worded):
    """Both dates are inclusive; without an end it is open; one day is a period too."""

    # Fields that say whose rows may not share a day, e.g. ["member"]; the database
    # holds the same rule (`kernel.exclusion`), this gives it a sentence in forms.
    EXCLUSIVE: tuple[str, ...] = ()
    EXCLUSIVE_MESSAGE = _("与已有的时间段重叠：%(other)s。")

    # Rows that are judged together with this one in the same form, so not by what is stored.
    beside: Iterable[int] = ()

    starts_on = models.DateField(_("开始日期"))
    ends_on = models.DateField(_("结束日期"), null=True, blank=True, help_text=_("不填表示至今。"))

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="%(class)s_ends_after_start",
                violation_error_message=_("结束日期不能早于开始日期。"),
            ),
        ]

    def save(self, *args, **kwargs):
        """Of two who write at once the second waits, then hears of the rule: without the lock
        PostgreSQL may end both waits as a deadlock, which says nothing to a person."""
        with transaction.atomic():
            owners = [self._meta.get_field(name) for name in self.EXCLUSIVE]
            for owner in owners if self.is_exclusive() else ():
                if not owner.is_relation:
                    continue
                rows = owner.related_model._base_manager.select_for_update(no_key=True)
                list(rows.filter(pk=getattr(self, owner.attname)).values_list("pk"))
            super().save(*args, **kwargs)

    def is_current(self, on: date | None = None) -> bool:
        on = on or timezone.localdate()
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)

    def is_exclusive(self) -> bool:
        """Whether this row takes part in the rule EXCLUSIVE."""
        return bool(self.EXCLUSIVE)

    def rivals(self) -> models.QuerySet:
        same = {name: getattr(self, name) for name in self.EXCLUSIVE}
        rows = type(self)._base_manager.filter(**same).exclude(pk=self.pk)
        return rows.exclude(pk__in=self.beside) if self.beside else rows

    def overlaps(self, other: Self) -> bool:
        """Whether two rows share a day and the rule EXCLUSIVE forbids it."""
        if not (self.is_exclusive() and other.is_exclusive()):
            return False
        if any(getattr(self, name) != getattr(other, name) for name in self.EXCLUSIVE):
            return False
        last = date.max
        return self.starts_on <= (other.ends_on or last) and other.starts_on <= (
            self.ends_on or last
        )

    def clean(self):
        super().clean()
        if not (self.is_exclusive() and self.starts_on):
            return
        if any(getattr(self, column) is None for column in self._required_columns()):
            return
        rows = PeriodQuerySet.overlapping(self.rivals(), self.starts_on, self.ends_on)
        if other := rows.first():
            raise ValidationError({"starts_on": self.EXCLUSIVE_MESSAGE % {"other": other}})

    def _required_columns(self):
        fields = [self._meta.get_field(name) for name in self.EXCLUSIVE]
        return [field.attname for field in fields if not field.null]
