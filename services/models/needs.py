from datetime import date, datetime, time, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Prefetch, Q, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alliance.models import ActionItem, Regulation, Seat
from alliance.models.groups import sits_everywhere
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.fields import EncryptedTextField
from nanchuan.kernel.querysets import EVERYTHING, NOTHING
from nanchuan.kernel.states import Stateful
from services.models.clocks import Clock, Pause
from services.models.dispatches import Assistance, CoFiler
from services.models.faces import Face
from services.models.listed import OPEN, ListedNeeds, finished, untaken
from services.models.solutions import Solution

# Statuses in which a unit is responsible (also for the constraints, which see no class body).
TAKEN = ("accepted", "in_progress", "offered", "solved", "closed")
AWAITED = ("dispatched", "disputed")  # a unit was told to, and has not accepted yet
OF_THE_OFFICE = ("submitted", "appealed", "disputed", "solved")  # whose next step is the office's
FILTERED = (
    "status",
    "category",
    "urgency",
    "unit",
    "accepted_by",
    "dispatched_to",
    "audience",
)
LAST_DAY = date.max - timedelta(days=2)  # has a following day in every time zone


def end_of(on: date | None) -> datetime:
    """The first moment after a day in the park's time zone; None means after today."""
    following = min(on or timezone.localdate(), LAST_DAY) + timedelta(days=1)
    return timezone.make_aware(datetime.combine(following, time.min))


class NeedQuerySet(ListedNeeds):
    """The headline figures are three of these questions, each as of the end of a day."""

    def collected(self, on: date | None = None) -> Self:
        """Passed review, even if withdrawn later; a merged duplicate counts as its original."""
        return self.filter(reviewed_at__lt=end_of(on), merged_into=None)

    def matched(self, on: date | None = None) -> Self:
        """Joined to a project, which only what a unit accepted can be. A need withdrawn or given
        to another unit later was matched all the same; a link that ends (`left_at`) no longer
        counts."""
        end = end_of(on)
        joined = Q(project_links__joined_at__lt=end)
        joined &= Q(project_links__left_at=None) | Q(project_links__left_at__gte=end)
        rows = self.model._base_manager.filter(joined, merged_into=None)
        return self.filter(pk__in=rows.values("pk"))

    def solved(self, on: date | None = None) -> Self:
        """Solution confirmed by the enterprise itself, and not reopened."""
        return self._confirmed(on, automatically=False)

    def auto_solved(self, on: date | None = None) -> Self:
        """Confirmed by the passing of time: counted apart."""
        return self._confirmed(on, automatically=True)

    def solved_for(self, user, on: date | None = None) -> Self:
        """`solved` for one reader: of a need of which they read the public face only, nobody
        tells how it was confirmed, so there both ways count."""
        found = self.solved(on)
        if self.party_scope(user) is EVERYTHING:
            return found
        known = self.model.objects.known_to(user).order_by().values("pk")
        others = self.auto_solved(on).exclude(pk__in=known)
        keys = Q(pk__in=found.order_by().values("pk")) | Q(pk__in=others.order_by().values("pk"))
        return self.filter(keys)

    def _confirmed(self, on, *, automatically: bool) -> Self:
        end = end_of(on)
        rows = Solution.objects.filter(confirmed_at__lt=end, automatically=automatically)
        rows = rows.filter(Q(reopened_at=None) | Q(reopened_at__gte=end), need__merged_into=None)
        return self.filter(pk__in=rows.values("need"))

    def open(self) -> Self:
        return self.filter(status__in=Need.OPEN)

    def with_clocks(self) -> Self:
        """Rows that know what `services.clock.clock_of` asks: two questions for all of them."""
        clocks = Clock.objects.filter(done_at=None, stopped_at=None)
        clocks = clocks.select_related("unit", "regulation")
        return self.prefetch_related(
            Prefetch("clocks", clocks, to_attr="running_clocks"),
            Prefetch("pauses", Pause.objects.all(), to_attr="known_pauses"),
        )

    def awaiting(self, user) -> Self:
        """Needs whose next step is this person's (等我办理)."""
        own, status = roles.places(user, roles.UNIT), Need.Status
        scope = Q(unit__in=own, status__in=[status.RETURNED, status.OFFERED])
        scope |= Q(accepted_by__in=own, status__in=[status.ACCEPTED, status.IN_PROGRESS])
        scope |= Q(dispatched_to__in=own, status=status.DISPATCHED)
        if roles.has_role(user, roles.STAFF):
            scope |= Q(status__in=OF_THE_OFFICE) | untaken() | self.asked_for_time()
        return self.filter(scope)

    def takeable_by(self, user, on: date | None = None) -> Self:
        """Published needs that a unit of this person may accept (可接的单), by the seats of a
        day."""
        own = roles.places(user, roles.UNIT)
        rows = self.filter(self._addressed_to(user, on), status=Need.Status.PUBLISHED)
        return rows.exclude(unit__in=own).exclude(pk__in=CoFiler.objects.of(own).values("need"))

    def view_scope(self, user, on: date | None = None) -> Q:
        """Whoever takes part in it; once published also the members of the alliance or of the
        filer's chain, as the filer chose. These read its public face only (`Face`)."""
        scope = self.party_scope(user)
        if scope is EVERYTHING or scope is NOTHING:
            return scope
        return scope | Q(self._addressed_to(user, on), status__in=Need.PUBLISHED)

    def edit_scope(self, user) -> Q:
        """Who may act on a need at all; which act, `services.actions.rights` says."""
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        return _of_units(roles.places(user, roles.UNIT))

    def party_scope(self, user) -> Q:
        """Who reads the whole of a need: the office, the filer, its co-filers, and the units
        that work on it or are told to."""
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        return _of_units(roles.places(user, roles.UNIT))

    def known_to(self, user, also: Q = EVERYTHING) -> Self:
        """Needs of which a person reads the whole (and that are `also` something). Whatever says
        more of a need than its public face (whose it is, who owes it, when it is due) is asked of
        these only."""
        scope = self.party_scope(user)
        if scope is EVERYTHING or scope is NOTHING:
            return self._within(user, self.party_scope).filter(also)
        return self.filter(pk__in=_keys_of_units(roles.places(user, roles.UNIT), also))

    def with_faces(self, user) -> Self:
        """Rows that know what this reader reads of each: `need.face`."""
        scope = self.party_scope(user) if user.is_authenticated and user.is_active else NOTHING
        if scope is EVERYTHING or scope is NOTHING:
            known = Value(scope is EVERYTHING, output_field=models.BooleanField())
        else:
            known = Case(When(scope, then=True), default=False)
        return self.select_related("unit", "accepted_by").annotate(read_whole=known)

    for_reader = with_faces

    def of_group(self, group, user, on: date | None = None) -> Self:
        """Needs of the units that sit in a group on a day. Of another's need its public face does
        not say whose it is, so it is found here only if the reader could only see it from there.
        """
        # Told which units they are, the database walks the list in its order until it has a page.
        units = list(Seat.objects.current(on).filter(group=group).values_list("unit", flat=True))
        rows, scope = self.filter(unit__in=units), self.party_scope(user)
        if scope is EVERYTHING:
            return rows
        if not sits_everywhere(user) and roles.places(user, roles.SEAT) == [group.pk]:
            scope |= Q(audience=Need.Audience.GROUP)
        return rows.filter(scope)

    @staticmethod
    def _addressed_to(user, on: date | None = None) -> Q:
        """Needs whose audience includes a unit of this person, by the seats of a day."""
        if not roles.has_role(user, roles.SEAT):
            return NOTHING
        chains = Seat.objects.current(on).filter(group__isnull=False)
        if not sits_everywhere(user):
            chains = chains.filter(group__in=roles.places(user, roles.SEAT))
        return Q(audience=Need.Audience.ALLIANCE) | Q(
            audience=Need.Audience.GROUP, unit__in=chains.values("unit")
        )


def _of_units(own) -> Q:
    """Needs in which one of these units takes part."""
    if not own:
        return NOTHING
    filed = Q(unit__in=own) | Q(pk__in=CoFiler.objects.of(own).values("need"))
    helping = Assistance.objects.standing().filter(unit__in=own)
    worked_on = Q(accepted_by__in=own) | Q(dispatched_to__in=own)
    return filed | worked_on | Q(pk__in=helping.values("need"))


def _keys_of_units(own, also: Q) -> models.QuerySet:
    """Keys of the same, each part from its index: for an OR of them every row would be read."""
    rows = Need._base_manager.filter(also).order_by()
    joined = CoFiler.objects.of(own).order_by().values("need")
    helping = Assistance.objects.standing().filter(unit__in=own).order_by().values("need")
    first, *others = [
        rows.filter(**part).values("pk")
        for part in (
            {"unit__in": own},
            {"accepted_by__in": own},
            {"dispatched_to__in": own},
            {"pk__in": joined},
            {"pk__in": helping},
        )
    ]
    return first.union(*others)


class Need(Stateful):
    """Something an enterprise asks the alliance for (需求，企业点单)."""

    class Status(models.TextChoices):
        SUBMITTED = "submitted", _("待审核")
        RETURNED = "returned", _("退回补充")
        DECLINED = "declined", _("未受理")
        APPEALED = "appealed", _("申诉待复核")
        MERGED = "merged", _("已并案")
        PUBLISHED = "published", _("待接单")
        DISPATCHED = "dispatched", _("已派单")
        DISPUTED = "disputed", _("异议待裁")
        ACCEPTED = "accepted", _("已接单")
        IN_PROGRESS = "in_progress", _("办理中")
        OFFERED = "offered", _("待确认")
        SOLVED = "solved", _("已解决")
        CLOSED = "closed", _("已销号")
        WITHDRAWN = "withdrawn", _("已撤回")

    STEPS = {
        Status.SUBMITTED: {
            Status.RETURNED,
            Status.DECLINED,
            Status.PUBLISHED,
            Status.DISPATCHED,
            Status.MERGED,
            Status.WITHDRAWN,
        },
        Status.RETURNED: {Status.SUBMITTED, Status.WITHDRAWN},
        Status.DECLINED: {Status.APPEALED},
        Status.APPEALED: {Status.DECLINED, Status.SUBMITTED, Status.WITHDRAWN},
        Status.PUBLISHED: {
            Status.ACCEPTED,
            Status.DISPATCHED,
            Status.MERGED,
            Status.WITHDRAWN,
        },
        Status.DISPATCHED: {
            Status.ACCEPTED,
            Status.DISPUTED,
            Status.DISPATCHED,
            Status.WITHDRAWN,
        },
        Status.DISPUTED: {
            Status.ACCEPTED,
            Status.DISPATCHED,
            Status.PUBLISHED,
            Status.WITHDRAWN,
        },
        Status.ACCEPTED: {Status.IN_PROGRESS, Status.DISPATCHED, Status.WITHDRAWN},
        Status.IN_PROGRESS: {Status.OFFERED, Status.DISPATCHED, Status.WITHDRAWN},
        Status.OFFERED: {Status.SOLVED, Status.IN_PROGRESS, Status.WITHDRAWN},
        Status.SOLVED: {Status.CLOSED, Status.IN_PROGRESS},
        Status.CLOSED: {Status.IN_PROGRESS},
    }
    PUBLISHED = (Status.PUBLISHED, Status.DISPATCHED, Status.DISPUTED, *TAKEN)
    OPEN = OPEN

    class Category(models.TextChoices):
        POLICY = "policy", _("政策")
        STAFF = "staff", _("用工")
        FINANCE = "finance", _("融资")
        TECHNOLOGY = "technology", _("技术")
        ORDERS = "orders", _("订单")
        APPROVALS = "approvals", _("审批")
        LOGISTICS = "logistics", _("物流")
        PARTY_WORK = "party_work", _("党建")
        OTHER = "other", _("其他")

    class Urgency(models.TextChoices):
        NORMAL = "normal", _("一般")
        SOON = "soon", _("较急")
        URGENT = "urgent", _("紧急")

    class Audience(models.TextChoices):
        OFFICE = "office", _("仅园区办公室")
        GROUP = "group", _("本产业链小组")
        ALLIANCE = "alliance", _("整个联盟")

    number = models.CharField(_("编号"), max_length=20, unique=True, editable=False)
    former_number = models.CharField(_("原编号"), max_length=40, blank=True, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="needs", verbose_name=_("提出单位"))
    category = models.CharField(_("类别"), max_length=12, choices=Category)
    title = models.CharField(_("标题"), max_length=60)
    content = models.TextField(_("具体情况"), max_length=3000)
    urgency = models.CharField(_("紧急程度"), max_length=8, choices=Urgency, default=Urgency.NORMAL)
    quantity = models.PositiveIntegerField(_("数量"), null=True, blank=True)
    measure = models.CharField(_("计量单位"), max_length=8, blank=True)
    wanted_on = models.DateField(_("哪天要用"), null=True, blank=True)
    audience = models.CharField(
        _("公开范围"),
        max_length=8,
        choices=Audience,
        default=Audience.ALLIANCE,
        help_text=_("审核通过后谁能看到这条需求。"),
    )
    public_title = models.CharField(
        _("公开标题"),
        max_length=60,
        blank=True,
        help_text=_("其他成员单位只看到这一句，请勿写单位名称。不填则只写类别。"),
    )
    public_note = models.CharField(
        _("可公开的说明"),
        max_length=500,
        blank=True,
        help_text=_("其他成员单位凭这段判断能不能接单，请勿写单位名称。"),
    )
    contact_name = models.CharField(_("联系人"), max_length=50)
    contact_phone = EncryptedTextField(_("联系电话"))
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )
    filed_at = models.DateTimeField(_("提出时间"), editable=False)
    status = models.CharField(
        _("状态"), max_length=12, choices=Status, default=Status.SUBMITTED, editable=False
    )
    reviewed_at = models.DateTimeField(_("审核通过时间"), null=True, editable=False)
    accepted_by = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="accepted_needs",
        verbose_name=_("责任单位"),
    )
    accepted_at = models.DateTimeField(_("接单时间"), null=True, editable=False)
    dispatched_to = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="dispatched_needs",
        verbose_name=_("派单单位"),
        help_text=_("已派单、尚未接收的单位；接收后即为责任单位。"),
    )
    contacted_at = models.DateTimeField(_("首次联系时间"), null=True, editable=False)
    closed_at = models.DateTimeField(_("销号时间"), null=True, editable=False)
    is_complex = models.BooleanField(_("复杂需求"), default=False, editable=False)
    long_term_since = models.DateTimeField(_("长期办理自"), null=True, editable=False)
    due_at = models.DateTimeField(_("到期时间"), null=True, editable=False)
    setbacks = models.PositiveSmallIntegerField(_("退回和重新办理次数"), default=0, editable=False)
    for_meeting_since = models.DateTimeField(_("待提交联席会议自"), null=True, editable=False)
    visit = models.ForeignKey(
        "services.Visit",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="needs",
        verbose_name=_("走访"),
    )
    words = models.TextField(editable=False, default="")  # what its parties may search in
    public_words = models.TextField(editable=False, default="")  # and everybody else
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="merged"
    )
    charter = models.ForeignKey(
        Regulation,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="needs",
        verbose_name=_("所依章程"),
        help_text=_("办理期限按点单时施行的章程计算。"),
    )
    item = models.ForeignKey(
        ActionItem,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="needs",
        verbose_name=_("督办事项"),
    )

    objects = NeedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("需求")
        indexes = [
            # Lists walk along these; what they filter by stands in them, so that they read no row.
            models.Index(fields=["-filed_at", "-id", *FILTERED], name="need_newest"),
            models.Index(fields=["status", "-filed_at"], name="need_by_status"),
            models.Index(fields=["unit", "-filed_at"], name="need_of_unit"),
            models.Index(fields=["reviewed_at"], name="need_reviewed"),
            models.Index(fields=["due_at"], name="need_due"),
            models.Index(
                finished(),
                F("due_at").asc(),
                F("filed_at").desc(),
                F("id").desc(),
                *FILTERED,
                name="need_by_due",
            ),
            models.Index(
                finished(),
                F("urgency").desc(),
                F("filed_at").desc(),
                F("id").desc(),
                name="need_by_urgency",
            ),
            models.Index(
                fields=["long_term_since"],
                condition=Q(long_term_since__isnull=False),
                name="need_long_term",
            ),
            models.Index(fields=["accepted_by", "-filed_at"], name="need_owed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_by=None, accepted_at=None)
                | Q(accepted_by__isnull=False, accepted_at__isnull=False),
                name="need_accepted_by_someone_sometime",
            ),
            models.CheckConstraint(
                condition=Q(accepted_by=None) | ~Q(accepted_by=F("unit")),
                name="need_not_accepted_by_its_filer",
            ),
            models.CheckConstraint(
                condition=Q(dispatched_to=None) | ~Q(dispatched_to=F("unit")),
                name="need_not_dispatched_to_its_filer",
            ),
            models.CheckConstraint(
                condition=(Q(status__in=AWAITED) & Q(dispatched_to__isnull=False))
                | (~Q(status__in=AWAITED) & Q(dispatched_to=None)),
                name="need_dispatched_to_someone",
            ),
            models.CheckConstraint(
                condition=~Q(status="merged") | Q(merged_into__isnull=False),
                name="need_merged_into_one",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["published", *AWAITED, *TAKEN])
                | Q(reviewed_at__isnull=False),
                name="need_published_after_review",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=TAKEN) | Q(accepted_by__isnull=False),
                name="need_taken_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(quantity=None, measure="") | (Q(quantity__gte=1) & ~Q(measure="")),
                name="need_so_much_of_something",
            ),
        ]

    def __str__(self):
        """For its parties; what others read is `public_name`."""
        return f"{self.number} {self.title}"

    def refresh_words(self) -> None:
        """What is searched in, after something was typed; the caller saves it."""
        unit = self.unit
        public = " ".join((self.number, self.public_title, self.public_note)).lower()
        own = (self.title, self.content, unit.name, unit.short_name)
        self.public_words, self.words = public, " ".join((public, *own)).lower()

    @property
    def public_name(self) -> str:
        """What others than its parties read: members of one chain compete."""
        return f"{self.number} {self.public_heading}"

    @property
    def public_heading(self) -> str:
        return self.public_title or gettext("%(category)s需求") % {
            "category": self.get_category_display()
        }

    def get_absolute_url(self):
        return reverse("services:need-detail", args=[self.pk])

    @property
    def amount(self) -> str:
        """How much is asked for, if that was said."""
        return f"{self.quantity} {self.measure}" if self.quantity else ""

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    def audience_units(self, on: date | None = None) -> models.QuerySet[Unit]:
        """Other units that may see it once it is published, and so may accept it."""
        seats = Seat.objects.current(on)
        if self.audience == self.Audience.OFFICE:
            return Unit.objects.none()
        if self.audience == self.Audience.GROUP:
            groups = seats.filter(unit=self.unit_id).exclude(group=None)
            seats = seats.filter(Q(group__in=groups.values("group")) | Q(group=None))
        units = Unit.objects.filter(pk__in=seats.values("unit")).exclude(pk=self.unit_id)
        return units.exclude(pk__in=self.cofilers.admitted().values("unit"))

    def is_party(self, user) -> bool:
        """Whether a reader reads the whole of it: contact, remarks and solutions too."""
        if roles.has_role(user, *roles.WHOLE_PARK):
            return True
        own = roles.places(user, roles.UNIT)
        if not {self.unit_id, self.accepted_by_id, self.dispatched_to_id}.isdisjoint(own):
            return True
        return type(self).objects.known_to(user).filter(pk=self.pk).exists()

    @property
    def face(self) -> Face:
        """What its reader reads of it. Ask only of rows of `with_faces(user)`: others have none,
        so a page that forgets to ask shows nothing."""
        return Face(self, self.read_whole)

    def face_for(self, user) -> Face:
        return self.face if hasattr(self, "read_whole") else Face(self, self.is_party(user))
