"""What a unit can give: its page, its form, its photos and its steps."""

from copy import copy
from datetime import timedelta

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, DetailView, UpdateView

from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import (
    HistoryMixin,
    ScopedMixin,
    UploadMixin,
    get_editable_or_deny,
    photo_response,
    take_step,
)
from services import stock
from services.actions import phones
from services.actions import resource_rights as rights
from services.actions import resources as actions
from services.forms.resources import (
    CloseDaysForm,
    OpenReasonForm,
    ReasonForm,
    ResourceForm,
)
from services.models import (
    Booking,
    ClosedTime,
    Commitment,
    Project,
    Resource,
    ResourcePhoto,
)
from services.views.step_verbs import StepPage, Verb, steps_of

WEEKS = 4
MOST_BOOKINGS = 50
VERBS = {
    "approve": Verb(
        _("通过审核"), actions.approve, _("已通过审核，全联盟都能看到和认领。"), is_main=True
    ),
    "return": Verb(
        _("退回补充"), actions.send_back, _("已退回，提供单位会收到原因。"), ReasonForm, danger=True
    ),
    "resume": Verb(_("恢复提供"), actions.resume, _("已恢复提供。"), is_main=True),
    "change": Verb(
        _("登记不开放日期"), actions.close_days, _("已登记不开放的日期。"), CloseDaysForm
    ),
    "pause": Verb(_("暂停提供"), actions.pause, _("已暂停，恢复前不能认领。"), OpenReasonForm),
    "withdraw": Verb(
        _("撤回"), actions.withdraw, _("已撤回，不再对外提供。"), OpenReasonForm, danger=True
    ),
}
ON_THE_PAGE = {verb: look for verb, look in VERBS.items() if verb != "change"}


class ResourceDetail(HistoryMixin, ScopedMixin, DetailView):
    """What is left, when it can be had, and who has it, for those who may know."""

    queryset = Resource.objects.select_related("unit")

    def get_context_data(self, **kwargs):
        resource, user, today = self.object, self.request.user, timezone.localdate()
        until = today + timedelta(weeks=WEEKS + 1)
        stock.load([resource], today, until)
        seen = Booking.objects.visible_to(user).filter(resource=resource)
        rows = list(seen.select_related("unit", "resource", "need").newest()[:MOST_BOOKINGS])
        for row in rows:
            row.unit_word = row.unit_for(user)
        given = Commitment.objects.visible_to(user).standing().filter(resource=resource)
        given = given.order_by().values("project")
        projects = Project.objects.visible_to(user).filter(pk__in=given)
        may = rights.verbs(user, resource)
        context = super().get_context_data(**kwargs)
        is_had = resource.is_available() or (resource.is_timed and resource.status == "available")
        return context | {
            "history": self._history(context["history"]),
            "left": stock.left_on(resource, today),
            "free": None if resource.is_timed else stock.left(resource),
            "weeks": stock.calendar_of(resource, today, until) if resource.is_timed else [],
            "hours": resource.open_times.all() if resource.is_timed else (),
            "closed": _closed_from(resource, today),
            "photos": resource.photos.all(),
            "bookings": rows,
            "projects": projects.select_related("lead")[:MOST_BOOKINGS],
            "steps": steps_of(resource, ON_THE_PAGE, may, "resource"),
            "may_change": "change" in may,
            "may_call": phones.may_see(user, resource),
            "may_ask": is_had and rights.may_ask(user, resource),
            "may_offer": is_had and rights.giver_or_office(user, resource),
        }

    def _history(self, events):
        """Who called about it would say who has some of it."""
        if rights.giver_or_office(self.request.user, self.object):
            return events
        return [event for event in events if event.name != phones.SHOWN[Resource]]


def _closed_from(resource, today) -> list[ClosedTime]:
    rows = resource.closed_times.all() if resource.is_timed else ()
    return [row for row in rows if row.ends_on >= today]


class ResourceFormMixin(UploadMixin):
    template_name = "services/resource_form.html"
    form_class = ResourceForm


class ResourceCreate(ResourceFormMixin, CreateView):
    model = Resource
    success_message = _("已登记“%(object)s”。")

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("services:resource-list"), **kwargs)

    def act(self, form):
        made = actions.add(unit=form.unit, by=self.request.user, **form.facts())
        if made.status == Resource.Status.SUBMITTED:
            messages.info(self.request, _("园区党务办公室审核后，全联盟就能看到和认领。"))
        return made


class ResourceEdit(ResourceFormMixin, UpdateView):
    success_message = _("已更新“%(object)s”。")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        rows = Resource.objects.select_related("unit")
        self.resource = get_editable_or_deny(rows, request.user, pk=kwargs["pk"])

    def get(self, request, *args, **kwargs):
        try:
            rights.check(self.resource, "change", request.user)
        except StepRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(self.resource)
        return super().get(request, *args, **kwargs)

    def get_object(self, queryset=None):
        return copy(self.resource)  # the form writes on its own

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            cancel_url=self.resource.get_absolute_url(),
            kept_photos=self.resource.photos.all(),
            **kwargs,
        )

    def act(self, form):
        facts = form.facts() | {"removed": form.photos_removed}
        actions.change(self.resource, by=self.request.user, **facts)
        return self.resource


# ── Steps ───────────────────────────────────────────────────────────────────────────────────


def visible(user, pk) -> Resource:
    return get_object_or_404(Resource.objects.select_related("unit").visible_to(user), pk=pk)


@require_POST
def resource_step(request, pk, verb):
    """A step that takes one click."""
    look = VERBS[verb]
    return take_step(request, look.action, visible(request.user, pk), done=look.done)


class ResourceStep(StepPage):
    looks, table = VERBS, rights.RESOURCE_STEPS

    def find(self, user, pk):
        return visible(user, pk)


@require_POST
def closedtime_drop(request, pk):
    seen = Resource.objects.visible_to(request.user)
    closed = get_object_or_404(
        ClosedTime.objects.select_related("resource"), pk=pk, resource__in=seen
    )
    return take_step(
        request, actions.open_days, closed.resource, done=_("这些日期恢复开放。"), closed=closed
    )


# ── Photos ──────────────────────────────────────────────────────────────────────────────────


def resourcephoto_image(request, pk):
    return _photo(request, pk, "image")


def resourcephoto_thumbnail(request, pk):
    return _photo(request, pk, "thumbnail")


def _photo(request, pk, name):
    """For those who see its resource; 404 for anybody else."""
    seen = Resource.objects.visible_to(request.user)
    photo = get_object_or_404(ResourcePhoto, pk=pk, resource__in=seen)
    return photo_response(getattr(photo, name), f"photo-{pk}.jpg")
