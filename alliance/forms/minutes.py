import json

import django_filters
from django import forms
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from alliance.merging import BOTH, MINE, THEIRS, chosen
from alliance.models import Group, Minutes
from nanchuan.kernel.forms import HelperMixin, ScopedForm

LONGEST = 20_000  # letters of a section
CHOICES = (
    (THEIRS, _("用对方的文字")),
    (MINE, _("用我的文字（可在下面修改）")),
    (BOTH, _("两段都保留，对方的在前")),
)


class SectionsForm(HelperMixin, forms.Form):
    """A text for each section, and which revision its writer has read of it.

    A section that two people wrote has a question beside it; until that is answered the section
    is not saved.
    """

    base = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, sections, **kwargs):
        super().__init__(*args, **kwargs)
        self.sections = sections
        self.known, self.asked = self.memory
        for section in sections:
            rows = 6 if section.item else 4
            self.fields[section.key] = forms.CharField(
                label=section.title,
                required=False,
                max_length=LONGEST,
                widget=forms.Textarea({"rows": rows}),
            )
            if section.key in self.asked:
                self.fields[f"keep-{section.key}"] = forms.ChoiceField(
                    label=_("保留哪一个"),
                    choices=CHOICES,
                    required=False,
                    widget=forms.RadioSelect,
                )

    def typed(self) -> dict[str, str]:
        """One kind of line ending, so that an untouched text is the same text."""
        return {
            section.key: _lines(self.cleaned_data.get(section.key, ""))
            for section in self.sections
            if section.key in self.data
        }

    def decided(
        self, texts: dict[str, dict], *, answered: bool
    ) -> tuple[dict[str, str], dict[str, int | None]]:
        """What was typed, with the answers once the form is sent for good; and the revision that
        stands behind each text. `texts` are those of revisions, by number."""
        typed, base = self.typed(), {key: self.known.get(key) for key in self.typed()}
        for key in self.asked & typed.keys():
            choice = self.cleaned_data.get(f"keep-{key}")
            if choice and answered:
                theirs = texts.get(base[key], {}).get(key, "")
                typed[key] = chosen(choice, typed[key], theirs)
            else:
                base[key] = None
        return typed, base

    @cached_property
    def memory(self) -> tuple[dict[str, int], set[str]]:
        """Which revision was read of each section, and which sections were asked about."""
        if not self.is_bound:
            return {}, set()
        try:
            read = json.loads(self.data.get("base", ""))
            known = {str(key): int(pk) for key, pk in dict(read["read"]).items()}
            known = {key: pk for key, pk in known.items() if 0 <= pk < 1 << 62}
            return known, {str(key) for key in read["asked"]}
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return {}, set()  # nothing is known: every change is asked about


def memory(read: dict[str, int], asked=()) -> str:
    """The hidden field: which revision was read of each section, and what is being asked."""
    return json.dumps({"read": read, "asked": sorted(asked)})


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


class ReasonForm(ScopedForm):
    reason = forms.CharField(
        label=_("原因"), max_length=200, error_messages={"required": _("请写明原因。")}
    )


class MinutesFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(
        field_name="meeting__title", lookup_expr="contains", label=_("会议名称")
    )
    group = django_filters.ModelChoiceFilter(
        queryset=lambda request: Group.objects.visible_to(request.user),
        method="of_group",
        label=_("联盟小组"),
        empty_label=_("全部小组"),
    )
    year = django_filters.ChoiceFilter(
        field_name="meeting__starts_at",
        lookup_expr="year",
        label=_("年份"),
        empty_label=_("全部年份"),
    )
    status = django_filters.ChoiceFilter(
        choices=Minutes.Status.choices, label=_("状态"), empty_label=_("全部状态")
    )

    class Meta:
        model = Minutes
        fields = ["q", "group", "year", "status"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["year"].extra["choices"] = [(year, str(year)) for year in _years()]

    def of_group(self, rows, name, value):
        return rows.of_group(value)


def _years() -> list[int]:
    """From the latest meeting with minutes back to the first one."""
    ends = Minutes.objects.aggregate(
        first=Min("meeting__starts_at"), last=Max("meeting__starts_at")
    )
    if ends["first"] is None:
        return []
    first, last = (timezone.localdate(ends[end]).year for end in ("first", "last"))
    return list(range(last, first - 1, -1))
