from typing import Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel import roles
from nanchuan.kernel.periods import Period, PeriodQuerySet
from nanchuan.kernel.querysets import EVERYTHING, NOTHING, ScopedQuerySet


class UserQuerySet(ScopedQuerySet):
    def view_scope(self, user) -> Q:
        if roles.has_role(user, roles.STAFF, roles.ADMIN):
            return EVERYTHING
        return Q(pk=user.pk)

    def edit_scope(self, user) -> Q:
        """Whoever resets an account can become it, so a post puts it out of the office's reach."""
        if roles.has_role(user, roles.ADMIN):
            return EVERYTHING
        if roles.has_role(user, roles.STAFF):
            return ~Q(pk__in=StaffPost.objects.unended().values("user"))
        return NOTHING

    def search(self, words: str) -> Self:
        words = words.strip()
        return self.filter(Q(name__icontains=words) | Q(username__icontains=words))


class PortalUserManager(UserManager.from_queryset(UserQuerySet)):
    use_in_migrations = False


class User(AbstractUser):
    """A person who can sign in. Party membership is members.PartyMember.

    What a user may do comes from dated rows (`kernel.roles`), never from a flag here.
    """

    first_name = last_name = None
    name = models.CharField(_("姓名"), max_length=50)
    new_password_required = models.BooleanField(_("下次登录须改密码"), default=False)

    objects = PortalUserManager()

    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = verbose_name_plural = _("账号")
        ordering = ["username"]
        constraints = [
            # Lin and lin are one name, so that nobody mistakes one account for the other.
            models.CheckConstraint(
                condition=Q(username=Lower("username")),
                name="user_name_is_lower_case",
                violation_error_message=_("用户名请用小写字母。"),
            )
        ]

    def __str__(self):
        return self.name or self.username

    def save(self, *args, **kwargs):
        self.username = self.normalize_username(self.username).lower()
        self.email = self.email.lower()
        super().save(*args, **kwargs)

    def get_full_name(self):
        return str(self)

    def get_short_name(self):
        return str(self)


class StaffPostQuerySet(PeriodQuerySet, ScopedQuerySet):
    def unended(self) -> Self:
        """In force today or later: rights that somebody has, or will have."""
        return self.exclude(ends_on__lt=timezone.localdate())

    def view_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.ADMIN) else Q(user=user)

    def edit_scope(self, user) -> Q:
        return EVERYTHING if roles.has_role(user, roles.ADMIN) else Q(pk__in=[])


class StaffPost(Period):
    """A person's time in a post of the park office (园区岗位): what gives the wide rights."""

    class Role(models.TextChoices):
        ADMIN = roles.ADMIN, _("系统管理员")
        STAFF = roles.STAFF, _("园区党务工作者")
        LEADER = roles.LEADER, _("园区领导")
        AUDITOR = roles.AUDITOR, _("审计")

    user = models.ForeignKey(
        User, models.PROTECT, related_name="staff_posts", verbose_name=_("账号")
    )
    role = models.CharField(_("岗位"), max_length=10, choices=Role)

    objects = StaffPostQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("园区岗位")
        ordering = ["-starts_on"]
        constraints = [
            *Period.Meta.constraints,
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=Q(ends_on=None),
                name="staff_post_open_once",
                violation_error_message=_("该账号已在此岗位。"),
            ),
        ]

    def __str__(self):
        return f"{self.user} {self.get_role_display()}"

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        # A slip printed before the post was given must not open what the post opens.
        self.user.slips.open().update(withdrawn_at=timezone.now())
