"""The office's desk (需求台): what waits for it, queue by queue."""

from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import ListView

from nanchuan.kernel.lines import Counted
from nanchuan.kernel.views import FilteredMixin, ScopedMixin
from services import due
from services.forms.need_filters import DeskFilter
from services.models import Appeal, Extension, Need, Objection
from services.models.listed import QUEUES
from services.views.need_lists import SearchedMixin

Status = Need.Status
ACTS = {  # by status: the word, the key that takes it, the step on the need's page
    Status.SUBMITTED: (gettext_lazy("审核"), "review", "publish"),
    Status.APPEALED: (gettext_lazy("复核"), "review", "rule-appeal"),
    Status.DISPUTED: (gettext_lazy("裁定"), "review", "rule"),
    Status.PUBLISHED: (gettext_lazy("派单"), "dispatch", "dispatch"),
}
BY_QUEUE = {
    "extension": (gettext_lazy("答复延期"), "review", "decide-extension"),
    "long_term": (gettext_lazy("查看月报"), "review", ""),
}
LOOK = (gettext_lazy("查看"), "open", "")


class NeedsDesk(SearchedMixin, FilteredMixin, ScopedMixin, ListView):
    """One queue, with the next act of each row; without a queue asked for, the first with
    something in it."""

    queryset = Need.objects.all()
    filterset_class = DeskFilter
    template_name = "services/needs_desk.html"
    partial_template_name = "services/_needs_desk.html"

    def get_queryset(self):
        soon = due.risky_until()
        self.counts = _counts(soon)
        asked = self.request.GET.get("queue")
        filled = (queue for queue in QUEUES if self.counts[queue])
        self.queue = asked if asked in QUEUES else next(filled, "review")
        rows = Need.objects.in_queue(self.queue, soon=soon)
        data = self.request.GET.copy()
        data["queue"] = self.queue
        self.filter = DeskFilter(data, queryset=rows, request=self.request)
        return self.filter.qs

    def dressed(self, queryset, keys):
        found = super().dressed(queryset, keys)
        said = _said(self.queue, keys)
        if self.queue == "dispute":
            _mark_disputed(found)
        for need in found:
            word, key, verb = BY_QUEUE.get(self.queue) or ACTS.get(need.status, LOOK)
            url = need.get_absolute_url()
            need.act = {"word": word, "key": key, "url": f"{url}?do={verb}#step" if verb else url}
            need.is_closing = need.status == Status.SOLVED
            need.may_dispatch = need.status == Status.PUBLISHED
            need.said = said.get(need.pk, "")
        return found

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        base = reverse("services:needs-desk")
        queues = [
            (words, f"{base}?queue={queue}", self.counts[queue], queue == self.queue)
            for queue, words in QUEUES.items()
        ]
        may_dispatch = any(need.may_dispatch for need in context["object_list"])
        return context | {"queues": queues, "queue": self.queue, "may_dispatch": may_dispatch}


def _counts(soon) -> dict[str, int]:
    """How many wait in each queue, in one question."""
    rows = Need.objects.order_by()
    columns = {
        queue: Counted(rows.in_queue(queue, soon=soon).order_by().values("pk")) for queue in QUEUES
    }
    # Any table with a row will do to hang the columns on.
    return ContentType.objects.order_by("pk").values(**columns)[0]


def _mark_disputed(needs) -> None:
    """No clock runs while a unit objects, but the ruling has a time of its own."""
    rows = Objection.objects.filter(dispatch__need__in=needs, ruled_at=None)
    until, now = dict(rows.values_list("dispatch__need", "due_at")), timezone.now()
    soon = due.risky_until(now) if until else now
    for need in needs:
        if need.status == Status.DISPUTED and need.pk in until:
            need.due = due.due_line(due.RULING, until[need.pk], soon, now)
            need.line["due"] = vars(need.due)


def _said(queue, keys) -> dict[int, str]:
    """What a unit wrote, beside its row: need → a sentence."""
    if queue == "extension":
        asked = Extension.objects.filter(need__in=keys, decided_at=None)
        return {
            row.need_id: _("申请延长 %(days)d 个工作日：%(reason)s")
            % {"days": row.days, "reason": row.reason}
            for row in asked
        }
    if queue != "dispute":
        return {}
    objections = Objection.objects.filter(dispatch__need__in=keys, ruled_at=None)
    said = {
        row.dispatch.need_id: _("%(unit)s的异议：%(reason)s")
        % {"unit": row.dispatch.unit, "reason": row.reason}
        for row in objections.select_related("dispatch__unit")
    }
    appeals = Appeal.objects.filter(need__in=keys, ruled_at=None)
    return said | {row.need_id: _("申诉：%(reason)s") % {"reason": row.reason} for row in appeals}
