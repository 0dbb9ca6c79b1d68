from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import DetailView, FormView, ListView, UpdateView

from members.actions import terms as actions
from members.forms.activities import OrganizationForm
from members.forms.terms import TermEditForm, TermEndForm, TermFilterSet, TermForm
from members.models import Organization, PartyMember, Term
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.registers import register
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    FormActionMixin,
    HistoryMixin,
    ScopedMixin,
    get_editable_or_deny,
)

ROWS = Term.objects.select_related("organization", "post", "member")


@register(
    "members:term-list",
    order=40,
    holds=_("每次任职一行：党组织、职务、姓名、任职和结束的日期、结束原因。"),
)
class TermList(ExportedMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView):
    """The register of terms in office (任职名册), in the order of the tree, then of the posts."""

    queryset = Term.objects.order_by("organization__path", "post__order", "starts_on", "pk")
    filterset_class = TermFilterSet
    template_name = "members/term_list.html"
    partial_template_name = "members/_term_table.html"
    paginate_by = 50
    export_name = _("班子成员任职名册")
    on_paper = True

    def dress(self, rows):
        return rows.select_related("organization", "post", "member")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        people = [term.member_id for term in context["object_list"]]
        seen = PartyMember.objects.visible_to(self.request.user).filter(pk__in=people)
        return context | {"seen_people": set(seen.order_by().values_list("pk", flat=True))}

    def export_columns(self):
        return [
            Column(_("党组织"), lambda row: row.organization.name, 40),
            Column(_("职务"), lambda row: row.post.name),
            Column(_("姓名"), lambda row: row.member.name, 10),
            Column(_("性别"), lambda row: row.member.get_gender_display(), 6),
            Column(_("任职日期"), lambda row: row.starts_on, 12),
            Column(_("结束日期"), lambda row: row.ends_on, 12),
            Column(_("结束原因"), lambda row: row.get_end_reason_display(), 12),
        ]


class TermDetail(HistoryMixin, ScopedMixin, DetailView):
    """One term: who, what, where, from when to when, and what happened to it."""

    queryset = ROWS
    template_name = "members/term_detail.html"
    context_object_name = "term"

    def get_context_data(self, **kwargs):
        seen = PartyMember.objects.visible_to(self.request.user)
        return super().get_context_data(
            sees_member=seen.filter(pk=self.object.member_id).exists(), **kwargs
        )


class OfOrganizationMixin:
    """A form page about an organization that is chosen first, without scripts too."""

    organization: Organization
    choose_title = ""

    def dispatch(self, request, *args, **kwargs):
        asked = request.GET.get("organization", "")
        if not asked:
            form = OrganizationForm(user=request.user)
            context = {"form": form, "title": self.choose_title, "list_url": self.list_url()}
            return render(request, "members/organization_choose.html", context)
        if not asked.isdecimal():
            raise Http404
        rows = Organization.objects.current()
        self.organization = get_editable_or_deny(rows, request.user, pk=asked[:18])
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"organization": self.organization}

    def get_context_data(self, **kwargs):
        kwargs.setdefault("form", self.get_form())
        return super().get_context_data(
            organization=self.organization,
            suggestions=kwargs["form"].candidates().suggestions(),
            cancel_url=self.organization.get_absolute_url(),
            **kwargs,
        )

    def form_valid(self, form):
        """What else will change is said first; sending again agrees to it."""
        if form.asks():
            return self.render_to_response(self.get_context_data(form=form))
        return super().form_valid(form)


class TermCreate(OfOrganizationMixin, FormActionMixin, FormView):
    """A member takes a post; whose term ends is said before it is saved."""

    form_class = TermForm
    template_name = "members/term_form.html"
    success_message = _("已登记任职：%(object)s。")
    choose_title = _("登记任职")

    def list_url(self):
        return reverse("members:term-list")

    def get_initial(self):
        post = self.request.GET.get("post", "")
        return {"starts_on": timezone.localdate(), "post": post if post.isdecimal() else None}

    def get_context_data(self, **kwargs):
        holders = self.organization.terms.current().select_related("post", "member")
        return super().get_context_data(holders=holders, **kwargs)

    def act(self, form):
        given = form.cleaned_data
        return actions.appoint(
            self.organization,
            given["post"],
            given["member"],
            starts_on=given["starts_on"],
            succeeding=form.predecessor,
            by=self.request.user,
        )


class OwnTermMixin:
    """A form page about one term that the reader may change."""

    def get_object(self, queryset=None):
        return get_editable_or_deny(ROWS, self.request.user, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            term=self.term, cancel_url=self.term.get_absolute_url(), **kwargs
        )


class TermEnd(OwnTermMixin, FormActionMixin, FormView):
    """Somebody leaves a post."""

    form_class = TermEndForm
    template_name = "members/term_end.html"
    success_message = _("已登记离任：%(object)s。")

    def dispatch(self, request, *args, **kwargs):
        self.term = self.get_object()
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self):
        return {"on": max(timezone.localdate(), self.term.starts_on)}

    def act(self, form):
        given = form.cleaned_data
        actions.end(self.term, on=given["on"], reason=given["reason"], by=self.request.user)
        return self.term


class TermEdit(OwnTermMixin, EditActionMixin, UpdateView):
    """The dates of a term are put right; the history keeps the old ones."""

    model = Term
    form_class = TermEditForm
    template_name = "members/term_edit.html"
    success_message = _("已更正：%(object)s。")

    def get_object(self, queryset=None):
        self.term = super().get_object(queryset)
        return self.term

    def act(self, form):
        term = ROWS.get(pk=form.instance.pk)  # the form has written on its own copy
        actions.correct(term, by=self.request.user, **form.facts())
        return term
