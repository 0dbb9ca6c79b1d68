"""The admin site for bulk entry and repair: the same roles and scopes as the pages."""

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.widgets import AutocompleteSelect
from django.db import IntegrityError
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel import roles
from nanchuan.kernel.policies import FORM, Policy, declare_one, policy_of
from nanchuan.kernel.querysets import ScopedQuerySet
from nanchuan.kernel.states import StepRefused


class PortalAdminSite(admin.AdminSite):
    site_header = _("数据维护")
    site_title = _("南川党建联盟")
    index_title = _("批量录入与更正")
    enable_nav_sidebar = False

    def has_permission(self, request):
        """`is_staff` opens nothing: dated posts do."""
        return request.user.is_active and roles.has_role(request.user, roles.STAFF, roles.ADMIN)

    def register(self, model_or_iterable, admin_class=None, **options):
        """Third-party apps register themselves; only what asks our roles and scopes comes in."""
        if admin_class is not None and issubclass(admin_class, ScopedAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def declare_policies(self):
        """One policy for each admin URL, from the roles of the model it serves."""
        for model_admin in self._registry.values():
            for pattern in model_admin.get_urls():
                if pattern.name:
                    declare_one(f"admin:{pattern.name}", model_admin.policy())
        every = Policy(FORM, frozenset({roles.STAFF, roles.ADMIN}), "visible")
        for pattern in self.get_urls():
            name = getattr(pattern, "name", None)
            if name and policy_of(f"admin:{name}") is None:
                declare_one(f"admin:{name}", every)

    # Signing in, out and a new password have one door each, with its limits and second factor.

    def login(self, request, extra_context=None):
        return redirect("account_login")

    def logout(self, request, extra_context=None):
        return redirect("account_logout")

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def password_change_done(self, request, extra_context=None):
        return redirect("account_change_password")


class Autocomplete(AutocompleteSelect):
    """Shows again only what may be the number of a row; Django itself fails on anything else."""

    LONGEST = 18  # digits that every database can hold

    def optgroups(self, name, value, attrs=None):
        rows = [row for row in value if str(row).isdecimal() and len(str(row)) <= self.LONGEST]
        return super().optgroups(name, rows, attrs)


class ScopedChoices:
    """What a form offers is what its user may see."""

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", Autocomplete(db_field, self.admin_site))
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field and isinstance(field.queryset, ScopedQuerySet):
            field.queryset = field.queryset.visible_to(request.user)
        return field


class ScopedAdmin(ScopedChoices, admin.ModelAdmin):
    """Rows through `visible_to`, rights from roles; nothing is deleted over people's history."""

    roles = frozenset({roles.STAFF})
    list_per_page = 50
    show_full_result_count = False
    # Names of the foreign keys that are searched rather than listed.
    autocomplete_fields = ()

    @classmethod
    def policy(cls) -> Policy:
        return Policy(FORM, frozenset(cls.roles), "editable")

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.visible_to(request.user) if isinstance(rows, ScopedQuerySet) else rows

    def get_object(self, request, object_id, from_field=None):
        """A number that no database can hold belongs to no row."""
        try:
            return super().get_object(request, object_id, from_field)
        except OverflowError:
            return None

    def get_changelist_instance(self, request):
        """Whatever an address asks for that cannot be, such as the year 99999."""
        try:
            return super().get_changelist_instance(request)
        except (ValueError, OverflowError) as impossible:
            raise IncorrectLookupParameters from impossible

    def has_module_permission(self, request):
        return roles.has_role(request.user, *self.roles)

    def has_view_permission(self, request, obj=None):
        return roles.has_role(request.user, *self.roles)

    has_add_permission = has_view_permission

    def has_change_permission(self, request, obj=None):
        return roles.has_role(request.user, *self.roles)

    def has_delete_permission(self, request, obj=None):
        return False

    def changeform_view(self, request, *args, **kwargs):
        """What a form allowed and somebody else's row forbade a moment later, in words."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except StepRefused as refusal:
            messages.error(request, str(refusal))
        except IntegrityError:
            messages.error(request, _("没有保存：刚有别人录入了与此冲突的记录。请核对后再填一次。"))
        return redirect(request.get_full_path())


class ReadOnlyAdmin(ScopedAdmin):
    """Rows to look at: they change on their pages, where rules and people hear of it."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class ScopedInline(ScopedChoices, admin.TabularInline):
    """Rows that are edited together with their parent."""

    extra = 0

    def has_view_permission(self, request, obj=None):
        return roles.has_role(request.user, roles.STAFF, roles.ADMIN)

    has_add_permission = has_change_permission = has_view_permission

    def has_delete_permission(self, request, obj=None):
        return False
