"""Rows of what was decided, with the votes if there was one (议决事项)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Decision

MOST, EMPTY = 30, 2
COUNTS = ("in_favour", "against", "abstained")
LARGEST = 32767


class DecisionForm(forms.Form):
    text = forms.CharField(
        label=_("议决事项"),
        max_length=Decision._meta.get_field("text").max_length,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )
    entitled = forms.IntegerField(
        label=_("应到会有表决权"), required=False, min_value=1, max_value=LARGEST
    )
    in_favour = forms.IntegerField(label=_("赞成"), required=False, min_value=0, max_value=LARGEST)
    against = forms.IntegerField(label=_("反对"), required=False, min_value=0, max_value=LARGEST)
    abstained = forms.IntegerField(label=_("弃权"), required=False, min_value=0, max_value=LARGEST)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("entitled", *COUNTS):  # a blank is what the page knows an empty one by
            self.fields[name].widget.attrs |= {"inputmode": "numeric", "placeholder": " "}
        self.fields["entitled"].widget.attrs["placeholder"] = _("不填则自动计算")

    def clean(self):
        given = super().clean()
        voted = any(given.get(name) is not None for name in COUNTS)
        if not given.get("text") and not self.errors and voted:
            self.add_error("text", _("有票数，还要写明议决的是什么。"))
        return given

    def facts(self) -> dict | None:
        """A row that says nothing is none."""
        given = self.cleaned_data
        if not given.get("text"):
            return None
        voted = any(given.get(name) is not None for name in COUNTS)
        names = ("entitled", *COUNTS) if voted else ()
        return {"text": given["text"]} | {name: given.get(name) for name in names}


DecisionFormSet = forms.formset_factory(
    DecisionForm, extra=EMPTY, max_num=MOST, absolute_max=MOST, validate_max=True
)


def decisions_of(activity) -> list[dict]:
    """What the rows of a record start with."""
    names = ("text", "entitled", *COUNTS)
    return list(activity.decisions.values(*names)) if activity.pk else []
