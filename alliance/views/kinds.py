from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import CreateView, ListView, UpdateView

from alliance import timeline
from alliance.actions import kinds as actions
from alliance.forms.kinds import KindForm
from alliance.models import MeetingKind, Regulation
from alliance.models.settings import Text
from alliance.naming import spans
from alliance.rehearsal import rehearse_reminders
from nanchuan.kernel import roles
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.previews import DoubtsMixin
from nanchuan.kernel.templatetags.ui import moment
from nanchuan.kernel.views import ScopedMixin, get_editable_or_deny

MOST_TOLD = 12


class KindList(ScopedMixin, ListView):
    queryset = MeetingKind.objects.prefetch_related("items")
    template_name = "alliance/kind_list.html"
    marked = False

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        system = Regulation.objects.of(Text.MEETINGS) or Regulation()
        for kind in context["object_list"]:
            kind.numbers = timeline.Rules(kind, system)
            kind.before = timeline.before_words(kind.numbers)
            kind.quorum = kind.numbers.value("quorum_percent")
            kind.reminders = spans(kind.reminder_offsets)
        return context | {"may_add": roles.has_role(self.request.user, roles.STAFF)}


class KindFormMixin(DoubtsMixin):
    """What would change for coming meetings is shown before it is kept."""

    model = MeetingKind
    form_class = KindForm
    template_name = "alliance/kind_form.html"
    success_message = gettext_lazy("已保存会议类型“%(object)s”。")
    success_url = cancel_url = reverse_lazy("alliance:kind-list")

    def get_success_url(self):
        return str(self.success_url)

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.cancel_url, **kwargs)

    def preview(self, form):
        kind, items = form.written()
        told = rehearse_reminders(
            lambda: actions.save(kind, items=items, by=self.request.user),
            before=list(kind.meetings.coming()) if kind.pk else (),
        )
        return _moved(told)

    def act(self, form):
        kind, items = form.written()
        actions.save(kind, items=items, by=self.request.user)
        return kind


class KindCreate(KindFormMixin, CreateView):
    def preview(self, form):
        return []  # nothing is of this kind yet


class KindEdit(EditActionMixin, KindFormMixin, UpdateView):
    def get_object(self, queryset=None):
        return get_editable_or_deny(MeetingKind.objects, self.request.user, pk=self.kwargs["pk"])


def _moved(told) -> list[str]:
    """A sentence for each reminder that comes or falls away."""
    words = [
        *(
            _("“%(meeting)s”的%(words)s（%(why)s，%(at)s）不再发送。") % _facts(line)
            for line in told.gone
        ),
        *(
            _("“%(meeting)s”将在 %(at)s 另发%(words)s（%(why)s）。") % _facts(line)
            for line in told.said
            if line.is_new
        ),
    ]
    if len(words) > MOST_TOLD:
        more = len(words) - MOST_TOLD
        rest = ngettext("此外还有 %(number)d 处改变。", "此外还有 %(number)d 处改变。", more)
        words = [*words[:MOST_TOLD], rest % {"number": more}]
    return words


def _facts(line):
    return {
        "meeting": line.subject,
        "words": line.words,
        "why": line.why,
        "at": moment(line.due_at) if line.due_at else _("现在"),
    }
