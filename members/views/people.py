from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, ListView

from members.forms.people import FindForm, PersonFilterSet
from members.forms.roster import roster_columns
from members.models import PartyMember
from members.views.reveals import RevealMixin
from nanchuan.kernel import roles
from nanchuan.kernel.paging import LongPaginator
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
class PersonList(ExportedMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView):
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
        exact = self.request.GET.get("count") == "all"
        paginator = super().get_paginator(*args, exact=exact, **kwargs)
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
        person = self.object
        return super().get_context_data(
            memberships=person.memberships.select_related("organization"),
            terms=person.terms.select_related("organization", "post"),
            **kwargs,
        )


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
