import re

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nanchuan.accounts.models import User
from nanchuan.kernel.forms import DateInput, ScopedForm
from nanchuan.kernel.querysets import ScopedQuerySet
from nanchuan.notices import reach, routing, ruling
from nanchuan.notices.forms.choices import LONGEST, channel_label
from nanchuan.notices.kinds import Kind
from nanchuan.notices.models import Delivery, Reminder, RuleSetting
from nanchuan.notices.rules import all_rules

TYPED = re.compile(
    r"(提前)?\s*(\d{1,3})\s*个?\s*"  # data
    r"(工作日|天|小时|working days?|days?|hours?)(后| later)?"  # data
)
UNITS = {"工": "w", "天": "d", "小": "h", "w": "w", "d": "d", "h": "h"}  # data
MOST_OFFSETS = 5
MOST_SUBJECTS = 20


def in_words(texts) -> str:
    """As people write them: “3 个工作日、2 小时”."""
    return gettext("、").join(ruling.Offset.read(text).words for text in texts)


class OffsetsField(forms.CharField):
    """“提前 3 个工作日、2 小时”, as people write it; cleaned to a list of "-3w", or of "+3w" where
    it is said afterwards."""

    sign = "-"

    def clean(self, value):
        text = super().clean(value)
        parts = [part.strip() for part in re.split("[、，,;；]", text) if part.strip()]
        found = [TYPED.fullmatch(part) for part in parts]
        if not parts or None in found:
            raise ValidationError(_("请写成“3 个工作日”“1 天”“2 小时”，几项用顿号隔开。"))
        if any(match[1] for match in found) and self.sign == "+":
            raise ValidationError(_("这条规则是事后提醒，不能提前。"))
        if any(match[4] for match in found) and self.sign == "-":
            raise ValidationError(_("这条规则是事前提醒，不能写“后”。"))
        offsets = [f"{self.sign}{int(match[2])}{UNITS[match[3][0]]}" for match in found]
        if len(set(offsets)) > MOST_OFFSETS:
            raise ValidationError(_("最多设 5 个提前量。"))
        return list(dict.fromkeys(offsets))


class RuleForm(ScopedForm):
    """How a rule speaks from a day on."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    starts_on = forms.DateField(label=_("从哪天起"), widget=DateInput)
    is_on = forms.BooleanField(label=_("启用这条规则"), required=False)
    channels = forms.MultipleChoiceField(
        label=_("渠道"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请至少选一个渠道。")},
    )
    offsets = OffsetsField(
        label=_("提前多久"),
        max_length=100,
        help_text=_("如“3 个工作日、1 天、2 小时”，最多 5 项。"),
    )
    audiences = forms.MultipleChoiceField(
        label=_("另外通知"), required=False, widget=forms.CheckboxSelectMultiple
    )
    note = forms.CharField(label=_("修改原因"), max_length=200)
    about = forms.ChoiceField(
        label=_("用哪一件来预览"),
        required=False,
        help_text=_("选一件，点“预览”，看谁会在什么时候、从什么渠道收到。预览不保存。"),
    )

    def __init__(self, *args, rule, **kwargs):
        super().__init__(*args, **kwargs)
        self.rule = rule
        self.is_look = "look" in self.data
        latest = RuleSetting.objects.filter(rule=rule.name).order_by("-version").first()
        now = ruling.setting_of(rule.name)
        self.fields["version"].initial = (latest.version if latest else 0) + 1
        there = [routing.INBOX, *reach.known()]
        self.fields["channels"].choices = [(name, channel_label(name)) for name in there]
        self.initial |= {
            "starts_on": timezone.localdate(),
            "is_on": now is None or now.is_on,
            "channels": routing.channels_of(rule, now),
            "audiences": now.audiences if now else [],
        }
        self.fields["is_on"].disabled = rule.is_obligatory
        if rule.offsets:
            decided = now and now.offsets
            own = rule.offsets if decided is None else decided
            self.initial["offsets"] = in_words(own)
            if rule.offsets[0].startswith("+"):
                self.fields["offsets"].sign = "+"
                self.fields["offsets"].label = _("过多久")
        else:
            del self.fields["offsets"]
        kind = _subject_kind(rule)
        self.subjects = subjects_of(rule, kind, self.user)
        labels = dict(ruling.Audience.choices)
        names = ruling.audiences_for(kind)
        self.fields["audiences"].choices = [(name, labels[name]) for name in names]
        if rule.is_personal:
            del self.fields["audiences"]
        options = [(str(row.pk), str(row)) for row in self.subjects]
        self.fields["about"].choices = [("", _("不预览")), *options]

    def full_clean(self):
        """To look at it takes no reason, to save it does."""
        note = self.fields["note"]
        note.required = not self.is_look
        super().full_clean()
        note.required = True

    def clean_version(self):
        """Of two who decide at once the second is told, and may save what is typed after all."""
        version, now = self.cleaned_data["version"], self.fields["version"].initial
        if version == now:
            return version
        self.data = self.data.copy()
        self.data["version"] = now
        raise ValidationError(
            _("这条规则刚被别人修改，见下面的修改记录。您填写的内容还在，请对照后再保存。")
        )

    def clean_starts_on(self):
        starts_on = self.cleaned_data["starts_on"]
        if starts_on < timezone.localdate():
            raise ValidationError(_("规则不能改到过去，请选今天或以后的日期。"))
        if (starts_on - timezone.localdate()).days > LONGEST:
            raise ValidationError(_("最多提前一年安排。"))
        return starts_on

    def clean_about(self):
        about = self.cleaned_data["about"]
        if self.is_look and not about:
            if not self.subjects:
                raise ValidationError(_("这条规则还没有可以用来预览的事项。"))
            raise ValidationError(_("请选一件来预览。"))
        return about

    def clean_channels(self):
        channels = self.cleaned_data["channels"]
        if self.rule.is_obligatory and routing.INBOX not in channels:
            raise ValidationError(_("这是必须知道的消息，站内不能去掉。"))
        return channels

    def facts(self) -> dict:
        names = ("version", "starts_on", "is_on", "channels", "note")
        facts = {name: self.cleaned_data[name] for name in names}
        usual = set(routing.channels_of(self.rule))
        facts["channels"] = None if set(facts["channels"]) == usual else facts["channels"]
        offsets = self.cleaned_data.get("offsets")
        facts["offsets"] = None if offsets in (None, list(self.rule.offsets)) else offsets
        facts["audiences"] = self.cleaned_data.get("audiences", [])
        return facts

    def subject(self):
        """The one that is looked at."""
        chosen = self.cleaned_data.get("about")
        return next((row for row in self.subjects if str(row.pk) == chosen), None)


def _subject_kind(rule):
    """What the rule speaks of; None while it never spoke."""
    row = Reminder.objects.filter(rule=rule.name).order_by("-pk").select_related("subject_type")
    latest = row.first()
    return latest and latest.subject_type.model_class()


def subjects_of(rule, kind, user) -> list:
    """Twenty of which the rule will speak, or spoke lately, and that the user may see; the ones
    that wait come first. Deny by default: a model that cannot say who sees its rows shows none."""
    if kind is None or not isinstance(kind._default_manager.all(), ScopedQuerySet):
        return []
    same = Reminder.objects.filter(rule=rule.name).order_by("-pk")
    keys = []
    for rows in (same.filter(state=Reminder.State.PLANNED), same):
        keys += rows.values_list("subject_id", flat=True)[: MOST_SUBJECTS * 5]
    keys = list(dict.fromkeys(keys))
    found = kind._default_manager.filter(pk__in=keys).visible_to(user)
    rows = sorted(found.select_related(*rule.related()), key=lambda row: keys.index(row.pk))
    return rows[:MOST_SUBJECTS]


class LogFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(
        label=_("类别"), choices=Kind.choices, empty_label=_("全部类别"), method="of_kind"
    )
    rule = django_filters.ChoiceFilter(label=_("规则"), field_name="reminder__rule")
    channel = django_filters.ChoiceFilter(
        label=_("渠道"), choices=Delivery.Channel.choices, empty_label=_("全部渠道")
    )
    state = django_filters.ChoiceFilter(
        label=_("结果"), choices=Delivery.State.choices, empty_label=_("全部结果")
    )
    who = django_filters.CharFilter(label=_("收件人"), method="named")
    since = django_filters.DateFilter(
        label=_("从"), field_name="due_at", lookup_expr="date__gte", widget=DateInput
    )
    until = django_filters.DateFilter(
        label=_("到"), field_name="due_at", lookup_expr="date__lte", widget=DateInput
    )

    class Meta:
        model = Delivery
        fields = ["kind", "rule", "channel", "state", "who", "since", "until"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["rule"].extra["choices"] = [
            (rule.name, str(rule.label or rule.name)) for rule in all_rules()
        ]
        self.filters["rule"].extra["empty_label"] = _("全部规则")
        if self.request is not None and not self.request.sees_all:
            del self.filters["who"]

    def of_kind(self, rows, name, kind):
        names = [rule.name for rule in all_rules() if rule.kind == kind]
        return rows.filter(reminder__rule__in=names)

    def named(self, rows, name, words):
        return rows.filter(recipient__in=User.objects.search(words).order_by().values("pk"))
