"""The charter and the two systems: what is in force, each version, and how it comes about."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, FormView, ListView

from alliance import articles, comparing
from alliance.actions import regulations as actions
from alliance.actions import signatures
from alliance.forms.regulations import (
    AdoptForm,
    DraftForm,
    FilesForm,
    SignForm,
    WithdrawForm,
    duty_rows,
)
from alliance.models import DutyItem, Group, Measure, Regulation, RegulationFile, SignOff
from alliance.models.settings import SETTINGS, Text, settings_of
from alliance.rehearsal import rehearse_plans
from nanchuan.kernel import attaching, roles
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.periods import day_before
from nanchuan.kernel.previews import PreviewMixin
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import (
    FormActionMixin,
    HistoryMixin,
    ScopedMixin,
    UploadMixin,
    get_editable_or_deny,
    take_step,
)

Status = Regulation.Status


def state_of(regulation: Regulation, on) -> tuple[str, str]:
    """How a version stands on a day: a style, and in words."""
    if regulation.status == Status.DRAFT:
        return "draft", gettext("草案")
    if regulation.status == Status.DROPPED:
        return "withdrawn", gettext("已作废") if regulation.adopted_at else gettext("未采用")
    if regulation.starts_on > on:
        return "planned", gettext("待施行")
    return ("done", gettext("现行")) if regulation.is_in_force(on) else ("ended", gettext("已失效"))


def setting_lines(regulation: Regulation | None, text: str) -> list[dict]:
    """The decisions of a text in words; without a version its defaults."""
    return [
        {
            "label": setting.label,
            "value": setting.words(
                regulation.value(setting.code) if regulation else setting.default
            ),
        }
        for setting in settings_of(text)
    ]


def due_words(item: DutyItem) -> str:
    words = {"anchor": item.get_anchor_display(), "days": item.days}
    return gettext("%(anchor)s %(days)d 天") % words if item.days else _same_day(item)


def _same_day(item):
    is_first = item.anchor == DutyItem.Anchor.START
    return gettext("轮值第一天") if is_first else gettext("轮值最后一天")


def wanted_by(user):
    """Signatures that this person's units still owe, the oldest first."""
    rows = SignOff.objects.wanted().editable_by(user).select_related("regulation")
    return rows.order_by("due_on", "regulation__text", "unit_name")


class RegulationList(ScopedMixin, ListView):
    """The three texts side by side: now, next, draft, earlier; what is to be signed first."""

    queryset = Regulation.objects.all()
    template_name = "alliance/regulation_list.html"

    def get_context_data(self, **kwargs):
        user, today = self.request.user, timezone.localdate()
        rows = list(self.object_list)
        for row in rows:
            row.state = state_of(row, today)
        measures = Measure.objects.visible_to(user)
        return super().get_context_data(
            cards=[self._card(text, rows, today) for text in Text],
            missing=list(wanted_by(user)) if roles.has_role(user, roles.UNIT) else [],
            groups=list(Group.objects.current().order_by("order", "pk")),
            measures=measures.count() if roles.roles(user) else 0,
            **kwargs,
        )

    def _card(self, text, rows, today) -> dict:
        mine = [row for row in rows if row.text == text]
        now = next((row for row in mine if row.is_in_force(today)), None)
        coming = [row for row in mine if row.is_coming]
        draft = next((row for row in mine if row.status == Status.DRAFT), None)
        shown = [now, draft, *coming]
        return {
            "text": text,
            "now": now,
            "coming": sorted(coming, key=lambda row: row.starts_on),
            "draft": draft,
            "earlier": [row for row in mine if row not in shown],
            "settings": setting_lines(now, text),
        }


class RegulationDetail(HistoryMixin, ScopedMixin, DetailView):
    """One version with all that belongs to it; at its end the reader's units read and sign."""

    queryset = Regulation.objects.all()
    template_name = "alliance/regulation_detail.html"
    context_object_name = "regulation"
    bound = None  # the form of a signature that was sent and would not do

    def get_context_data(self, **kwargs):
        regulation, today = self.object, timezone.localdate()
        user = self.request.user
        versions = Regulation.objects.visible_to(user).filter(text=regulation.text)
        versions = list(versions.order_by("-number"))
        for version in versions:
            version.state = state_of(version, today)
        sections = list(regulation.sections.all())
        context = {
            "state": state_of(regulation, today),
            "sections": sections,
            "settings": setting_lines(regulation, regulation.text),
            "duties": [(item, due_words(item)) for item in regulation.duty_items.all()],
            "files": regulation.files.all(),
            "adopted_how": regulation.adopted_how.rstrip("。"),
            "others": [version for version in versions if version != regulation],
            "before": self._before(versions),
            "boxes": self._boxes(today),
            "count": self._count(today) if roles.has_role(user, *roles.WHOLE_PARK) else None,
            "may_measure": regulation.is_in_force(today),
            "may_withdraw": regulation.is_coming and regulation.ends_on is None,
        }
        return super().get_context_data(**context | kwargs)

    def _before(self, versions):
        """The version that this one follows: what most people will want to compare it with."""
        earlier = [row for row in versions if row.number < self.object.number and row.adopted_at]
        return next((row for row in earlier if row.status == Status.ADOPTED), None)

    def _boxes(self, today) -> list[dict]:
        """For each of the reader's units: its signature, or the next step to it."""
        rows = SignOff.objects.editable_by(self.request.user).with_seat(today)
        rows = rows.filter(regulation=self.object).order_by("unit_name")
        return [self._box(row, today) for row in rows]

    def _box(self, sign_off, today) -> dict:
        sign_off.regulation = self.object
        name = self.request.user.get_full_name()
        form = (self.bound or {}).get(sign_off.pk) or SignForm(sign_off=sign_off, name=name)
        is_open = sign_off.is_seated and self.object.may_be_signed(today)
        return {"sign_off": sign_off, "form": form, "is_open": is_open}

    def _count(self, today) -> dict:
        rows = list(self.object.sign_offs.with_seat(today).order_by())
        missing = [row for row in rows if not row.signed_at and row.is_seated]
        return {
            "all": len(rows),
            "signed": sum(row.signed_at is not None for row in rows),
            "missing": len(missing),
            "read": sum(row.read_at is not None for row in missing),
            "late": sum(row.days_late > 0 for row in missing),
            "may_remind": bool(missing) and self.object.may_be_signed(today),
        }


class RegulationCompare(ScopedMixin, DetailView):
    """Two versions of a text, article by article; `with` is the number of the other one."""

    queryset = Regulation.objects.all()
    template_name = "alliance/regulation_compare.html"
    context_object_name = "regulation"

    def get_context_data(self, **kwargs):
        rows = Regulation.objects.visible_to(self.request.user).filter(text=self.object.text)
        versions = list(rows.order_by("number"))
        other = self._other(versions)
        old, new = sorted((other or self.object, self.object), key=lambda row: row.number)
        changes = comparing.compare(articles.of(old), articles.of(new))
        shown = [change for change in changes if change.kind != "same"]
        return super().get_context_data(
            versions=[row for row in versions if row != self.object],
            other=other,
            old=old,
            new=new,
            changes=shown,
            same=len(changes) - len(shown),
            settings=setting_changes(old, new),
            duties=duty_changes(old, new),
            **kwargs,
        )

    def _other(self, versions):
        """The one asked for, else the one before, else the one after."""
        asked = self.request.GET.get("with", "")
        if asked:
            found = [row for row in versions if str(row.pk) == asked]
            if not found:
                raise Http404
            return found[0]
        others = [row for row in versions if row != self.object]
        before = [row for row in others if row.number < self.object.number]
        return (before[-1:] or others[:1] or [None])[0]


def setting_changes(old: Regulation | None, new: Regulation) -> list[dict]:
    """Decisions that differ, in words; without an old version against the defaults."""
    found = []
    for setting in settings_of(new.text):
        before = old.value(setting.code) if old else SETTINGS[setting.code].default
        after = new.value(setting.code)
        if before != after:
            words = {"old": setting.words(before), "new": setting.words(after)}
            found.append({"label": setting.label} | words)
    return found


def duty_changes(old: Regulation, new: Regulation) -> list[dict]:
    """Duties that came, went or have another day, in words."""
    before = [(item.title, item.kind, due_words(item)) for item in old.duty_items.all()]
    after = [(item.title, item.kind, due_words(item)) for item in new.duty_items.all()]
    found = comparing.pairs(before, after, key=lambda row: row[0])
    return [
        {
            "label": (each.new or each.old)[0],
            "old": each.old[2] if each.old else "",
            "new": each.new[2] if each.new else "",
        }
        for each in found
        if each.kind != "same"
    ]


@require_POST
def regulation_draft(request):
    """Begin a draft of one of the three texts and open it."""
    text = request.POST.get("text", "")
    if text not in Text.values:
        raise Http404
    try:
        made = actions.draft(text, by=request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("alliance:regulation-list")
    return redirect("alliance:regulation-edit", made.pk)


class OfRegulation:
    """A page of the office about one version; `step` says what it must be for that."""

    def dispatch(self, request, *args, **kwargs):
        rows = Regulation.objects.all()
        self.regulation = get_editable_or_deny(rows, request.user, pk=kwargs["pk"])
        if request.method == "GET" and (reason := self.too_late()):
            messages.error(request, reason)
            return redirect(self.regulation)
        return super().dispatch(request, *args, **kwargs)

    def too_late(self) -> str:
        """Why the page has no use any more."""
        if self.regulation.status == Status.DRAFT:
            return ""
        return gettext("这一版不再是草案，不能修改。需要更改的，请起草修订。")

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            regulation=self.regulation, cancel_url=self.regulation.get_absolute_url(), **kwargs
        )


class RegulationEdit(OfRegulation, EditActionMixin, FormView):
    """The draft on one page."""

    model = Regulation
    form_class = DraftForm
    template_name = "alliance/regulation_form.html"
    success_message = _("草案已保存。")
    duties = None

    def get_form_kwargs(self):
        self.regulation.refresh_from_db()  # by now the row is held
        return super().get_form_kwargs() | {"regulation": self.regulation}

    def get_context_data(self, **kwargs):
        kwargs.setdefault("duties", self.duties or duty_rows(self.regulation))
        context = super().get_context_data(**kwargs)
        if context["form"].is_bound and context["form"].theirs:
            context["theirs"] = articles.write(articles.of(self.regulation))
        return context

    def form_valid(self, form):
        self.duties = duty_rows(self.regulation, self.request.POST)
        if self.duties is not None and not self.duties.is_valid():
            form.add_error(None, gettext("轮值职责有要修改的地方，见下面的表格。"))
            return self.form_invalid(form)
        return super().form_valid(form)

    def form_invalid(self, form):
        self.duties = self.duties or duty_rows(self.regulation, self.request.POST)
        return super().form_invalid(form)

    def act(self, form):
        rows = self.duties.rows() if self.duties is not None else ()
        actions.edit(self.regulation, by=self.request.user, duties=rows, **form.facts())
        return self.regulation


class RegulationAdopt(OfRegulation, PreviewMixin, FormView):
    """What changes is said first, then the draft is adopted (印发)."""

    form_class = AdoptForm
    template_name = "alliance/regulation_adopt.html"
    success_message = _("已印发%(object)s，各成员单位会收到阅读和签字的通知。")

    def get_initial(self):
        today = timezone.localdate()
        before = actions.open_version(self.regulation.text)
        first = before.starts_on + timedelta(days=1) if before else today
        return {"starts_on": max(first, today)}

    def preview(self, form):
        starts_on = form.cleaned_data["starts_on"]
        today = timezone.localdate()
        before = actions.check_adoption(self.regulation, starts_on, today)
        return adoption_sentences(self.regulation, before, starts_on, today)

    def act(self, form):
        given = form.cleaned_data
        actions.adopt(
            self.regulation,
            starts_on=given["starts_on"],
            adopted_how=given["adopted_how"],
            by=self.request.user,
        )
        return self.regulation


def adoption_sentences(regulation, before, starts_on, today) -> list[str]:
    """What adopting does, in words."""
    sentences = [gettext("%(name)s从 %(day)s 起施行。") % {"name": regulation, "day": starts_on}]
    if before:
        sentences.append(
            gettext("%(before)s施行到 %(day)s。此前按它开始的轮值、会议和需求，继续按它办理。")
            % {"before": before, "day": day_before(starts_on)}
        )
        sentences.append(article_sentence(before, regulation))
    sentences += [setting_sentence(line, before) for line in setting_changes(before, regulation)]
    if before:
        sentences += [duty_sentence(line) for line in duty_changes(before, regulation)]
    if regulation.text == Text.ROTA:
        sentences += rehearse_plans(lambda: _adopt(regulation.pk, starts_on), starts_on)
    units = signatures.units_asked(today)
    sentences.append(
        gettext("%(number)d 家成员单位会收到通知，请它们阅读全文并签字。") % {"number": len(units)}
    )
    last = gettext("印发以后不能再修改，需要更改的另行修订。")
    if starts_on > today:
        last += gettext("施行之前可以作废。")
    return [*sentences, last]


def _adopt(pk, starts_on):
    actions.adopt(Regulation.objects.get(pk=pk), starts_on=starts_on, adopted_how="", by=None)


def setting_sentence(line, before) -> str:
    if before:
        return gettext("设定“%(label)s”：由“%(old)s”改为“%(new)s”。") % line
    return gettext("设定“%(label)s”：由默认的“%(old)s”改为“%(new)s”。") % line


def article_sentence(old, new) -> str:
    kinds = [change.kind for change in comparing.compare(articles.of(old), articles.of(new))]
    if set(kinds) <= {"same"}:
        return gettext("正文没有改动。")
    return gettext("正文新增 %(added)d 处、修改 %(changed)d 处、删去 %(removed)d 处。") % {
        kind: kinds.count(kind) for kind in ("added", "changed", "removed")
    }


def duty_sentence(line) -> str:
    if line["old"] and line["new"]:
        return gettext("轮值职责“%(label)s”：由%(old)s改为%(new)s。") % line
    if line["new"]:
        return gettext("轮值职责新增“%(label)s”（%(new)s）。") % line
    return gettext("轮值职责不再有“%(label)s”。") % line


class RegulationWithdraw(OfRegulation, FormActionMixin, FormView):
    """An adopted version that has not begun is taken back, with the reason."""

    form_class = WithdrawForm
    template_name = "alliance/regulation_withdraw.html"
    success_message = _("已作废%(object)s，请过签字的单位会收到通知。")

    def too_late(self):
        if self.regulation.is_coming and self.regulation.ends_on is None:
            return ""
        return gettext("只有已印发、还没有施行的最新一版可以作废。")

    def act(self, form):
        reason = form.cleaned_data["reason"]
        actions.withdraw(self.regulation, reason=reason, by=self.request.user)
        return self.regulation


@require_POST
def regulation_drop(request, pk):
    regulation = get_editable_or_deny(Regulation.objects, request.user, pk=pk)
    return take_step(
        request, actions.drop, regulation, done=gettext("草案不再采用，可以重新起草。")
    )


class RegulationAttach(OfRegulation, UploadMixin, FormView):
    """Files beside a draft."""

    form_class = FilesForm
    template_name = "alliance/regulation_attach.html"
    success_message = _("附件已添加。")

    def act(self, form):
        actions.add_files(self.regulation, form.cleaned_data["files"], by=self.request.user)
        return self.regulation


def regulation_file(request, pk):
    """Whoever may see the version may take its files."""
    seen = Regulation.objects.visible_to(request.user)
    return attaching.answer(get_object_or_404(RegulationFile, pk=pk, regulation__in=seen))


@require_POST
def regulation_unfile(request, pk):
    row = get_object_or_404(RegulationFile.objects.select_related("regulation"), pk=pk)
    get_editable_or_deny(Regulation.objects, request.user, pk=row.regulation_id)
    after = row.regulation.get_absolute_url()
    return take_step(request, actions.remove_file, row, done=gettext("附件已删去。"), to=after)


@require_POST
def regulation_remind(request, pk):
    """One button: exactly those that have not signed."""
    regulation = get_editable_or_deny(Regulation.objects, request.user, pk=pk)
    try:
        number = signatures.remind(regulation, by=request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
    else:
        words = gettext("已提醒 %(number)d 家未签字的单位，同一家一天只提醒一次。")
        messages.success(request, words % {"number": number})
    return redirect(f"{reverse('alliance:regulation-signatures', args=[pk])}?state=missing")
