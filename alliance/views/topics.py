"""Topics: asked for, proposed by units, supported by others, answered by whoever convenes."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, FormView, UpdateView

from alliance.actions import adopting
from alliance.actions import topics as actions
from alliance.actions.holding import hold_meeting
from alliance.actions.rights import require
from alliance.forms.handovers import ReasonForm
from alliance.forms.topics import AdoptForm, TakeForm, TopicForm
from alliance.models import Meeting, Support, Topic
from nanchuan.kernel import roles
from nanchuan.kernel.panels import panels
from nanchuan.kernel.prepared import prepared
from nanchuan.kernel.views import FormActionMixin, get_editable_or_deny, take_step

ROWS = Topic.objects.select_related("unit", "meeting__group", "meeting__kind", "item")
MEETINGS = Meeting.objects.select_related("group", "kind", "convened_by", "regulation")
Status = Topic.Status
LOOKS = {
    Status.PROPOSED: "soon",
    Status.ADOPTED: "done",
    Status.DEFERRED: "waiting",
    Status.DECLINED: "ended",
    Status.WITHDRAWN: "ended",
}


@dataclass(frozen=True)
class Verb:
    """An act on a topic: its button, and what it says when it is done."""

    label: Promise
    action: Callable | None = None  # None: the act has a page of its own
    done: Promise | str = ""
    confirm: Promise | str = ""


VERBS = {
    "support": Verb(gettext_lazy("附议"), actions.support, gettext_lazy("已附议。")),
    "unsupport": Verb(gettext_lazy("撤回附议"), actions.unsupport, gettext_lazy("已撤回附议。")),
    "edit": Verb(gettext_lazy("修改")),
    "withdraw": Verb(
        gettext_lazy("撤回"),
        actions.withdraw,
        gettext_lazy("已撤回议题。"),
        gettext_lazy("撤回后不能恢复，需要时请重新提出。"),
    ),
    "defer": Verb(gettext_lazy("留待下次")),
    "decline": Verb(gettext_lazy("不列入")),
    "return": Verb(
        gettext_lazy("重新考虑"), adopting.put_back, gettext_lazy("已改回待定，可以重新答复。")
    ),
}


def may(user, topic: Topic, asked: set[int], *, answers: bool) -> list[str]:
    """What a person may do with a topic now; the actions check the same. `asked` are the units
    that are asked to the meeting, and `topic.backers` those that support it; `answers`: this
    person convenes and the agenda is open."""
    meeting, found = topic.meeting, []
    own = set(roles.places(user, roles.UNIT))
    waits = topic.status == Status.PROPOSED
    if waits and actions.is_collecting(meeting):
        others = own & asked - {topic.unit_id}
        if others - topic.backers:
            found.append("support")
        if others & topic.backers:
            found.append("unsupport")
        if actions.owns(user, topic):
            found += ["edit", "withdraw"]
    if not answers:
        return found
    if waits:
        found += ["defer", "decline"]
    elif topic.may_become(Status.PROPOSED) and meeting.status in actions.COLLECTING:
        found.append("return")
    return found


def dressed(meeting: Meeting, user, asked: set[int], *, answers: bool) -> list[Topic]:
    """The topics of a meeting, those with most support first, each with what its reader may do
    (see `may`)."""
    rows, last = _topics(meeting.pk), actions.due_on(meeting)
    supports = _supports(meeting.pk) if rows else []
    for topic in rows:
        topic.meeting = meeting
        topic.look = LOOKS[topic.status]
        backing = [row for row in supports if row.topic_id == topic.pk]
        topic.backers = {row.unit_id for row in backing}
        topic.backed_by = _("、").join(str(row.unit) for row in backing)
        topic.is_late = actions.is_late(topic, last)
        topic.acts = [act(verb, topic) for verb in may(user, topic, asked, answers=answers)]
    _box(rows, meeting, user)
    order = list(Status)
    return sorted(rows, key=lambda row: (order.index(row.status), -len(row.backers), row.pk))


@prepared(int)
def _topics(meeting):
    return Topic.objects.filter(meeting=meeting).select_related("unit", "item")


@prepared(int)
def _supports(meeting):
    return Support.objects.filter(topic__meeting=meeting).select_related("unit").order_by("pk")


def _box(topics: list[Topic], meeting: Meeting, user) -> None:
    """What higher apps show under each topic: `boxes`, from panels with rows `by_topic`."""
    found = panels("topics", meeting, user, timezone.localdate()) if topics else []
    for topic in topics:
        topic.boxes = [
            {"template": each.template, "rows": rows}
            for each in found
            if (rows := each.facts["by_topic"].get(topic.pk))
        ]


def act(verb: str, topic: Topic) -> dict:
    look = VERBS[verb]
    return {
        "verb": verb,
        "label": look.label,
        "url": reverse(f"alliance:topic-{verb}", args=[topic.pk]),
        "is_page": look.action is None,
        "confirm": look.confirm,
    }


@require_POST
def meeting_call(request, pk):
    meeting = get_editable_or_deny(MEETINGS, request.user, pk=pk)
    done = _("已向各成员单位征集议题，截止前会提醒还没有提出的单位。")
    return take_step(request, actions.call, meeting, done=done, to=meeting.part_url("topics"))


class TopicFormMixin(FormActionMixin):
    model = Topic
    form_class = TopicForm
    template_name = "alliance/topic_form.html"
    meeting: Meeting

    def post(self, request, *args, **kwargs):
        """From reading to writing nobody slips between."""
        with transaction.atomic():
            hold_meeting(self.meeting)
            return super().post(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            meeting=self.meeting,
            due_on=actions.due_on(self.meeting),
            cancel_url=f"{self.meeting.part_url('topics')}#topics",
            **kwargs,
        )


class TopicCreate(TopicFormMixin, CreateView):
    success_message = gettext_lazy("已提出“%(object)s”，召集单位会答复。")

    def dispatch(self, request, *args, **kwargs):
        seen = MEETINGS.visible_to(request.user)
        self.meeting = get_object_or_404(seen, pk=kwargs["pk"])
        self.units = actions.own_units(request.user, self.meeting)
        require(bool(self.units))
        if request.method == "GET" and not actions.is_collecting(self.meeting):
            messages.error(request, _("会议已开始、已取消或尚未征集议题，不能再提出议题。"))
            return redirect(self.meeting.part_url("topics"))
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"units": self.units}

    def act(self, form):
        return actions.propose(self.meeting, by=self.request.user, **form.facts())


class TopicEdit(TopicFormMixin, UpdateView):
    success_message = gettext_lazy("已保存“%(object)s”。")

    def dispatch(self, request, *args, **kwargs):
        topic = get_editable_or_deny(ROWS, request.user, pk=kwargs["pk"])
        require(actions.owns(request.user, topic))
        self.meeting = topic.meeting
        if request.method == "GET" and topic.status != Status.PROPOSED:
            messages.error(request, _("议题已有答复，不能再修改。"))
            return redirect(topic)
        return super().dispatch(request, *args, **kwargs)

    def get_object(self, queryset=None):
        return ROWS.get(pk=self.kwargs["pk"])

    def act(self, form):
        topic = ROWS.get(pk=self.kwargs["pk"])  # the form has written on its own copy
        actions.edit(topic, by=self.request.user, **form.facts())
        return topic


class TopicReason(FormActionMixin, FormView):
    """An answer that needs a reason."""

    form_class = ReasonForm
    template_name = "alliance/topic_reason.html"
    verb = ""

    SAID = {
        "defer": gettext_lazy("已留待下次，提出单位会收到答复；排下一次议程时会列出来。"),
        "decline": gettext_lazy("已答复不列入，提出单位会收到原因。"),
    }

    def dispatch(self, request, *args, **kwargs):
        self.topic = get_editable_or_deny(ROWS, request.user, pk=kwargs["pk"])
        require(actions.convenes(request.user, self.topic.meeting))
        if request.method == "GET" and self.topic.status != Status.PROPOSED:
            messages.error(request, _("议题已有答复。要改的，请先“重新考虑”。"))
            return redirect(self.topic)
        return super().dispatch(request, *args, **kwargs)

    @property
    def success_message(self):
        return self.SAID[self.verb]

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            topic=self.topic,
            heading=VERBS[self.verb].label,
            cancel_url=agenda_url(self.topic.meeting),
            **kwargs,
        )

    def act(self, form):
        getattr(actions, self.verb)(self.topic, by=self.request.user, **form.facts())
        return self.topic

    def get_success_url(self):
        return agenda_url(self.topic.meeting)


def agenda_url(meeting: Meeting) -> str:
    return reverse("alliance:meeting-agenda", args=[meeting.pk])


@require_POST
def topic_act(request, pk, verb):
    """Acts that need no word: support, withdraw, put back."""
    topic = get_object_or_404(ROWS.visible_to(request.user), pk=pk)
    look = VERBS[verb]
    return take_step(request, look.action, topic, done=look.done)


@require_POST
def meeting_adopt(request, pk):
    """One topic, or several as one line."""
    meeting = get_editable_or_deny(MEETINGS, request.user, pk=pk)
    form = AdoptForm(request.POST, user=request.user, meeting=meeting)
    if not form.is_valid():
        return _told(request, form, agenda_url(meeting))
    typed = form.cleaned_data
    return take_step(
        request,
        adopting.adopt,
        meeting,
        topics=list(typed["topics"]),
        title=typed["title"],
        item=typed["item"],
        done=_("已列入议程，提出单位会收到答复。"),
        to=agenda_url(meeting),
    )


@require_POST
def meeting_take(request, pk):
    """Topics that earlier meetings left."""
    meeting = get_editable_or_deny(MEETINGS, request.user, pk=pk)
    form = TakeForm(request.POST, user=request.user, rows=adopting.left_over(meeting))
    if not form.is_valid():
        return _told(request, form, agenda_url(meeting))
    return take_step(
        request,
        adopting.take_over,
        meeting,
        topics=list(form.cleaned_data["topics"]),
        done=_("已接到本次会议，等待答复。"),
        to=agenda_url(meeting),
    )


def _told(request, form, url):
    """Boxes to tick lose nothing: the page says what is wrong and shows them again."""
    for errors in form.errors.values():
        for error in errors:
            messages.error(request, error)
    return redirect(url)
