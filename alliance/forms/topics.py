"""What is typed about a topic, and when topics become lines of an agenda."""

from django import forms
from django.utils.translation import gettext_lazy as _

from alliance.actions.agenda import ordinary
from alliance.models import AgendaItem, Topic
from members.models import Unit
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.forms import RowsField, ScopedForm, ScopedModelForm


class TopicForm(ConflictMixin, ScopedModelForm):
    """`units` are those for which its writer may speak; with a single one nobody is asked."""

    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("提出单位"), empty_label=None)

    class Meta:
        model = Topic
        fields = ["title", "text", "minutes", "presenter"]
        widgets = {"text": forms.Textarea({"rows": 4})}
        help_texts = {
            "title": _("一句话写清要研究什么。"),
            "text": _("背景、建议和希望哪些单位参加，可以不填。"),
        }

    field_order = ["unit", "title", "text", "minutes", "presenter"]

    def __init__(self, *args, units=(), **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("title", "text", "minutes", "presenter"):
            self.fields[name].required = name == "title"
        if self.instance.pk:
            del self.fields["unit"]
            return
        self.fields["unit"].queryset = Unit.objects.filter(pk__in=units)
        if len(units) > 1:
            self.fields["unit"].empty_label = _("请选择")
        else:
            self.fields["unit"].widget = forms.HiddenInput()
            self.fields["unit"].initial = next(iter(units), None)

    def facts(self) -> dict:
        names = ("unit", *self.Meta.fields)
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}


class TopicChoices(RowsField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, topic):
        return f"{topic.title} · {topic.unit}"


class AdoptForm(ScopedForm):
    """Several topics become one line: a new one, or one that stands there."""

    NONE = {"required": _("请先勾选要列入议程的议题。")}
    GONE = {"invalid_choice": _("所选议题中有的已经答复，请刷新后重新选择。")}

    topics = TopicChoices(Topic.objects.none(), label=_("议题"), error_messages=NONE | GONE)
    title = forms.CharField(
        label=_("合并后的名称"),
        max_length=200,
        required=False,
        help_text=_("不填则用第一项议题的名称。"),
    )
    item = forms.ModelChoiceField(
        AgendaItem.objects.none(),
        label=_("并入已有议程"),
        required=False,
        empty_label=_("新列一项"),
        error_messages={"invalid_choice": _("所选议程刚被删去，请刷新后重新选择。")},
    )

    def __init__(self, *args, meeting, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["once"]  # a topic has one answer, however often the button is pressed
        self.fields["topics"].queryset = meeting.topics.open().select_related("unit")
        self.fields["item"].queryset = ordinary(meeting)


class TakeForm(ScopedForm):
    """Topics of earlier meetings that are to be answered here."""

    topics = TopicChoices(
        Topic.objects.none(),
        label=_("以前留下的议题"),
        error_messages={
            "required": _("请先勾选要接过来的议题。"),
            "invalid_choice": _("所选议题中有的已由别的会议接过去，请刷新后重新选择。"),
        },
    )

    def __init__(self, *args, rows, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["once"]
        self.fields["topics"].queryset = rows
