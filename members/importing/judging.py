"""What would become of each line: new, the same, changed, or why it cannot be taken in."""

from collections.abc import Iterable
from copy import copy

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from members.importing.columns import LABELS
from members.importing.known import Known, birth_of
from members.importing.lines import Line
from members.importing.moving import judge_move
from members.importing.places import Places
from members.models import PartyMember
from nanchuan.kernel.fields import mask_id_number, mask_phone
from nanchuan.kernel.importing.lines import CHANGED, ERROR, NEW, SAME, WARNING, Change


def judge(lines: list[Line], user=None) -> None:
    """Compare lines with the portal as it is now, within what the user may edit.

    Nobody as the user means the portal itself. Fills act, findings, changes and what applying
    needs; forgets what was found before.
    """
    places, seen = Places(user), Seen()
    for line in lines:
        line.forget()
        _place(line, places)
    known = Known(lines, user)
    for line in lines:
        if _match(line, known, seen):
            _compare(line, known)
        seen.add(line)


def _place(line, places):
    name = line.facts.get("organization")
    if not name:
        return
    line.organization = places.find(name)
    if line.organization:
        return
    if near := places.suggest(name):
        line.suggestion = (near.pk, near.name)
        text = _("没有名称为“%(name)s”的党组织。是不是“%(near)s”？") % {
            "name": name,
            "near": near.name,
        }
    else:
        text = _("没有名称为“%(name)s”的党组织，或者不在您的管理范围。请核对。") % {"name": name}
    line.finds(ERROR, text, "organization")


def _match(line, known, seen) -> bool:
    """Find the person; whether there is something left to compare."""
    if first := seen.first_like(line):
        _tell_repeated(line, first)
        return False
    number = known.hashes.get(line.facts.get("id_number"))
    if number in known.elsewhere:
        text = _("该公民身份号码已经登记在其他党组织。请联系园区党务工作者核对。")
        line.finds(ERROR, text, "id_number")
        return False
    if number in known.by_number:
        line.person, line.matched = known.by_number[number], _("公民身份号码")
    elif not _match_by_name(line, known, number):
        return False
    if first := seen.first_like(line):
        _tell_repeated(line, first)
    return not first


def _match_by_name(line, known, number) -> bool:
    born_on, there = birth_of(line), known.there(line)
    if born_on:
        found, words = known.by_birth[line.facts.get("name"), born_on], _("姓名和出生日期")
    else:
        found, words = there, _("姓名和所在党组织")
    if number:  # somebody entered without a number may now get one
        found = [person for person in found if not person.id_index]
    if len(found) > 1:
        found = [person for person in found if person in there] or found
    if len(found) > 1:
        text = _("已登记的人中有几位同名的，分不清是哪一位。请填写公民身份号码。")
        line.finds(ERROR, text, "name")
        return False
    if found:
        line.person, line.matched = found[0], words
    return True


def _tell_repeated(line, first):
    """A line like an earlier one is left out; one that says something else is asked about."""
    differ = [str(LABELS[name]) for name in LABELS if line.facts.get(name) != first.facts.get(name)]
    where = {"line": first.number, "fields": _("、").join(differ)}
    if differ:
        text = _("与第 %(line)d 行是同一个人，但%(fields)s不同。请只保留正确的一行。") % where
        line.finds(ERROR, text)
        return
    line.repeats = True
    line.act = first.act
    if line.act != SAME:
        line.finds(WARNING, _("与第 %(line)d 行重复，只导入一次。") % where)


def _compare(line, known):
    if line.person is None:
        _judge_new(line, known)
        return
    facts = line.person_facts()
    _add_changes(line, facts)
    if "name" in {change.field for change in line.changes}:
        text = _("该公民身份号码登记的姓名是“%(name)s”，将改为“%(new)s”。请核对。")
        line.finds(WARNING, text % {"name": line.person.name, "new": facts["name"]}, "name")
    judge_move(line, known.memberships.get(line.person.pk))
    line.act = CHANGED if line.changes else SAME
    if line.changes:
        check_person(line, amended(line))


def _judge_new(line, known):
    line.act = NEW
    if line.organization is None and not line.suggestion and "organization" not in line.facts:
        line.finds(ERROR, _("请填写所在党组织。"), "organization")
    if not (line.facts.get("gender") or line.derived.get("gender")):
        if not any(note.field == "gender" for note in line.notes):
            line.finds(ERROR, _("请填写性别。"), "gender")
        return
    if known.there(line):
        line.finds(WARNING, _("这个党组织已有同名的党员，将另外登记一人。请核对。"), "name")
    judge_move(line, None)
    check_person(line, PartyMember(**line.derived | line.person_facts()))


def _add_changes(line, facts):
    for name, value in facts.items():
        old = getattr(line.person, name)
        if old != value:
            line.changes.append(Change(name, shown(name, old), shown(name, value)))


def amended(line: Line) -> PartyMember:
    """The person of a line as the line says; the one that is known stays as it was."""
    person = copy(line.person)
    person._state = copy(line.person._state)
    for name, value in line.person_facts().items():
        setattr(person, name, value)
    return person


def check_person(line: Line, person: PartyMember) -> None:
    """The model's own rules, as the single entry of a person asks them."""
    try:
        person.check_facts()
    except ValidationError as error:
        for field, sentences in error.message_dict.items():
            for sentence in sentences:
                line.finds(ERROR, sentence, field if field in LABELS else "")


def shown(name: str, value) -> str:
    """A value in words, numbers masked."""
    if not value:
        return ""
    if name == "id_number":
        return mask_id_number(value)
    if name == "phone":
        return mask_phone(value)
    choices = dict(PartyMember._meta.get_field(name).flatchoices)
    return str(choices.get(value, value))


class Seen:
    """Lines that came before, by what tells people apart."""

    def __init__(self):
        self.lines: dict[tuple, Line] = {}

    def add(self, line: Line) -> None:
        for key in self._keys(line):
            self.lines.setdefault(key, line)

    def first_like(self, line: Line) -> Line | None:
        """The first line about the same person. Two ID numbers are two people."""
        for key in self._keys(line):
            first = self.lines.get(key)
            if first and (key[0] in ("number", "known") or not _have_both_numbers(line, first)):
                return first
        return None

    @staticmethod
    def _keys(line) -> Iterable[tuple]:
        facts, born_on = line.facts, birth_of(line)
        if line.person:
            yield ("known", line.person.pk)
        if facts.get("id_number"):
            yield ("number", facts["id_number"])
        if born_on and facts.get("name"):
            yield ("born", facts["name"], born_on)
        elif facts.get("name"):
            yield ("place", facts["name"], facts.get("organization"))


def _have_both_numbers(line, other):
    return bool(line.facts.get("id_number") and other.facts.get("id_number"))
