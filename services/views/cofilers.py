"""Other units that ask for the same need: invited, let in, gone again."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import FormView

from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.fields import is_number
from nanchuan.kernel.views import FormActionMixin, get_editable_or_deny, take_step
from services.actions import cofilers as actions
from services.actions.rights import filer_or_office, require, speaks_for
from services.conditions import parts
from services.forms.filing import InviteForm
from services.models import CoFiler, Need


def cofiling(need, user) -> dict:
    """What the page of a need shows of it: who asks along, and what this reader may do."""
    rows = sorted(parts(need, "cofilers"), key=lambda row: (row.joined_at, row.pk))
    own = [row for row in rows if speaks_for(user, row.unit_id)]
    manages = need.is_open and filer_or_office(user, need)
    # Who waits to be let in is its own business and the filer's.
    is_in = [row for row in rows if row.admitted_at and need.face.is_whole]
    shown = [row for row in rows if manages or row in own or row in is_in]
    for row in shown:
        row.is_own = row in own
    return {
        "cofilers": shown,
        "manages_cofilers": manages,
        "joinable": actions.joinable(need, user) if _may_join(need, rows, user) else [],
    }


def filed_for(history) -> bool:
    """Whether the office filed it for the unit (代为点单), as its history tells."""
    filed = (event for event in history if event.name == "need.filed")
    return any(event.facts.get("on_behalf") for event in filed)


def _may_join(need, rows, user) -> bool:
    if need.face.is_whole or need.status not in Need.PUBLISHED or not need.is_open:
        return False
    return bool(set(roles.places(user, roles.UNIT)) - {row.unit_id for row in rows})


class NeedInvite(FormActionMixin, FormView):
    """The filer asks other units along."""

    form_class = InviteForm
    template_name = "services/need_invite.html"
    success_message = _("已加入，这些单位会收到通知并看到全部内容。")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.need = get_editable_or_deny(
            Need.objects.select_related("unit"), request.user, **kwargs
        )
        require(filer_or_office(request.user, self.need))

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"need": self.need}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            need=self.need, cancel_url=self.need.get_absolute_url(), **kwargs
        )

    def act(self, form):
        actions.invite(self.need, units=form.cleaned_data["units"], by=self.request.user)
        return self.need


@require_POST
def need_join(request, pk):
    need = get_object_or_404(Need.objects.visible_to(request.user), pk=pk)
    chosen, own = _chosen(request), roles.places(request.user, roles.UNIT)
    units = Unit.objects.filter(pk__in=[pk for pk in own if pk in chosen] or own[:1])
    require(bool(units))
    done = _("已告诉提出单位。对方同意后，您会看到全部内容并一起收到进展。")
    return take_step(request, actions.join, need, unit=units[0], done=done)


@require_POST
def cofiler_admit(request, pk):
    row = _row(request.user, pk)
    require(filer_or_office(request.user, row.need))
    return take_step(
        request, _of(row, actions.admit), row.need, done=_("已同意，对方现在能看到全部内容。")
    )


@require_POST
def cofiler_leave(request, pk):
    """A co-filer goes, or the filer does without it. Whoever goes may not see the need any more."""
    row = _row(request.user, pk)
    need, own = row.need, speaks_for(request.user, row.unit_id)
    done = _("已退出，不再收到这条需求的进展。") if own else _("已处理，对方会收到通知。")
    to = "services:need-list" if own else None
    return take_step(request, _of(row, actions.leave), need, to=to, done=done)


def _of(row, action):
    return lambda need, *, by: action(need, row, by=by)


def _chosen(request) -> list[int]:
    return [int(key) for key in request.POST.getlist("unit") if is_number(key)]


def _row(user, pk) -> CoFiler:
    """One's own row, or one of a need of which the reader reads the whole."""
    row = get_object_or_404(CoFiler.objects.select_related("need__unit", "unit"), pk=pk)
    if not (speaks_for(user, row.unit_id) or row.need.is_party(user)):
        raise Http404
    return row
