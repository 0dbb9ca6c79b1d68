"""Meetings of organizational life: one page that leads through the steps."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, FormView, ListView

from members import preparing
from members.actions import lifemeetings as actions
from members.forms import lifemeetings as forms
from members.forms.appraisals import ReasonForm
from members.models import LifeMeeting, Organization, Rectification, SuggestionBox
from nanchuan.kernel import events
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    FormActionMixin,
    ScopedMixin,
    get_editable_or_deny,
    take_step,
)

ROWS = LifeMeeting.objects.select_related("organization")
Status = LifeMeeting.Status


class LifeMeetingList(ExportedMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView):
    queryset = LifeMeeting.objects.newest()
    filterset_class = forms.LifeMeetingFilterSet
    template_name = "members/lifemeeting_list.html"
    partial_template_name = "members/_lifemeeting_table.html"
    export_name = _("组织生活会台账")

    def dress(self, rows):
        return rows.select_related("organization").with_items()

    def export_columns(self):
        return [
            Column(_("党组织"), lambda row: row.organization.name, 36),
            Column(_("主题"), lambda row: row.theme, 36),
            Column(_("计划召开日期"), lambda row: row.planned_on, 14),
            Column(_("状态"), lambda row: row.get_status_display(), 12),
            Column(_("整改事项"), lambda row: row.items, 10),
            Column(_("未完成"), lambda row: row.open_items, 10),
        ]


class LifeMeetingDetail(ScopedMixin, DetailView):
    queryset = ROWS.select_related("activity", "appraisal__organization")
    template_name = "members/lifemeeting_detail.html"
    context_object_name = "meeting"

    def get_context_data(self, **kwargs):
        meeting, user = self.object, self.request.user
        until = meeting.activity.held_on if meeting.activity else timezone.localdate()
        reads = meeting.is_led_by(user)
        parts = meeting.parts.select_related("member").order_by("member__pinyin", "pk")
        own = parts.filter(member__user=user).first()
        context = {
            "own": own,
            "has_box": (has_box := SuggestionBox.objects.filter(meeting=meeting).exists()),
            "may_open": reads and not (has_box and timezone.localdate() < meeting.opinions_until),
            "reads": reads,
            "parts": list(parts if reads else parts.defer("check_list", "criticism")),
            "talks": preparing.talks_done(meeting, until),
            "studies": list(preparing.studies(meeting, until).visible_to(user)[:5]),
            "items": self._items(),
        }
        context["written"] = sum(part.written_on is not None for part in context["parts"])
        if meeting.is_editable:
            context["history"] = events.latest(meeting)
        return super().get_context_data(**context, **kwargs)

    def _items(self):
        rows = self.object.rectifications.select_related("owner")
        return list(rows.marked_for(self.request.user))


class LifeMeetingCreate(FormActionMixin, FormView):
    form_class = forms.LifeMeetingForm
    template_name = "members/lifemeeting_form.html"
    success_message = _("已开始筹备，会通知每位党员。")

    def get_initial(self):
        rows = Organization.objects.counted().editable_by(self.request.user)
        found = list(rows.order_by("depth", "path").values_list("pk", flat=True)[:2])
        return {"organization": found[0]} if len(found) == 1 else {}

    def act(self, form):
        facts = form.facts()
        return actions.begin(facts.pop("organization"), by=self.request.user, **facts)


class LifeMeetingPage(FormActionMixin, FormView):
    """A step on a page of its own."""

    template_name = "members/lifemeeting_step.html"
    verb, consider, kind = "", "", "primary"
    at: tuple = ()

    @cached_property
    def meeting(self) -> LifeMeeting:
        return get_editable_or_deny(ROWS, self.request.user, pk=self.kwargs["pk"])

    def dispatch(self, request, *args, **kwargs):
        self.check()
        return super().dispatch(request, *args, **kwargs)

    def check(self):
        """404 for what is not seen, 403 for what is not the reader's to do."""
        return self.meeting

    def get(self, request, *args, **kwargs):
        if self.meeting.status not in self.at:
            messages.error(request, _("现在不是办这一步的时候，请看下面的进程。"))
            return redirect(self.meeting)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            meeting=self.meeting,
            verb=self.verb,
            consider=self.consider,
            kind=self.kind,
            cancel_url=self.meeting.get_absolute_url(),
            **kwargs,
        )


class WithMeetingMixin:
    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"meeting": self.meeting}


class LifeMeetingEdit(LifeMeetingPage):
    form_class = forms.PlanForm
    verb = _("更改安排")
    at = (Status.PREPARING, Status.READY)

    def get_initial(self):
        return {name: getattr(self.meeting, name) for name in forms.PlanForm.base_fields}

    def act(self, form):
        actions.change(self.meeting, by=self.request.user, **form.facts())
        return self.meeting


class LifeMeetingHeld(WithMeetingMixin, LifeMeetingPage):
    form_class = forms.HeldForm
    verb = _("登记已召开")
    consider = _("选择这次组织生活会的活动记录：何时开、谁到会都从记录里来。")
    at = (Status.READY,)

    def get_context_data(self, **kwargs):
        asked = f"?organization={self.meeting.organization_id}&kind=organizational_life"
        return super().get_context_data(
            log_url=reverse("members:activity-create") + asked, **kwargs
        )

    def act(self, form):
        actions.hold(self.meeting, activity=form.cleaned_data["activity"], by=self.request.user)
        return self.meeting


class LifeMeetingItem(WithMeetingMixin, LifeMeetingPage):
    form_class = forms.ItemForm
    verb = _("列入整改")
    at = (Status.HELD,)

    def act(self, form):
        return actions.add_item(self.meeting, by=self.request.user, **form.facts())


class LifeMeetingCancel(LifeMeetingPage):
    form_class = ReasonForm
    verb, kind = _("取消组织生活会"), "danger"
    consider = _("取消以后不能恢复，意见箱里的意见不打开就销毁。")
    at = (Status.PREPARING, Status.READY)

    def act(self, form):
        reason = form.cleaned_data["reason"]
        actions.cancel(self.meeting, reason=reason, by=self.request.user)
        return self.meeting


class OwnPartMixin:
    """For who takes part, whoever it is."""

    @cached_property
    def meeting(self) -> LifeMeeting:
        return get_object_or_404(ROWS.visible_to(self.request.user), pk=self.kwargs["pk"])

    @cached_property
    def own(self):
        return self.meeting.parts.filter(member__user=self.request.user).first()

    def check(self):
        if self.meeting and self.own is None:
            raise PermissionDenied
        self.own.meeting = self.meeting


class LifeMeetingWrite(WithMeetingMixin, OwnPartMixin, LifeMeetingPage):
    form_class = forms.WriteForm
    at = (Status.PREPARING, Status.READY, Status.HELD)
    success_message = _("已保存。")

    @property
    def verb(self):
        return _("填写对照检查") if self.meeting.is_open else _("填写本人记录")

    def get_initial(self):
        return {"check_list": self.own.check_list, "criticism": self.own.criticism}

    def act(self, form):
        actions.write(self.own, **form.facts())
        return self.meeting


@method_decorator(sensitive_post_parameters(), name="dispatch")
class LifeMeetingSuggest(OwnPartMixin, LifeMeetingPage):
    """Into the box without a name: no token of the form, no draft, no event."""

    form_class = forms.SuggestForm
    template_name = "members/lifemeeting_suggest.html"
    at = (Status.PREPARING,)

    def first_answer(self):
        return None

    def get_form_kwargs(self):
        return FormView.get_form_kwargs(self)

    def form_valid(self, form):
        try:
            actions.suggest(self.meeting, text=form.cleaned_data["text"])
        except StepRefused as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        messages.success(self.request, _("意见已放入意见箱，不记姓名和时间。"))
        return redirect(self.meeting)


class RectificationPage(FormActionMixin, FormView):
    """What became of an item; by who leads, or by whom it is asked of."""

    form_class = forms.OutcomeForm
    template_name = "members/lifemeeting_step.html"
    verb, action = "", None

    @cached_property
    def item(self) -> Rectification:
        rows = Rectification.objects.select_related("meeting__organization")
        return get_editable_or_deny(rows, self.request.user, pk=self.kwargs["pk"])

    def dispatch(self, request, *args, **kwargs):
        self.check()
        return super().dispatch(request, *args, **kwargs)

    def check(self):
        return self.item

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            meeting=self.item.meeting,
            verb=self.verb,
            consider=self.item.text,
            kind="primary",
            cancel_url=self.item.get_absolute_url(),
            **kwargs,
        )

    def act(self, form):
        type(self).action(self.item, outcome=form.cleaned_data["outcome"], by=self.request.user)
        return self.item


class RectificationFinish(RectificationPage):
    verb = _("完成整改")
    action = staticmethod(actions.finish_item)


class RectificationDrop(RectificationPage):
    verb = _("不再需要")
    action = staticmethod(actions.drop_item)

    def check(self):
        rows = LifeMeeting.objects.editable_by(self.request.user)
        if not rows.filter(pk=self.item.meeting_id).exists():
            raise PermissionDenied


@require_POST
def lifemeeting_open(request, pk):
    """Opinions are for who leads the very organization."""
    meeting = get_editable_or_deny(ROWS, request.user, pk=pk)
    if not meeting.is_led_by(request.user):
        raise PermissionDenied
    return take_step(request, actions.open_box, meeting, done=_("意见已汇总，请据此准备会议。"))


@require_POST
def lifemeeting_close(request, pk):
    meeting = get_editable_or_deny(ROWS, request.user, pk=pk)
    return take_step(request, actions.close, meeting, done=_("整改已全部完成。"))
