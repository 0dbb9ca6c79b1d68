"""Take an import back: exactly, and only while nothing depends on it."""

from copy import copy
from datetime import date, datetime

from django.db import models
from django.utils.translation import gettext as _

from members.actions.people_many import amend_many
from members.importing.known import chunked
from members.models import Membership, PartyMember
from nanchuan.kernel import events, fieldlog
from nanchuan.kernel.importing.models import ImportBatch, ImportRow
from nanchuan.kernel.states import StepRefused

MOST_SAID = 20  # reasons; who has read these looks at the people themselves
ENDS = [field.name for field in Membership._meta.concrete_fields if field.name.startswith("end")]
FACTS = [
    field
    for field in PartyMember._meta.concrete_fields
    if field.editable and not field.primary_key and not field.is_relation
]


def undo_of(person, old=None, made=None, ended=None) -> dict:
    """What is needed to take one line back, and to see whether that still can be."""
    fields = [
        field
        for field in FACTS
        if old is None or getattr(old, field.name) != getattr(person, field.name)
    ]
    return {
        "person": person.pk,
        "is_new": old is None,
        "new": {field.name: _plain(getattr(person, field.name)) for field in fields},
        "old": {field.name: _plain(getattr(old, field.name)) for field in fields if old},
        "made": _said_of(made) if made else None,
        "ended": [ended.pk, _end_of(ended)] if ended else None,
    }


def _plain(value):
    return value.isoformat() if isinstance(value, date) else value


def _said_of(membership) -> list:
    row = membership
    return [
        row.pk,
        row.organization_id,
        str(row.standing),
        _plain(row.starts_on),
        _plain(row.ends_on),
    ]


def _end_of(membership) -> dict:
    """What was said of the end of a membership that was still open."""
    return {name: _plain(getattr(membership, name)) for name in ENDS}


def undo_rows(batch: ImportBatch, rows: list[ImportRow], *, by, at: datetime) -> dict[str, int]:
    """People who came are gone, facts and memberships are as they were; returns how many.

    Runs in a transaction. Raises StepRefused with what depends on the import.
    """
    undos = [row.undo for row in rows if row.undo]
    people = _people(undos)
    refusals = _refusals(undos, people)
    if refusals:
        said = "\n".join(refusals[:MOST_SAID])
        raise StepRefused(
            _("有 %(number)d 处已被后来的记录使用，整批都没有撤销：\n%(said)s")
            % {"number": len(refusals), "said": said}
        )
    _take_memberships_back(undos, by)
    _take_facts_back(batch, undos, people, by, at)
    new = [people[undo["person"]] for undo in undos if undo["is_new"]]
    fieldlog.log_many(fieldlog.DELETE, [(person, None) for person in new], by=by)
    _delete(PartyMember, [person.pk for person in new])
    return {"new": len(new), "changed": len(undos) - len(new)}


def _people(undos) -> dict[int, PartyMember]:
    rows = PartyMember.objects.select_for_update()
    found = {}
    for chunk in chunked(sorted(undo["person"] for undo in undos)):
        found |= {person.pk: person for person in rows.filter(pk__in=chunk).order_by("pk")}
    return found


def _refusals(undos, people) -> list[str]:
    memberships = _memberships(people)
    used = _used(PartyMember, [undo["person"] for undo in undos if undo["is_new"]], (Membership,))
    used_rows = _used(Membership, [undo["made"][0] for undo in undos if undo["made"]])
    refusals = []
    for undo in undos:
        person = people.get(undo["person"])
        reasons = list(_reasons(undo, person, memberships))
        reasons += used.get(undo["person"], []) if undo["is_new"] else []
        reasons += used_rows.get(undo["made"][0], []) if undo["made"] else []
        if reasons:
            name = person.name if person else undo["new"].get("name", "")
            refusals.append(
                _("%(name)s：%(reasons)s。")
                % {"name": name, "reasons": _("、").join(dict.fromkeys(reasons))}
            )
    return refusals


def _reasons(undo, person, memberships):
    if person is None:
        yield _("登记已被删除")
        return
    changed = [
        str(field.verbose_name)
        for field in FACTS
        if field.name in undo["new"]
        and _plain(getattr(person, field.name)) != undo["new"][field.name]
    ]
    if changed:
        yield _("之后又更正过%(fields)s") % {"fields": _("、").join(changed)}
    if undo["is_new"] and person.user_id:
        yield _("已开设账号")
    rows = memberships.get(person.pk, [])
    later = [row for row in rows if undo["made"] and row[0] > undo["made"][0]]
    if undo["made"] and (undo["made"] not in rows or later):
        yield _("组织关系之后又有变化")


def _memberships(keys) -> dict[int, list]:
    found: dict[int, list] = {}
    for chunk in chunked(keys):
        for row in Membership.objects.filter(member__in=chunk):
            found.setdefault(row.member_id, []).append(_said_of(row))
    return found


def _used(model, keys, except_for=()) -> dict[int, list[str]]:
    """Rows of any table that point at the given ones: what they are called, by key.

    Asked of the models themselves, so that a table that comes later counts too.
    """
    found: dict[int, list[str]] = {}
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ForeignObjectRel) or relation.many_to_many:
            continue
        other, name = relation.related_model, relation.field.name
        if other in except_for:
            continue
        for chunk in chunked(keys):
            rows = other._base_manager.filter(**{f"{name}__in": chunk}).order_by()
            for key in rows.values_list(name, flat=True).distinct():
                words = _("有“%(kind)s”记录") % {"kind": other._meta.verbose_name}
                found.setdefault(key, []).append(words)
    return found


def _take_memberships_back(undos, by):
    made = [undo["made"][0] for undo in undos if undo["made"]]
    ended = dict(undo["ended"] for undo in undos if undo["ended"])
    gone = [row for chunk in chunked(made) for row in _full(chunk)]
    fieldlog.log_many(fieldlog.DELETE, [(row, None) for row in gone], by=by)
    _delete(Membership, made)
    for chunk in chunked(ended):
        pairs = [(row, _open_again(row, ended[row.pk])) for row in _full(chunk)]
        Membership.objects.bulk_update([row for _old, row in pairs], ENDS)
        fieldlog.log_many(fieldlog.UPDATE, pairs, by=by)


def _full(keys):
    return Membership.objects.filter(pk__in=keys).select_related("member", "organization")


def _open_again(row, end):
    row = copy(row)
    for name, value in end.items():
        setattr(row, name, value)
    return row


def _take_facts_back(batch, undos, people, by, at):
    pairs = []
    for undo in undos:
        if undo["is_new"] or not undo["old"]:
            continue
        before = people[undo["person"]]
        after = copy(before)
        for field in FACTS:
            if field.name in undo["old"]:
                setattr(after, field.name, field.to_python(undo["old"][field.name]))
        pairs.append((before, after))
    amend_many(pairs, by=by, at=at, batch=batch.pk, undone=True)
    moved = [
        (people[undo["person"]], {"batch": batch.pk, "undone": True})
        for undo in undos
        if undo["made"] and not undo["is_new"]
    ]
    events.record_many("member.moved", moved, by=by, at=at)


def _delete(model, keys) -> None:
    """Without a question for each row what hangs on it: that was asked already, and the
    database refuses what would be left hanging."""
    for chunk in chunked(keys):
        rows = model._base_manager.filter(pk__in=chunk)
        rows._raw_delete(rows.db)
