"""What the portal judges by: rules with their versions, and what belongs to each kind."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, ListView, UpdateView

from members.actions import rules as actions
from members.forms.rules import KindRuleForm, RuleForm, by_code
from members.models import KindRule, Organization, Rule
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.previews import PreviewMixin
from nanchuan.kernel.views import ScopedMixin, get_editable_or_deny


class RuleList(ScopedMixin, ListView):
    """Each rule with the version of today, its source, and the versions before and after."""

    queryset = Rule.objects.all()
    template_name = "members/rule_list.html"

    def get_context_data(self, **kwargs):
        today = timezone.localdate()
        groups = []
        for rows in by_code(self.object_list).values():
            now = next((row for row in rows if row.is_current(today)), rows[0])
            others = [row for row in rows if row is not now]
            groups.append({"now": now, "others": others, "newest": rows[0]})
        return super().get_context_data(groups=groups, today=today, **kwargs)


class RuleRevise(PreviewMixin, FormView):
    """A new version from a day on; the page says what it changes before it is kept."""

    form_class = RuleForm
    template_name = "members/rule_revise.html"
    success_message = gettext_lazy("“%(object)s”已有新的一版。")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        rule = get_editable_or_deny(Rule.objects.all(), request.user, pk=kwargs["pk"])
        self.rule = actions.latest(rule)

    def get_initial(self):
        names = ("value", "title", "article", "note")
        return {name: getattr(self.rule, name) for name in names}

    def get_context_data(self, **kwargs):
        return super().get_context_data(rule=self.rule, cancel_url=self.get_success_url(), **kwargs)

    def get_success_url(self):
        return reverse("members:rule-list")

    def preview(self, form):
        on, facts = form.cleaned_data["starts_on"], form.facts()
        actions.check_revision(self.rule, starts_on=on, **facts)
        made = Rule(code=self.rule.code, **facts)
        words = {
            "day": on,
            "rule": self.rule,
            "before": self.rule.value,
            "after": made.value,
            "source": made.citation,
        }
        sentences = [
            _("自 %(day)s 起，“%(rule)s”由 %(before)d 改为 %(after)d，依据%(source)s。") % words,
            _("在这一天以前开始的事项，仍按当时的一版判断；以前的版本都会保留。"),
        ]
        if on < timezone.localdate():
            sentences.append(_("这一天已经过去：从那天到今天的提醒会按新的一版重新判断。"))
        return sentences

    def act(self, form):
        on = form.cleaned_data["starts_on"]
        return actions.revise(self.rule, starts_on=on, by=self.request.user, **form.facts())


class KindList(ListView):
    """The kinds of organizations and what belongs to each."""

    queryset = KindRule.objects.prefetch_related("posts")
    template_name = "members/kind_list.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        labels = dict(Organization.Kind.choices)
        for rule in context["object_list"]:
            rule.child_words = [labels[each] for each in rule.children if each in labels]
        return context


class KindEdit(EditActionMixin, UpdateView):
    model = KindRule
    form_class = KindRuleForm
    template_name = "members/kind_form.html"
    success_message = gettext_lazy("已更改“%(object)s”的设定。")

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.get_success_url(), **kwargs)

    def get_success_url(self):
        return reverse("members:kind-list")

    def act(self, form):
        given = {name: form.cleaned_data[name] for name in ("children", "posts")}
        return actions.change_kind(self.object, by=self.request.user, **given)
