"""Which of some projects a reader sees and has a part in, asked of each by itself. What a unit may
see at all is put together from five indexes; of the first rows of a list, that is asked sooner."""

from datetime import date

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, When

from alliance.models import Seat
from nanchuan.kernel import roles
from nanchuan.kernel.prepared import keys, prepared
from nanchuan.kernel.readers import prepared_for_reader
from services.models.commitments import Commitment
from services.models.dispatches import CoFiler
from services.models.projects import Project, ProjectNeed, ProjectUnit

NOW = Q(left_at=None)
SEEN, LED, ASSISTED, GIVEN, SERVED, READ = "seen", "led", "assisted", "given", "served", "read"


def seen_among(user, pks: list[int], part: str = SEEN) -> list[int]:
    """Which of some projects a reader sees, in their order; of a part only those in which a unit
    of the reader has it now, for READ those of which the reader reads all that is given."""
    if not pks or not roles.places(user, roles.UNIT):
        return []
    found = {pk for (pk,) in QUESTIONS[part](user, pks)}
    return [pk for pk in pks if pk in found]


def carried_among(pks: list[int], group: int, on: date) -> list[int]:
    """Which of some projects are led or assisted by a unit that sits in a group on a day."""
    found = {pk for (pk,) in _carried_in(pks, group, on)} if pks else set()
    return [pk for pk in pks if pk in found]


@prepared(list, int, date)
def _carried_in(pks, group, on) -> QuerySet:
    units = Seat.objects.current(on).filter(group=group).order_by().values("unit")
    carried = Q(lead__in=units) | _any(ProjectUnit, NOW, unit__in=units)
    return Project._base_manager.filter(carried, pk__in=keys(pks)).values_list("pk")


def _question(part: str):
    def question(reader, pks) -> QuerySet:
        own = roles.places(reader, roles.UNIT)
        asked = _seen(own) if part == SEEN else PARTS[part](own) & _seen(own)
        # As a value it is asked of each row; else the database would collect all that there are.
        seen = Case(When(asked, then=True), default=False, output_field=BooleanField())
        rows = Project._base_manager.filter(pk__in=keys(pks)).alias(is_seen=seen)
        return rows.filter(is_seen=True).values_list("pk")

    question.__name__ = f"projects_{part}"
    return prepared_for_reader(list)(question)


def _until_its_end(field: str) -> Q:
    """A part that stands, or stood when the project ended."""
    return Q(**{field: None}) | Q(**{f"{field}__gte": OuterRef("ended_at")})


def _assisted(own, standing: Q) -> Q:
    return _any(ProjectUnit, standing, unit__in=own)


def _served(own, standing: Q) -> Q:
    along = CoFiler.objects.of(own).filter(need=OuterRef("need"))
    return _any(ProjectNeed, standing & (Q(need__unit__in=own) | Q(Exists(along))))


def _given(own, standing: Q) -> Q:
    return _any(Commitment, standing, unit__in=own)


def _any(model, *asked, **facts) -> Q:
    return Q(Exists(model._base_manager.filter(*asked, project=OuterRef("pk"), **facts)))


def _read(own) -> Q:
    stood = _until_its_end("left_at")
    return Q(lead__in=own) | _assisted(own, stood) | _served(own, stood)


def _seen(own) -> Q:
    return _read(own) | _given(own, _until_its_end("withdrawn_at"))


PARTS = {
    READ: _read,
    LED: lambda own: Q(lead__in=own),
    ASSISTED: lambda own: _assisted(own, NOW),
    SERVED: lambda own: _served(own, NOW),
    GIVEN: lambda own: _given(own, Q(committed_at__isnull=False, withdrawn_at=None)),
}
QUESTIONS = {part: _question(part) for part in (SEEN, *PARTS)}
