"""Who was expected and who came (到会、请假、缺席), a line for each person there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from members.models import ActivityKind, Attendance, Membership, Organization, Term
from nanchuan.kernel.fields import is_number

PRESENT, LEAVE, ABSENT = Attendance.Presence
EVERYBODY, COMMITTEE, CHOSEN = ActivityKind.Expected
LONGEST_REASON = Attendance._meta.get_field("reason").max_length
MOST_LINES = 200  # beyond, people are chosen from a list instead of being listed
MOST_TYPED = 3000


@dataclass
class Line:
    """A person on the page: where the person belongs that day, and what is said of the person."""

    membership: Membership
    post: str = ""
    is_own: bool = True
    presence: str = ""
    reason: str = ""

    @property
    def pk(self) -> int:
        return self.membership.member_id

    @property
    def person(self):
        return self.membership.member

    @property
    def name(self) -> str:
        return self.membership.member.name


def lines_of(organization: Organization, day) -> dict[int, Line]:
    """Counted members of the organization and those below it on a day, by their numbers.

    Its own are those whom no other organization gathers: a party group is a part of its branch.
    """
    rows = Membership.objects.counted(day).filter(organization__path__startswith=organization.path)
    rows = rows.select_related("member", "organization").order_by("member__pinyin", "member")
    rows = rows.only(
        "member__name", "member__pinyin", "standing", "organization__kind", "organization__path"
    )
    held = Term.objects.current(day).filter(organization=organization, member=OuterRef("member"))
    held = held.order_by("post__order").values("post__name")[:1]
    own = (Organization.Kind.PARTY_GROUP,)
    return {
        row.member_id: Line(
            row,
            post=row.post or "",
            is_own=row.organization_id == organization.pk or row.organization.kind in own,
        )
        for row in rows.annotate(post=Subquery(held))
    }


def expected_of(kind: ActivityKind, lines: Mapping[int, Line], last=()) -> list[int]:
    """Who is to come: everybody, whoever holds a post, or whoever came last time."""
    if kind.expected == EVERYBODY and (own := [pk for pk, line in lines.items() if line.is_own]):
        return own if len(own) <= MOST_LINES else []
    if kind.expected == COMMITTEE and (held := [pk for pk, line in lines.items() if line.post]):
        return held
    return [pk for pk in last if pk in lines]


class AttendanceInput(forms.Widget):
    """`presence-7` and `reason-7` for each person; `also` for those who are not listed. The script
    of the page sends the same as one field: a list of number, presence and reason."""

    def value_from_datadict(self, data, files, name):
        if name in data:
            return _unpacked(data[name])
        typed = {}
        for key in data:
            head, _dash, number = key.partition("-")
            if head == "presence" and data[key] and len(typed) < MOST_TYPED:
                typed[number] = (data[key], data.get(f"reason-{number}", "").strip())
        for number in data.getlist("also") if hasattr(data, "getlist") else ():
            typed.setdefault(number, (PRESENT, ""))
        return typed

    def id_for_label(self, id_, index=None):
        return "people"


def _unpacked(text: str) -> dict[str, tuple[str, str]]:
    """What was said of each; of nonsense, something that the field refuses."""
    try:
        rows = json.loads(text)[:MOST_TYPED]
        return {f"{number}": (f"{presence}", f"{why}".strip()) for number, presence, why in rows}
    except (ValueError, TypeError, KeyError, RecursionError):
        return {"": ("", "")}


class AttendanceField(forms.Field):
    """What was said of each person, by their numbers."""

    widget = AttendanceInput
    default_error_messages = {
        "required": _("请选择参加人员，至少一人到会。"),
        "stranger": _("所选人员中有人当天不属于这个党组织。请核对时间和参加人员。"),
        "reason": _("请填写%(names)s的请假事由。"),
        "long": _("%(name)s的请假事由太长，最多 %(most)d 个字。"),
    }

    def __init__(self, **kwargs):
        self.lines = {}
        super().__init__(**kwargs)

    def to_python(self, value) -> dict[int, tuple[str, str]]:
        told = {int(pk): each for pk, each in (value or {}).items() if is_number(pk)}
        known = {pk: each for pk, each in told.items() if pk in self.lines}
        words = {presence for presence, _reason in known.values()} - {PRESENT, LEAVE, ABSENT}
        if len(known) < len(value or {}) or words:
            raise self._refusal("stranger")
        return known

    def validate(self, value):
        if any("\0" in reason for _presence, reason in value.values()):
            raise ValidationError(_("请假事由里有不能使用的字符，请重新填写。"))
        for pk, (_presence, reason) in value.items():
            if len(reason) > LONGEST_REASON:
                raise self._refusal("long", name=self.lines[pk].name, most=LONGEST_REASON)
        if not self.required:
            return
        if not any(presence == PRESENT for presence, _reason in value.values()):
            raise self._refusal("required")
        unsaid = [
            self.lines[pk].name for pk, each in value.items() if each[0] == LEAVE and not each[1]
        ]
        if unsaid:
            raise self._refusal("reason", names=str(_("、")).join(unsaid))

    def _refusal(self, code, **words):
        return ValidationError(
            self.error_messages[code] % words if words else self.error_messages[code], code
        )
