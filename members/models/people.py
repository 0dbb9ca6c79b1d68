import re
import unicodedata
from datetime import date
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, F, FilteredRelation, OuterRef, Q, Subquery, When
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models.organizations import Organization, below
from members.models.spelling import spell, spelt
from nanchuan.kernel import roles
from nanchuan.kernel.fields import BlindIndexField, EncryptedTextField, blind_index, normalise
from nanchuan.kernel.periods import Period, PeriodQuerySet, in_force
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.words import Worded

ID_NUMBER = re.compile(r"\d{6}(?P<born>\d{8})\d{3}[\dX]|\d{6}(?P<short>\d{6})\d{3}", re.ASCII)
FIRST_BIRTH = date(1900, 1, 1)
PHONE = re.compile(r"\+?\d{5,20}", re.ASCII)


def check_id_number(value: str) -> None:
    """The shape of a citizen's number (GB 11643): a date of birth stands inside it."""
    found = ID_NUMBER.fullmatch(normalise(value))
    born = found and (found["born"] or f"19{found['short']}")
    try:
        real = date(int(born[:4]), int(born[4:6]), int(born[6:])) >= FIRST_BIRTH
    except (TypeError, ValueError):
        real = False
    if not real:
        message = _("公民身份号码应为 18 位（末位可以是 X），其中的出生日期须真实存在。")
        raise ValidationError(message)


def check_phone(value: str) -> None:
    if not PHONE.fullmatch(normalise(value)):
        raise ValidationError(_("联系电话只能包含数字，可以有开头的加号和分隔的短横线。"))


class PartyMemberQuerySet(ScopedQuerySet):
    def counted(self, on: date | None = None) -> Self:
        """Full and probationary members whose membership is in force on a date."""
        return self.filter(pk__in=Membership.objects.counted(on).values("member"))

    def of_number(self, number: str) -> Self:
        """Whoever has exactly this ID number or phone."""
        hashed = blind_index(number)
        return self.filter(Q(id_index=hashed) | Q(phone_index=hashed)) if hashed else self.none()

    def of_id_number(self, number: str) -> Self:
        """Whoever has exactly this ID number; nobody for an empty one."""
        hashed = blind_index(number)
        return self.filter(id_index=hashed) if hashed else self.none()

    def in_tree(self, path: str, on: date | None = None) -> Self:
        """Whose membership is in force in the organization at a path or below it."""
        rows = Membership.objects.current(on).filter(organization__path__startswith=path)
        return self.filter(pk__in=rows.values("member"))

    def of_organization(self, organization, on: date | None = None) -> Self:
        """Members of an organization and who holds a post in it on a date, officers first.

        Each row knows its `post_name` there.
        """
        rows = Membership.objects.current(on).filter(organization=organization)
        terms = self.model._meta.get_field("terms").related_model.objects.current(on)
        terms = terms.filter(organization=organization)
        held = terms.filter(member=OuterRef("pk")).order_by("post__order", "pk")
        people = self.annotate(
            post_name=Subquery(held.values("post__name")[:1]),
            post_order=Subquery(held.values("post__order")[:1]),
            standing=Subquery(rows.filter(member=OuterRef("pk")).values("standing")[:1]),
        )
        # One list of numbers: for an OR of two lists the database would look at everybody.
        belonging = rows.order_by().values("member").union(terms.order_by().values("member"))
        return people.filter(pk__in=belonging).order_by(
            F("post_order").asc(nulls_last=True), "pinyin", "pk"
        )

    def placed(self, on: date | None = None) -> Self:
        """Each row reaches its membership in force, if it has one, as `place`."""
        return self.annotate(
            place=FilteredRelation("memberships", condition=in_force(on, "memberships__"))
        )

    def with_place(self, on: date | None = None) -> Self:
        """Each row knows where the person stands: `in_id`, `in_name`, `standing`, `post_name`.

        `in_full_name` is the organization's name as papers write it.
        """
        short = "place__organization__short_name"
        return self.placed(on).annotate(
            in_id=F("place__organization"),
            in_full_name=F("place__organization__name"),
            in_name=Case(When(**{short: ""}, then="place__organization__name"), default=short),
            standing=F("place__standing"),
            post_name=Subquery(self._posts(on).values("post__name")[:1]),
        )

    def with_absence(self, on: date | None = None) -> Self:
        """Each row knows whether the person lives elsewhere or is out of touch: `absence`."""
        absences = self.model._meta.get_field("absences").related_model.objects.current(on)
        rows = absences.filter(member=OuterRef("pk")).order_by("-kind")
        return self.annotate(absence=Subquery(rows.values("kind")[:1]))

    def with_post_order(self, on: date | None = None) -> Self:
        """Each row knows how high its post stands, for sorting: `post_order`."""
        return self.annotate(post_order=Subquery(self._posts(on).values("post__order")[:1]))

    def _posts(self, on):
        terms = self.model._meta.get_field("terms").related_model.objects.current(on)
        return terms.filter(member=OuterRef("pk")).order_by("post__order", "pk")

    def search(self, words: str) -> Self:
        """By a part of the name, pinyin or its initials; an exact number; a phone's last four.

        Spaces do not matter: zhang wei, 张 伟.
        """
        words = "".join(unicodedata.normalize("NFKC", words).split())
        if not words:
            return self
        letters = words.lower()
        has_digits = any(character.isdigit() for character in words)
        if not letters.isascii() and not has_digits:
            return self.filter(name__holds=words)
        if not has_digits:
            return self.filter(spelt(letters))
        hashed = blind_index(words)
        numbers = Q(id_index=hashed) | Q(phone_index=hashed) | Q(phone_tail=hashed)
        return self.filter(numbers | Q(name__startswith=words))

    def view_scope(self, user) -> Q:
        if roles.has_role(user, *roles.WHOLE_PARK):
            return EVERYTHING
        own = self.model.objects.filter(pk__in=roles.places(user, roles.MEMBER)).order_by()
        return Q(pk__in=self._led_by(user).union(own.values("pk")))

    def edit_scope(self, user) -> Q:
        if roles.has_role(user, roles.STAFF):
            return EVERYTHING
        return Q(pk__in=self._led_by(user)) if roles.has_role(user, roles.SECRETARY) else NOTHING

    @staticmethod
    def _led_by(user) -> models.QuerySet:
        """Numbers of the members of the organizations that a person leads."""
        paths = roles.places(user, roles.SECRETARY)
        rows = Membership.objects.current().filter(below(paths, "organization__"))
        return rows.order_by().values("member")


class PartyMember(Worded):
    """A party member (党员), who may or may not have an account.

    Where the person belongs and since when stands in dated `memberships`.
    """

    class Gender(models.TextChoices):
        MALE = "male", _("男")
        FEMALE = "female", _("女")

    class Education(models.TextChoices):
        DOCTOR = "doctor", _("博士研究生")
        MASTER = "master", _("硕士研究生")
        BACHELOR = "bachelor", _("大学本科")
        COLLEGE = "college", _("大学专科")
        VOCATIONAL = "vocational", _("中专")
        HIGH = "high", _("高中")
        MIDDLE = "middle", _("初中及以下")

    name = models.CharField(_("姓名"), max_length=50, db_index=True)
    pinyin = models.CharField(max_length=150, db_index=True, editable=False)
    initials = models.CharField(max_length=50, db_index=True, editable=False)
    gender = models.CharField(_("性别"), max_length=6, choices=Gender)
    ethnicity = models.CharField(_("民族"), max_length=20, blank=True)
    born_on = models.DateField(_("出生日期"), null=True, blank=True)
    id_number = EncryptedTextField(_("公民身份号码"), blank=True, validators=[check_id_number])
    id_index = BlindIndexField("id_number", unique=True)
    phone = EncryptedTextField(_("联系电话"), blank=True, validators=[check_phone])
    phone_index = BlindIndexField("phone", db_index=True)
    phone_tail = BlindIndexField("phone", tail=4, db_index=True)
    education = models.CharField(_("学历"), max_length=10, choices=Education, blank=True)
    native_place = models.CharField(_("籍贯"), max_length=50, blank=True)
    job = models.CharField(_("工作岗位"), max_length=50, blank=True)
    joined_on = models.DateField(_("入党日期"), null=True, blank=True)
    full_member_on = models.DateField(_("转正日期"), null=True, blank=True)
    note = models.CharField(_("备注"), max_length=200, blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="member",
        verbose_name=_("账号"),
    )

    objects = PartyMemberQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("党员")
        ordering = ["pinyin", "pk"]
        indexes = [models.Index(fields=["pinyin", "id"], name="member_roster")]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.spell()
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("members:person-detail", args=[self.pk])

    def spell(self) -> None:
        """Keep what the name is searched and sorted by; bulk writers call it themselves."""
        pinyin, initials = spell(self.name)
        self.pinyin, self.initials = pinyin[:150], initials[:50]

    @property
    def standing_word(self) -> str:
        """The standing in words; rows of `with_place()` have one."""
        standing = getattr(self, "standing", None)
        return str(Membership.Standing(standing).label) if standing else ""

    def check_facts(self) -> None:
        """The model's own rules without a question to the database; ValidationError says which
        one is broken. Whether an ID number is taken is asked apart."""
        self.clean_fields(exclude={"user"})
        self.clean()

    @property
    def state_word(self) -> str:
        """Whether the membership counts, in words; rows of `with_place()` know it."""
        standing = getattr(self, "standing", None)
        if standing in Membership.COUNTED:
            return gettext("在册")
        return self.standing_word or gettext("不在册")

    @property
    def absence_word(self) -> str:
        """Mobile or out of touch, in words; rows of `with_absence()` know it."""
        absence = getattr(self, "absence", None)
        kinds = self._meta.get_field("absences").related_model.Kind
        return str(kinds(absence).label) if absence else ""

    def current_membership(self, on: date | None = None):
        return self.memberships.current(on).select_related("organization").first()


class MembershipQuerySet(PeriodQuerySet, ScopedQuerySet):
    def counted(self, on: date | None = None) -> Self:
        return self.current(on).filter(standing__in=Membership.COUNTED)

    def of_account(self, user) -> Self:
        return self.filter(in_force(), member__user=user)

    def view_scope(self, user) -> Q:
        return Q(member__in=PartyMember.objects.visible_to(user))

    def edit_scope(self, user) -> Q:
        return Q(member__in=PartyMember.objects.editable_by(user))


class Membership(Period):
    """A person's membership in one organization with one standing (党籍与组织关系).

    A change of organization or standing ends the row and begins the next one.
    """

    class Standing(models.TextChoices):
        FULL = "full", _("正式党员")
        PROBATIONARY = "probationary", _("预备党员")
        SUSPENDED = "suspended", _("停止党籍")

    class End(models.TextChoices):
        CHANGED = "changed", _("情况变更")
        TRANSFERRED = "transferred", _("转出")
        LEFT = "left", _("出党")
        DECEASED = "deceased", _("去世")

    COUNTED = (Standing.FULL, Standing.PROBATIONARY)
    EXCLUSIVE = ("member",)

    member = models.ForeignKey(
        PartyMember, models.PROTECT, related_name="memberships", verbose_name=_("党员")
    )
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="memberships", verbose_name=_("所在党组织")
    )
    standing = models.CharField(
        _("党员类别"), max_length=12, choices=Standing, default=Standing.FULL
    )
    end_reason = models.CharField(_("结束原因"), max_length=12, choices=End, blank=True)
    end_note = models.CharField(_("变更说明"), max_length=200, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("组织关系")
        ordering = ["-starts_on"]
        constraints = Period.Meta.constraints
        indexes = [
            models.Index(fields=["organization", "member"], name="membership_of_organization"),
            models.Index(fields=["standing", "starts_on", "ends_on"], name="membership_counted"),
            # Everything that a list asks of each person, without a look at the row.
            models.Index(
                fields=["member", "starts_on", "ends_on", "standing"], name="membership_of_member"
            ),
        ]

    def __str__(self):
        return f"{self.member} {self.organization}"

    def check_succession(self, on: date) -> None:
        """Raises StepRefused if the next membership cannot begin on a day."""
        if self.starts_on >= on:
            raise StepRefused(
                _("目前的组织关系从 %(day)s 开始，新的日期须在其后。") % {"day": self.starts_on}
            )
