from django.contrib import admin

from alliance.actions import groups, kinds, seats
from alliance.models import Group, Measure, Meeting, MeetingKind, Minutes, Regulation, Seat, Turn
from nanchuan.kernel.admin import ReadOnlyAdmin, ScopedAdmin, ScopedInline


class SeatInline(ScopedInline):
    """To look at: units join and leave by acts that the rota follows."""

    model = Seat
    fields = readonly_fields = ("unit", "order", "starts_on", "ends_on")

    def has_add_permission(self, request, obj=None):
        return False

    has_change_permission = has_add_permission


@admin.register(Group)
class GroupAdmin(ScopedAdmin):
    """Bulk entry of groups; how one ends is an act of its page."""

    list_display = ("name", "chain", "order", "starts_on", "ends_on")
    search_fields = ("name", "chain")
    fields = ("name", "chain", "order", "starts_on")
    inlines = (SeatInline,)

    def get_readonly_fields(self, request, obj=None):
        return ("starts_on",) if obj else ()

    def save_model(self, request, obj, form, change):
        facts = {name: form.cleaned_data[name] for name in form.cleaned_data}
        if change:
            groups.change(Group.objects.get(pk=obj.pk), by=request.user, **facts)
            return
        obj.pk = groups.found(by=request.user, **facts).pk
        obj._state.adding = False


@admin.register(Seat)
class SeatAdmin(ScopedAdmin):
    """Bulk entry of units that join; afterwards to look at."""

    list_display = ("unit", "group", "order", "starts_on", "ends_on")
    list_filter = ("group", "unit__kind")
    list_select_related = ("unit", "group")
    search_fields = ("unit__name", "unit__short_name")
    autocomplete_fields = ("group", "unit")
    fields = ("group", "unit", "order", "starts_on")
    date_hierarchy = "starts_on"

    def has_change_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        facts = {name: form.cleaned_data[name] for name in self.fields}
        obj.pk = seats.join(by=request.user, **facts).pk
        obj._state.adding = False


@admin.register(Turn)
class TurnAdmin(ReadOnlyAdmin):
    """To look at: the rota is planned and changed on its pages, where its order is kept."""

    list_display = ("group", "seat", "starts_on", "ends_on")
    list_filter = ("group",)
    list_select_related = ("group", "seat__unit")
    date_hierarchy = "starts_on"


@admin.register(MeetingKind)
class MeetingKindAdmin(ScopedAdmin):
    """The rest of a kind is set on its page."""

    list_display = ("name", "reminder_offsets", "order", "is_active")
    fields = ("name", "reminder_offsets", "order", "is_active")
    search_fields = ("name",)

    def save_model(self, request, obj, form, change):
        kinds.save(obj, by=request.user)


@admin.register(Meeting)
class MeetingAdmin(ReadOnlyAdmin):
    """To look at: a meeting is convened, moved and cancelled on its pages, where the invited
    hear of it."""

    list_display = ("title", "group", "starts_at", "place", "status")
    list_filter = ("status", "group", "kind")
    list_select_related = ("group",)
    search_fields = ("title",)
    date_hierarchy = "starts_at"


@admin.register(Regulation)
class RegulationAdmin(ReadOnlyAdmin):
    """To look at: a version is drafted, adopted and withdrawn on its pages, where the units are
    asked to sign."""

    list_display = ("title", "text", "number", "status", "starts_on", "ends_on")
    list_filter = ("text", "status")
    search_fields = ("title",)


@admin.register(Measure)
class MeasureAdmin(ReadOnlyAdmin):
    """To look at: a measure is written and changed on its pages, where its units hear of it."""

    list_display = ("number", "title", "group", "unit", "due_on", "status")
    list_filter = ("status", "group", "source")
    list_select_related = ("group", "unit")
    search_fields = ("number", "title")
    date_hierarchy = "due_on"


@admin.register(Minutes)
class MinutesAdmin(ReadOnlyAdmin):
    """To look at: minutes are written, reviewed and published on their pages."""

    list_display = ("meeting", "number", "version", "status", "published_at")
    list_filter = ("status",)
    list_select_related = ("meeting",)
    search_fields = ("number", "meeting__title")
    exclude = ("content", "head")
