from dataclasses import dataclass
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models.organizations import Organization, below
from members.models.people import Membership, PartyMember
from nanchuan.kernel import roles
from nanchuan.kernel.fields import EncryptedTextField
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.states import Stateful
from nanchuan.kernel.words import Worded


class Grade(models.TextChoices):
    EXCELLENT = "excellent", _("优秀")
    QUALIFIED = "qualified", _("合格")
    BASIC = "basic", _("基本合格")
    UNQUALIFIED = "unqualified", _("不合格")


class AppraisalQuerySet(ScopedQuerySet):
    def newest(self) -> Self:
        return self.order_by("-year", "-opened_at", "-pk")

    def standing(self) -> Self:
        return self.exclude(status=Appraisal.Status.CANCELLED)

    def with_numbers(self) -> Self:
        """Each row knows how many take part, handed in, are to vote and have voted."""
        rows = Appraisee.objects.filter(appraisal=OuterRef("pk"), excused="").order_by()
        full = Q(standing=Membership.Standing.FULL)
        columns = {
            "taking_part": Count("pk"),
            "handed_in": Count("pk", filter=Q(handed_in_on__isnull=False)),
            "to_vote": Count("pk", filter=full),
            "voted": Count("pk", filter=full & Q(has_voted=True)),
        }
        counted = {
            name: Coalesce(Subquery(rows.values("appraisal").annotate(n=each).values("n")), 0)
            for name, each in columns.items()
        }
        return self.annotate(**counted)

    def awaiting(self, user) -> Self:
        """Those whose next step is this person's: own words, a ballot, grades, a confirmation."""
        status, way = Appraisal.Status, Appraisal.Way
        paths = roles.places(user, roles.SECRETARY)
        mine = Appraisee.objects.filter(member__in=roles.places(user, roles.MEMBER), excused="")
        writes = mine.filter(handed_in_on=None).order_by().values("appraisal")
        votes = mine.filter(standing=Membership.Standing.FULL, has_voted=False)
        grades = Q(organization__path__in=paths, status__in=[status.ORGANIZATION, status.CONFIRMED])
        wanted = Q(status=status.SELF, pk__in=writes) | grades
        votes = votes.order_by().values("appraisal")
        wanted |= Q(status=status.PEERS, way=way.PORTAL, pk__in=votes)
        over = below(paths, "organization__") & ~Q(organization__path__in=paths)
        if roles.has_role(user, roles.STAFF):
            over = ~Q(organization__path__in=paths)
        return self.filter(wanted | Q(over, status=status.CONFIRMING))

    def view_scope(self, user) -> Q:
        """Whoever leads the organization or one above it, the park, and who takes part."""
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        own = Appraisee.objects.filter(member__in=roles.places(user, roles.MEMBER))
        return self.edit_scope(user) | Q(pk__in=own.order_by().values("appraisal"))

    def edit_scope(self, user) -> Q:
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        paths = roles.places(user, roles.SECRETARY)
        return below(paths, "organization__") if paths else NOTHING


class Appraisal(Stateful):
    """The yearly appraisal of the members of an organization (民主评议党员), step by step.

    Who takes part stands in the list of a day (`appraisees`). Grades are sealed until they are
    released to each member; what peers say is anonymous (docs/decisions/0025).
    """

    class Status(models.TextChoices):
        SELF = "self", _("个人自评")
        PEERS = "peers", _("党员互评")
        ORGANIZATION = "organization", _("组织评定")
        CONFIRMING = "confirming", _("待上级确认")
        CONFIRMED = "confirmed", _("待公布")
        RELEASED = "released", _("已公布")
        CLOSED = "closed", _("已归档")
        CANCELLED = "cancelled", _("已取消")

    STEPS = {
        Status.SELF: {Status.PEERS, Status.CANCELLED},
        Status.PEERS: {Status.ORGANIZATION, Status.CANCELLED},
        Status.ORGANIZATION: {Status.CONFIRMING, Status.CANCELLED},
        Status.CONFIRMING: {Status.CONFIRMED, Status.ORGANIZATION},
        Status.CONFIRMED: {Status.RELEASED},
        Status.RELEASED: {Status.CLOSED},
    }
    OUT = (Status.RELEASED, Status.CLOSED)
    GRADED = (Status.ORGANIZATION, Status.CONFIRMING, Status.CONFIRMED, *OUT)

    class Way(models.TextChoices):
        PORTAL = "portal", _("在本平台匿名互评")
        PAPER = "paper", _("纸质无记名投票，由支部录入票数")

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="appraisals", verbose_name=_("党组织")
    )
    year = models.PositiveSmallIntegerField(_("年度"))
    status = models.CharField(
        _("状态"), max_length=12, choices=Status, default=Status.SELF, editable=False
    )
    as_of = models.DateField(
        _("名单日期"), help_text=_("这一天在册的党员列入名单，之后转入的在原支部参加。")
    )
    way = models.CharField(_("互评方式"), max_length=6, choices=Way, default=Way.PORTAL)
    self_until = models.DateField(_("自评截止"))
    peers_until = models.DateField(_("互评截止"))
    organization_until = models.DateField(_("组织评定截止"))
    excess_reason = models.CharField(_("优秀超过比例的理由"), max_length=200, blank=True)
    reason = models.CharField(_("退回或取消的原因"), max_length=200, blank=True, editable=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    opened_at = models.DateTimeField(_("开始时间"), default=timezone.now, editable=False)
    released_at = models.DateTimeField(_("公布时间"), null=True, editable=False)

    objects = AppraisalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("民主评议")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "year"],
                condition=~Q(status="cancelled"),
                name="appraisal_once_a_year",
                violation_error_message=_("该党组织已有这一年度的民主评议。"),
            ),
            models.CheckConstraint(
                condition=Q(self_until__lte=F("peers_until"))
                & Q(peers_until__lte=F("organization_until")),
                name="appraisal_steps_in_order",
                violation_error_message=_("截止日期须依次为：自评、互评、组织评定。"),
            ),
        ]

    def __str__(self):
        return gettext("%(organization)s %(year)d 年度民主评议") % {
            "organization": self.organization,
            "year": self.year,
        }

    def get_absolute_url(self):
        return reverse("members:appraisal-detail", args=[self.pk])

    @property
    def until(self) -> date | None:
        """The last day of the step that it is at."""
        return {
            self.Status.SELF: self.self_until,
            self.Status.PEERS: self.peers_until,
            self.Status.ORGANIZATION: self.organization_until,
        }.get(self.status)

    @property
    def state_style(self) -> str:
        styles = {
            self.Status.CONFIRMING: "waiting",
            self.Status.CONFIRMED: "soon",
            self.Status.RELEASED: "done",
        }
        return styles.get(self.status, self.status if self.until is None else "open")

    @property
    def is_out(self) -> bool:
        return self.status in self.OUT

    def sight_of(self, user) -> "Sight":
        """What a person may do here and see, whatever the step."""
        paths, path = roles.places(user, roles.SECRETARY), self.organization.path
        own, staff = path in paths, roles.has_role(user, roles.STAFF)
        above = any(path.startswith(each) and path != each for each in paths)
        return Sight(
            leads=own or staff or above,
            grades=own,
            confirms=(staff or above) and not own,
            reads=own or above or roles.has_role(user, *roles.WHOLE_PARK),
        )

    def shows_grades_to(self, sight: "Sight") -> bool:
        """Grades with names: who grades, from that step on; superiors and the park office once
        they are released."""
        if sight.grades:
            return self.status in self.GRADED
        return sight.leads and self.is_out

    def shows_counts_to(self, sight: "Sight") -> bool:
        """How many of each grade: who grades, and the others once it is handed up."""
        if sight.grades:
            return self.status in self.GRADED
        return sight.reads and self.status in self.GRADED and self.status != "organization"


@dataclass(frozen=True)
class Sight:
    """How somebody stands to an appraisal."""

    leads: bool  # moves it along: who leads the organization or one above, the park office
    grades: bool  # leads the very organization
    confirms: bool  # leads one above it, or sits in the park office; never who grades
    reads: bool  # sees who takes part


class AppraiseeQuerySet(ScopedQuerySet):
    def taking_part(self) -> Self:
        return self.filter(excused="")

    def graded(self) -> Self:
        """Who gets a grade, votes and is voted on: full members that nobody excused."""
        return self.taking_part().filter(standing=Membership.Standing.FULL)

    def in_order(self) -> Self:
        return self.order_by("member__pinyin", "member_id")

    def view_scope(self, user) -> Q:
        own = Q(member__in=roles.places(user, roles.MEMBER))
        return own | Q(appraisal__in=Appraisal.objects.editable_by(user))

    def edit_scope(self, user) -> Q:
        return Q(appraisal__in=Appraisal.objects.editable_by(user))


class Appraisee(Worded):
    """A member on the list of an appraisal (评议对象): own words, the grade, and that the person
    voted: one bit, with no time and no event.

    Field changes are kept nowhere else: the model is not registered with auditlog.
    """

    appraisal = models.ForeignKey(Appraisal, models.CASCADE, related_name="appraisees")
    member = models.ForeignKey(PartyMember, models.PROTECT, related_name="appraisals")
    standing = models.CharField(_("党员类别"), max_length=12, choices=Membership.Standing)
    excused = models.CharField(_("不参加的原因"), max_length=100, blank=True)
    own_text = EncryptedTextField(_("自评材料"), blank=True)
    own_grade = models.CharField(_("自评等次"), max_length=12, choices=Grade, blank=True)
    handed_in_on = models.DateField(_("自评日期"), null=True, editable=False)
    has_voted = models.BooleanField(_("已互评"), default=False, editable=False)
    grade = models.CharField(_("评定等次"), max_length=12, choices=Grade, blank=True)
    comment = EncryptedTextField(_("组织评语"), blank=True)

    objects = AppraiseeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("评议对象")
        constraints = [
            models.UniqueConstraint(fields=["appraisal", "member"], name="appraisee_once"),
            models.CheckConstraint(
                condition=Q(standing="full") | Q(grade="", own_grade="", has_voted=False),
                name="appraisee_on_probation_has_no_grade",
            ),
        ]

    def __str__(self):
        return str(self.member)

    @property
    def is_graded(self) -> bool:
        return self.standing == Membership.Standing.FULL and not self.excused
