"""A transfer is asked for: which way, who, and the form."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, ListView

from members.actions import receiving
from members.actions import transfers as actions
from members.forms.transfers import IncomingForm, InsideForm, OutgoingForm, PickFilterSet
from members.models import PartyMember, Transfer
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import FilteredMixin, FormActionMixin, get_editable_or_deny

Direction = Transfer.Direction
FROM_THE_PARK = (Direction.INSIDE, Direction.OUTGOING)
WAYS = {
    Direction.INSIDE: _("从园区的一个党组织转到另一个。"),
    Direction.INCOMING: _("带着介绍信从园区外来，登记本人后接收。"),
    Direction.OUTGOING: _("开具介绍信转到园区外，收到回执后登记。"),
}


class TransferCreate(FilteredMixin, ListView):
    """Which way, then who; the form follows. Whoever comes from outside is entered there."""

    filterset_class = PickFilterSet
    template_name = "members/transfer_create.html"
    partial_template_name = "members/_transfer_pick.html"
    queryset = PartyMember.objects.with_place()

    def get(self, request, *args, **kwargs):
        self.direction = request.GET.get("direction", "")
        self.person = _asked_for(request)
        if self.direction == Direction.INCOMING:
            return redirect("members:transfer-incoming")
        if self.person and self.direction in FROM_THE_PARK:
            return redirect(_form_url(self.direction, self.person))
        return super().get(request, *args, **kwargs)

    def get_queryset(self):
        if self.direction not in FROM_THE_PARK:
            self.queryset = PartyMember.objects.none()
        self.queryset = self.queryset.editable_by(self.request.user).counted()
        return super().get_queryset()

    def get_context_data(self, **kwargs):
        ways = FROM_THE_PARK if self.person else Direction
        return super().get_context_data(
            ways=[(way, WAYS[way]) for way in ways],
            direction=Direction(self.direction) if self.direction in FROM_THE_PARK else None,
            form_url=reverse(f"members:transfer-{self.direction}")
            if self.direction in FROM_THE_PARK
            else "",
            person=self.person,
            **kwargs,
        )


def _asked_for(request):
    """The person of `?member=`, if the user may change that person."""
    asked = request.GET.get("member", "")
    if not asked:
        return None
    if not (asked.isascii() and asked.isdecimal()):
        raise Http404
    return get_editable_or_deny(PartyMember.objects.all(), request.user, pk=asked[:18])


def _form_url(direction, person):
    return f"{reverse(f'members:transfer-{direction}')}?member={person.pk}"


class RequestPage(FormActionMixin, FormView):
    """A form that ends in a request."""

    template_name = "members/transfer_form.html"
    direction: Direction
    success_message = _("已提出转接，会通知接收方办理。")

    def get_context_data(self, **kwargs):
        kwargs.setdefault("cancel_url", reverse("members:transfer-list"))
        return super().get_context_data(direction=self.direction, **kwargs)


class FromThePark(RequestPage):
    """A member is to go: the source is where the person belongs today."""

    def dispatch(self, request, *args, **kwargs):
        self.person = _asked_for(request)
        if self.person is None:
            start = reverse("members:transfer-create")
            return redirect(f"{start}?direction={self.direction}")
        try:
            self.now = receiving.present(self.person)
        except StepRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(self.person)
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"source": self.now.organization}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            person=self.person,
            membership=self.now,
            cancel_url=self.person.get_absolute_url(),
            **kwargs,
        )

    def act(self, form):
        return actions.request(self.person, by=self.request.user, **form.facts())


class TransferInside(FromThePark):
    form_class = InsideForm
    direction = Direction.INSIDE


class TransferOutgoing(FromThePark):
    form_class = OutgoingForm
    direction = Direction.OUTGOING
    success_message = _("已开具介绍信。收到回执后请在这里登记。")


class TransferIncoming(RequestPage):
    form_class = IncomingForm
    direction = Direction.INCOMING
    success_message = _("已登记转入人员，核对后请办理接收。")

    def act(self, form):
        facts = form.facts()
        return actions.request_incoming(facts.pop("target"), by=self.request.user, **facts)
