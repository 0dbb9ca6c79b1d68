"""Asking for a resource and offering it, and what became of it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, FormView

from nanchuan.kernel.views import (
    FormActionMixin,
    HistoryMixin,
    ScopedMixin,
    take_step,
)
from services.actions import bookings as actions
from services.actions import resource_rights as rights
from services.actions.rights import require
from services.forms.bookings import AskForm, OfferForm
from services.forms.resources import OpenReasonForm
from services.models import Booking, Need, Resource
from services.views.resources import visible as visible_resource
from services.views.step_verbs import StepPage, Verb, steps_of

VERBS = {
    "agree": Verb(_("同意"), actions.agree, _("已约定，对方会收到通知。"), is_main=True),
    "use": Verb(_("登记已使用"), actions.use, _("已登记使用。"), is_main=True),
    "decline": Verb(_("谢绝"), actions.decline, _("已谢绝，对方会收到通知。"), OpenReasonForm),
    "give-back": Verb(
        _("未用退回"), actions.give_back, _("已退回，其他单位可以认领。"), OpenReasonForm
    ),
    "cancel": Verb(
        _("取消"), actions.cancel, _("已取消，对方会收到通知。"), OpenReasonForm, danger=True
    ),
}
PARTS = ("unit", "resource__unit", "need")


def dress(rows, user) -> list[Booking]:
    """Bookings as this reader may read them: for which unit (`unit_word`), for which need by its
    face (`seen_need`), and whether the resource can be opened."""
    rows = list(rows)
    needs = Need.objects.visible_to(user).filter(
        pk__in=[row.need_id for row in rows if row.need_id]
    )
    needs = {need.pk: need for need in needs.with_faces(user)}
    seen = Resource.objects.visible_to(user).filter(pk__in=[row.resource_id for row in rows])
    open_to = set(seen.values_list("pk", flat=True))
    for row in rows:
        row.unit_word = row.unit_for(user)
        row.seen_need = needs.get(row.need_id)
        row.may_open_resource = row.resource_id in open_to
    return rows


class BookingDetail(HistoryMixin, ScopedMixin, DetailView):
    queryset = Booking.objects.select_related(*PARTS, "made_by", "answered_by", "ended_by")

    def get_context_data(self, **kwargs):
        booking, user = self.object, self.request.user
        dress([booking], user)
        may = rights.verbs(user, booking)
        context = super().get_context_data(
            steps=steps_of(booking, VERBS, may, "booking"),
            names_unit=booking.names_unit_to(user),
            **kwargs,
        )
        if not context["names_unit"]:  # the names of its people would say whose it is
            context["history"] = []
        return context


# ── Beginning ───────────────────────────────────────────────────────────────────────────────


class BookingCreate(FormActionMixin, FormView):
    """`?on=2026-11-30` comes from the calendar, `?need=7` from a need."""

    template_name = "services/booking_form.html"

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.resource = visible_resource(request.user, kwargs["pk"])
        require(self.may_begin(request.user))

    def get(self, request, *args, **kwargs):
        if self.resource.status != Resource.Status.AVAILABLE:
            messages.error(request, _("这项资源目前不能认领。"))
            return redirect(self.resource)
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self):
        facts = {"resource": self.resource, "on": self.request.GET.get("on", "")}
        return super().get_form_kwargs() | facts

    def get_initial(self):
        return {"need": self.request.GET.get("need", "")}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            resource=self.resource,
            word=self.word,
            hours=self.resource.open_times.all(),
            cancel_url=self.resource.get_absolute_url(),
            **kwargs,
        )


class ResourceAsk(BookingCreate):
    form_class = AskForm
    word = _("认领")

    def may_begin(self, user):
        return rights.may_ask(user, self.resource)

    def act(self, form):
        made = actions.ask(self.resource, by=self.request.user, **form.facts())
        if made.status == Booking.Status.AGREED:
            messages.success(self.request, _("已约定。"))
        else:
            messages.success(self.request, _("已提出，提供单位同意后会通知您。"))
        return made


class ResourceOffer(BookingCreate):
    form_class = OfferForm
    word = _("主动提供")
    success_message = _("已提出，对方同意后会通知您。")

    def may_begin(self, user):
        return rights.giver_or_office(user, self.resource)

    def act(self, form):
        return actions.offer(self.resource, by=self.request.user, **form.facts())


# ── Steps ───────────────────────────────────────────────────────────────────────────────────


def visible(user, pk) -> Booking:
    rows = Booking.objects.select_related(*PARTS)
    return get_object_or_404(rows.visible_to(user), pk=pk)


@require_POST
def booking_step(request, pk, verb):
    """A step that takes one click."""
    look = VERBS[verb]
    return take_step(request, look.action, visible(request.user, pk), done=look.done)


class BookingStep(StepPage):
    looks, table = VERBS, rights.BOOKING_STEPS

    def find(self, user, pk):
        return visible(user, pk)
