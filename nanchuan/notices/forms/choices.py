from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from nanchuan.accounts.models import User
from nanchuan.kernel import roles
from nanchuan.kernel.forms import DateInput, ScopedForm
from nanchuan.kernel.templatetags.ui import WEEKDAYS
from nanchuan.kernel.words import said
from nanchuan.notices import reach, routing
from nanchuan.notices.colleagues import colleagues
from nanchuan.notices.kinds import Kind
from nanchuan.notices.models import Channel, Choice, Delivery, Habit
from nanchuan.notices.rules import all_rules

LONGEST = 366  # days


def channel_label(channel: str):
    return dict(Delivery.Channel.choices).get(channel, channel)


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self):
        super().__init__(format="%H:%M")


class ChoicesForm(ScopedForm):
    """Kinds × channels, quiet hours and digest of one person."""

    is_quiet = forms.BooleanField(label=_("夜间等时段免打扰"), required=False)
    quiet_from = forms.TimeField(label=_("开始"), widget=TimeInput)
    quiet_until = forms.TimeField(label=_("结束"), widget=TimeInput)
    digest = forms.ChoiceField(
        label=_("站外消息"), choices=Habit.Digest.choices, widget=forms.RadioSelect
    )
    digest_at = forms.TimeField(label=_("汇总时间"), widget=TimeInput)
    digest_weekday = forms.TypedChoiceField(label=_("每周汇总在"), coerce=int)

    HABIT = ("is_quiet", "quiet_from", "quiet_until", "digest", "digest_at", "digest_weekday")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["digest_weekday"].choices = [(n, said(word)) for n, word in enumerate(WEEKDAYS)]
        habit = Habit.objects.filter(user=self.user).first() or Habit.usual()
        self.initial |= {name: getattr(habit, name) for name in self.HABIT}
        chosen = Choice.objects.filter(user=self.user)
        chosen = {(row.kind, row.channel): row.is_on for row in chosen}
        for kind in self.kinds:
            for channel in self.channels:
                usual = channel not in routing.ON_WISH
                self.fields[f"{kind.value}-{channel}"] = forms.BooleanField(
                    label=f"{kind.label} {channel_label(channel)}",
                    required=False,
                    initial=chosen.get((kind.value, channel), usual),
                    disabled=channel == routing.INBOX and self.is_fixed(kind),
                )

    @cached_property
    def channels(self) -> list[str]:
        """The inbox, mail, and what an administrator has set up besides."""
        there = {routing.EMAIL, *Channel.objects.filter(is_on=True).values_list("kind", flat=True)}
        return [routing.INBOX, *(channel for channel in reach.known() if channel in there)]

    @cached_property
    def _rules(self):
        found = {kind: [] for kind in Kind}
        for rule in all_rules():
            if rule.kind:
                found[Kind(rule.kind)].append(rule)
        return found

    @property
    def kinds(self) -> list[Kind]:
        """Those of which there is something to hear; of the portal itself only who keeps it."""
        keeps = roles.has_role(self.user, roles.ADMIN)
        return [kind for kind in Kind if self._rules[kind] and (keeps or kind != Kind.SYSTEM)]

    def is_fixed(self, kind) -> bool:
        return all(rule.is_obligatory for rule in self._rules[kind])

    @property
    def matrix(self):
        """Rows of (kind, whether some of it always arrives, switches)."""
        for kind in self.kinds:
            switches = [self[f"{kind.value}-{channel}"] for channel in self.channels]
            obligatory = [rule for rule in self._rules[kind] if rule.is_obligatory]
            yield kind, [str(rule.label) for rule in obligatory if rule.label], switches

    @property
    def heads(self):
        """Columns of (channel in words, whether it reaches this person)."""
        account = User.objects.filter(pk=self.user.pk)
        for channel in self.channels:
            here = channel == routing.INBOX or reach.reached_by(channel, account).exists()
            yield channel_label(channel), here

    def clean(self):
        cleaned = super().clean()
        begins, ends = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if cleaned.get("is_quiet") and begins and begins == ends:
            self.add_error("quiet_until", _("开始和结束不能相同。不需要免打扰，请取消勾选。"))
        return cleaned

    def wanted(self) -> dict[tuple[str, str], bool]:
        return {
            (kind.value, channel): self.cleaned_data[f"{kind.value}-{channel}"]
            for kind in self.kinds
            for channel in self.channels
        }

    def habit(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.HABIT}


class Deputy(forms.ModelChoiceField):
    def label_from_instance(self, account):
        return account.get_full_name()


class AwayForm(ScopedForm):
    """From when to when, and who is told instead."""

    starts_on = forms.DateField(label=_("外出开始"), widget=DateInput)
    ends_on = forms.DateField(label=_("外出结束"), widget=DateInput)
    deputy = Deputy(
        User.objects.none(),
        label=_("代收人"),
        empty_label=_("请选择"),
        help_text=_("代收人无权查看的内容，仍发给您本人。"),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["deputy"].queryset = colleagues(self.user)

    def clean(self):
        cleaned = super().clean()
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and (starts_on - timezone.localdate()).days > LONGEST:
            self.add_error("starts_on", _("最多提前一年安排。"))
        elif starts_on and ends_on:
            if ends_on < starts_on:
                self.add_error("ends_on", _("结束日期不能早于开始日期。"))
            elif ends_on < timezone.localdate():
                self.add_error("ends_on", _("结束日期已经过去。"))
            elif (ends_on - starts_on).days > LONGEST:
                self.add_error("ends_on", _("一次最多安排一年。"))
        return cleaned
