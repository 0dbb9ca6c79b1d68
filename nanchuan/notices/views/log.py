from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from nanchuan.kernel import roles
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.views import ExportedMixin, FilteredMixin, take_step
from nanchuan.notices import log
from nanchuan.notices.actions import ruling as actions
from nanchuan.notices.forms.ruling import LogFilter
from nanchuan.notices.routing import INBOX


class Log(ExportedMixin, FilteredMixin, ListView):
    """Who was told what, when, by which channel, with what result (通知记录)."""

    filterset_class = LogFilter
    template_name = "notices/log.html"
    partial_template_name = "notices/_log_table.html"
    export_name = gettext_lazy("通知记录")

    def get_queryset(self):
        self.request.sees_all = log.sees_all(self.request.user)
        self.queryset = log.visible_to(self.request.user)
        return super().get_queryset()

    def filtered(self):
        rows = self.filter.qs
        if about := self.request.GET.get("about"):
            rows = log.about(rows, about)
        return rows.order_by("-pk")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        may_resend = roles.has_role(self.request.user, roles.STAFF, roles.ADMIN)
        return context | {
            "lines": log.told(context["object_list"], self.request.user),
            "sees_all": self.request.sees_all,
            "may_resend": may_resend,
        }

    def export_rows(self, most):
        rows = super().export_rows(most)
        return log.told(rows, self.request.user)

    def export_columns(self):
        return [
            Column(_("时间"), lambda line: line.row.sent_at or line.row.due_at),
            Column(_("收件人"), lambda line: str(line.row.recipient)),
            Column(_("规则"), lambda line: line.rule, 24),
            Column(_("内容"), lambda line: line.title, 40),
            Column(_("渠道"), lambda line: line.row.get_channel_display()),
            Column(_("结果"), lambda line: line.row.get_state_display()),
            Column(_("说明"), lambda line: line.row.error, 32),
        ]


@require_POST
def log_resend(request, pk):
    """Say it once more to one person, outside the portal."""
    rows = log.visible_to(request.user)
    row = get_object_or_404(rows.exclude(channel=INBOX), pk=pk)
    return take_step(
        request,
        actions.resend,
        row,
        done=_("已重新发送，结果请看新的一行。"),
        to=reverse("notices:log"),
    )
