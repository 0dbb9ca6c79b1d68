"""Who has read and signed a version, and a unit's own signature."""

from django.db.models import F
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from alliance.actions import signatures as actions
from alliance.forms.regulations import SignForm, SignOffFilter
from alliance.models import Regulation, SignOff
from alliance.views.regulations import RegulationDetail
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.views import (
    ExportedMixin,
    FilteredMixin,
    ScopedMixin,
    get_editable_or_deny,
    take_step,
)

ROWS = SignOff.objects.select_related("regulation")


def state_of(sign_off: SignOff) -> tuple[str, str]:
    """A style, and in words; the row knows `is_seated`."""
    if sign_off.signed_at:
        return "done", gettext("已签字")
    if not sign_off.is_seated:
        return "ended", gettext("已退出联盟，不再要求")
    if sign_off.days_late:
        return "overdue", gettext("逾期 %(days)d 天未签") % {"days": sign_off.days_late}
    return ("soon", gettext("已阅读未签字")) if sign_off.read_at else ("waiting", gettext("未签字"))


class RegulationSignatures(ExportedMixin, FilteredMixin, ScopedMixin, ListView):
    """Each unit that was asked: read, signed or missing. The missing first, as long overdue."""

    template_name = "alliance/regulation_signatures.html"
    partial_template_name = "alliance/_signature_table.html"
    filterset_class = SignOffFilter
    paginate_by = 100
    on_paper = True

    def get_queryset(self):
        found = Regulation.objects.visible_to(self.request.user)
        self.regulation = get_object_or_404(found, pk=self.kwargs["pk"])
        rows = self.regulation.sign_offs.with_seat().select_related("unit")
        self.queryset = rows.order_by(F("signed_at").asc(nulls_first=True), "due_on", "unit_name")
        return super().get_queryset()

    @property
    def export_name(self):
        return gettext("签字背书情况-%(title)s-第%(number)d版") % {
            "title": self.regulation.title,
            "number": self.regulation.number,
        }

    def get_context_data(self, **kwargs):
        context = super().get_context_data(regulation=self.regulation, **kwargs)
        rows = list(context["object_list"])
        for row in rows:
            row.state = state_of(row)
        may_remind = self.regulation.may_be_signed(timezone.localdate())
        return context | {"object_list": rows, "may_remind": may_remind}

    def as_sheet(self):
        self.get_queryset()  # the name of the file is that of the version
        return super().as_sheet()

    def as_paper(self):
        self.get_queryset()
        return super().as_paper()

    def export_columns(self):
        return [
            Column(_("单位"), lambda row: row.unit_name, 36),
            Column(_("类别"), lambda row: row.unit.get_kind_display(), 12),
            Column(_("签字情况"), lambda row: state_of(row)[1], 16),
            Column(_("签字期限"), lambda row: row.due_on, 12),
            Column(_("阅读时间"), lambda row: row.read_at, 18),
            Column(_("签字时间"), lambda row: row.signed_at, 18),
            Column(_("签字人"), lambda row: row.signed_name, 12),
        ]


@require_POST
def signoff_read(request, pk):
    sign_off = get_editable_or_deny(ROWS, request.user, pk=pk)
    done = gettext("已记录阅读全文，可以签字了。")
    return take_step(request, actions.read, sign_off, done=done)


@require_POST
def signoff_sign(request, pk):
    """What will not do comes back on the page of the version, with what was typed."""
    sign_off = get_editable_or_deny(ROWS, request.user, pk=pk)
    form = SignForm(request.POST, sign_off=sign_off)
    if not form.is_valid():
        page = RegulationDetail(bound={sign_off.pk: form})
        page.setup(request, pk=sign_off.regulation_id)
        return page.get(request, pk=sign_off.regulation_id)
    done = gettext("%(unit)s已签字。") % {"unit": sign_off.unit_name}
    name = form.cleaned_data["name"]
    return take_step(request, actions.sign, sign_off, name=name, done=done)
