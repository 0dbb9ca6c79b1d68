"""Accounts and posts in the admin site: for the administrator; the office only looks names up."""

from allauth.account.admin import EmailAddress
from allauth.mfa.admin import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import Group
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from nanchuan.accounts.models import StaffPost, User
from nanchuan.kernel import roles
from nanchuan.kernel.admin import ScopedAdmin

# They would show second factors, and offer rights that the portal does not know.
for foreign in (EmailAddress, Authenticator, Group):
    if admin.site.is_registered(foreign):
        admin.site.unregister(foreign)


@admin.register(User)
class UserAdmin(ScopedAdmin):
    """Passwords are set by slips, accounts opened and closed on the page of accounts."""

    roles = frozenset({roles.ADMIN})
    list_display = ["name", "username", "email", "is_active", "last_login"]
    list_filter = ["is_active", "new_password_required"]
    search_fields = ["name", "username"]
    ordering = ["name", "username"]
    fields = [
        "name",
        "username",
        "email",
        "new_password_required",
        "is_active",
        "last_login",
        "date_joined",
        "password_and_state",
    ]
    readonly_fields = ["is_active", "last_login", "date_joined", "password_and_state"]

    @admin.display(description=_("密码与停用"))
    def password_and_state(self, account):
        address = f"{reverse('accounts:account-list')}?q={account.username}"
        return format_html('<a href="{}">{}</a>', address, _("签发凭条、停用或恢复"))

    def has_view_permission(self, request, obj=None):
        return roles.has_role(request.user, roles.ADMIN, roles.STAFF)

    def has_add_permission(self, request):
        return False  # an account begins with its slip


@admin.register(StaffPost)
class StaffPostAdmin(ScopedAdmin):
    roles = frozenset({roles.ADMIN})
    list_display = ["user", "role", "starts_on", "ends_on"]
    list_filter = ["role"]
    list_select_related = ["user"]
    search_fields = ["user__name", "user__username"]
    autocomplete_fields = ["user"]
