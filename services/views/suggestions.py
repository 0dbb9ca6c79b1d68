"""Suggestions on the pages of needs, resources and units. Each is a part with an address of its
own, that a page fetches when it is looked at; without JavaScript the address is a page."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import FormView, TemplateView

from members.models import Unit
from nanchuan.kernel.views import FormActionMixin, take_step
from services import suggesting
from services.actions import remarks, rights
from services.actions import resource_rights as booking
from services.forms.suggestions import DoubtForm
from services.matching.facts import (
    Doubted,
    EnoughLeft,
    FewOrders,
    FreeThen,
    HasSolved,
    Reason,
    SameChain,
)
from services.models import Need, Resource, SuggestionRemark

MOST, MOST_UNITS, MOST_PROOFS = 5, 3, 3
CHOOSE = {  # the step with which the office chooses a unit
    Need.Status.SUBMITTED: "dispatch",
    Need.Status.PUBLISHED: "dispatch",
    Need.Status.DISPUTED: "rule",
}


@dataclass
class Said:
    """A reason in words, the page that proves it, and the needs that it is about."""

    words: str
    url: str = ""
    needs: list[Need] = field(default_factory=list)


def visible(user, pk) -> Need:
    """A need by the face that this reader has of it."""
    return get_object_or_404(Need.objects.visible_to(user).with_faces(user), pk=pk)


def said(found: Iterable, user) -> list[list[Said]]:
    """The reasons of suggestions or of units, each with what proves it."""
    found = list(found)
    keys = {key for each in found for reason in each.reasons for key in _keys(reason)}
    known = Need.objects.known_to(user).filter(pk__in=keys) if keys else ()
    needs = {need.pk: need for need in known}
    return [[_said(reason, each, needs) for reason in each.reasons] for each in found]


def _keys(reason) -> tuple[int, ...]:
    return reason.keys[:MOST_PROOFS] if isinstance(reason, HasSolved | Doubted) else ()


def _said(reason, each, needs) -> Said:
    [words] = suggesting.words_of([reason])
    told = [needs[key] for key in _keys(reason) if key in needs]
    return Said(words, _proof(reason, each), told)


def _proof(reason: Reason, each) -> str:
    resource = getattr(each, "resource", None)
    unit = resource.unit if resource else each.unit
    match reason:
        case FewOrders():
            return f"{reverse('services:need-list')}?responsible={unit.pk}&open=1"
        case SameChain():
            return unit.get_absolute_url()
        case HasSolved() | Doubted():
            return ""
        case EnoughLeft() | FreeThen():
            return f"{resource.get_absolute_url()}#left-title"
    return f"{resource.get_absolute_url()}#content-title"


class Part(TemplateView):
    """`part` alone for the page that fetches it, or within a page of its own."""

    template_name = "services/suggestions.html"
    part = ""
    heading = ""

    def get_template_names(self):
        fetched = self.request.htmx and not self.request.htmx.boosted
        return [self.part if fetched else self.template_name]

    def get_context_data(self, **kwargs):
        return super().get_context_data(part=self.part, heading=self.heading, **kwargs)


# ── For a need ──────────────────────────────────────────────────────────────────────────────


class NeedSuggestions(Part):
    part = "services/_suggested.html"
    heading = _("推荐资源")

    def get_context_data(self, **kwargs):
        user = self.request.user
        need = visible(user, kwargs["pk"])
        suggested, left = suggesting.for_need(need, user, MOST)
        may = self._may(need)
        rows = [
            (each, reasons, may(each.resource))
            for each, reasons in zip(suggested, said(suggested, user), strict=True)
        ]
        standing = SuggestionRemark.objects.standing().editable_by(user).filter(need=need)
        remarked = dict(standing.values_list("resource", "pk")) if left else {}
        return super().get_context_data(
            need=need,
            origin=need,
            rows=rows,
            left=[(each, remarked.get(each.resource.pk)) for each in left],
            **kwargs,
        )

    def _may(self, need):
        """What this reader can do with a resource for the need, of each."""
        user = self.request.user
        is_reviewed = need.is_open and need.status in Need.PUBLISHED
        may_match = need.face.is_whole and rights.may(user, need, "match")
        is_asker = (
            rights.office(user) or rights.filers(user, need) or rights.works_on_it(user, need)
        )

        def may(resource) -> dict[str, bool]:
            gives = booking.giver(user, resource)
            return {
                "match": may_match,
                "ask": is_asker and not gives and booking.may_ask(user, resource),
                "offer": gives and is_reviewed,
                "doubt": remarks.may_doubt(user, need, resource),
            }

        return may


class NeedUnits(Part):
    """Units for the office while it looks for one; `?brief=1` are their names alone."""

    part = "services/_suggested_units.html"
    heading = _("推荐承办单位")

    def get_template_names(self):
        if self.request.GET.get("brief"):
            return ["services/_suggested_briefly.html"]
        return super().get_template_names()

    def get_context_data(self, **kwargs):
        user = self.request.user
        need = visible(user, kwargs["pk"])
        units = suggesting.units_for(need, user, MOST_UNITS)
        return super().get_context_data(
            need=need,
            origin=need,
            rows=list(zip(units, said(units, user), strict=True)),
            verb=CHOOSE.get(need.status) if rights.office(user) else None,
            **kwargs,
        )


# ── For a resource and for a unit ───────────────────────────────────────────────────────────


class ResourceNeeds(Part):
    part = "services/_served.html"
    heading = _("这项资源能解决的需求")

    def get_context_data(self, **kwargs):
        user = self.request.user
        rows = Resource.objects.select_related("unit").visible_to(user)
        resource = get_object_or_404(rows, pk=kwargs["pk"])
        rights.require(booking.giver_or_office(user, resource))
        served = suggesting.needs_for(resource, user, MOST)
        rows = list(zip(served, said(served, user), strict=True))
        return super().get_context_data(resource=resource, origin=resource, rows=rows, **kwargs)


class UnitNeeds(Part):
    part = "services/_served.html"
    heading = _("现在可以承接的需求")

    def get_context_data(self, **kwargs):
        user = self.request.user
        unit = get_object_or_404(Unit.objects.visible_to(user), pk=kwargs["pk"])
        rights.require(may_see_what_suits(user, unit))
        served = suggesting.needs_for_unit(unit, user, MOST)
        rows = list(zip(served, said(served, user), strict=True))
        return super().get_context_data(origin=unit, rows=rows, **kwargs)


def may_see_what_suits(user, unit) -> bool:
    return rights.office(user) or rights.speaks_for(user, unit.pk)


# ── What the office says of a suggestion ────────────────────────────────────────────────────


class SuggestionDoubt(FormActionMixin, FormView):
    form_class = DoubtForm
    template_name = "services/suggestion_doubt.html"
    success_message = _("已记下，这条需求不再推荐这项资源。")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.need = visible(request.user, kwargs["pk"])
        seen = Resource.objects.select_related("unit").visible_to(request.user)
        self.resource = get_object_or_404(seen, pk=kwargs["resource"])

    def get(self, request, *args, **kwargs):
        if not remarks.may_doubt(request.user, self.need, self.resource):
            messages.error(request, _("这条需求目前不推荐这项资源。"))
            return redirect(self.need)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            need=self.need,
            resource=self.resource,
            cancel_url=self.need.get_absolute_url(),
            **kwargs,
        )

    def act(self, form):
        remarks.doubt(self.need, resource=self.resource, by=self.request.user, **form.facts())
        return self.need


@require_POST
def suggestionremark_drop(request, pk):
    """Taken back, and again proposed."""
    rows = SuggestionRemark.objects.select_related("need", "resource").visible_to(request.user)
    remark = get_object_or_404(rows, pk=pk)
    done = _("已收回意见，这项资源可以再被推荐。")
    return take_step(request, remarks.trust, remark, done=done, to=remark.need)
