"""Circulars to look at: they change on their pages, where rules and people hear of it."""

from django.contrib import admin

from nanchuan.circulars.models import Addressee, Circular
from nanchuan.kernel.admin import ReadOnlyAdmin


@admin.register(Circular)
class CircularAdmin(ReadOnlyAdmin):
    list_display = ("number", "title", "kind", "status", "due_at", "published_at")
    list_filter = ("status", "kind")
    search_fields = ("number", "title")
    ordering = ("-published_at", "-pk")
    fields = readonly_fields = (
        "number",
        "title",
        "kind",
        "status",
        "text",
        "needs_receipt",
        "needs_submission",
        "due_at",
        "published_at",
        "closed_at",
        "reason",
    )


@admin.register(Addressee)
class AddresseeAdmin(ReadOnlyAdmin):
    list_display = ("name", "circular", "status", "read_at", "confirmed_at", "due_at")
    list_filter = ("status",)
    list_select_related = ("circular",)
    search_fields = ("name", "circular__title")
    ordering = ("-circular", "order", "pk")
    fields = readonly_fields = (
        "circular",
        "name",
        "due_at",
        "read_at",
        "read_name",
        "confirmed_at",
        "confirmed_name",
        "status",
        "submitted_at",
        "reason",
    )
