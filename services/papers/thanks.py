"""The certificate of thanks to a unit that gave (感谢状): what it gave to a project or in a year.
It is hung up, so of needs it counts those alone that the whole alliance may read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Unit
from nanchuan.kernel.papers import Paper, written
from services.due import midnight
from services.models import Commitment, Need, Project
from services.papers.words import office_name
from services.reading import gift_words

THANKS = gettext_lazy("感谢状")
MOST = 12  # things it names, so that it stays one page


@dataclass(frozen=True)
class Thanked:
    """`occasion`: a project or a year, in words."""

    unit: str
    occasion: str
    gifts: Sequence[str]
    needs: int
    day: date


def for_project(project: Project, unit: Unit) -> Thanked | None:
    occasion = _("在项目“%(name)s”中") % {"name": project.name}
    return _thanked(unit, occasion, Commitment.objects.filter(project=project))


def for_year(unit: Unit, year: int) -> Thanked | None:
    """What it gave in the days of a year, in all projects."""
    return _thanked(unit, _("%(year)d年") % {"year": year}, _of_year(year))


def givers_of(year: int) -> set[int]:
    """Units that are to be thanked for a year."""
    return set(_of_year(year).standing().order_by().values_list("unit", flat=True))


def _of_year(year: int) -> QuerySet[Commitment]:
    since, until = midnight(date(year, 1, 1)), midnight(date(year + 1, 1, 1))
    return Commitment.objects.filter(committed_at__gte=since, committed_at__lt=until)


def years_of(unit: Unit) -> list[int]:
    """Years in which a unit gave something that stands, newest first."""
    rows = Commitment.objects.standing().filter(unit=unit)
    found = rows.order_by().datetimes("committed_at", "year", "DESC")
    return [moment.year for moment in found]


def _thanked(unit: Unit, occasion: str, rows: QuerySet) -> Thanked | None:
    """None where nothing was given that stands."""
    rows = rows.standing().filter(unit=unit).select_related("resource", "booking")
    gifts = list(rows.order_by("committed_at", "pk"))
    if not gifts:
        return None
    served = public_needs().filter(
        project_links__project__in={row.project_id for row in gifts}, project_links__left_at=None
    )
    words = [gift_words(row) for row in gifts]
    return Thanked(unit.name, occasion, words, served.distinct().count(), timezone.localdate())


def public_needs() -> QuerySet[Need]:
    """Needs that every unit of the alliance may read."""
    return Need.objects.filter(audience=Need.Audience.ALLIANCE, status__in=Need.PUBLISHED)


def thanks(told: Thanked) -> Paper:
    """Who took it out does not stand at its foot: the history of the record says it."""
    sheet = Paper(THANKS)
    sheet.addressee(told.unit)
    sheet.paragraph(_lead_in(told))
    for number, gift in enumerate(told.gifts[:MOST], 1):
        sheet.item(number, gift)
    if len(told.gifts) > MOST:
        sheet.paragraph(_("以及其他 %(number)d 项。") % {"number": len(told.gifts) - MOST})
    if told.needs:
        sheet.paragraph(_("以上支持服务了企业需求 %(number)d 条。") % {"number": told.needs})
    sheet.paragraph(_("感谢贵单位对联盟企业的帮助，特发此状，以致谢意。"))
    sheet.signature(office_name(), written(told.day), _("（盖章）"))
    return sheet


def _lead_in(told) -> str:
    words = _("%(occasion)s，贵单位为%(park)s产业链党建联盟的企业提供了下列支持：")
    return words % {"occasion": told.occasion, "park": settings.PARK_NAME}
