from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, FormView, UpdateView

from alliance.actions import duties as actions
from alliance.actions import duty_steps, handovers
from alliance.actions.rights import office, require, speaks_for
from alliance.forms.duties import DropForm, DutyForm, TurnForm
from alliance.models import Duty, DutyFile, DutyKind, Handover, Meeting, Origin, Turn
from alliance.statements import Quarter
from alliance.views.turns import acts_on
from alliance.views.units import told
from members.models import Activity
from nanchuan.kernel.attaching import answer
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.models import Event
from nanchuan.kernel.views import (
    FormActionMixin,
    ScopedMixin,
    UploadMixin,
    get_editable_or_deny,
    take_step,
)

SOON = 7  # days
DUTIES = Duty.objects.select_related("turn__group", "turn__seat__unit")
LABELS = {
    "complete": gettext_lazy("填写完成情况"),
    "reopen": gettext_lazy("重新办理"),
    "drop": gettext_lazy("不再要求"),
}


class TurnDetail(ScopedMixin, DetailView):
    """One turn: who, when, what is to be done and how far it is, and the handover."""

    queryset = Turn.objects.select_related("group", "seat__unit", "due_seat__unit", "regulation")
    template_name = "alliance/turn_detail.html"

    def get_context_data(self, **kwargs):
        turn, user = self.object, self.request.user
        duties = duties_of(turn, user)
        meetings = Meeting.objects.visible_to(user).marked_for(user).filter(turn=turn)
        sheets = Handover.objects.visible_to(user).select_related("arriving__seat__unit")
        handover = sheets.order_by().filter(turn=turn).first()
        if handover:
            handover.turn = turn
        neighbours = turn.group.turns.select_related("seat__unit").exclude(pk=turn.pk)
        before = list(neighbours.filter(starts_on__lt=turn.starts_on).order_by("starts_on"))
        meetings = list(meetings.order_by("starts_at"))
        context = {
            "acts": acts_on(user, turn),
            "state": state_of(turn),
            "why": why(turn, before),
            "next_step": next_step(user, turn, duties, meetings),
            "before": before[-1] if before else None,
            "after": neighbours.filter(starts_on__gt=turn.starts_on).first(),
            "duties": duties,
            "progress": progress(duties),
            "meetings": meetings,
            "handover": handover,
            "handover_now": handovers.waiting_words(handover) if handover else "",
            "hands_over_on": handovers.opens_on(turn),
            "assignments": turn.assignments.select_related("seat__unit", "by"),
            "may_describe": duty_steps.may_work_on(user, turn),
            "history": history_of(turn, duties, handover),
        }
        return super().get_context_data(**context, **kwargs)


def state_of(turn) -> tuple[str, str]:
    """Style and words."""
    if turn.is_over:
        return "ended", _("已结束")
    if turn.is_open:
        return "soon", _("待定")
    return ("active", _("轮值中")) if turn.is_current() else ("planned", _("未开始"))


def why(turn, before) -> str:
    """Why this unit has the turn, in words; `before` are the turns of the group until then."""
    if turn.is_open:
        return ""
    words = [turn.get_origin_display()] if turn.origin == Origin.ORDER else []
    own = [row for row in before if row.seat_id == turn.seat_id]
    return _("；").join([*words, told(turn, own[-1] if own else None)])


def next_step(user, turn, duties, meetings) -> dict | None:
    """What the unit on turn does next: address and words of the one red button of its page."""
    if turn.is_open or not turn.is_current() or not speaks_for(user, turn.seat.unit_id):
        return None
    if not (turn.theme and turn.chair_name):
        return {"url": reverse("alliance:turn-edit", args=[turn.pk]), "label": _("填写主题和主席")}
    for meeting in meetings:
        if meeting.is_editable and meeting.awaits_convener:
            return {"url": meeting.get_absolute_url(), "label": _("办理联席会议")}
    for duty in duties:
        if "complete" in duty_steps.verbs(user, duty):
            label = _("填写完成情况：%(duty)s") % {"duty": duty.title}
            return {"url": reverse("alliance:duty-complete", args=[duty.pk]), "label": label}
    return None


def duties_of(turn, user) -> list[Duty]:
    """The duties, each with how it stands, what shows it and what the reader may do."""
    rows = turn.duties.select_related("meeting", "activity", "done_by").prefetch_related("files")
    duties = list(rows)
    linked = [duty.activity_id for duty in duties if duty.activity_id]
    open_to = set()
    if linked:
        seen = Activity.objects.visible_to(user).filter(pk__in=linked)
        open_to = set(seen.values_list("pk", flat=True))
    drafts_open = duty_steps.may_work_on(user, turn)
    for duty in duties:
        duty.turn = turn
        duty.look, duty.words = look_of(duty)
        duty.acts = [act_of(verb, duty) for verb in duty_steps.verbs(user, duty)]
        if duty.kind == DutyKind.BULLETIN:
            duty.bulletin = f"{Quarter.of(turn.ends_on).query}&group={turn.group_id}"
        duty.is_activity_open = duty.activity_id in open_to
        duty.shows_meeting = bool(duty.meeting) and (
            drafts_open
            or duty.meeting.status != Meeting.Status.DRAFT
            or duty.meeting.topics_called_at is not None
        )
        duty.by_itself = duty_steps.BY_ITSELF.get(duty.kind) if duty.status == "open" else ""
    return duties


def look_of(duty) -> tuple[str, str]:
    if duty.status != Duty.Status.OPEN:
        style = "done" if duty.status == Duty.Status.DONE else "ended"
        return style, duty.get_status_display()
    left = (duty.due_on - timezone.localdate()).days
    if left < 0:
        return "overdue", _("逾期 %(days)d 天") % {"days": -left}
    if left == 0:
        return "soon", _("今天到期")
    return ("soon" if left <= SOON else "open"), _("还有 %(days)d 天") % {"days": left}


def act_of(verb, duty) -> dict:
    return {
        "label": LABELS[verb],
        "url": reverse(f"alliance:duty-{verb}", args=[duty.pk]),
        "is_page": verb != "reopen",
    }


def progress(duties) -> dict:
    """How many of those that count are done, how many are late."""
    counted = [duty for duty in duties if duty.status != Duty.Status.DROPPED]
    done = [duty for duty in counted if duty.status == Duty.Status.DONE]
    return {
        "done": len(done),
        "all": len(counted),
        "percent": round(100 * len(done) / len(counted)) if counted else 0,
        "late": [duty.title for duty in counted if duty.days_late],
    }


def history_of(turn, duties, handover) -> list[Event]:
    """What happened to the turn, to its duties and to its handover, newest first."""
    scope = Q(subject_type=_kind(Turn), subject_id=turn.pk)
    scope |= Q(subject_type=_kind(Duty), subject_id__in=[duty.pk for duty in duties])
    if handover:
        scope |= Q(subject_type=_kind(Handover), subject_id=handover.pk)
    found = list(Event.objects.filter(scope).order_by("-happened_at", "-pk")[:50])
    for event in found:
        if event.subject_type_id == _kind(Duty).pk:
            event.about = event.subject_label
    return found


def _kind(model) -> ContentType:
    return ContentType.objects.get_for_model(model)


class TurnEdit(EditActionMixin, UpdateView):
    """Theme, chair and note, by the unit on turn and the office."""

    model = Turn
    form_class = TurnForm
    template_name = "alliance/turn_form.html"
    success_message = gettext_lazy("已保存%(object)s的信息。")

    def get_object(self, queryset=None):
        rows = Turn.objects.select_related("group", "seat__unit")
        return get_editable_or_deny(rows, self.request.user, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.object.get_absolute_url(), **kwargs)

    def act(self, form):
        turn = Turn.objects.get(pk=form.instance.pk)  # the form has written on its own copy
        given = {name: form.cleaned_data[name] for name in form.Meta.fields}
        actions.describe(turn, by=self.request.user, **given)
        return turn


class DutyPage:
    """A step of a duty with a page of its own; what is too late is said on the turn's page."""

    verb: str

    def dispatch(self, request, *args, **kwargs):
        self.duty = get_editable_or_deny(DUTIES, request.user, pk=kwargs["pk"])
        require(office(request.user) or self.verb != "drop")
        if request.method == "GET" and self.verb not in duty_steps.verbs(request.user, self.duty):
            messages.error(request, self._why_not())
            return redirect(self.duty)
        return super().dispatch(request, *args, **kwargs)

    def _why_not(self):
        if self.duty.status == Duty.Status.OPEN and self.duty.kind in duty_steps.BY_ITSELF:
            return duty_steps.BY_ITSELF[self.duty.kind]
        return _("“%(duty)s”%(status)s。") % {
            "duty": self.duty,
            "status": self.duty.get_status_display(),
        }

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            duty=self.duty, cancel_url=self.duty.get_absolute_url(), **kwargs
        )


class DutyComplete(DutyPage, UploadMixin, FormView):
    verb = "complete"
    form_class = DutyForm
    template_name = "alliance/duty_form.html"
    success_message = gettext_lazy("已登记“%(object)s”完成。")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"duty": self.duty}

    def get_context_data(self, **kwargs):
        theme_day = self.duty.kind == DutyKind.THEME_DAY
        return super().get_context_data(is_theme_day=theme_day, **kwargs)

    def act(self, form):
        duty_steps.complete(self.duty, by=self.request.user, **form.facts())
        return self.duty


class DutyDrop(DutyPage, FormActionMixin, FormView):
    verb = "drop"
    form_class = DropForm
    template_name = "alliance/duty_drop.html"
    success_message = gettext_lazy("已登记不再要求“%(object)s”，原因会显示在轮值页上。")

    def act(self, form):
        duty_steps.drop(self.duty, reason=form.cleaned_data["reason"], by=self.request.user)
        return self.duty


@require_POST
def duty_reopen(request, pk):
    duty = get_editable_or_deny(DUTIES, request.user, pk=pk)
    return take_step(request, duty_steps.reopen, duty, done=_("已改回待办。"))


def duty_file(request, pk):
    """A file that shows what was done, for whoever sees the turn."""
    seen = Duty.objects.visible_to(request.user)
    return answer(get_object_or_404(DutyFile, pk=pk, duty__in=seen))
