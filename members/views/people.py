from django.contrib import messages
from django.db.models import Value
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, ListView

from members.actions.memberships import last_change
from members.forms.people import FindForm, PersonFilterSet
from members.forms.roster import roster_columns
from members.models import Absence, PartyMember
from members.views.person import steps_for
from members.views.reveals import RevealMixin
from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel import roles
from nanchuan.kernel.paging import LongPaginator
from nanchuan.kernel.policies import policy_of
from nanchuan.kernel.registers import register
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    HistoryMixin,
    ScopedMixin,
)

SHOWN = ("name", "gender", "phone", "joined_on")


@register(
    "members:person-list",
    order=10,
    holds=gettext_lazy("每名党员一行：基本情况、党籍、职务、所在党组织、流动或失联。"),
)
class PersonList(
    ExportedMixin, DressedMixin, SavedViewsMixin, FilteredMixin, ScopedMixin, ListView
):
    """The roster (党员名册): without a filter, whom the park counts as its members."""

    filterset_class = PersonFilterSet
    template_name = "members/person_list.html"
    partial_template_name = "members/_person_table.html"
    paginator_class = LongPaginator
    queryset = PartyMember.objects.all()
    export_name = gettext_lazy("党员名册")
    on_paper = True

    def dress(self, rows):
        return rows.with_place()

    def dress_export(self, rows):
        return rows.with_place().with_absence()

    def dressed(self, queryset, keys):
        """Found already, so the filter is not asked again; the long numbers stay sealed."""
        rows = PartyMember.objects.filter(pk__in=keys).order_by()
        return sorted(self.dress(rows).only(*SHOWN), key=lambda row: keys.index(row.pk))

    def get_paginator(self, *args, **kwargs):
        """Whoever sees the whole park: a person has one membership at a time, and counting
        those is several times quicker than counting the people who have one."""
        paginator = super().get_paginator(*args, **kwargs)
        if self.filter.memberships is not None and roles.has_role(
            self.request.user, *roles.WHOLE_PARK
        ):
            paginator.count = self.filter.memberships.count()
        return paginator

    def get_context_data(self, **kwargs):
        may_find = roles.has_role(self.request.user, *roles.WHOLE_PARK, roles.SECRETARY)
        return super().get_context_data(find_form=FindForm() if may_find else None, **kwargs)

    def export_columns(self):
        return roster_columns()


class PersonDetail(RevealMixin, HistoryMixin, ScopedMixin, DetailView):
    """One member: facts with masked numbers, memberships and posts with their dates."""

    template_name = "members/person_detail.html"
    context_object_name = "person"

    def get_queryset(self):
        self.queryset = PartyMember.objects.with_place()
        return super().get_queryset()

    def get_context_data(self, **kwargs):
        person, user = self.object, self.request.user
        memberships = list(person.memberships.select_related("organization"))
        transfers = person.transfers.visible_to(user).select_related("source", "target")
        context = super().get_context_data(
            memberships=memberships, transfers=transfers, **_times(person), **kwargs
        )
        history = context["history"] = list(context["history"])
        steps = steps_for(memberships[0].standing if _is_open(memberships) else "")
        if not person.is_editable:
            return context
        return context | {
            "steps": [step for step in steps if policy_of(f"members:{step.name}").admits(user)],
            "may_place": not _is_open(memberships)
            and policy_of("members:person-place").admits(user),
            "may_edit": policy_of("members:person-edit").admits(user),
            "last_change": policy_of("members:person-undo").admits(user)
            and last_change(memberships, history),
        }


def _is_open(memberships) -> bool:
    return bool(memberships) and memberships[0].ends_on is None


def _times(person) -> dict:
    """Posts and absences, asked for together: both say where, what, from when to when."""
    names = ("what", "place", "words", "starts_on", "ends_on", "pk")
    terms = person.terms.order_by().values_list(
        Value("term"), "organization__name", "post__name", "starts_on", "ends_on", "pk"
    )
    away = person.absences.order_by().values_list(
        "kind", "place", "note", "starts_on", "ends_on", "pk"
    )
    rows = [dict(zip(names, row, strict=True)) for row in terms.union(away, all=True)]
    rows.sort(key=lambda row: row["starts_on"], reverse=True)
    away = [
        Absence(kind=row.pop("what"), note=row.pop("words"), **row)
        for row in rows
        if row["what"] != "term"
    ]
    terms = [row for row in rows if "what" in row]
    return {"terms": terms, "absences": Absence.advise(away)}


@require_POST
def person_find(request):
    """Look somebody up by an exact number, which stays out of addresses and logs."""
    form = FindForm(request.POST)
    back = reverse("members:person-list")
    if not form.is_valid():
        messages.error(request, _("请填写完整的公民身份号码或电话，再按号码查找。"))
        return redirect(back)
    found = PartyMember.objects.visible_to(request.user).of_number(form.cleaned_data["number"])
    people = list(found[:2])
    if len(people) == 1:
        return redirect(people[0])
    if people:
        messages.warning(request, _("不止一人使用这个电话。请按姓名查找。"))
    else:
        messages.warning(request, _("没有找到使用这个号码的党员，或者不在您的查看范围。"))
    return redirect(back)
