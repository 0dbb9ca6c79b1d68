"""Pages on which a person is entered, put right, and taken through a membership."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, FormView, UpdateView

from members import cautions
from members.actions import memberships, people
from members.forms.person import PersonEditForm, PersonForm, PlaceForm, StepForm
from members.models import PartyMember
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.views import FormActionMixin, get_editable_or_deny, take_step


class PersonCreate(FormActionMixin, CreateView):
    """Somebody new on the roster (录入党员)."""

    model = PartyMember
    form_class = PersonForm
    template_name = "members/person_form.html"
    success_message = _("已录入“%(object)s”。")

    def get_initial(self):
        asked = self.request.GET.get("organization", "")
        return {"organization": asked} if asked.isdecimal() else {}

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("members:person-list"), **kwargs)

    def act(self, form):
        given = form.cleaned_data
        return people.enrol(
            given["organization"],
            by=self.request.user,
            standing=given["standing"],
            starts_on=given["starts_on"],
            **form.facts(),
        )


class PersonEdit(EditActionMixin, UpdateView):
    """What is known of a person is put right (更正资料)."""

    model = PartyMember
    form_class = PersonEditForm
    template_name = "members/person_form.html"
    context_object_name = "person"
    success_message = _("已更正“%(object)s”的资料。")

    def get_object(self, queryset=None):
        return get_editable_or_deny(PartyMember.objects, self.request.user, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.object.get_absolute_url(), **kwargs)

    def act(self, form):
        # The form has written on its own copy; the action compares with what is stored.
        person = PartyMember.objects.get(pk=form.instance.pk)
        people.amend(person, by=self.request.user, **form.facts())
        return person


class PersonPlace(FormActionMixin, FormView):
    """Somebody known, who belongs nowhere today, belongs again (补录组织关系)."""

    form_class = PlaceForm
    template_name = "members/person_place.html"
    success_message = _("已登记“%(object)s”的组织关系。")

    def dispatch(self, request, *args, **kwargs):
        self.person = get_editable_or_deny(PartyMember.objects, request.user, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            person=self.person, cancel_url=self.person.get_absolute_url(), **kwargs
        )

    def act(self, form):
        given = form.cleaned_data
        memberships.place(
            self.person,
            given["organization"],
            on=given["starts_on"],
            standing=given["standing"],
            by=self.request.user,
        )
        return self.person


def nothing(person, on) -> str:
    return ""


@dataclass(frozen=True)
class Step:
    """An act on a membership as a page: its words, and what is to be considered."""

    name: str  # of the URL: "person-full"
    act: Callable
    title: Any
    day: Any
    said: Any
    ends: bool = False
    needs_note: bool = False
    caution: Callable = nothing


STEPS = [
    Step(
        "person-full",
        memberships.become_full,
        _("转正"),
        _("转正日期"),
        _("“%(object)s”已转为正式党员。"),
        caution=cautions.before_full,
    ),
    Step(
        "person-suspend",
        memberships.suspend,
        _("停止党籍"),
        _("自何日起"),
        _("“%(object)s”的党籍已停止，任职随之结束。"),
        ends=True,
        needs_note=True,
        caution=cautions.before_suspending,
    ),
    Step(
        "person-resume",
        memberships.resume,
        _("恢复党籍"),
        _("自何日起"),
        _("“%(object)s”的党籍已恢复。任职需要重新登记。"),
    ),
    Step(
        "person-leave",
        memberships.leave,
        _("出党"),
        _("最后一日"),
        _("已登记“%(object)s”出党，任职和权限随之结束。"),
        ends=True,
        needs_note=True,
    ),
    Step(
        "person-decease",
        memberships.decease,
        _("登记去世"),
        _("去世日期"),
        _("已登记“%(object)s”去世，任职随之结束。"),
        ends=True,
    ),
]
BY_STANDING = {
    "probationary": ["person-full", "person-suspend", "person-leave", "person-decease"],
    "full": ["person-suspend", "person-leave", "person-decease"],
    "suspended": ["person-resume", "person-leave", "person-decease"],
}


def steps_for(standing: str) -> list[Step]:
    """What can become of a membership with this standing, the usual step first."""
    known = {step.name: step for step in STEPS}
    return [known[name] for name in BY_STANDING.get(standing, ())]


class PersonStep(FormActionMixin, FormView):
    """One act on a membership: the day, the reason, and the rule that speaks to it."""

    step: Step = None
    form_class = StepForm
    template_name = "members/person_step.html"

    def dispatch(self, request, *args, **kwargs):
        people_ = PartyMember.objects.with_place()
        self.person = get_editable_or_deny(people_, request.user, pk=kwargs["pk"])
        self.success_message = self.step.said
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"person": self.person, "step": self.step}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            person=self.person,
            step=self.step,
            cancel_url=self.person.get_absolute_url(),
            **kwargs,
        )

    def act(self, form):
        given = form.cleaned_data
        person = PartyMember.objects.get(pk=self.person.pk)
        self.step.act(person, on=given["on"], note=given["note"], by=self.request.user)
        return person


@require_POST
def person_undo(request, pk):
    person = get_editable_or_deny(PartyMember.objects, request.user, pk=pk)
    done = _("已撤销最近一次党籍变更。")
    return take_step(request, memberships.undo, person, done=done)
