"""What is booked: as each reader may read it, in a list."""

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.generic import ListView

from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel import roles
from nanchuan.kernel.prepared import keys
from nanchuan.kernel.readers import prepared_for_reader
from nanchuan.kernel.templatetags.ui import moment, state
from nanchuan.kernel.views import ExportedMixin
from services.forms.resource_filters import BookingFilter
from services.models import Booking
from services.papers.resources import booking_columns
from services.stock import spaced
from services.views.kept_lists import KeptListMixin

MOST_FOUND = 200  # each row is judged, before they are counted
SHOWN = (
    "number",
    "quantity",
    "starts_at",
    "ends_at",
    "side",
    "status",
    "agreed_at",
    "need",
    "unit",
    "unit__name",
    "unit__short_name",
    "resource",
    "resource__title",
    "resource__measure",
    "resource__unit",
    "resource__unit__name",
    "resource__unit__short_name",
)


def lines(pks: list[int], user) -> list[Booking]:
    """The bookings with some keys, in their order, each with its `line` for `slots.filled`."""
    rows = {row.pk: row for row in _shown(user, pks)}
    found = [rows[pk] for pk in pks if pk in rows]
    page = reverse("services:booking-detail", args=[0]).removesuffix("0/")
    for row in found:
        row.line = _line(row, page, user)
    return found


@prepared_for_reader(list)
def _shown(reader, pks) -> QuerySet:
    rows = Booking.objects.filter(pk__in=keys(pks)).order_by()
    return rows.for_table(reader).only(*SHOWN)


@prepared_for_reader()
def _to_answer(reader) -> QuerySet:
    """How many wait for resources of the reader's units, and how many are offered to its units."""
    own = roles.places(reader, roles.UNIT)
    waiting = Booking.objects.filter(status=Booking.Status.WAITING).order_by()
    asked = waiting.filter(side=Booking.Side.ASKED, giver__in=own).values("giver")
    asked = asked.annotate(waiting=Count("pk")).values_list("waiting")
    offered = waiting.filter(side=Booking.Side.OFFERED, unit__in=own).values("unit")
    offered = offered.annotate(waiting=Count("pk")).values_list("waiting")
    return asked.union(offered, all=True)


def _line(row, page, user) -> dict:
    begins, ends = moment(row.starts_at), moment(row.ends_at)
    return {
        "url": f"{page}{row.pk}/",
        "number": row.number,
        "resource": row.resource.title,
        "giver": row.resource.unit,
        "giver_name": row.resource.unit.name,
        "unit": row.unit_for(user),
        "quantity": f"{row.quantity}{spaced(row.resource.measure)}",
        "when": f"{begins} — {ends}" if row.starts_at else "—",
        "side": row.get_side_display(),
        "state": state(row.status, row.get_status_display()),
    }


class BookingList(ExportedMixin, SavedViewsMixin, KeptListMixin, ListView):
    """What waits for an answer, what is agreed and what was."""

    queryset = Booking.objects.newest()
    most = MOST_FOUND
    filterset_class = BookingFilter
    template_name = "services/booking_list.html"
    partial_template_name = "services/_booking_table.html"
    export_name = gettext_lazy("资源认领清单")
    on_paper = True
    numbered_paper = False  # they have numbers of their own

    def dressed(self, queryset, keys):
        return lines(keys, self.request.user)

    def dress_export(self, rows):
        return rows.for_table(self.request.user)

    def export_columns(self):
        return booking_columns(self.request.user)

    def get_context_data(self, **kwargs):
        speaks = roles.has_role(self.request.user, roles.UNIT)
        waiting = sum(number for (number,) in _to_answer(self.request.user)) if speaks else 0
        context = super().get_context_data(waiting=waiting, **kwargs)
        return context | {"cells": [row.line for row in context["object_list"]]}
