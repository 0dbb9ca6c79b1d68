"""An activity is logged or put right (记活动): one page for a thumb, most of it known already."""

from functools import cached_property
from pathlib import PurePath

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from members.actions.activities import usual_title
from members.forms.attending import (
    MOST_LINES,
    PRESENT,
    AttendanceField,
    Line,
    expected_of,
    lines_of,
)
from members.forms.decisions import DecisionFormSet, decisions_of
from members.forms.partners import PartnersField
from members.forms.photos import PhotosField, PhotosMixin
from members.forms.studies import MaterialsMixin
from members.models import Activity, ActivityFile, ActivityKind
from members.usual import Usual
from nanchuan.kernel import uploads
from nanchuan.kernel.fields import is_number
from nanchuan.kernel.forms import MomentInput, RowsField, ScopedModelForm

FIRST_YEAR = 1921  # nothing was held before
USUAL_KIND = "theme_day"
SHOWN_KINDS = 6
PLAIN = ("kind", "title", "starts_at", "place", "host", "guests", "text", "hours")


class ActivityForm(PhotosMixin, MaterialsMixin, ScopedModelForm):
    """An activity of one organization. The organization was chosen before.

    With `is_draft` nothing is required: what can be kept is kept (`kept()`).
    """

    kind = forms.TypedChoiceField(
        label=_("活动类型"),
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择活动类型。"), "invalid_choice": _("请选择活动类型。")},
    )
    title = forms.CharField(
        label=_("主题"),
        max_length=100,
        required=False,
        help_text=_("不填则用月份和活动类型。"),
    )
    host = forms.TypedChoiceField(
        label=_("主持人"),
        empty_value=None,
        error_messages={
            "required": _("请选择主持人。"),
            "invalid_choice": _("主持人当天不属于这个党组织。请核对时间和主持人。"),
        },
    )
    attendance = AttendanceField(label=_("参加人员"))
    photos = PhotosField(
        label=_("照片"),
        help_text=_("最多 9 张，可以直接拍照。照片中的拍摄地点等信息会自动去除。"),
    )
    files = uploads.documents_field(label=_("附件"))
    dropped = RowsField(ActivityFile.objects.none(), label=_("删除附件"), required=False)
    partners = PartnersField(
        label=_("联合开展的党组织"),
        help_text=_("提交后请对方书记确认，并由对方勾选自己的党员。一份记录，各算一次。"),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, max_value=2**31 - 1)

    class Meta:
        model = Activity
        fields = PLAIN
        widgets = {
            "starts_at": MomentInput,
            "text": forms.Textarea({"rows": 6}),
            "hours": forms.NumberInput({"inputmode": "decimal"}),
        }
        error_messages = {
            "starts_at": {
                "required": _("请填写时间。"),
                "invalid": _("请填写真实存在的日期和时间。"),
            },
            "text": {"required": _("请写明活动内容，可以先选用常用议程。")},
            "place": {"required": _("请填写地点。")},
        }

    is_held = False  # whether the files that came with it wait in a draft

    def __init__(self, *args, organization, usual=None, is_draft=False, oversized=(), **kwargs):
        self.organization, self.is_draft, self.oversized = organization, is_draft, oversized
        self._usual = usual or Usual
        there = kwargs.get("instance")
        chosen = list(there.materials.order_by("studies__pk")) if there and there.pk else ()
        super().__init__(*args, chosen=chosen, **kwargs)
        self._offer_kinds()
        self._offer_people()
        self._offer_partners()
        self._know_the_record()
        for name in ("place", "text"):  # what a draft may lack
            self.fields[name].required = True
        self.fields["hours"].required = False
        self.fields["text"].widget.attrs["placeholder"] = _("学了什么、议了什么、定了什么")
        if is_draft:
            for field in self.fields.values():
                field.required = False

    # ── What is on offer ──

    def _offer_kinds(self):
        kinds = ActivityKind.objects.open_to_all()  # a talk has a form of its own
        kinds = kinds.filter(Q(is_offered=True) | Q(pk=self.instance.kind_id))
        self.kinds = {kind.pk: kind for kind in kinds}
        field = self.fields["kind"]
        field.choices = [(pk, kind.name) for pk, kind in self.kinds.items()]
        field.coerce = lambda pk: self.kinds[int(pk)]

    def _offer_people(self):
        """Whoever belonged to it on the day of the activity, and whom the record names."""
        self.lines = lines_of(self.organization, self._day())
        self.fields["attendance"].lines = self.lines
        host = self.fields["host"]
        host.choices = [("", _("请选择")), *((pk, line.name) for pk, line in self.lines.items())]
        host.coerce = lambda pk: self.lines[int(pk)].person

    def _offer_partners(self):
        self.fields["partners"].offer(self.organization)

    def _know_the_record(self):
        """What is there is shown; a new one starts as it was last time."""
        there = self.instance
        if not there.pk:
            return
        self.fields["dropped"].queryset = there.files.all()
        if self.is_bound:
            return
        self.initial.setdefault("revision", there.revision)
        self.initial.setdefault("attendance", _told(there))
        partners = there.participations.filter(is_host=False)
        self.initial.setdefault("partners", list(partners.values_list("organization", flat=True)))

    def _day(self):
        moment = self._starts_at() or self.instance.starts_at or timezone.now()
        return timezone.localdate(moment)

    def _starts_at(self):
        if not self.is_bound:
            return self.initial.get("starts_at")
        try:
            typed = parse_datetime(self.data.get("starts_at", ""))
            typed = typed and (typed if timezone.is_aware(typed) else timezone.make_aware(typed))
            timezone.localdate(typed or None)  # a day that the clock can tell
            return typed
        except (ValueError, OverflowError):
            return None

    # ── What the page shows ──

    @cached_property
    def usual(self) -> Usual:
        return self._usual()

    @property
    def kept_files(self):
        return self.fields["dropped"].queryset

    @cached_property
    def chips(self) -> list[dict]:
        """Each kind with what it brings along when it is chosen."""
        chosen = str(self["kind"].value() or "")
        rows = []
        for kind in self.usual.sorted(self.kinds.values()):
            pk = kind.pk
            last = self.usual.last.get(pk)
            people = expected_of(kind, self.lines, self.usual.people.get(pk, ()))
            rows.append({"kind": kind, "last": last, "people": people})
            rows[-1]["is_chosen"] = str(pk) == chosen
        return rows

    @property
    def first_chips(self):
        return self.chips[:SHOWN_KINDS]

    @property
    def more_chips(self):
        return self.chips[SHOWN_KINDS:]

    @property
    def more_is_chosen(self) -> bool:
        return any(chip["is_chosen"] for chip in self.more_chips)

    @cached_property
    def people(self) -> list[Line]:
        """One line for each of its own people, and for whom something is said; where those are
        too many, for whom more is said than that the person came."""
        told = self._said()
        for pk, line in self.lines.items():
            line.presence, line.reason = told.get(pk, ("", ""))
        own = [line for line in self.lines.values() if line.is_own]
        listed = own if len(own) <= MOST_LINES else []
        keys = {line.pk for line in listed}
        more = [self.lines[pk] for pk in told if pk in self.lines and pk not in keys]
        if len(more) > MOST_LINES:
            more = [line for line in more if line.presence != PRESENT]
        return [*listed, *more]

    def _said(self) -> dict[int, tuple[str, str]]:
        said = self["attendance"].value() or {}
        return {int(pk): each for pk, each in said.items() if is_number(str(pk))}

    @cached_property
    def others(self) -> list[Line]:
        """Of organizations below, chosen from a list."""
        listed = {line.pk for line in self.people}
        return [line for pk, line in self.lines.items() if pk not in listed]

    @cached_property
    def decisions(self):
        data = self.data if self.is_bound else None
        initial = None if self.is_bound else decisions_of(self.instance)
        # Whatever is no form of rows has none.
        if data is not None and "decisions-TOTAL_FORMS" not in data:
            data = {"decisions-TOTAL_FORMS": "0", "decisions-INITIAL_FORMS": "0"}
        return DecisionFormSet(data, initial=initial, prefix="decisions")

    @property
    def has_decisions(self) -> bool:
        return (self.is_bound and bool(self.decided())) or self.decisions.initial_form_count() > 0

    # ── What was typed ──

    def _post_clean(self):
        """What was typed is judged; the row is made by an action, and has no rule besides."""

    def clean_starts_at(self):
        moment = self.cleaned_data["starts_at"]
        if moment and moment.year < FIRST_YEAR:
            raise ValidationError(_("请填写真实存在的日期和时间。"))
        return moment

    def clean_hours(self):
        hours = self.cleaned_data["hours"]
        if hours is not None and hours < 0:
            raise ValidationError(_("学时不能小于 0。"))
        return hours

    def clean(self):
        given = super().clean()
        self._check_the_host(given)
        for name in self.oversized:
            is_photo = PurePath(name).suffix.lower() in uploads.PARSERS
            self.add_error("photos" if is_photo else "files", uploads.too_large(name))
        if not self.decisions.is_valid():
            self.add_error(None, _("议决事项有需要修改的地方。"))
        if not given.get("title") and given.get("kind") and given.get("starts_at"):
            given["title"] = usual_title(given["kind"], given["starts_at"])
        if given.get("hours") is None and given.get("kind") and "hours" not in self.errors:
            given["hours"] = given["kind"].hours
        return given

    def _check_the_host(self, given):
        host, told = given.get("host"), given.get("attendance")
        if host is None or told is None:
            return
        if told.setdefault(host.pk, (PRESENT, ""))[0] != PRESENT:
            self.add_error("host", _("主持人在场，不能同时请假或缺席。请核对。"))

    def decided(self) -> list[dict]:
        if not self.decisions.is_valid():
            return []
        return [facts for form in self.decisions if (facts := form.facts())]

    def facts(self) -> dict:
        """What the action needs, beside files."""
        return self.kept() | {"decisions": self.decided()}

    def kept(self) -> dict:
        """As much of it as may stand."""
        given = self.cleaned_data
        facts = {name: given[name] for name in PLAIN if given.get(name) is not None}
        if self.is_draft:
            facts["host"] = given.get("host")  # nobody yet, or nobody any more
        if "attendance" in given:
            facts |= self._attendance(given["attendance"])
        if "partners" in given:
            facts["organizations"] = given["partners"]
        if self.decisions.is_valid():
            facts["decisions"] = self.decided()
        return facts

    def _attendance(self, told):
        groups = {"present": [], "leave": {}, "absent": []}
        for pk, (presence, reason) in told.items():
            if presence == "leave":
                groups["leave"][self.lines[pk].person] = reason
            else:
                groups[presence].append(self.lines[pk].person)
        return {
            "members": groups["present"],
            "leaves": groups["leave"],
            "absent": groups["absent"],
        }


def _told(activity) -> dict[int, tuple[str, str]]:
    rows = activity.attendances.values_list("member", "presence", "reason")
    return {member: (presence, reason) for member, presence, reason in rows}
