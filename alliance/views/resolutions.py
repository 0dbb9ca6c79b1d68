"""Votes and resolutions typed one by one on the recorder's desk; each form has its own slot there,
and a page of its own without JavaScript."""

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import FormView

from alliance import attendees
from alliance.actions import resolutions as actions
from alliance.actions import votes
from alliance.forms.resolutions import ResolutionChangeForm, ResolutionForm, TaskForm
from alliance.forms.votes import VoteForm
from alliance.models import ActionItem, Meeting, Resolution, Vote
from alliance.views.rooms import MEETINGS, sections
from nanchuan.kernel.forms import RowsField
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import FormActionMixin, PartialMixin, get_editable_or_deny


def in_slot(request, meeting, item, slot, words, is_refused=False):  # noqa: PLR0913, PLR0917
    """What is told in a slot after an act, and the item's votes and resolutions as they are."""
    key = item.pk if item else 0
    (section,) = sections(meeting, key)
    context = {"meeting": meeting, "section": section, "may_write": True, "slot": slot}
    context |= {"words": words, "is_refused": is_refused, "is_swap": True}
    return render(request, "alliance/_room_saved.html", context)


def room_address(meeting, item) -> str:
    anchor = f"#item-{item.pk if item else 0}"
    return reverse("alliance:meeting-room", args=[meeting.pk]) + anchor


def act_in_room(request, action, subject, *, of, slot, done):  # noqa: PLR0913
    """A verb on the desk: told in its slot, so that what is typed in another stays."""
    meeting, item, refused = of.meeting, of.item, ""
    try:
        action(subject, by=request.user)
    except StepRefused as refusal:
        refused = str(refusal)
    if request.htmx:
        return in_slot(request, meeting, item, slot, refused or done, bool(refused))
    tell = messages.error if refused else messages.success
    tell(request, refused or done)
    return redirect(room_address(meeting, item))


class SlotView(PartialMixin, FormActionMixin, FormView):
    """A form in a slot of the recorder's desk, about one item of the agenda or none.

    `slot` says in which of the two slots of the item it stands: votes and texts, so that typing
    one does not lose the other. Subclasses find the meeting and the item in `find`.
    """

    template_name = "alliance/room_form.html"
    partial_template_name = "alliance/_room_form.html"
    slot = "text"
    title = submit = ""
    item = None

    def dispatch(self, request, *args, **kwargs):
        self.find(kwargs["pk"])
        answer = super().dispatch(request, *args, **kwargs)
        if request.htmx and isinstance(answer, HttpResponseRedirect):
            return in_slot(request, self.meeting, self.item, self.slot, _("已保存。"))
        return answer

    def get_form_kwargs(self):
        key = self.item.pk if self.item else 0
        return super().get_form_kwargs() | {"auto_id": f"{self.slot}-{key}-%s"}

    def get_success_url(self):
        return room_address(self.meeting, self.item)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            meeting=self.meeting,
            item=self.item,
            key=self.item.pk if self.item else 0,
            slot=self.slot,
            title=self.title,
            submit=self.submit,
            cancel_url=room_address(self.meeting, self.item),
            **kwargs,
        )

    def find_meeting(self, pk):
        self.meeting = get_editable_or_deny(MEETINGS, self.request.user, pk=pk)

    def find_item(self):
        """Of the address: `?item=5`, none for what belongs to no item."""
        key = self.request.GET.get("item") or "0"
        if not key.isdecimal() or len(key) > RowsField.LONGEST:
            raise Http404
        self.item = get_object_or_404(self.meeting.items, pk=key) if int(key) else None


# ── Votes ───────────────────────────────────────────────────────────────────────────────────


class VoteEnter(SlotView):
    form_class = VoteForm
    slot = "vote"
    title = submit = gettext_lazy("登记表决")

    def find(self, pk):
        self.find_meeting(pk)
        self.find_item()
        if self.item is None:
            raise Http404

    def get_initial(self):
        room = attendees.room(self.meeting)
        return {
            "question": self.item.title,
            "entitled": len(room.seats),
            "present": room.present,
        }

    def act(self, form):
        return votes.enter(
            self.meeting,
            item=self.item,
            question=form.cleaned_data["question"],
            by=self.request.user,
            **form.counts(),
        )


class VoteEdit(SlotView):
    form_class = VoteForm
    slot = "vote"
    title, submit = gettext_lazy("更正表决"), gettext_lazy("保存更正")

    def find(self, pk):
        rows = Vote.objects.select_related("meeting__kind", "meeting__regulation", "item")
        self.vote = get_editable_or_deny(rows, self.request.user, pk=pk)
        self.meeting, self.item = self.vote.meeting, self.vote.item

    def get_initial(self):
        return {"question": self.vote.question, **votes.facts_of(self.vote)}

    def act(self, form):
        question = form.cleaned_data["question"]
        votes.correct(self.vote, question=question, by=self.request.user, **form.counts())
        return self.vote


@require_POST
def vote_remove(request, pk):
    rows = Vote.objects.select_related("meeting__kind", "item")
    vote = get_editable_or_deny(rows, request.user, pk=pk)
    done = _("已删去这次表决。")
    return act_in_room(request, votes.remove, vote, of=vote, slot="vote", done=done)


# ── Resolutions ─────────────────────────────────────────────────────────────────────────────


class ResolutionAdopt(SlotView):
    form_class = ResolutionForm
    title, submit = gettext_lazy("记录议定事项"), gettext_lazy("保存议定事项")

    def find(self, pk):
        self.find_meeting(pk)
        self.find_item()

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"meeting": self.meeting, "item": self.item}

    def act(self, form):
        given = form.cleaned_data
        return actions.adopt(
            self.meeting,
            text=given["text"],
            item=self.item,
            vote=given.get("vote"),
            by=self.request.user,
            **form.task(),
        )


class OfResolution(SlotView):
    """A form about a resolution that stands."""

    def find(self, pk):
        rows = Resolution.objects.select_related("meeting__kind", "item", "vote")
        self.resolution = get_editable_or_deny(rows, self.request.user, pk=pk)
        self.meeting, self.item = self.resolution.meeting, self.resolution.item


class ResolutionEdit(OfResolution):
    form_class = ResolutionChangeForm
    title, submit = gettext_lazy("修改议定事项"), gettext_lazy("保存修改")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"item": self.item}

    def get_initial(self):
        return {
            "text": self.resolution.text,
            "vote": self.resolution.vote_id,
            "seen": actions.stamp(self.resolution),
        }

    def act(self, form):
        given = form.cleaned_data
        actions.change(
            self.resolution,
            text=given["text"],
            item=self.item,
            vote=given.get("vote"),
            seen=given["seen"],
            by=self.request.user,
        )
        return self.resolution


class ResolutionAssign(OfResolution):
    """Another unit has to do something because of it."""

    form_class = TaskForm
    title = submit = gettext_lazy("增加责任单位")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"meeting": self.meeting}

    def act(self, form):
        return actions.add_item(self.resolution, by=self.request.user, **form.task())


class TaskEdit(SlotView):
    form_class = TaskForm
    title, submit = gettext_lazy("更改责任单位或期限"), gettext_lazy("保存修改")

    def find(self, pk):
        self.task = task_of(self.request.user, pk)
        resolution = self.task.resolution
        self.meeting, self.item = resolution.meeting, resolution.item

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"meeting": self.meeting}

    def get_initial(self):
        task = self.task
        return {
            "unit": task.unit_id,
            "due": "day",
            "due_on": task.due_on,
            "assisting": list(task.assisting.values_list("pk", flat=True)),
            "text": "" if task.text == task.resolution.text else task.text,
            "seen": actions.stamp(task.resolution),
        }

    def act(self, form):
        seen = form.cleaned_data["seen"]
        actions.change_item(self.task, seen=seen, by=self.request.user, **form.task())
        return self.task


def task_of(user, pk) -> ActionItem:
    """An action item of a meeting that the person writes for."""
    rows = ActionItem.objects.select_related("resolution__meeting__kind", "resolution__item")
    found = get_editable_or_deny(rows, user, pk=pk)
    get_editable_or_deny(Meeting.objects, user, pk=found.resolution.meeting_id)
    return found


@require_POST
def resolution_strike(request, pk):
    rows = Resolution.objects.select_related("meeting__kind", "item")
    resolution = get_editable_or_deny(rows, request.user, pk=pk)
    done = _("已删去“%(number)s”，编号保留。") % {"number": resolution.number}
    return act_in_room(request, actions.strike, resolution, of=resolution, slot="text", done=done)


@require_POST
def task_remove(request, pk):
    task = task_of(request.user, pk)
    done = _("已删去“%(unit)s”的任务。") % {"unit": task.unit}
    return act_in_room(
        request, actions.remove_item, task, of=task.resolution, slot="text", done=done
    )
