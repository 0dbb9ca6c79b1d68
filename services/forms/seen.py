"""What somebody had before the eyes: who acts on words that are others by now looks again first."""

from django import forms
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

CHANGEABLE = (
    "category",
    "title",
    "content",
    "urgency",
    "quantity",
    "measure",
    "wanted_on",
    "audience",
    "public_title",
    "public_note",
    "contact_name",
    "contact_phone",
)


def stamp(need) -> str:
    """Another one as soon as somebody writes other words."""
    words = "\x00".join(str(getattr(need, name)) for name in CHANGEABLE)
    return salted_hmac("services.seen", words).hexdigest()[:20]


class SeenMixin(forms.Form):
    """A form that remembers what a need said when it was opened. Sent once more, it stands; what
    is `taken_anew` is filled with the words of now."""

    taken_anew = ()

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def look_at(self, need):
        self._now = {name: getattr(need, name) for name in self.taken_anew} | {"seen": stamp(need)}
        self.initial["seen"] = self._now["seen"]

    def clean(self):
        cleaned = super().clean()
        seen = cleaned.pop("seen", "")
        if seen and seen != self._now["seen"]:
            self.data = self.data.copy()
            for name, value in self._now.items():
                self.data[self.add_prefix(name)] = value
            self.add_error(
                None, _("这条需求刚被修改过，请先在需求页面核对现在的内容，再提交一次。")
            )
        return cleaned
