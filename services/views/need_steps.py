"""The page of a need, and the steps that are taken on it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Subquery, prefetch_related_objects
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, FormView

from alliance.views.meeting_items import of_item
from nanchuan.kernel import attaching
from nanchuan.kernel.models import FormToken
from nanchuan.kernel.prepared import prepared
from nanchuan.kernel.readers import prepared_for_reader
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import FormActionMixin, FoundMixin, HistoryMixin, take_step
from services import clock, course, tabled
from services.actions import phones, projects, resources, rights
from services.forms.projects import MatchForm
from services.models import (
    Assistance,
    Booking,
    Clock,
    CoFiler,
    Dispatch,
    Extension,
    Need,
    NeedNote,
    NeedNoteFile,
    ProgressNote,
    Project,
    ProjectNeed,
)
from services.views.cofilers import cofiling, filed_for
from services.views.need_verbs import BESIDE, MAIN, OF_THE_UNIT, VERBS
from services.views.papers import papers_context
from services.views.suggestions import CHOOSE
from services.waiting import waiting

RELATED = (
    "unit",
    "accepted_by",
    "dispatched_to",
    "merged_into",
    "charter",
    "appeal",
    "filed_by",
    "visit",
)
LINKS = "project_links"
# What belongs to a need, and with which rows; not asked for where there is none.
PARTS = {
    "dispatches": Dispatch.objects.select_related("unit", "objection"),
    "assistances": Assistance.objects.select_related("unit"),
    "cofilers": CoFiler.objects.select_related("unit"),
    "files": None,
    "clocks": Clock.objects.select_related("unit", "regulation"),
    "pauses": None,
    "extensions": Extension.objects.select_related("asked_by"),
    "notes": NeedNote.objects.select_related("unit", "written_by"),
    "remarks": None,
    "solutions": None,
    LINKS: None,
    "topic_cases": None,
    "bookings": Booking.objects.select_related("resource__unit").newest(),
}


class StepPage:
    """A step of a need that has a page of its own: 403 for others, back when it is too late."""

    verb: str

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.need = visible(request.user, kwargs["pk"])

    def get(self, request, *args, **kwargs):
        try:
            rights.check(self.need, self.verb, request.user)
        except StepRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(self.need)
        return super().get(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        # Too late is said on the form, so that nothing typed is lost.
        rights.require(rights.STEPS[self.verb].who(request.user, self.need))
        return super().post(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            need=self.need, cancel_url=self.need.get_absolute_url(), **kwargs
        )


class NeedMatch(StepPage, FormActionMixin, FormView):
    """An accepted need is joined to resources (对接), which begins a project."""

    verb = "match"
    form_class = MatchForm
    template_name = "services/need_match.html"
    success_message = _("已建立项目“%(object)s”，可以开始填写进展。")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"need": self.need}

    def get_initial(self):
        """`?resource=7` comes from a suggestion."""
        return {"resources": self.request.GET.getlist("resource")}

    def act(self, form):
        need, user, typed = self.need, self.request.user, form.cleaned_data
        chosen = list(typed["resources"])
        if typed["new_title"]:
            chosen.append(
                resources.add(
                    unit=need.accepted_by,
                    category=typed["new_category"],
                    title=typed["new_title"],
                    content=typed["new_title"],
                    by=user,
                )
            )
        return projects.start(need, name=typed["name"], resources=chosen, by=user)


# ── The page ────────────────────────────────────────────────────────────────────────────────


class NeedDetail(FoundMixin, HistoryMixin, DetailView):
    """`?do=hold` opens the form of one of the steps that are seldom taken."""

    template_name = "services/need_detail.html"
    bound = None  # the form of a step that was sent and could not be taken

    @staticmethod
    def find(user, pk) -> Need | None:
        need = next(iter(_known(user, pk)), None)
        if need is None or not (need.face.is_whole or _is_visible(user, pk)):
            return None
        load_parts(need, user)
        return need

    def get_context_data(self, **kwargs):
        need, user = self.object, self.request.user
        if not need.face.is_whole:
            return super().get_context_data(**self._steps(), **self._public(), **kwargs)
        inside = rights.reads_inside(user, need)
        context = super().get_context_data(**self._steps(), **kwargs)
        hidden = rights.unread_events(user, need)
        events = [event for event in context["history"] if event.name not in hidden]
        dispatches = [row for row in _rows(need, "dispatches") if inside]
        return context | {
            "is_party": True,
            "is_inside": inside,
            "may_call": phones.may_see(user, need),
            "waiting": waiting(need, user, is_party=True),
            "history": events,
            "course": course.picture(need, events),
            "milestones": course.milestones(need),
            "thread": course.thread(need, inside=inside),
            "dispatches": dispatches,
            **papers_context(dispatches, user),
            "solutions": _rows(need, "solutions"),
            "assistances": [row for row in _rows(need, "assistances") if row.ended_at is None],
            **_clocks(need),
            "extensions": [row for row in _rows(need, "extensions") if inside],
            "of_item": of_item(need.item_id, user),
            "files": _rows(need, "files"),
            "filed_for": filed_for(context["history"]),
            **cofiling(need, user),
            "project": self._project(),
            "bookings": _rows(need, "bookings"),
            "asks_for_units": rights.office(user) and need.status in CHOOSE,
            "tabled": tabled.of_need(need, user) if need.has_topic_cases else [],
        }

    def _public(self):
        need, user = self.object, self.request.user
        told = {"is_party": False, "waiting": waiting(need, user, is_party=False)}
        return told | cofiling(need, user)

    def _project(self):
        """The project that it is joined to, with how far that is, if the reader may open it."""
        links = (link for link in _rows(self.object, "project_links") if link.left_at is None)
        link = next(links, None)
        if link is None or not link.may_open:
            return None
        link.project.percent = link.percent or 0
        return link.project

    def _steps(self):
        """The next step with its form, or the one that was asked for; the others as a list."""
        may = rights.verbs(self.request.user, self.object)
        main = next((verb for verb in self._next() if verb in may), None)
        asked = next(iter(self.bound or ()), self.request.GET.get("do"))
        shown = asked if asked in may and not VERBS[asked].page else main
        beside = [verb for verb in BESIDE.get(main, ()) if verb in may and verb != shown]
        others = [verb for verb in may if verb != shown and verb not in beside]
        return {
            "main_step": shown and self._step(shown, with_form=True),
            "is_next": shown == main,
            "beside_steps": [self._step(verb) for verb in beside],
            "other_steps": [self._step(verb) for verb in others],
        }

    def _next(self):
        """The office may do for a unit what the unit owes, but that is not its next step."""
        need, user = self.object, self.request.user
        verbs = MAIN.get(need.status, ())
        if rights.office(user) and not rights.responsible(user, need):
            return [verb for verb in verbs if verb not in OF_THE_UNIT]
        return verbs

    def _step(self, verb, *, with_form=False) -> dict:
        need, look = self.object, VERBS[verb]
        url = reverse(look.page or f"services:need-{verb}", args=[need.pk])
        form = (self.bound or {}).get(verb) if with_form else None
        if with_form and not form and look.form:
            form = look.form(need=need, user=self.request.user, verb=verb, initial=self._initial())
        return {
            "verb": verb,
            "label": look.label,
            "danger": look.danger,
            "page": look.page,
            "url": url,
            "question": course.question(need, verb) if with_form else "",
            "open_url": url if look.page else f"{need.get_absolute_url()}?do={verb}#step",
            "form": form,
        }

    def _initial(self) -> dict:
        """`?unit=7` comes from a suggestion."""
        return {"unit": self.request.GET["unit"]} if "unit" in self.request.GET else {}


@prepared_for_reader(int)
def _known(reader, pk):
    """A need, with its face for a reader; it knows of which parts it has any. Whether somebody who
    takes no part in it sees it at all is a question of the day (`_is_visible`)."""
    rows = Need.objects.with_faces(reader).select_related(*RELATED).filter(pk=pk)
    flags = {}
    for name in PARTS:
        relation = Need._meta.get_field(name)
        parts = relation.related_model._base_manager.filter(need=OuterRef("pk"))
        flags[f"has_{name}"] = Exists(parts)
    return rows.annotate(**flags)


def load_parts(need, user) -> None:
    if not need.face.is_whole:
        # Whether a step stands in somebody's way is asked of these alone.
        wanted = [name for name in ("dispatches", "assistances", "cofilers") if _has(need, name)]
    else:
        wanted = [name for name in PARTS if _has(need, name)]
    for name in wanted:
        _keep(need, name, _links(user, need.pk) if name == LINKS else ASKED[name](need.pk))
    if "notes" in wanted:
        prefetch_related_objects(list(need.notes.all()), "files")


def _keep(need, name, found) -> None:
    """Rows of a relation as a prefetch would have left them."""
    rows = getattr(need, name).all()
    rows._result_cache, rows._prefetch_done = found, True
    for row in found:
        row.need = need
    need.__dict__.setdefault("_prefetched_objects_cache", {})[name] = rows


def _question(name, rows):
    """The rows of one part of a need, by its key."""
    relation = Need._meta.get_field(name)
    rows = relation.related_model._default_manager.all() if rows is None else rows

    def question(need):
        return rows.filter(need=need)

    question.__name__ = name
    return prepared(int)(question)


ASKED = {name: _question(name, rows) for name, rows in PARTS.items() if name != LINKS}


@prepared_for_reader(int)
def _links(reader, need):
    """Projects that a need is joined to: how far each is, and whether the reader may open it."""
    notes = ProgressNote.objects.filter(project=OuterRef("project"))
    seen = Project.objects.visible_to(reader).filter(pk=OuterRef("project"))
    return (
        ProjectNeed.objects.filter(need=need)
        .select_related("project")
        .annotate(
            percent=Subquery(notes.order_by("-written_at", "-pk").values("percent")[:1]),
            may_open=Exists(seen),
        )
    )


def _is_visible(user, pk) -> bool:
    return Need.objects.visible_to(user).filter(pk=pk).exists()


def _has(need, name) -> bool:
    return getattr(need, f"has_{name}")


def _clocks(need) -> dict:
    lines = clock.clocks_of(need)
    return {
        "clocks": lines,
        "waited": clock.waiting(need),
        "estimate_note": clock.estimate_note(lines),
    }


def _rows(need, name):
    return getattr(need, name).all() if _has(need, name) else ()


# ── Steps ───────────────────────────────────────────────────────────────────────────────────


@require_POST
def need_step(request, pk, verb):
    """Any step that is taken on the page of a need itself; of two clicks the second follows the
    first.

    When what was typed will not do, the page comes back with it and the error at the field.
    """
    need, look = visible(request.user, pk), VERBS[verb]
    if _was_sent(request):
        return redirect(need)
    try:
        rights.check(need, verb, request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(need)
    form = _sent(request, look.form, need, verb)
    if not form.is_valid():
        page = NeedDetail(bound={verb: form})
        page.setup(request, pk=pk)
        return page.get(request, pk=pk)
    with transaction.atomic():
        if not _is_first(form, need):
            return redirect(need)
        return take_step(request, look.action, need, done=look.done, **form.facts())


def _was_sent(request) -> bool:
    token = request.POST.get("once", "")
    try:
        return bool(token) and FormToken.objects.filter(token=token).exists()
    except ValidationError:  # not a token at all
        return False


def _sent(request, form, need, verb):
    more = {}
    if "files" in form.base_fields:
        files = request.FILES
        more = {"files": files, "oversized": getattr(request, "oversized_files", ())}
    return form(request.POST, need=need, user=request.user, verb=verb, **more)


def _is_first(form, need) -> bool:
    token = form.cleaned_data["once"]
    if token is None:
        return True
    try:
        with transaction.atomic():
            FormToken.objects.create(token=token, url=need.get_absolute_url())
    except IntegrityError:
        return False
    return True


def note_file(request, pk):
    """A file beside a note, for those who read the note."""
    known = Need.objects.known_to(request.user)
    rows = NeedNoteFile.objects.filter(note__need__in=known).select_related("note__need")
    file = get_object_or_404(rows, pk=pk)
    if not (file.note.is_public or rights.reads_inside(request.user, file.note.need)):
        rows = rows.none()
    return attaching.answer(get_object_or_404(rows, pk=pk))


def visible(user, pk):
    rows = Need.objects.select_related(*RELATED)
    return get_object_or_404(rows.visible_to(user), pk=pk)
