"""Two people edit one record: the second sees what the first changed, and chooses.

The form remembers, signed, what its reader saw. What somebody else changed meanwhile is kept
where the reader did not touch it; where both did, the form asks which of the two shall stand.
"""

from django import forms
from django.core import signing
from django.db import models, transaction
from django.utils.translation import gettext as _

from nanchuan.kernel import events
from nanchuan.kernel.fields import blind_index
from nanchuan.kernel.views import FormActionMixin

MINE, THEIRS = "mine", "theirs"


class ConflictMixin:
    """A model form with a memory. Stands left of MaskedFieldsMixin and ScopedModelForm."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.watched = self._to_watch()
        self._now = {name: self._stored_value(name) for name in self.watched}
        self.fields["seen"] = forms.CharField(
            initial=self._sign(self._tokens()), required=False, widget=forms.HiddenInput
        )
        self._seen, self._asked = self._remembered() if self.is_bound else ({}, [])
        for name in self._asked:
            self._ask(name, self._typed_words(name))

    def _to_watch(self) -> list[str]:
        return [
            field.name
            for field in self.instance._meta.fields
            if field.name in self.fields and self.instance.pk
        ]

    def clean(self):
        super().clean()
        conflicts = [name for name in self.watched if self._differs(name)]
        if conflicts:
            names = _("、").join(self._label(name) for name in conflicts)
            self.add_error(
                None,
                _("%(who)s刚改过：%(names)s。请逐项选择保留哪一个，再保存。")
                % {"who": self._who(), "names": names},
            )
            self._remember({*self._asked, *conflicts})
        return self.cleaned_data

    def _remember(self, asked):
        """What the questions show has been seen from now on, and nothing else."""
        tokens = self._tokens()
        seen = self._seen | {name: tokens[name] for name in asked}
        self.data = self.data.copy()
        self.data[self.add_prefix("seen")] = self._sign(seen, asked)

    def _differs(self, name) -> bool:
        """Whether to ask about a field; settles what needs no question."""
        if name not in self.cleaned_data:
            return False
        typed = self._token(name, self.cleaned_data[name])
        now, seen = self._token(name, self._now[name]), self._seen.get(name)
        choice = self.data.get(self.add_prefix(f"keep_{name}")) if name in self._asked else None
        if typed == now or (seen == now and (choice == MINE or name not in self._asked)):
            return False
        if typed == seen or (choice == THEIRS and seen == now):
            self._take_theirs(name)
            return False
        self._ask(name, self._words(name, self.cleaned_data[name]))
        return True

    def _take_theirs(self, name):
        field = self.instance._meta.get_field(name)
        value = self._now[name]
        if field.is_relation and value is not None:
            value = field.related_model._base_manager.get(pk=value)
        self.cleaned_data[name] = value

    def _ask(self, name, mine):
        """One question above the fields: which of two values shall stand."""
        key = f"keep_{name}"
        self.fields.pop(key, None)
        theirs = self._words(name, self._now[name])
        question = forms.ChoiceField(
            label=self._label(name),
            choices=[
                (THEIRS, _("用已保存的：%(value)s") % {"value": theirs}),
                (MINE, _("用我填的：%(value)s") % {"value": mine}),
            ],
            widget=forms.RadioSelect,
            required=False,
        )
        self.fields = {key: question, **self.fields}

    def _label(self, name) -> str:
        return str(self.fields[name].label)

    def _words(self, name, value) -> str:
        masks = getattr(self, "masked", {})
        if name in masks:
            return masks[name](value or "") or _("（空）")
        choices = dict(self.instance._meta.get_field(name).flatchoices or ())
        if value in choices:
            return str(choices[value])
        if (field := self.instance._meta.get_field(name)).is_relation and not isinstance(
            value, models.Model
        ):
            value = field.related_model._base_manager.filter(pk=value).first()
        return str(value) if value not in (None, "") else _("（空）")

    def _typed_words(self, name) -> str:
        try:
            value = self.fields[name].clean(self.data.get(self.add_prefix(name)))
        except forms.ValidationError:
            value = self.data.get(self.add_prefix(name), "")
        return self._words(name, value)

    def _stored_value(self, name):
        return getattr(self.instance, self.instance._meta.get_field(name).attname)

    def _token(self, name, value) -> str:
        if isinstance(value, models.Model):
            value = value.pk
        text = "" if value is None else str(value).replace("\r\n", "\n")  # as browsers send it
        return (blind_index(text) or "") if name in getattr(self, "masked", {}) else text

    def _tokens(self) -> dict[str, str]:
        return {name: self._token(name, value) for name, value in self._now.items()}

    def _sign(self, seen, asked=()) -> str:
        return signing.dumps([seen, sorted(asked)], salt=self._salt(), compress=True)

    def _remembered(self):
        """What the reader saw; without a valid memory, whatever stands there is new to them."""
        try:
            return signing.loads(self.data.get(self.add_prefix("seen"), ""), salt=self._salt())
        except signing.BadSignature:
            return {}, []

    def _salt(self) -> str:
        return f"{self.instance._meta.label}:{self.instance.pk}"

    def _who(self) -> str:
        last = events.history(self.instance).first()
        return last.by_label if last and last.by_label else _("别人")


class EditActionMixin(FormActionMixin):
    """Edit pages of records: the row is locked from reading to writing, so nobody slips between."""

    def post(self, request, *args, **kwargs):
        with transaction.atomic():
            rows = self.model._base_manager.select_for_update(no_key=True)
            list(rows.filter(pk=kwargs["pk"]).values_list("pk"))
            return super().post(request, *args, **kwargs)
