"""What went wrong in the machinery, for staff to see; nothing here is typed in."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.admin import ScopedAdmin
from nanchuan.notices.models import Delivery, Reminder, RobotPost, Setback


class SeenOnlyAdmin(ScopedAdmin):
    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Reminder)
class ReminderAdmin(SeenOnlyAdmin):
    list_display = ["rule", "subject_type", "due_at", "state", "settled_at", "error"]
    list_filter = ["state", "rule"]
    list_select_related = ["subject_type"]
    date_hierarchy = "due_at"
    ordering = ["-due_at", "-pk"]


@admin.register(Delivery)
class DeliveryAdmin(SeenOnlyAdmin):
    list_display = ["recipient", "channel", "reminder", "state", "attempts", "due_at", "error"]
    list_filter = ["state", "channel"]
    list_select_related = ["recipient", "reminder"]
    ordering = ["-pk"]


@admin.register(RobotPost)
class RobotPostAdmin(SeenOnlyAdmin):
    list_display = ["channel", "window", "state", "attempts", "due_at", "sent_at", "error"]
    list_filter = ["state", "channel"]
    list_select_related = ["channel"]
    ordering = ["-pk"]


@admin.register(Setback)
class SetbackAdmin(SeenOnlyAdmin):
    list_display = ["event", "failures", "retry_at", "error"]
    list_select_related = ["event"]
    ordering = ["-event"]

    @admin.display(description=_("失败次数"), ordering="event__failures")
    def failures(self, setback):
        return setback.event.failures
