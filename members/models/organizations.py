from datetime import date
from typing import Self

from django.db import models
from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node, MP_NodeManager, MP_NodeQuerySet

from nanchuan.kernel import roles
from nanchuan.kernel.lines import Lines
from nanchuan.kernel.periods import Period, PeriodQuerySet
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.words import Worded


def below(paths: list[str], prefix: str = "") -> Q:
    """Rows at or below any of the tree paths; `prefix` follows a relation. No path, no row."""
    scope = NOTHING
    for path in paths:
        scope |= Q(**{f"{prefix}path__startswith": path})
    return scope


def line_of(path: str) -> list[str]:
    """The paths of an organization and of all above it, from the top down."""
    step = MP_Node.steplen
    return [path[:end] for end in range(step, len(path) + 1, step)]


class OrganizationQuerySet(ScopedQuerySet, PeriodQuerySet, MP_NodeQuerySet):
    def counted(self, on: date | None = None) -> Self:
        """What the park counts as its organizations on a date: a 党小组 is part of its branch."""
        return self.current(on).exclude(kind=Organization.Kind.PARTY_GROUP)

    def branches(self) -> Self:
        """Branches, be it of one unit or joint ones of several."""
        return self.filter(kind__in=[Organization.Kind.BRANCH, Organization.Kind.JOINT_BRANCH])

    def around(self, pk: int, user) -> Self:
        """An organization with its superiors and its children, in the order of the tree.

        Each row knows `here_depth`, the depth of the one asked for, and whether the user may
        open it: `is_seen`.
        """
        here = self.model.objects.filter(pk=pk)
        superiors = Q(here__startswith=F("path"))
        children = Q(path__startswith=F("here"), depth=F("here_depth") + 1)
        rows = self.annotate(
            here=Subquery(here.values("path")),
            here_depth=Subquery(here.values("depth")),
            is_seen=Q(pk__in=self.model.objects.visible_to(user).values("pk")),
        )
        return rows.filter(superiors | children)

    def as_of(self, on: date) -> Self:
        """Each row knows how it stood on a date: `name_then`, `short_then`, `parent_then`."""
        names = self._related("names").current(on)
        placed = self._related("placements").current(on)
        return self.current(on).annotate(
            name_then=Coalesce(Subquery(names.values("name")[:1]), "name"),
            short_then=Coalesce(Subquery(names.values("short_name")[:1]), "short_name"),
            parent_then=Subquery(placed.values("parent")[:1]),
        )

    def as_of_today(self) -> Self:
        """The same without a question: the row itself is what stands today."""
        then = {"name_then": F("name"), "short_then": F("short_name"), "depth_then": F("depth")}
        return self.current().annotate(**then)

    def laid_out(self, order: list["Organization"]) -> Self:
        """Rows in the order of a tree of another day; each knows its `depth_then` there."""
        place = {row.pk: (number, row.depth) for number, row in enumerate(order)}
        number, depth = (
            Case(
                *(When(pk=pk, then=Value(values[each])) for pk, values in place.items()),
                default=Value(0),
                output_field=IntegerField(),
            )
            for each in (0, 1)
        )
        return self.annotate(place=number, depth_then=depth).order_by("place")

    def with_superior(self, on: date | None = None) -> Self:
        """Each row knows what its superior was called on a date: `superior_then`."""
        names = self._related("names").model.objects.current(on)
        called = names.filter(organization=OuterRef("parent")).values("name")[:1]
        placed = self._related("placements").current(on).annotate(called=Subquery(called))
        return self.annotate(superior_then=Subquery(placed.values("called")[:1]))

    def with_units(self, on: date | None = None) -> Self:
        """Each row knows what its units are called: `unit_names`."""
        links = self._related("unit_links").current(on).order_by("pk")
        return self.annotate(unit_names=Lines(links, "unit__name"))

    def with_members(self, on: date | None = None) -> Self:
        """Each row knows how many counted members it has itself: `own_members`."""
        rows = self._related("memberships").counted(on).order_by().values("organization")
        number = rows.annotate(number=Count("pk")).values("number")
        return self.annotate(own_members=Coalesce(Subquery(number), 0))

    def with_secretary(self, on: date | None = None) -> Self:
        """Each row knows the name of who leads it: `secretary_name`."""
        rows = self._related("terms").current(on).filter(post__leads=True)
        first = rows.order_by("post__order", "pk").values("member__name")[:1]
        return self.annotate(secretary_name=Subquery(first))

    def _related(self, name):
        model = self.model._meta.get_field(name).related_model
        return model.objects.filter(organization=OuterRef("pk"))

    def view_scope(self, user) -> Q:
        if roles.has_role(user, *roles.WHOLE_PARK, roles.ADMIN):
            return EVERYTHING
        return self.own_scope(user)

    def own_scope(self, user) -> Q:
        """What a person leads with everything below it, and where the person is a member."""
        memberships = self.model._meta.get_field("memberships").related_model.objects.current()
        homes = memberships.filter(member__in=roles.places(user, roles.MEMBER))
        return below(roles.places(user, roles.SECRETARY)) | Q(pk__in=homes.values("organization"))

    def edit_scope(self, user) -> Q:
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        return below(roles.places(user, roles.SECRETARY))


class OrganizationManager(MP_NodeManager.from_queryset(OrganizationQuerySet)):
    def get_queryset(self):
        return OrganizationQuerySet(self.model, using=self._db).order_by("path")


class Organization(Period, MP_Node):
    """A party organization (党组织). Its dates are those of founding and dissolution.

    The tree caches today's placements; `placements` say where it stood on any date.
    """

    class Kind(models.TextChoices):
        COMMITTEE = "committee", _("党委")
        GENERAL_BRANCH = "general_branch", _("党总支")
        BRANCH = "branch", _("党支部")
        JOINT_BRANCH = "joint_branch", _("联合党支部")
        PARTY_GROUP = "party_group", _("党小组")

    name = models.CharField(_("名称"), max_length=100, unique=True)
    short_name = models.CharField(_("简称"), max_length=30, blank=True)
    kind = models.CharField(_("类别"), max_length=15, choices=Kind, db_index=True)

    objects = OrganizationManager()

    class Meta(MP_Node.Meta):
        verbose_name = verbose_name_plural = _("党组织")
        constraints = Period.Meta.constraints

    def __str__(self):
        return self.short_name or self.name

    def get_absolute_url(self):
        return reverse("members:organization-detail", args=[self.pk])

    def check_in_being(self, on: date) -> None:
        """Raises StepRefused unless the organization exists on a day."""
        if not self.is_current(on):
            raise StepRefused(
                _("%(name)s在 %(day)s 还没有成立或已经撤销。请核对日期。")
                % {"name": self.name, "day": on}
            )

    def first_day_of(self, joined_on: date | None) -> date:
        """When a membership begins that names no day: with joining the party, at the earliest
        when the organization was founded; today if that is not known either."""
        return max(joined_on, self.starts_on) if joined_on else timezone.localdate()

    def may_be_led_by(self, user) -> bool:
        """The answer of `edit_scope` for a row that is at hand, without asking the database."""
        paths = roles.places(user, roles.SECRETARY)
        return roles.has_role(user, roles.STAFF) or any(self.path.startswith(p) for p in paths)


def own_places(user, *besides: QuerySet) -> tuple[dict[int, str], set[int]]:
    """Numbers and paths of the organizations of a person (`own_scope`), and the numbers that
    others find, which stand beside an empty path: all in one question.

    The organizations are asked for once, as long as the person's rights are not read anew.
    """
    held = roles.grants(user)
    known = user.__dict__.get("_own_places")
    if known is not None and known[0] is held:
        first, *others = besides
        return known[1], {pk for pk, _path in first.union(*others)}
    rows = Organization.objects.filter(Organization.objects.all().own_scope(user)).order_by()
    found = list(rows.values_list("pk", "path").union(*besides))
    places = {pk: path for pk, path in found if path}
    user.__dict__["_own_places"] = (held, places)
    return places, {pk for pk, path in found if not path}


class Placement(Period):
    """Where an organization stood in the tree from one date to another (隶属关系)."""

    EXCLUSIVE = ("organization",)

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="placements", verbose_name=_("党组织")
    )
    parent = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="placed_children",
        verbose_name=_("上级党组织"),
    )

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("隶属关系")
        constraints = Period.Meta.constraints

    def __str__(self):
        return f"{self.organization} – {self.parent or ''}"


class OrganizationName(Period):
    """What an organization was called from one date to another (名称沿革).

    The organization's own `name` and `short_name` are those of today.
    """

    EXCLUSIVE = ("organization",)

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="names", verbose_name=_("党组织")
    )
    name = models.CharField(_("名称"), max_length=100)
    short_name = models.CharField(_("简称"), max_length=30, blank=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("名称沿革")
        ordering = ["-starts_on"]
        constraints = Period.Meta.constraints

    def __str__(self):
        return self.name


class OrganizationChange(Worded):
    """A line in the ledger of an organization (沿革): what became of it, when, by which paper."""

    class Act(models.TextChoices):
        FOUNDED = "founded", _("成立")
        RENAMED = "renamed", _("更名")
        MOVED = "moved", _("调整隶属关系")
        MERGED = "merged", _("并入")
        ABSORBED = "absorbed", _("接收并入")
        DISSOLVED = "dissolved", _("撤销")

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="changes", verbose_name=_("党组织")
    )
    act = models.CharField(_("事项"), max_length=10, choices=Act)
    on = models.DateField(_("日期"))
    before = models.CharField(_("原为"), max_length=100, blank=True)
    after = models.CharField(_("现为"), max_length=100, blank=True)
    other = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("相关党组织"),
    )
    document = models.CharField(_("批复文号"), max_length=50, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("沿革")
        ordering = ["on", "pk"]

    def __str__(self):
        return f"{self.organization} {self.get_act_display()}"


class OrganizationUnit(Period):
    """A unit that an organization belongs to; a joint branch has several (单位与党组织)."""

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="unit_links", verbose_name=_("党组织")
    )
    unit = models.ForeignKey(
        "members.Unit",
        models.PROTECT,
        related_name="organization_links",
        verbose_name=_("单位"),
    )

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("所属单位")
        constraints = [
            *Period.Meta.constraints,
            models.UniqueConstraint(
                fields=["organization", "unit"],
                condition=Q(ends_on=None),
                name="organization_unit_open_once",
                violation_error_message=_("该党组织已属于此单位。"),
            ),
        ]

    def __str__(self):
        return f"{self.organization} – {self.unit}"
