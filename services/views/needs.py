from collections.abc import Callable
from copy import copy
from dataclasses import dataclass

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, DetailView, FormView, ListView, UpdateView

from alliance.models import ActionItem
from alliance.views.meeting_items import of_item
from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel.fields import is_number
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    FormActionMixin,
    HistoryMixin,
    ScopedMixin,
    take_step,
)
from services import limits
from services.actions import (
    dispatching,
    filing,
    projects,
    resources,
    review,
    rights,
    solving,
)
from services.forms.needs import (
    AcceptForm,
    ConfirmForm,
    NeedFilter,
    NeedForm,
    OfferForm,
    ReasonForm,
)
from services.forms.projects import MatchForm
from services.models import Need, Project
from services.papers import need_columns, with_columns
from services.views.papers import papers_context

ROWS = Need.objects.select_related("unit", "accepted_by")
LONGEST_TITLE = Need._meta.get_field("title").max_length


class NeedList(ExportedMixin, SavedViewsMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView):
    queryset = Need.objects.urgent_first()
    filterset_class = NeedFilter
    template_name = "services/need_list.html"
    partial_template_name = "services/_need_table.html"
    export_name = _("需求清单")
    on_paper = True
    numbered_paper = False  # needs have numbers of their own

    def dress(self, rows):
        return rows.with_faces(self.request.user).with_clock()

    def dress_export(self, rows):
        return with_columns(rows, self.request.user)

    def export_columns(self):
        return need_columns()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        needs = list(context["object_list"])
        for need in needs:
            need.limit = limits.current(need)
        note = limits.estimate_note(need.limit for need in needs)
        return context | {"object_list": needs, "estimate_note": note}


class NeedCreate(FormActionMixin, CreateView):
    model = Need
    form_class = NeedForm
    success_message = _("已提交“%(object)s”，园区党务办公室会尽快审核，结果会通知您。")

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("services:need-list"), **kwargs)

    def get_initial(self):
        """`?item=7`: what a meeting resolved, in the words of it and the name of its unit."""
        asked = self.request.GET.get("item", "")
        if not is_number(asked):
            return super().get_initial()
        rows = ActionItem.objects.visible_to(self.request.user).live()
        item = get_object_or_404(rows, pk=asked)
        words = {"title": item.text[:LONGEST_TITLE], "content": item.text}
        return {"item": item.pk, "unit": item.unit_id} | words

    def act(self, form):
        typed = form.cleaned_data
        by = self.request.user
        return filing.file(unit=typed["unit"], item=typed["item"], by=by, **form.facts())


class StepPage:
    """A step of a need that has a page of its own: 403 for others, back when it is too late."""

    verb: str

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.need = _visible(request.user, kwargs["pk"])

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


class NeedEdit(StepPage, FormActionMixin, UpdateView):
    """Corrected before review; after it was returned, thereby submitted again."""

    verb = "change"
    form_class = NeedForm
    template_name = "services/need_form.html"
    success_message = _("已更新“%(object)s”，等待审核。")

    def get_object(self, queryset=None):
        return copy(self.need)  # the form writes on its own

    def get_context_data(self, **kwargs):
        reason = self.need.remarks.filter(step=self.need.status).first()
        return super().get_context_data(reason=reason, **kwargs)

    def act(self, form):
        filing.change(self.need, by=self.request.user, **form.facts())
        return self.need


class NeedMatch(StepPage, FormActionMixin, FormView):
    """An accepted need is joined to resources (对接), which begins a project."""

    verb = "match"
    form_class = MatchForm
    template_name = "services/need_match.html"
    success_message = _("已建立项目“%(object)s”，可以开始填写进展。")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"need": self.need}

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


@dataclass(frozen=True)
class Verb:
    """How a step looks on the page of a need, and what it says when it is done."""

    action: Callable | None  # None: the step has a page of its own
    label: Promise
    done: Promise | str = ""
    form: type | None = None
    primary: bool = False
    page: str = ""
    office_label: Promise | str = ""  # what the office calls it, if another word

    def word_for(self, user) -> Promise | str:
        return self.office_label if self.office_label and rights.office(user) else self.label

    @property
    def danger(self) -> bool:
        return self.form is ReasonForm


VERBS = {
    "change": Verb(None, _("修改内容"), page="services:need-edit"),
    "publish": Verb(
        review.publish, _("审核发布"), _("已发布，可见的成员单位会收到通知。"), primary=True
    ),
    "return": Verb(review.send_back, _("退回补充"), _("已退回，提出单位会收到原因。"), ReasonForm),
    "decline": Verb(
        review.decline, _("不予受理"), _("已登记为未受理，提出单位会收到原因。"), ReasonForm
    ),
    "accept": Verb(
        dispatching.accept,
        _("接单"),
        _("已接单。"),
        AcceptForm,
        primary=True,
        office_label=_("派单"),
    ),
    "match": Verb(None, _("对接资源、建立项目"), primary=True, page="services:need-match"),
    "offer": Verb(
        solving.offer,
        _("提交解决方案"),
        _("已提交，提出单位会收到通知并确认。"),
        OfferForm,
        primary=True,
    ),
    "confirm": Verb(
        solving.confirm,
        _("确认已解决并评价"),
        _("已确认解决，感谢评价。"),
        ConfirmForm,
        primary=True,
    ),
    "refuse": Verb(
        solving.refuse, _("尚未解决，退回"), _("已退回，责任单位会收到原因并继续办理。"), ReasonForm
    ),
    "close": Verb(solving.close, _("销号"), _("已销号。"), primary=True),
    "reopen": Verb(
        solving.reopen, _("重新办理"), _("已重新办理，责任单位会收到原因。"), ReasonForm
    ),
    "withdraw": Verb(filing.withdraw, _("撤回需求"), _("已撤回。"), ReasonForm),
}

WAITING = {
    "submitted": _("等待园区党务办公室审核。"),
    "returned": _("等待%(unit)s补充后重新提交。"),
    "declined": _("园区党务办公室未受理。"),
    "published": _("等待成员单位接单。"),
    "accepted": _("等待%(responsible)s对接资源、建立项目。"),
    "in_progress": _("%(responsible)s正在办理。"),
    "offered": _("等待%(unit)s确认并评价。"),
    "solved": _("企业已确认解决，等待园区党务办公室销号。"),
    "closed": _("已办结。"),
    "withdrawn": _("提出单位已撤回。"),
}


def waiting(need) -> str:
    """Who has the next step; others than its parties read only how far it is."""
    if not need.face.is_whole:
        is_free = need.status == Need.Status.PUBLISHED
        return WAITING[need.status] if is_free else need.get_status_display()
    return WAITING[need.status] % {"unit": need.unit, "responsible": need.accepted_by}


class NeedDetail(HistoryMixin, ScopedMixin, DetailView):
    bound = None  # the form of a step that was sent and could not be taken

    def get_queryset(self):
        self.queryset = Need.objects.with_faces(self.request.user).with_clock()
        return super().get_queryset()

    def get_context_data(self, **kwargs):
        need, user = self.object, self.request.user
        is_party = need.face.is_whole
        solutions = list(need.solutions.all()) if is_party and need.joined_at else []
        steps = [self._step(verb) for verb in rights.verbs(user, need)]
        main = next((step for step in steps if step["primary"]), None)
        if need.status == Need.Status.RETURNED:
            main = next((step for step in steps if step["verb"] == "change"), main)
        context = {
            "is_party": is_party,
            "main_step": main,
            "other_steps": [step for step in steps if step is not main],
            "project": self._project(),
            "solutions": solutions,
            "remarks": need.remarks.all() if is_party else [],
            "milestones": milestones(need, solutions) if is_party else [],
            "limits": (found := limits.limits(need) if is_party else []),
            "estimate_note": limits.estimate_note(found),
            "of_item": of_item(need.item_id if is_party else None, user),
            "waiting": waiting(need),
        }
        if is_party:
            context |= papers_context(need, user)
        return super().get_context_data(**context, **kwargs)

    def _project(self):
        if not (self.object.joined_at and self.object.face.is_whole):
            return None
        rows = Project.objects.visible_to(self.request.user).with_progress()
        return rows.filter(need_links__need=self.object, need_links__left_at=None).first()

    def _step(self, verb) -> dict:
        need, look = self.object, VERBS[verb]
        form = None
        if look.form:
            form = (self.bound or {}).get(verb) or _form(look, self.request.user, need, verb)
        return {
            "verb": verb,
            "label": look.word_for(self.request.user),
            "primary": look.primary,
            "danger": look.danger,
            "page": look.page,
            "url": reverse(look.page or f"services:need-{verb}", args=[need.pk]),
            "form": form,
            "is_one_click": not (form and form.visible_fields()),
            "open": bool(self.bound and verb in self.bound),
        }


def milestones(need, solutions) -> list[tuple]:
    """The loop as a time line: words and moment of each stage, None while it is to come."""
    standing = next((row for row in solutions if not (row.refused_at or row.reopened_at)), None)
    return [
        (_("提出"), need.filed_at),
        (_("审核发布"), need.reviewed_at),
        (_("接单"), need.accepted_at),
        (_("对接项目"), need.joined_at),
        (_("提交解决方案"), standing and standing.offered_at),
        (_("企业确认并评价"), standing and standing.confirmed_at),
        (_("销号"), need.closed_at),
    ]


@require_POST
def need_step(request, pk, verb):
    """Any step that is taken on the page of a need itself.

    When what was typed will not do, the page comes back with it and the error at the field.
    """
    need, look = _visible(request.user, pk), VERBS[verb]
    try:
        rights.check(need, verb, request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(need)
    facts = {}
    if look.form:
        form = _form(look, request.user, need, verb, request.POST)
        if not form.is_valid():
            page = NeedDetail(bound={verb: form})
            page.setup(request, pk=pk)
            return page.get(request, pk=pk)
        facts = form.cleaned_data
    return take_step(request, look.action, need, done=look.done, **facts)


def _form(look, user, need, verb, data=None):
    return look.form(data, need=need, user=user, verb=verb)


def _visible(user, pk):
    return get_object_or_404(ROWS.visible_to(user), pk=pk)
