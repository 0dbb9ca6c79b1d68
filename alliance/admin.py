from django.contrib import admin

from alliance.actions import meetings
from alliance.models import Group, Meeting, MeetingKind, Regulation, Seat, Turn
from nanchuan.kernel.admin import ScopedAdmin, ScopedInline


class SeatInline(ScopedInline):
    model = Seat
    autocomplete_fields = ("unit",)
    fields = ("unit", "order", "starts_on", "ends_on")


@admin.register(Group)
class GroupAdmin(ScopedAdmin):
    list_display = ("name", "chain", "order", "starts_on", "ends_on")
    search_fields = ("name", "chain")
    inlines = (SeatInline,)


@admin.register(Seat)
class SeatAdmin(ScopedAdmin):
    list_display = ("unit", "group", "order", "starts_on", "ends_on")
    list_filter = ("group", "unit__kind")
    list_select_related = ("unit", "group")
    search_fields = ("unit__name", "unit__short_name")
    autocomplete_fields = ("group", "unit")
    date_hierarchy = "starts_on"


@admin.register(Turn)
class TurnAdmin(ScopedAdmin):
    """To look at: the rota is planned and changed on its pages, where its order is kept."""

    list_display = ("group", "seat", "starts_on", "ends_on")
    list_filter = ("group",)
    list_select_related = ("group", "seat__unit")
    date_hierarchy = "starts_on"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(MeetingKind)
class MeetingKindAdmin(ScopedAdmin):
    list_display = ("name", "reminder_offsets", "order")
    search_fields = ("name",)

    def save_model(self, request, obj, form, change):
        meetings.save_kind(obj, by=request.user)


@admin.register(Meeting)
class MeetingAdmin(ScopedAdmin):
    """To look at: a meeting is convened, moved and cancelled on its pages, where the invited
    hear of it."""

    list_display = ("title", "group", "starts_at", "place", "status")
    list_filter = ("status", "group", "kind")
    list_select_related = ("group",)
    search_fields = ("title",)
    date_hierarchy = "starts_at"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Regulation)
class RegulationAdmin(ScopedAdmin):
    """To look at: a version is drafted, adopted and withdrawn on its pages, where the units are
    asked to sign."""

    list_display = ("title", "text", "number", "status", "starts_on", "ends_on")
    list_filter = ("text", "status")
    search_fields = ("title",)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
