"""What the pages of measures and of action items have in common: whoever carries it takes its
steps there, those with much to type on pages of their own."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.views.generic import DetailView

from alliance.actions.rights import office, require
from alliance.models.owed import Owed
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import HistoryMixin, ScopedMixin, take_step
from nanchuan.notices.plans import plan_of


@dataclass(frozen=True)
class Verb:
    """How an act looks on the page, and what it says when it is done."""

    label: Promise
    action: Callable | None = None  # None: the act has a page of its own
    done: Promise | str = ""
    form: type | None = None
    danger: bool = False


class OwedPage:
    """`noun` is the name in addresses and templates, `rights` says who may do what, and when."""

    noun: str
    rights: ModuleType

    @staticmethod
    def visible(user, pk) -> Owed:
        raise NotImplementedError


class ActPage(OwedPage):
    """An act that has a page of its own: 403 for others, back when it is too late."""

    verb: str

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.owed = self.visible(request.user, kwargs["pk"])

    def get(self, request, *args, **kwargs):
        try:
            self.rights.check(self.owed, self.verb, request.user)
        except StepRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(self.owed)
        return super().get(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        # Too late is said on the form, so that nothing typed is lost.
        require(self.rights.ACTS[self.verb].who(request.user, self.owed))
        return super().post(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            **{self.noun: self.owed}, cancel_url=self.owed.get_absolute_url(), **kwargs
        )


class OwedDetail(OwedPage, HistoryMixin, ScopedMixin, DetailView):
    """`looks` are the acts by verb; `main` names by status those of which the first that this
    reader may take is the one next step at the head of the page; `waiting` says by status what is
    waited for; `file_noun` is the name of an attached file in addresses."""

    looks: dict[str, Verb]
    main: dict[str, tuple[str, ...]]
    waiting: dict[str, Promise]
    file_noun: str
    bound = None  # the form of an act that was sent and could not be taken

    def get_context_data(self, **kwargs):
        owed, user = self.object, self.request.user
        may = self.rights.verbs(user, owed)
        acts = {verb: self._act(verb) for verb in may if verb in self.looks}
        main = next((acts[verb] for verb in self.main[owed.status] if verb in acts), None)
        rest = [act for act in acts.values() if act is not main]
        context = {
            "may": may,
            "main_act": main,
            "pages": [act for act in rest if act["page"]],
            "boxes": [act for act in rest if not act["page"]],
            "assisting": owed.assisting.all(),
            "notes": self._notes(may),
            "waiting": self.waiting[owed.status] % {"unit": owed.unit},
        }
        if office(user):
            context["plan"] = plan_of(owed)
        return super().get_context_data(**context, **kwargs)

    def _notes(self, may):
        """With their files; each says whether this reader may take it out."""
        rows = self.object.notes.select_related("by").prefetch_related("files")
        user = self.request.user
        for note in rows:
            for file in note.files.all():
                file.url = reverse(f"alliance:{self.file_noun}-download", args=[file.pk])
                if "note" in may and (office(user) or file.added_by_id == user.pk):
                    file.remove_url = reverse(f"alliance:{self.file_noun}-remove", args=[file.pk])
        return rows

    def _act(self, verb) -> dict:
        look, form = self.looks[verb], None
        if look.form:
            form = (self.bound or {}).get(verb) or look.form(owed=self.object, verb=verb)
        return {
            "verb": verb,
            "label": look.label,
            "danger": look.danger,
            "page": look.action is None,
            "url": reverse(f"alliance:{self.noun}-{verb}", args=[self.object.pk]),
            "form": form,
            "open": bool(self.bound and verb in self.bound),
        }


def take_act(request, pk, verb, page: type[OwedDetail]):
    """Any act that is taken on the page itself. When what was typed will not do, the page comes
    back with it and the error at the field."""
    owed, look = page.visible(request.user, pk), page.looks[verb]
    try:
        page.rights.check(owed, verb, request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(owed)
    form = look.form(request.POST, owed=owed, verb=verb)
    if not form.is_valid():
        view = page(bound={verb: form})
        view.setup(request, pk=pk)
        return view.get(request, pk=pk)
    return take_step(request, look.action, owed, done=look.done, **form.cleaned_data)
