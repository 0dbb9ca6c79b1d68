from django.utils.translation import gettext_lazy as _
from django.views.generic import CreateView, FormView, ListView

from members.actions import absences as actions
from members.forms.absences import AbsenceEndForm, AbsenceFilterSet, AbsenceForm
from members.models import Absence, PartyMember
from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.registers import register
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    FormActionMixin,
    ScopedMixin,
    get_editable_or_deny,
)


@register(
    "members:absence-list",
    order=70,
    holds=_("每次外出或失去联系一行：姓名、党组织、地点、起止日期、已满月数和依据。"),
)
class AbsenceList(
    ExportedMixin, SavedViewsMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView
):
    """Who lives elsewhere or is out of touch, the longest first."""

    queryset = Absence.objects.order_by("starts_on", "pk")
    filterset_class = AbsenceFilterSet
    template_name = "members/absence_list.html"
    partial_template_name = "members/_absence_table.html"
    export_name = _("流动与失联党员")
    on_paper = True

    def dress(self, rows):
        return rows.select_related("member").with_organization()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {"object_list": Absence.advise(context["object_list"])}

    def export_columns(self):
        rules = Absence.rules()
        return [
            Column(_("姓名"), lambda row: row.member.name, 12),
            Column(_("所在党组织"), lambda row: row.organization_name, 36),
            Column(_("情形"), lambda row: row.get_kind_display(), 10),
            Column(_("外出地点"), lambda row: row.place, 20),
            Column(_("开始日期"), lambda row: row.starts_on, 12),
            Column(_("结束日期"), lambda row: row.ends_on, 12),
            Column(_("已满月数"), lambda row: row.months(), 10),
            Column(_("提示"), lambda row: row.advice(rules), 60),
            Column(_("说明"), lambda row: row.note, 30),
        ]


class AbsenceMixin(FormActionMixin):
    """Both pages lead back to the person."""

    template_name = "members/absence_form.html"
    person: PartyMember

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            person=self.person, cancel_url=self.person.get_absolute_url(), **kwargs
        )

    def get_success_url(self):
        return self.person.get_absolute_url()


class PersonAbsence(AbsenceMixin, CreateView):
    """A member is away or out of touch from a day on."""

    form_class = AbsenceForm
    success_message = _("已登记。满规定月数时，这里和党员页会提示并注明依据。")

    def dispatch(self, request, *args, **kwargs):
        self.person = get_editable_or_deny(PartyMember.objects, request.user, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"instance": Absence(member=self.person)}

    def act(self, form):
        return actions.record(self.person, by=self.request.user, **form.facts())


class AbsenceEnd(AbsenceMixin, FormView):
    """A member is back, or was reached."""

    form_class = AbsenceEndForm
    success_message = _("已结束。")

    def dispatch(self, request, *args, **kwargs):
        rows = Absence.objects.select_related("member")
        self.absence = get_editable_or_deny(rows, request.user, pk=kwargs["pk"])
        self.person = self.absence.member
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(ending=self.absence, **kwargs)

    def act(self, form):
        ends_on = form.cleaned_data["ends_on"]
        return actions.end(self.absence, ends_on=ends_on, by=self.request.user)
