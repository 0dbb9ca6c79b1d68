"""The agenda of a meeting: read on its page, written on one of its own, with its material."""

from collections.abc import Collection

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import FormView

from alliance import clock, followup
from alliance.actions import adopting, topics
from alliance.actions import agenda as actions
from alliance.forms.agenda import AgendaForm, MaterialForm, typed_so_far
from alliance.forms.topics import AdoptForm, TakeForm
from alliance.models import AgendaFile, AgendaItem, Meeting
from alliance.views.topics import dressed
from nanchuan.kernel import roles
from nanchuan.kernel.attaching import answer
from nanchuan.kernel.prepared import prepared
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import FormActionMixin, UploadMixin, get_editable_or_deny, take_step

ROWS = Meeting.objects.select_related("group", "kind", "convened_by", "regulation")
MOVES = {"up": -1, "down": 1}
GLANCE = 8  # lines


def reads_material(user, meeting: Meeting) -> bool:
    """Material is for those who are invited, for whoever convenes and for the park."""
    if roles.has_role(user, *roles.WHOLE_PARK):
        return True
    own = roles.places(user, roles.UNIT)
    invited = meeting.invitations.standing().filter(seat__unit__in=own)
    return meeting.convened_by_id in own or invited.exists()


def agenda_context(meeting: Meeting, user, minutes: Collection[str]) -> dict:
    """What a part of the meeting's page shows of its agenda and its topics. `minutes`: the
    statuses of its versions."""
    items, has_files = _with_files(meeting)
    is_open, collects = actions.is_open(meeting, minutes), topics.is_collecting(meeting)
    asked = topics.asked_units(meeting) if collects else set()
    rows = dressed(meeting, user, asked, answers=is_open and topics.convenes(user, meeting))
    return {
        "items": items,
        "length": clock.timed(meeting, items),
        "shows_clock": any(item.minutes for item in items),
        "reads_material": has_files and reads_material(user, meeting),
        "followup": followup.told(meeting, user, items),
        "may_write_agenda": meeting.is_editable and is_open,
        "topics": rows,
        "topics_wait": any(row.status == row.Status.PROPOSED for row in rows),
        "topics_due_on": topics.due_on(meeting),
        "may_call": meeting.is_editable and topics.may_call(meeting),
        "may_propose": collects and bool(topics.own_units(user, meeting, asked)),
    }


def _with_files(meeting):
    """Lines with their `material`, and whether there is any."""
    items, files = _items(meeting.pk), _files(meeting.pk)
    for item in items:
        item.material = [file for file in files if file.item_id == item.pk]
    return items, bool(files)


@prepared(int)
def _items(meeting):
    return AgendaItem.objects.filter(meeting=meeting).select_related("unit")


@prepared(int)
def _files(meeting):
    return AgendaFile.objects.filter(item__meeting=meeting).order_by("pk")


def titles(meeting: Meeting) -> dict:
    """The lines at a glance: the first ones, and how many more there are."""
    found = [title for (title,) in _titles(meeting.pk)]
    return {"shown": found[:GLANCE], "more": len(found[GLANCE:])}


@prepared(int)
def _titles(meeting):
    return AgendaItem.objects.filter(meeting=meeting).values_list("title")


class AgendaEdit(FormActionMixin, FormView):
    """Lines are moved, added and left out here and stored together; topics become lines beside
    them. Without scripts a button that moves a line answers with the lines as typed so far."""

    form_class = AgendaForm
    template_name = "alliance/agenda_form.html"
    success_message = gettext_lazy("议程已保存。")
    object = None
    rows = seen = None

    def dispatch(self, request, *args, **kwargs):
        self.meeting = get_editable_or_deny(ROWS, request.user, pk=kwargs["pk"])
        if not actions.is_open(self.meeting):
            messages.error(request, _("会议已取消，或者纪要已送审、已印发，议程不能再更改。"))
            return redirect(self.meeting.part_url("topics"))
        return super().dispatch(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        asked = next((name for name in (*MOVES, "add") if name in request.POST), None)
        if asked is None:
            return super().post(request, *args, **kwargs)
        self.rows, self.seen = typed_so_far(request.POST), request.POST.get("seen")
        if asked in MOVES:
            moved(self.rows, request.POST[asked], MOVES[asked])
        return self.get(request, *args, **kwargs)

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs() | {"meeting": self.meeting}
        if self.rows is not None:
            kwargs.pop("data"), kwargs.pop("files")
            kwargs |= {"rows": self.rows, "seen": self.seen}
            kwargs["initial"]["first_minutes"] = self.request.POST.get("first_minutes")
        return kwargs

    def act(self, form):
        actions.write(self.meeting, by=self.request.user, **form.facts())
        return self.meeting

    def form_invalid(self, form):
        """Whoever wrote second sees what stands there now, and everything typed."""
        if form.cleaned_data.get("seen") != actions.fingerprint(self.meeting):
            form.follow()
            self.extra_context = {"theirs": list(actions.ordinary(self.meeting))}
        return super().form_invalid(form)

    def get_success_url(self):
        return self.request.path

    def get_context_data(self, **kwargs):
        meeting, user = self.meeting, self.request.user
        items = list(meeting.items.prefetch_related("files"))
        asked = topics.asked_units(meeting) if topics.is_collecting(meeting) else set()
        rows = dressed(meeting, user, asked, answers=True)  # it is open, and of this person
        waiting = [row for row in rows if row.status == row.Status.PROPOSED]
        left = adopting.left_over(meeting) if meeting.status in topics.COLLECTING else None
        takes = left is not None and left.exists()
        context = {
            "meeting": meeting,
            "items": items,
            "length": clock.timed(meeting, items),
            "waiting": waiting,
            "answered": [row for row in rows if row.status != row.Status.PROPOSED],
            "merge_form": AdoptForm(user=user, meeting=meeting) if len(waiting) > 1 else None,
            "take_form": TakeForm(user=user, rows=left) if takes else None,
            "may_adopt": meeting.status in topics.COLLECTING,
            "may_tell": actions.may_tell(meeting),
            "may_call": topics.may_call(meeting),
            "cancel_url": meeting.part_url("topics"),
        }
        return super().get_context_data(**context | kwargs)


def moved(rows: list, place: str, by: int) -> None:
    """Change a row's place with its neighbour; at an end it stays."""
    if not (place.isdecimal() and len(place) < 5):  # noqa: PLR2004
        return
    one, other = int(place), int(place) + by
    if 0 <= other < len(rows) and one < len(rows):
        rows[one], rows[other] = rows[other], rows[one]


@require_POST
def meeting_tell(request, pk):
    meeting = get_editable_or_deny(ROWS, request.user, pk=pk)
    done, to = _("已通知各受邀单位议程有变。"), meeting.part_url("topics")
    return take_step(request, actions.tell, meeting, done=done, to=to)


class AgendaAttach(UploadMixin, FormView):
    """Material for one line."""

    form_class = MaterialForm
    template_name = "alliance/agenda_attach.html"
    success_message = gettext_lazy("已添加会议材料，受邀单位可以下载。")
    object = None

    def dispatch(self, request, *args, **kwargs):
        self.item = _item(request.user, kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, *args, **kwargs):
        try:
            actions.check_open(self.item.meeting)
        except StepRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(self.item.meeting.part_url("topics"))
        return super().get(request, *args, **kwargs)

    def act(self, form):
        actions.add_files(self.item, form.cleaned_data["files"], by=self.request.user)
        return self.item.meeting

    def get_success_url(self):
        return self.request.path

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            item=self.item, kept=self.item.files.all(), meeting=self.item.meeting, **kwargs
        )


def agenda_file(request, pk):
    """Material for whoever is invited."""
    file = _file(request.user, pk)
    return answer(file)


@require_POST
def agenda_unfile(request, pk):
    file = _file(request.user, pk)
    get_editable_or_deny(ROWS, request.user, pk=file.item.meeting_id)
    done = _("已删除“%(file)s”。") % {"file": file}
    to = file.item.meeting.part_url("topics")
    return take_step(request, actions.take_file, file, done=done, to=to)


def _item(user, pk) -> AgendaItem:
    seen = Meeting.objects.visible_to(user)
    item = get_object_or_404(AgendaItem.objects.filter(meeting__in=seen), pk=pk)
    item.meeting = get_editable_or_deny(ROWS, user, pk=item.meeting_id)
    return item


def _file(user, pk) -> AgendaFile:
    rows = AgendaFile.objects.select_related("item__meeting")
    seen = Meeting.objects.visible_to(user)
    file = get_object_or_404(rows.filter(item__meeting__in=seen), pk=pk)
    if not reads_material(user, file.item.meeting):
        raise Http404
    return file
