"""The member roster (党员名册) as an Excel file, out of the portal and into it."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export import fields, resources
from import_export.results import RowResult

from members.actions import people
from members.models import Membership, Organization, PartyMember
from nanchuan.kernel import events
from nanchuan.kernel.exporting import STARTS_FORMULA, Column
from nanchuan.kernel.fields import blind_index, mask_id_number, mask_phone, normalise
from nanchuan.kernel.states import StepRefused

MASK = "*"


def roster_columns(*, in_full: bool = False) -> list[Column]:
    """The columns of the paper, for rows of `with_place().with_absence()`; numbers masked.

    Only `actions.reveals` may allow them `in_full`.
    """
    id_number, phone = (str, str) if in_full else (mask_id_number, mask_phone)
    return [
        Column(_("姓名"), lambda row: row.name, 10),
        Column(_("性别"), lambda row: row.get_gender_display(), 6),
        Column(_("民族"), lambda row: row.ethnicity, 8),
        Column(_("出生日期"), lambda row: row.born_on, 12),
        Column(_("公民身份号码"), lambda row: id_number(row.id_number), 22),
        Column(_("学历"), lambda row: row.get_education_display(), 12),
        Column(_("籍贯"), lambda row: row.native_place, 12),
        Column(_("入党日期"), lambda row: row.joined_on, 12),
        Column(_("转正日期"), lambda row: row.full_member_on, 12),
        Column(_("党员类别"), lambda row: row.standing_word, 12),
        Column(_("党内职务"), lambda row: row.post_name, 12),
        Column(_("工作岗位"), lambda row: row.job),
        Column(_("所在党组织"), lambda row: row.in_full_name, 36),
        Column(_("联系电话"), lambda row: phone(row.phone), 16),
        Column(_("党籍状态"), lambda row: row.state_word, 10),
        Column(_("流动或失联"), lambda row: row.absence_word, 10),
        Column(_("备注"), lambda row: row.note, 16),
    ]


class DayCell(forms.DateField):
    """A date of Excel, or typed as 2026-11-23, 2026/11/23, 2026.11.23, 20261123, 2026年11月23日."""

    input_formats = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日")  # data

    def to_python(self, value):
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        return super().to_python(str(value).strip() if value else value)


class WordCell(forms.ChoiceField):
    """One of the words that the portal shows, e.g. 男 or 大学本科."""

    def __init__(self, choices, **kwargs):
        self.by_word = {str(label): value for value, label in choices}
        super().__init__(choices=[(word, word) for word in self.by_word], **kwargs)
        words = _("、").join(self.by_word)
        self.error_messages["invalid_choice"] = _("应为：%(words)s。") % {"words": words}

    def clean(self, value):
        return self.by_word.get(super().clean(str(value).strip() if value else value), "")


class RowForm(forms.Form):
    """A line of the roster as it was typed. Empty cells leave a known person as it is."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=50)
    gender = WordCell(PartyMember.Gender.choices, label=gettext_lazy("性别"), required=False)
    ethnicity = forms.CharField(label=gettext_lazy("民族"), max_length=20, required=False)
    born_on = DayCell(label=gettext_lazy("出生日期"), required=False)
    id_number = forms.CharField(label=gettext_lazy("公民身份号码"), max_length=30, required=False)
    education = WordCell(PartyMember.Education.choices, label=gettext_lazy("学历"), required=False)
    native_place = forms.CharField(label=gettext_lazy("籍贯"), max_length=50, required=False)
    joined_on = DayCell(label=gettext_lazy("入党日期"), required=False)
    full_member_on = DayCell(label=gettext_lazy("转正日期"), required=False)
    standing = WordCell(Membership.Standing.choices, label=gettext_lazy("党员类别"), required=False)
    job = forms.CharField(label=gettext_lazy("工作岗位"), max_length=50, required=False)
    organization = forms.CharField(label=gettext_lazy("所在党组织"), max_length=100, required=False)
    since = DayCell(label=gettext_lazy("组织关系自何日起"), required=False)
    phone = forms.CharField(label=gettext_lazy("联系电话"), max_length=30, required=False)
    note = forms.CharField(label=gettext_lazy("备注"), max_length=200, required=False)

    PLACE = ("organization", "standing", "since")

    def clean_id_number(self):
        if isinstance(self.data.get("id_number"), int | float):
            raise ValidationError(_("请把这一列设为文本格式再填写，否则 Excel 会改动末几位。"))
        return self._number("id_number")

    def clean_phone(self):
        return self._number("phone")

    def _number(self, name):
        """A masked number, as the portal exports it, says nothing new."""
        typed = normalise(self.cleaned_data[name])
        return "" if MASK in typed else typed

    def facts(self) -> dict:
        """What the line says about the person, without its empty cells."""
        given = self.cleaned_data
        return {name: given[name] for name in given if name not in self.PLACE and given[name]}


def plain(value):
    """A cell without the apostrophe that an export puts before what looks like a formula."""
    if isinstance(value, str) and value.startswith("'") and value[1:].startswith(STARTS_FORMULA):
        return value[1:]
    return value


class Roster:
    """The people and organizations that the lines of one file speak of, asked for once."""

    def __init__(self, names: Iterable[str], numbers: Iterable[str]):
        rows = list(Organization.objects.current())
        short = Counter(row.short_name for row in rows)
        self.organizations = {row.short_name: row for row in rows if short[row.short_name] == 1}
        self.organizations |= {row.name: row for row in rows}
        hashes = [hashed for number in numbers if (hashed := blind_index(number))]
        self.by_number, self.by_birth = {}, defaultdict(list)
        known = PartyMember.objects.filter(Q(id_index__in=hashes) | Q(name__in=list(names)))
        for person in known.order_by("pk"):
            self.add(person)

    def add(self, person: PartyMember) -> None:
        if person.id_index:
            self.by_number[person.id_index] = person
        self.by_birth[person.name, person.born_on].append(person)

    def organization(self, name: str) -> Organization | None:
        if name and name not in self.organizations:
            raise StepRefused(
                _("没有名称为“%(name)s”的党组织，或者不止一个用这个简称。") % {"name": name}
            )
        return self.organizations.get(name)

    def person(self, facts: dict) -> PartyMember | None:
        """By ID number; without one, by name and date of birth."""
        number = blind_index(facts.get("id_number", ""))
        if number in self.by_number:
            return self.by_number[number]
        if not facts.get("born_on"):
            return None
        same = self.by_birth[facts["name"], facts["born_on"]]
        if number:  # somebody entered without a number may now get one
            same = [person for person in same if not person.id_index]
        if len(same) > 1:
            raise StepRefused(_("有两人同名且同日出生，请填写公民身份号码。"))
        return same[0] if same else None


def take_in(form: RowForm, roster: Roster, *, by) -> tuple[PartyMember, str]:
    """Enrol or amend the person of a line; returns the person and what kind of change it was.

    Raises StepRefused with the reason why the line cannot be taken in.
    """
    facts, given = form.facts(), form.cleaned_data
    organization = roster.organization(given["organization"])
    person = roster.person(facts)
    if person is None:
        if organization is None:
            raise StepRefused(_("请填写所在党组织。"))
        if "gender" not in facts:
            raise StepRefused(_("请填写性别。"))
        standing = given["standing"] or Membership.Standing.FULL
        made = people.enrol(
            organization, by=by, standing=standing, starts_on=given["since"], **facts
        )
        roster.add(made)
        return made, RowResult.IMPORT_TYPE_NEW
    changed = bool(people.amend(person, by=by, **facts))
    moved = _move(person, organization, given, by)
    return person, RowResult.IMPORT_TYPE_UPDATE if changed or moved else RowResult.IMPORT_TYPE_SKIP


def _move(person, organization, given, by) -> bool:
    now = person.memberships.filter(ends_on=None).select_related("organization").first()
    place = organization or (now and now.organization)
    standing = given["standing"] or (now and now.standing)
    if place is None or (now and (now.organization_id, now.standing) == (place.pk, standing)):
        return False
    if not given["since"]:
        raise StepRefused(
            _("组织关系有变化（现为%(place)s、%(standing)s）。请填写“组织关系自何日起”。")
            % {
                "place": now.organization if now else _("无"),
                "standing": now.get_standing_display() if now else _("无"),
            }
        )
    standing = standing or Membership.Standing.FULL
    people.move(person, place, on=given["since"], by=by, standing=standing)
    return True


class MemberResource(resources.ModelResource):
    """The roster for the import pages of the admin site: one line, one action, or a reason."""

    class Meta:
        model = PartyMember
        fields = ()
        import_id_fields = ()
        use_transactions = True
        skip_diff = True
        report_skipped = True

    def get_import_fields(self):
        return [fields.Field(column_name=header) for header in self.headers()]

    get_user_visible_fields = get_import_fields

    @staticmethod
    def headers() -> list[str]:
        return [str(field.label) for field in RowForm.base_fields.values()]

    def before_import(self, dataset, **kwargs):
        name, number = _("姓名"), _("公民身份号码")
        lines = dataset.dict
        self.seen = {}
        self.roster = Roster(
            [str(plain(line.get(name)) or "").strip() for line in lines],
            [str(line.get(number) or "") for line in lines],
        )
        missing = [each for each in (name, _("所在党组织")) if each not in dataset.headers]
        if missing:
            raise StepRefused(_("第一行缺少这些列：%(names)s。") % {"names": _("、").join(missing)})

    def import_row(self, row, instance_loader, **kwargs):
        """Own way through a row: our form, our action. The preview shows it masked."""
        result = RowResult()
        cells = {
            name: plain(row.get(str(field.label))) for name, field in RowForm.base_fields.items()
        }
        if not any(row.values()):
            result.import_type = RowResult.IMPORT_TYPE_SKIP
            return result
        result.words = [cells["name"], cells["organization"], cells["standing"]]
        form = RowForm(cells)
        try:
            person, result.import_type = self._take_in(form, kwargs["row_number"], kwargs["user"])
            result.add_instance_info(person)
            result.instance = person
        except (StepRefused, ValidationError) as refusal:
            result.import_type = RowResult.IMPORT_TYPE_INVALID
            result.validation_error = ValidationError(_sentences(refusal))
        except IntegrityError:
            result.import_type = RowResult.IMPORT_TYPE_INVALID
            result.validation_error = ValidationError(_("与已有的记录冲突。请核对号码和日期。"))
        return result

    def _take_in(self, form, number, user):
        if not form.is_valid():
            raise ValidationError(
                [
                    f"{form.fields[name].label}：{error}"
                    for name, errors in form.errors.items()
                    for error in errors
                ]
            )
        person, kind = take_in(form, self.roster, by=user)
        if first := self.seen.get(person.pk):
            raise StepRefused(_("与第 %(line)d 行是同一个人。") % {"line": first + 1})
        self.seen[person.pk] = number
        return person, kind

    def after_import(self, dataset, result, **kwargs):
        if kwargs["dry_run"] or result.has_validation_errors():
            return
        events.record(
            "members.imported",
            subject=kwargs["user"],
            by=kwargs["user"],
            new=result.totals[RowResult.IMPORT_TYPE_NEW],
            changed=result.totals[RowResult.IMPORT_TYPE_UPDATE],
        )


def _sentences(refusal) -> list[str]:
    return refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]
