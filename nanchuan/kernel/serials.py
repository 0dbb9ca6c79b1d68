"""Short readable numbers such as 需-2026-0026, without gaps and unique under load."""

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

# One statement: the row is made, or else locked and moved on.
NEXT = """INSERT INTO kernel_serial (prefix, year, last) VALUES (%s, %s, 1)
ON CONFLICT (prefix, year) DO UPDATE SET last = kernel_serial.last + 1 RETURNING last"""


class Serial(models.Model):
    """The last number given out in a series, one row per prefix and year."""

    prefix = models.CharField(_("字头"), max_length=10)
    year = models.PositiveSmallIntegerField(_("年份"))
    last = models.PositiveIntegerField(_("末号"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("编号")
        constraints = [models.UniqueConstraint(fields=["prefix", "year"], name="serial_once")]

    def __str__(self):
        return f"{self.prefix}-{self.year}-{self.last:04d}"


def next_number(prefix: str, year: int) -> str:
    """The next number of a series. Call inside the transaction that stores it: the row stays
    locked until then, so nobody gets the same number and a rollback leaves no gap."""
    return str(take(prefix, year))


def may_hold(prefix: str, text: str) -> bool:
    """Whether a number of the series can hold a piece of text."""
    return set(text) <= {*prefix, *"-0123456789"}


def keep(prefix: str, year: int, number: int) -> None:
    """A number of the series was given out elsewhere: the next one comes after it."""
    Serial.objects.get_or_create(prefix=prefix, year=year)
    Serial.objects.filter(prefix=prefix, year=year, last__lt=number).update(last=number)


def take(prefix: str, year: int) -> Serial:
    """The same, for papers that write their numbers in another form."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [prefix, year])
        return Serial(prefix=prefix, year=year, last=cursor.fetchone()[0])
