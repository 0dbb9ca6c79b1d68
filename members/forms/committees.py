import re

import django_filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import radar
from members.actions import committees as actions
from members.actions import terms
from members.forms.candidates import Candidates, NameInput
from members.forms.consequences import ConsequencesMixin
from members.forms.filters import OrganizationFilter
from members.forms.terms import DayField, ends
from members.models import CommitteeTerm, Organization, PartyMember, Post, Rule
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.forms import ScopedForm, ScopedModelForm
from nanchuan.kernel.periods import day_before, months_after

BETWEEN_NAMES = re.compile(r"[、，,;；]+(?![^（(]*[）)])")  # not inside brackets


class ElectionForm(ConsequencesMixin, ScopedForm):
    """An election with its officers (换届); the organization was chosen before."""

    elected_on = DayField(label=gettext_lazy("选举日期"))
    starts_on = DayField(
        label=gettext_lazy("任期开始"), required=False, help_text=gettext_lazy("不填则为选举当天。")
    )
    number = forms.IntegerField(label=gettext_lazy("届次"), min_value=1, max_value=999)
    due_on = DayField(label=gettext_lazy("届满日期"), required=False)

    def __init__(self, *args, organization: Organization, **kwargs):
        super().__init__(*args, **kwargs)
        self.organization = organization
        years = radar.years_of(organization)
        self.fields["due_on"].help_text = _("不填则按每届 %(years)d 年计算（%(citation)s）。") % {
            "years": years.value,
            "citation": years.citation,
        }
        last = organization.committee_terms.order_by("-number").first()
        self.initial.setdefault("number", last.number + 1 if last else 1)
        self.posts = list(terms.posts_of(organization.kind).filter(elected=True))
        holders = self._holders()
        for post in self.posts:
            self.fields[f"post_{post.pk}"] = _officer_field(post, holders.get(post.pk))

    def _holders(self) -> dict[int, str]:
        rows = self.organization.terms.current().filter(post__in=self.posts)
        held = {}
        for post, name in rows.order_by("pk").values_list("post", "member__name"):
            held.setdefault(post, []).append(name)
        return {post: _("、").join(names) for post, names in held.items()}

    def candidates(self) -> Candidates:
        day = getattr(self, "cleaned_data", {}).get("elected_on")
        return Candidates(self.organization, day or timezone.localdate())

    def clean(self):
        given = self.cleaned_data
        if elected_on := given.get("elected_on"):
            given["starts_on"] = given.get("starts_on") or elected_on
            years = radar.years_of(self.organization, elected_on)
            usual = radar.due_after(given["starts_on"], years.value)
            given["due_on"] = given.get("due_on") or usual
            self.officers = self._read_officers()
        return super().clean()

    def _read_officers(self) -> list[tuple[Post, PartyMember]]:
        candidates, officers = self.candidates(), []
        for post in self.posts:
            name = f"post_{post.pk}"
            typed = self.cleaned_data.get(name) or ""
            for each in filter(None, BETWEEN_NAMES.split(typed)):
                try:
                    officers.append((post, candidates.find(each)))
                except forms.ValidationError as error:
                    self.add_error(name, error)
        return officers

    def consequences(self) -> list[str]:
        """What follows, and what is unusual about it."""
        given = self.cleaned_data
        facts = {name: given[name] for name in ("elected_on", "starts_on", "number", "due_on")}
        committee = CommitteeTerm(organization=self.organization, **facts)
        actions.check_days(committee, timezone.localdate())
        before = actions.previous(self.organization, given["starts_on"], given["number"])
        said = [
            _("第 %(number)d 届任期：%(from)s — %(to)s。")
            % {"number": given["number"], "from": given["starts_on"], "to": given["due_on"]}
        ]
        chosen = {(post.pk, member.pk) for post, member in self.officers}
        for term in actions.ended_by(self.organization, given["starts_on"]):
            if (term.post_id, term.member_id) not in chosen:
                said.append(ends(term, given["starts_on"]))
        return said + actions.doubts(committee, before)

    def facts(self) -> dict:
        names = ("elected_on", "starts_on", "number", "due_on")
        return {name: self.cleaned_data[name] for name in names} | {"officers": self.officers}


def _officer_field(post, holder):
    hints = [] if post.sole else [_("多人用顿号隔开。")]
    if holder:
        hints.append(_("现任：%(names)s。") % {"names": holder})
    return forms.CharField(
        label=_("当选%(post)s") % {"post": post},
        max_length=300,
        required=False,
        widget=NameInput,
        help_text="".join(hints),
    )


class ExtensionForm(ScopedForm):
    """The superior agrees to an extension (延期)."""

    to = DayField(label=gettext_lazy("延期至"))
    reason = forms.CharField(label=gettext_lazy("延期原因"), max_length=200)
    document = forms.CharField(label=gettext_lazy("批复文号"), max_length=50)

    def __init__(self, *args, committee: CommitteeTerm, **kwargs):
        super().__init__(*args, **kwargs)
        rule = Rule.objects.of(Rule.Code.EXTENSION_MOST, committee.due_on)
        self.fields["to"].help_text = _(
            "届满日期 %(due)s，延期最晚到 %(latest)s（%(citation)s），只能延期一次。"
        ) % {
            "due": committee.due_on,
            "latest": months_after(committee.due_on, rule.value),
            "citation": rule.citation,
        }


class CommitteeEditForm(ConflictMixin, ScopedModelForm):
    """What was recorded of a committee is put right."""

    class Meta:
        model = CommitteeTerm
        fields = [
            "number",
            "elected_on",
            "starts_on",
            "due_on",
            "extended_to",
            "extension_reason",
            "extension_document",
        ]
        field_classes = dict.fromkeys(
            ("elected_on", "starts_on", "due_on", "extended_to"), DayField
        )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["number"].max_value = 999
        if not self.instance.extended_to:
            for name in ("extended_to", "extension_reason", "extension_document"):
                del self.fields[name]
        # The committee before it gives way when the start moves: the action sees to it.
        last_day = day_before(self.instance.starts_on)
        rows = self.instance.organization.committee_terms.filter(ends_on=last_day)
        self.instance.beside = list(rows.values_list("pk", flat=True))

    def facts(self) -> dict:
        names = [name for name in self._meta.fields if name in self.cleaned_data]
        return {name: self.cleaned_data[name] for name in names}


class RadarFilterSet(django_filters.FilterSet):
    """Organizations by how soon their committee is over; rows of `radar.with_over`."""

    q = django_filters.CharFilter(label=gettext_lazy("名称"), method="search", max_length=100)
    organization = OrganizationFilter(method="within")
    kind = django_filters.ChoiceFilter(
        label=gettext_lazy("类别"),
        choices=[
            choice
            for choice in Organization.Kind.choices
            if choice[0] != Organization.Kind.PARTY_GROUP
        ],
    )
    state = django_filters.ChoiceFilter(label=gettext_lazy("换届"), method="in_state")

    def __init__(self, *args, steps: list[int] | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.steps = radar.notice_steps() if steps is None else steps
        self.filters["state"].extra["choices"] = states(self.steps)

    def search(self, rows, name, value):
        words = value.strip()
        return rows.filter(name__contains=words) | rows.filter(short_name__contains=words)

    def within(self, rows, name, organization):
        return rows.filter(path__startswith=organization.path)

    def in_state(self, rows, name, value):
        return rows.filter(radar.state_filter(value, self.steps))


def states(steps: list[int]) -> list[tuple[str, str]]:
    """The states of the radar in words; `steps` are the months of the rules."""
    within = [
        (str(months), _("%(months)d 个月内届满") % {"months": months}) for months in reversed(steps)
    ]
    return [
        (radar.OVERDUE, _("逾期未换届")),
        *within,
        (radar.LATER, _("任期内")),
        (radar.UNKNOWN, _("未登记届次")),
    ]
