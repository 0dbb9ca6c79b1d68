"""What one reader reads of a project: the same on its page, in its picture and in its file. Each
part is asked for once, when it is wanted."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from alliance.models import Measure
from nanchuan.kernel.lines import Lines
from services import picture, stock
from services.inlined import inlined, keep, revived
from services.models import (
    CoFiler,
    Commitment,
    Effect,
    Milestone,
    Money,
    Need,
    ProgressFile,
    ProgressNote,
    ProgressPhoto,
    Project,
    ProjectNeed,
    ProjectUnit,
    Resource,
    Risk,
)

HELPER = ("task", "joined_at", "left_at")
MONEY = ("kind", "amount", "on", "text", "cancelled_at", "why")
RISK = ("text", "level", "status", "done", "raised_at")
EFFECT = ("need_id", "text", "amount", "on_behalf", "stated_at")


def yuan(amount: Decimal | None) -> str:
    """A sum as people write it: 12,500 元."""
    if amount is None:
        return ""
    text = f"{amount:,.2f}".removesuffix(".00")
    return _("%(amount)s 元") % {"amount": text}


def gift_words(row: Commitment) -> str:
    """What is given, and how much of it."""
    parts = [row.resource.title if row.resource else "", row.what]
    if row.booking and row.resource.capacity is not None:
        parts.append(f"{row.booking.quantity}{stock.spaced(row.resource.measure)}")
    return " ".join(filter(None, [*parts, yuan(row.amount)]))


class Reading:
    """Of a project out of `Reading.rows(user)`, which brings along what is short."""

    def __init__(self, project: Project, user):
        self.project, self.user = project, user

    @staticmethod
    def rows(user) -> QuerySet[Project]:
        here = {"project": OuterRef("pk")}
        helpers = ProjectUnit.objects.filter(**here).order_by("joined_at", "pk")
        money = Money.objects.visible_to(user).filter(**here).order_by("on", "pk")
        risks = Risk.objects.visible_to(user).filter(**here)
        risks = risks.order_by("-status", "-raised_at", "-pk")  # open first, as the words go
        effects = Effect.objects.visible_to(user).filter(**here).order_by("pk")
        measure = Measure.objects.visible_to(user).filter(pk=OuterRef("measure")).order_by()
        rows = Project.objects.visible_to(user).select_related("lead").with_progress()
        return rows.annotate(
            reads_all=Exists(Project.objects.known_to(user).filter(pk=OuterRef("pk"))),
            helper_lines=inlined(helpers, *HELPER, unit="unit"),
            money_lines=inlined(money, *MONEY, unit="unit"),
            risk_lines=inlined(risks, *RISK, unit="owner"),
            effect_lines=inlined(effects, *EFFECT, unit="unit"),
            measure_lines=inlined(measure, "number", "title"),
        )

    @property
    def is_whole(self) -> bool:
        """Whether money and risks are this reader's to know."""
        return self.project.reads_all

    @cached_property
    def links(self) -> list[ProjectNeed]:
        """Needs that it serves or served: each knows who else asks (`cofilers`), whether the reader
        may see it (`is_visible`), and what is read of it then (`face`)."""
        project, asking = self.project, CoFiler.objects.filter(need=OuterRef("pk"))
        rows = _linked(Q(project_links__project=project), self.user)
        rows = rows.annotate(left=F("project_links__left_at"), link=F("project_links__pk"))
        rows = rows.annotate(asking=inlined(asking.order_by("pk"), "admitted_at", unit="unit"))
        needs = list(rows.order_by("link"))
        for need in needs:
            keep(need, "cofilers", revived(CoFiler, need.asking, unit="unit", need=need))
        return [
            ProjectNeed(pk=need.link, project=project, need=need, left_at=need.left)
            for need in needs
        ]

    @property
    def seen(self) -> list[ProjectNeed]:
        return [link for link in self.served if link.need.is_visible]

    @property
    def needs(self) -> list[Need]:
        return [link.need for link in self.seen]

    @property
    def served(self) -> list[ProjectNeed]:
        """Those that it serves now, or served when it ended."""
        ended = self.project.ended_at
        return [
            link
            for link in self.links
            if link.left_at is None or (ended is not None and link.left_at >= ended)
        ]

    @property
    def has_hidden_needs(self) -> bool:
        return len(self.needs) < len(self.served)

    @cached_property
    def gifts(self) -> list[Commitment]:
        """What stands or waits for an answer first; each with `words`, and `may_open` if its
        resource can be opened."""
        rows = Commitment.objects.visible_to(self.user).filter(project=self.project)
        seen = Resource.objects.visible_to(self.user).filter(pk=OuterRef("resource"))
        rows = rows.select_related("unit", "resource", "booking").annotate(may_open=Exists(seen))
        gifts = list(rows.order_by(F("withdrawn_at").asc(nulls_first=True), "pk"))
        for gift in gifts:
            gift.words, gift.project = gift_words(gift), self.project
        return gifts

    @property
    def given(self) -> list[Commitment]:
        return [row for row in self.gifts if row.is_standing]

    @cached_property
    def unit_links(self) -> list[ProjectUnit]:
        lines = self.project.helper_lines
        return revived(ProjectUnit, lines, unit="unit", project=self.project)

    @property
    def helpers(self) -> list[ProjectUnit]:
        return [row for row in self.unit_links if row.left_at is None]

    @cached_property
    def milestones(self) -> list[Milestone]:
        """Those that stand, each with its `state` and what is `said` of it."""
        rows = list(self.project.milestones.filter(dropped_on=None).select_related("unit"))
        today, is_over = timezone.localdate(), not self.project.is_live
        for row in rows:
            point = picture.Point(row.title, row.due_on, row.done_on)
            row.state, row.said = picture.standing(point, today, is_over)
        return rows

    @cached_property
    def notes(self) -> list[ProgressNote]:
        """Newest first, with `photo_keys` and `file_lines`."""
        photos = ProgressPhoto.objects.filter(note=OuterRef("pk")).order_by("pk")
        files = ProgressFile.objects.filter(note=OuterRef("pk")).order_by("pk")
        rows = self.project.notes.select_related("written_by", "unit")
        return list(
            rows.annotate(
                photo_keys=Lines(photos, "pk"),
                file_lines=Lines(files, pk="pk", name="name", size="size"),
            )
        )

    @cached_property
    def money(self) -> list[Money]:
        rows = revived(Money, self.project.money_lines, unit="unit", project=self.project)
        return _worded(rows)

    @cached_property
    def sums(self) -> list[picture.Sum]:
        totals = defaultdict(Decimal)
        for row in self.money:
            if row.cancelled_at is None:
                totals[row.kind] += row.amount
        return [
            picture.Sum(kind, str(words), totals[kind], yuan(totals[kind]))
            for kind, words in Money.Kind.choices
            if kind in totals
        ]

    @property
    def is_over_budget(self) -> bool:
        totals = {each.kind: each.amount for each in self.sums}
        spent = totals.get(Money.Kind.SPENT, 0)
        return spent > totals.get(Money.Kind.PLANNED, spent)

    @cached_property
    def risks(self) -> list[Risk]:
        """Open ones first, the latest of them first."""
        return revived(Risk, self.project.risk_lines, unit="owner", project=self.project)

    @cached_property
    def effects(self) -> list[Effect]:
        rows = revived(Effect, self.project.effect_lines, unit="unit", project=self.project)
        return _worded(rows)

    @property
    def measure(self) -> dict | None:
        """Its id, number and title, if the reader may see it."""
        return next(iter(self.project.measure_lines), None)

    def facts(self, today: date | None = None) -> picture.Facts:
        """What the picture tells this reader."""
        project, notes = self.project, reversed(self.notes)
        return picture.Facts(
            name=project.name,
            lead=str(project.lead),
            starts_on=project.starts_on,
            today=today or timezone.localdate(),
            due_on=project.due_on,
            ended_on=project.ended_at and timezone.localdate(project.ended_at),
            points=[picture.Point(row.title, row.due_on, row.done_on) for row in self.milestones],
            notes=[(timezone.localdate(note.written_at), note.percent) for note in notes],
            asked=self._asked(),
            given=self._gifts_of_units(),
            sums=self.sums,
        )

    def _asked(self) -> list[picture.Asked]:
        asked = [
            picture.Asked(need.face.unit, need.face.heading, need.get_absolute_url())
            for need in self.needs
        ]
        if self.has_hidden_needs:
            asked.append(picture.Asked(_("某企业"), _("不公开的需求")))
        return asked

    def _gifts_of_units(self) -> list[picture.Given]:
        things, units = defaultdict(list), {}
        for row in self.given:
            units[row.unit_id] = str(row.unit)
            things[row.unit_id].append(row.words)
        for helper in self.helpers:
            units[helper.unit_id] = str(helper.unit)
            task = helper.task
            words = _("协作：%(task)s") % {"task": task} if task else _("协作")
            things[helper.unit_id].append(words)
        return [picture.Given(units[pk], words) for pk, words in things.items()]


def _worded(rows: list) -> list:
    for row in rows:
        row.words = yuan(row.amount)
    return rows


def _linked(links: Q, user) -> QuerySet[Need]:
    """Needs that hang on projects by some links."""
    visible = Need.objects.visible_to(user).filter(pk=OuterRef("pk"))
    rows = Need.objects.filter(links).annotate(is_visible=Exists(visible))
    return rows.with_faces(user)


def served_by(projects: Iterable[int], user) -> dict[int, list[Need]]:
    """The needs that projects serve now, by the key of the project."""
    found = defaultdict(list)
    links = Q(project_links__project__in=projects, project_links__left_at=None)
    rows = _linked(links, user).annotate(served_by=F("project_links__project"))
    for need in rows.order_by("pk"):
        found[need.served_by].append(need)
    return found


def dressed(rows: Iterable[Project], user) -> list[Project]:
    """Projects with all that the list of them tells this reader, in as many questions for a
    thousand as for one."""
    rows = list(rows)
    keys = [row.pk for row in rows]
    needs = served_by(keys, user)
    given = Commitment.objects.visible_to(user).standing()
    gifts = _by_project(given.select_related("unit", "resource", "booking"), keys)
    standing = ProjectUnit.objects.filter(left_at=None).select_related("unit")
    helpers = _by_project(standing, keys)
    effects = _by_project(Effect.objects.visible_to(user), keys)
    wanted = {row.measure_id for row in rows if row.measure_id}
    measures = Measure.objects.visible_to(user).in_bulk(wanted) if wanted else {}
    for row in rows:
        row.needs_read = [need for need in needs[row.pk] if need.is_visible]
        row.gifts_read, row.helpers_read = gifts[row.pk], helpers[row.pk]
        row.effects_read, row.measure_read = effects[row.pk], measures.get(row.measure_id)
    return rows


def _by_project(rows: QuerySet, keys) -> dict[int, list]:
    found = defaultdict(list)
    for row in rows.filter(project__in=keys).order_by("pk"):
        found[row.project_id].append(row)
    return found
