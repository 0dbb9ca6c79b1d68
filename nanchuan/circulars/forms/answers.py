"""The form of a circular, as those see it to whom it went."""

from datetime import datetime
from pathlib import PurePath

from django import forms
from django.utils.translation import gettext_lazy as _

from nanchuan.circulars.models import Question, Submission, SubmissionFile
from nanchuan.kernel.forms import DateInput, ScopedForm
from nanchuan.kernel.uploads import DocumentsField, DocumentsFormMixin, documents_field

Kind = Question.Kind
LARGEST = 999_999_999_999
LONGEST = 2000
MISSING = _("请填写。")


def field_for(question: Question, *, required: bool) -> forms.Field:
    facts = {
        "label": question.text,
        "required": required,
        "error_messages": {"required": MISSING},
    }
    if question.kind == Kind.NUMBER:
        facts["error_messages"] |= {"invalid": _("请填写数字。")}
        widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
        return forms.DecimalField(
            min_value=-LARGEST, max_value=LARGEST, decimal_places=4, widget=widget, **facts
        )
    if question.kind == Kind.DATE:
        facts["error_messages"] |= {"invalid": _("请填写真实存在的日期，例如 2025-06-30。")}
        return forms.DateField(widget=DateInput, **facts)
    if question.kind == Kind.CHOICE:
        facts["error_messages"] |= {"required": _("请选择一项。")}
        options = [(each, each) for each in question.options]
        return forms.ChoiceField(choices=options, widget=forms.RadioSelect, **facts)
    if question.kind == Kind.FILE:
        return DocumentsField(most=1, **facts)
    return forms.CharField(max_length=LONGEST, widget=forms.TextInput, **facts)


def typed(value) -> str:
    """What is kept of an answer: text, with nothing behind the last digit that counts."""
    if value is None:
        return ""
    if hasattr(value, "normalize"):
        return f"{value.normalize():f}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def key_of(file: SubmissionFile) -> str:
    """The same for a file in each version that has it."""
    return PurePath(file.file.name).name


class KeptFilesField(forms.MultipleChoiceField):
    def validate(self, value):
        """What somebody took out meanwhile is not missed."""


class AnswerForm(DocumentsFormMixin, ScopedForm):
    """One field for each question, filled in with the draft, the version that came back (`before`,
    with its files), or what the portal `knows`. A draft may lack anything."""

    files = documents_field(label=_("其他文件"))
    removed = KeptFilesField(label=_("删去已上传的文件"), required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, questions, before, knows, is_draft, **kwargs):
        self.questions = {f"q{each.pk}": each for each in questions}
        super().__init__(*args, **kwargs)
        self._offer(before)
        answers = before.answers if before else knows
        filed = {file.question_id for file in self.kept}
        for name, question in self.questions.items():
            has_file = question.pk in filed
            required = question.is_required and not is_draft and not has_file
            self.fields[name] = field_for(question, required=required)
            if question.kind != Kind.FILE:
                self.initial[name] = answers.get(str(question.pk), "")
        if not self.questions:
            self.fields["files"].label = _("报送的文件")
            self.fields["files"].required = not is_draft and not filed
            self.fields["files"].error_messages["required"] = _("请上传要报送的文件。")
        self.order_fields([*self.questions, "files", "removed", "seen", "once"])

    def _offer(self, before: Submission | None) -> None:
        self.kept = list(before.files.all()) if before else []
        field = self.fields["removed"]
        field.widget = forms.CheckboxSelectMultiple() if self.kept else forms.MultipleHiddenInput()
        field.choices = [(key_of(file), file.name) for file in self.kept]
        self.initial["seen"] = before.changed_at.isoformat() if before else ""

    def follow(self, saved: Submission) -> None:
        """What was saved meanwhile has been shown."""
        self._offer(saved)
        self.data = self.data.copy()
        self.data["seen"] = self.initial["seen"]

    def clean_seen(self) -> datetime | None:
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            return None

    def given(self) -> dict:
        """What is to be kept, as the actions take it."""
        taken = self.cleaned_data["removed"]
        return {
            "answers": self.answers(),
            "files": self.documents(),
            "removed": [file for file in self.kept if key_of(file) in taken],
            "seen": self.cleaned_data["seen"],
        }

    def answers(self) -> dict[str, str]:
        return {
            str(question.pk): typed(self.cleaned_data.get(name))
            for name, question in self.questions.items()
            if question.kind != Kind.FILE
        }

    def documents(self) -> list[tuple]:
        """(question or None, document) of what was uploaded."""
        found = [
            (question, document)
            for name, question in self.questions.items()
            if question.kind == Kind.FILE
            for document in self.cleaned_data.get(name) or ()
        ]
        return found + [(None, document) for document in self.cleaned_data.get("files") or ()]
