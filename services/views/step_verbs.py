"""How the steps of a resource or of a booking look on its page."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.views.generic import FormView

from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import FormActionMixin
from services.actions import resource_rights as rights
from services.actions.rights import require


@dataclass(frozen=True)
class Verb:
    """In words, with what it says when it is done; with a form it has a page of its own."""

    label: Promise
    action: Callable | None = None
    done: Promise | str = ""
    form: type | None = None
    danger: bool = False


def steps_of(row, looks: dict[str, Verb], may: list[str], noun: str) -> list[dict]:
    """What a person may do now, the first of it first."""
    return [
        {
            "label": look.label,
            "has_form": look.form is not None,
            "danger": look.danger,
            "url": reverse(f"services:{noun}-{verb}", args=[row.pk]),
        }
        for verb, look in looks.items()
        if verb in may
    ]


class StepPage(FormActionMixin, FormView):
    """A step that takes a sentence: 403 for others, back to the row when it is too late.

    Subclasses say how the steps look, which table allows them and how a row is found.
    """

    verb = ""
    looks: dict[str, Verb]
    table: dict[str, rights.Step]
    template_name = "services/step_form.html"

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.look = self.looks[self.verb]
        self.form_class, self.success_message = self.look.form, self.look.done
        self.row = self.find(request.user, kwargs["pk"])
        require(self.table[self.verb].who(request.user, self.row))

    def get(self, request, *args, **kwargs):
        try:
            rights.check(self.row, self.verb, request.user)
        except StepRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(self.row)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            row=self.row, look=self.look, cancel_url=self.row.get_absolute_url(), **kwargs
        )

    def act(self, form):
        self.look.action(self.row, by=self.request.user, **form.facts())
        return self.row
