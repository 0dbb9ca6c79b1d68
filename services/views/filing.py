"""A need is filed (点单): the form, its drafts, what is like it, and the files beside it."""

from contextlib import suppress
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import CreateView

from alliance.models import ActionItem
from nanchuan.kernel import attaching
from nanchuan.kernel.fields import is_number
from nanchuan.kernel.models import FormToken
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import UploadMixin
from services.actions import answers, cofilers, drafts, filing
from services.actions.rights import office
from services.forms.filing import CHANGEABLE, NeedForm
from services.models import Need, NeedDraft, NeedFile, ReadyAnswer, Visit
from services.similar import similar

LONGEST_TITLE = Need._meta.get_field("title").max_length
LONGEST_DRAFT = 8000  # characters of all fields together
HIDDEN = "contact_phone"  # a number that was typed is not shown again
KEPT = ("unit", "item", "visit", "cofilers", *CHANGEABLE)


class NeedCreate(UploadMixin, CreateView):
    model = Need
    form_class = NeedForm
    template_name = "services/need_form.html"
    draft = None
    visit = None  # on which it was heard

    def get(self, request, *args, **kwargs):
        """`?draft=7` goes on with what was typed before."""
        asked = request.GET.get("draft", "")
        if asked:
            rows = NeedDraft.objects.visible_to(request.user)
            self.draft = rows.filter(pk=asked).first() if is_number(asked) else None
            if self.draft is None:
                messages.info(request, _("这份草稿已经提交或删除。"))
                return redirect("services:need-create")
        return super().get(request, *args, **kwargs)

    def get_template_names(self):
        """`?units=1`, when the page asks for it: the units that may ask along."""
        part = self.request.htmx and "units" in self.request.GET
        return ["services/_need_cofilers.html"] if part else [self.template_name]

    def post(self, request, *args, **kwargs):
        self.object = None
        asked = request.POST.get("solved", "")
        if not asked and "look" not in request.POST:
            return super().post(request, *args, **kwargs)
        return self.first_answer() or (self.solved(asked) if asked else self.look())

    def look(self):
        """Without JavaScript: the same page with what is like it, or with the units that may ask
        along; nothing is judged yet."""
        refusal, names_units = _keep(self.request)[1], self.request.POST["look"] == "units"
        self.draft = self._draft_of_form()
        form = self.form_class(
            initial=_shown(self.request.POST),
            user=self.request.user,
            kept_phone=self._phone(),
            names_units=names_units,
        )
        found = None if names_units else _similar_to(self.request)
        context = self.get_context_data(form=form, similar=found, looked=True, refusal=refusal)
        return self.render_to_response(context)

    def solved(self, asked):
        """An answer did it: nothing is filed, and the draft goes."""
        rows = ReadyAnswer.objects.visible_to(self.request.user)
        answer = get_object_or_404(rows, pk=asked if is_number(asked) else 0)
        user, once = self.request.user, self.request.POST.get("once", "")
        with transaction.atomic():
            answers.helped(answer, by=user)
            drafts.discard(once=once, by=user)
            _used_up(once, answer.get_absolute_url())
        messages.success(self.request, _("这次没有提交需求。还有问题随时可以点单。"))
        return redirect(answer)

    @property
    def success_message(self):
        if office(self.request.user):
            return _("已代企业提交“%(object)s”，提出单位会收到通知。请接着审核。")
        return _("已提交“%(object)s”，园区党务办公室会尽快审核，结果会通知您。")

    def get_context_data(self, **kwargs):
        if self.request.method == "POST" and self.draft is None:
            self.draft = self._draft_of_form()
            kwargs["form"].fields["contact_phone"].know(self._phone())
        kept = NeedDraft.objects.visible_to(self.request.user).newest()
        if self.draft:
            kept = kept.exclude(pk=self.draft.pk)
        context = {"cancel_url": reverse("services:need-list"), "drafts": list(kept)}
        return super().get_context_data(draft=self.draft, **context | kwargs)

    def get_form_kwargs(self):
        if self.request.method == "POST" and not self.request.POST.get("contact_phone"):
            self.draft = self._draft_of_form()  # whose number is meant
        names_units = "units" in self.request.GET
        more = {"kept_phone": self._phone(), "names_units": names_units}
        return super().get_form_kwargs() | more

    def _draft_of_form(self):
        return drafts.of(self.request.POST.get("once", ""), self.request.user)

    def _phone(self) -> str:
        return self.draft.typed.get("contact_phone", "") if self.draft else ""

    def get_initial(self):
        if self.draft:
            return {name: value for name, value in self.draft.typed.items() if name != HIDDEN}
        return self._of_item() | self._of_visit()

    def _of_item(self):
        """`?item=7`: what a meeting resolved, in the words of it and the name of its unit."""
        asked = self.request.GET.get("item", "")
        if not is_number(asked):
            return {}
        rows = ActionItem.objects.visible_to(self.request.user).live()
        item = get_object_or_404(rows, pk=asked)
        words = {"title": item.text[:LONGEST_TITLE], "content": item.text}
        return {"item": item.pk, "unit": item.unit_id} | words

    def _of_visit(self):
        """`?visit=7`: what was heard on a visit, filed for the enterprise."""
        asked = self.request.GET.get("visit", "")
        if not is_number(asked):
            return {}
        visit = get_object_or_404(Visit.objects.editable_by(self.request.user), pk=asked)
        self.visit = visit
        name, _phone = visit.unit.first_contact
        words = {"content": visit.heard, "contact_name": name}
        return {"visit": visit.pk, "unit": visit.unit_id} | words

    def act(self, form):
        typed, by = form.cleaned_data, self.request.user
        origin = {"item": typed["item"], "visit": typed["visit"]}
        need = filing.file(unit=typed["unit"], by=by, **origin, **form.facts())
        if form.documents:
            attaching.attach(NeedFile, form.documents, by=by, need=need)
        if asked_along := typed.get("cofilers"):
            cofilers.invite(need, units=asked_along, by=by)
        drafts.discard(once=str(typed["once"]), by=by)
        return need


@require_POST
def need_similar(request):
    """What is like the need that is being typed, for the page that asks while it is typed."""
    return render(request, "services/_similar.html", {"similar": _similar_to(request)})


@require_POST
def draft_save(request):
    """What was typed so far, kept by the server too: asked for by the page itself."""
    kept, refusal = _keep(request)
    return render(request, "services/_draft_saved.html", {"draft": kept, "refusal": refusal})


@require_POST
def draft_discard(request, pk):
    draft = get_object_or_404(NeedDraft.objects.visible_to(request.user), pk=pk)
    drafts.discard(once=draft.typed.get("once", ""), by=request.user)
    messages.success(request, _("已删除草稿。"))
    return redirect("services:need-create")


def needfile_detail(request, pk):
    """A file of a need, for those who read the whole of it."""
    known = Need.objects.known_to(request.user)
    return attaching.answer(get_object_or_404(NeedFile, pk=pk, need__in=known.values("pk")))


def _similar_to(request):
    typed = request.POST
    text = f"{typed.get('title', '')} {typed.get('content', '')}"[:LONGEST_DRAFT]
    but = typed.get("need", "")
    return similar(
        text,
        request.user,
        category=typed.get("category", ""),
        but=int(but) if is_number(but) else None,
    )


def _keep(request) -> tuple[NeedDraft | None, str]:
    """The draft of what was sent, and else why there is none."""
    typed = _typed(request.POST)
    if not any(typed.get(name) for name in ("title", "content", "public_note")):
        return None, ""
    try:
        if sum(len(str(value)) for value in typed.values()) > LONGEST_DRAFT:
            raise StepRefused(_("内容太长，草稿没有保存。请先提交，或删减一些。"))
        once = _token(request.POST.get("once", ""))
        return drafts.keep(typed, once=once, by=request.user), ""
    except StepRefused as refusal:
        return None, str(refusal)


def _typed(data: QueryDict) -> dict:
    """What the form's own fields hold."""
    typed = {name: data.get(name, "").strip() for name in KEPT if name != "cofilers"}
    typed |= {"cofilers": [key for key in data.getlist("cofilers") if is_number(key)][:100]}
    return {name: value for name, value in typed.items() if value}


def _shown(data: QueryDict) -> dict:
    """What the form shows of it again; its token stays the same."""
    typed = _typed(data) | {"once": data.get("once", "")}
    return {name: value for name, value in typed.items() if value and name != HIDDEN}


def _token(text) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise StepRefused(_("页面已过期，草稿没有保存。请刷新后继续。")) from None


def _used_up(once, url):
    """What arrives later from the same form is answered with where it led."""
    with suppress(StepRefused):  # not a token: nothing can arrive from that form
        FormToken.objects.get_or_create(token=_token(once), defaults={"url": url})
