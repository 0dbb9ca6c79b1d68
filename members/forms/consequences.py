"""Forms that say what else will change before they are saved."""

from django import forms
from django.utils.crypto import salted_hmac

from nanchuan.kernel.states import StepRefused


class ConsequencesMixin:
    """The first sending says in sentences what will follow, the second one saves.

    Whatever is said differently by then is said again. Stands left of the form bases;
    subclasses write `consequences()`, which may raise StepRefused.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agreed"] = forms.CharField(required=False, widget=forms.HiddenInput)
        self.said: list[str] = []

    def consequences(self) -> list[str]:
        raise NotImplementedError

    def clean(self):
        given = super().clean()
        if not self.errors:
            try:
                self.said = self.consequences()
            except StepRefused as refusal:
                self.add_error(None, str(refusal))
        return given

    def asks(self) -> bool:
        """Whether the reader has still to agree; if so, sending again agrees."""
        token = salted_hmac("consequences", "\n".join(self.said)).hexdigest()
        if not self.said or self.data.get("agreed") == token:
            return False
        self.data = self.data.copy()
        self.data["agreed"] = token
        return True
