"""Resources are entered in bulk; needs and projects move only by their steps, so are read."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.admin import ScopedAdmin
from nanchuan.kernel.fields import mask_phone
from services.actions import resources
from services.forms.resources import CHANGEABLE, ResourceAdminForm
from services.models import Booking, Drive, Need, Project, Resource, Visit


@admin.register(Resource)
class ResourceAdmin(ScopedAdmin):
    form = ResourceAdminForm
    list_display = ("number", "title", "unit", "category", "capacity", "measure", "status")
    list_filter = ("status", "category")
    list_select_related = ("unit",)
    search_fields = ("number", "title", "unit__name", "unit__short_name")
    autocomplete_fields = ("unit",)
    ordering = ("-added_at", "-pk")

    def get_readonly_fields(self, request, obj=None):
        return ("number", "unit") if obj else ()

    def save_model(self, request, obj, form, change):
        facts = {name: form.cleaned_data[name] for name in CHANGEABLE}
        if change:
            saved = Resource.objects.get(pk=obj.pk)  # the form has written on its own
            resources.change(saved, by=request.user, **facts)
        else:
            saved = resources.add(unit=form.cleaned_data["unit"], by=request.user, **facts)
            obj.pk, obj.number, obj.added_at = saved.pk, saved.number, saved.added_at
            obj._state.adding = False


class ReadOnlyAdmin(ScopedAdmin):
    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin):
    list_display = ("number", "resource", "unit", "quantity", "starts_at", "status")
    list_filter = ("status", "side")
    list_select_related = ("resource", "unit")
    search_fields = ("number", "resource__title", "unit__name", "unit__short_name")
    ordering = ("-made_at", "-pk")
    fields = readonly_fields = (
        "number",
        "resource",
        "unit",
        "need",
        "quantity",
        "starts_at",
        "ends_at",
        "side",
        "status",
        "note",
        "answer",
        "end_note",
    )


@admin.register(Need)
class NeedAdmin(ReadOnlyAdmin):
    list_display = ("number", "title", "unit", "category", "status", "accepted_by", "filed_at")
    list_filter = ("status", "category")
    list_select_related = ("unit", "accepted_by")
    search_fields = ("number", "title", "unit__name", "unit__short_name")
    ordering = ("-filed_at", "-pk")
    fields = (
        "number",
        "unit",
        "category",
        "title",
        "content",
        "urgency",
        "audience",
        "contact_name",
        "phone",
        "status",
        "filed_at",
        "reviewed_at",
        "accepted_by",
        "accepted_at",
        "closed_at",
    )
    readonly_fields = fields

    @admin.display(description=_("联系电话"))
    def phone(self, need):
        return mask_phone(need.contact_phone)


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    list_display = ("number", "name", "lead", "starts_on", "status")
    list_filter = ("status",)
    list_select_related = ("lead",)
    search_fields = ("number", "name", "lead__name", "lead__short_name")
    ordering = ("-starts_on", "-pk")
    fields = readonly_fields = (
        "number",
        "name",
        "lead",
        "goal",
        "starts_on",
        "due_on",
        "status",
        "ended_at",
        "archived_at",
        "reason",
    )


@admin.register(Drive)
class DriveAdmin(ReadOnlyAdmin):
    list_display = ("name", "starts_on", "ends_on")
    search_fields = ("name",)
    ordering = ("-starts_on", "-pk")
    fields = readonly_fields = ("name", "aim_words", "text", "starts_on", "ends_on", "units")


@admin.register(Visit)
class VisitAdmin(ReadOnlyAdmin):
    list_display = ("unit", "on", "drive", "visitors")
    list_filter = ("drive",)
    list_select_related = ("unit", "drive")
    search_fields = ("unit__name", "unit__short_name", "visitors")
    ordering = ("-on", "-pk")
    fields = readonly_fields = ("drive", "unit", "on", "visitors", "brought", "heard")
