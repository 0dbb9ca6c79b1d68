from django.contrib import messages
from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import FormView, TemplateView

from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import FormActionMixin
from nanchuan.notices import routing, ruling
from nanchuan.notices.actions import ruling as actions
from nanchuan.notices.forms.choices import channel_label
from nanchuan.notices.forms.ruling import RuleForm, in_words
from nanchuan.notices.kinds import Kind
from nanchuan.notices.models import RuleSetting
from nanchuan.notices.rehearsals import compare
from nanchuan.notices.rules import all_rules, rule_named


class RuleList(TemplateView):
    """Every rule by which the portal speaks (提醒规则), with what was decided about it."""

    template_name = "notices/rule_list.html"

    def get_context_data(self, **kwargs):
        decided = ruling.settings_now(RuleSetting.objects.visible_to(self.request.user))
        lines = [_line(rule, decided.get(rule.name)) for rule in all_rules() if rule.kind]
        kinds = [(kind, [line for line in lines if line["kind"] == kind]) for kind in Kind]
        return super().get_context_data(kinds=[each for each in kinds if each[1]], **kwargs)


def _line(rule, setting):
    decided = setting and setting.offsets
    labels = dict(ruling.Audience.choices)
    return {
        "rule": rule,
        "kind": rule.kind,
        "name": str(rule.label or rule.name),
        "channels": [channel_label(name) for name in routing.channels_of(rule, setting)],
        "offsets": in_words(rule.offsets if decided is None else decided),
        "audiences": [labels.get(name, name) for name in (setting.audiences if setting else ())],
        "setting": setting,
        "is_on": setting is None or setting.is_on,
    }


class RuleEdit(FormActionMixin, FormView):
    """One rule: what it says today, what was decided before, and a new version with a preview."""

    form_class = RuleForm
    template_name = "notices/rule_form.html"

    @cached_property
    def rule(self):
        try:
            rule = rule_named(self.kwargs["name"])
        except LookupError:
            raise Http404 from None
        if not rule.kind:
            raise Http404
        return rule

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"rule": self.rule}

    def form_valid(self, form):
        if not form.is_look:
            return super().form_valid(form)
        try:
            look = _look(form)
        except StepRefused as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        return self.render_to_response(self.get_context_data(form=form, look=look))

    def act(self, form):
        setting, moved = actions.decide(self.rule.name, **form.facts(), by=self.request.user)
        done = _("规则已保存，自 %(day)s 起执行。") % {"day": setting.starts_on.isoformat()}
        if moved:
            done += ngettext(
                "重新安排了 %(number)d 条待发的提醒。",
                "重新安排了 %(number)d 条待发的提醒。",
                moved,
            ) % {"number": moved}
        messages.success(self.request, done)
        return setting

    def get_success_url(self):
        return reverse("notices:rule", args=[self.rule.name])

    def get_context_data(self, **kwargs):
        rows = RuleSetting.objects.visible_to(self.request.user).filter(rule=self.rule.name)
        versions = [(row, _line(self.rule, row)) for row in rows.select_related("by")]
        return super().get_context_data(
            rule=self.rule,
            line=_line(self.rule, ruling.setting_of(self.rule.name)),
            versions=versions,
            cancel_url=reverse("notices:rule-list"),
            **kwargs,
        )


def _look(form):
    """Before and after for the chosen subject. Raises StepRefused like the decision itself."""
    subject = form.subject()

    def act():
        actions.decide(form.rule.name, **form.facts(), by=form.user)

    before, after = compare(form.rule, subject, act)
    return {"subject": subject, "before": before, "after": after}
