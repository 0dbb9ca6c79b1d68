from django.contrib import admin

from alliance.actions import meetings
from alliance.models import Group, Measure, Meeting, MeetingKind, Seat, Turn
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
    """For repair only: the rota page plans turns from history."""

    list_display = ("group", "seat", "starts_on", "ends_on")
    list_filter = ("group",)
    list_select_related = ("group", "seat__unit")
    autocomplete_fields = ("group", "seat")
    date_hierarchy = "starts_on"


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


@admin.register(Measure)
class MeasureAdmin(ScopedAdmin):
    """To look at: a measure is written and changed on its pages, where its units hear of it."""

    list_display = ("number", "title", "group", "unit", "due_on", "status")
    list_filter = ("status", "group", "source")
    list_select_related = ("group", "unit")
    search_fields = ("number", "title")
    date_hierarchy = "due_on"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
