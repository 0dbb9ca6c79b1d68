"""What the lines of a roster say is written, as if each had been entered by itself."""

from django.utils.translation import gettext as _

from members.actions import people
from members.actions.import_undoing import undo_of
from members.actions.people_many import Entry, amend_many, changed_fields, enrol_many
from members.importing.judging import amended
from members.importing.lines import Line
from members.models import Membership, PartyMember
from nanchuan.kernel.importing import store
from nanchuan.kernel.importing.lines import CHANGED, NEW
from nanchuan.kernel.states import StepRefused


def write(lines: list[Line], batch, told) -> dict[int, dict]:
    """Write what the lines say; returns what each needs to be taken back, by its number."""
    _lock_people(lines)
    new = [line for line in lines if line.act == NEW]
    changed = [line for line in lines if line.act == CHANGED]
    entries = [Entry(PartyMember(**line.derived | line.person_facts()), *line.move) for line in new]
    enrol_many(entries, batch=batch.pk, **told)
    undo = {
        line.number: undo_of(entry.person, made=entry.membership)
        for line, entry in zip(new, entries, strict=True)
    }
    pairs = [(line, line.person, amended(line)) for line in changed]
    amend_many(
        [(old, then) for _line, old, then in pairs if changed_fields(old, then)],
        batch=batch.pk,
        **told,
    )
    for line, old, then in pairs:
        ended, made = _move(line, told)
        undo[line.number] = undo_of(then, old, made, ended)
    return undo


def _lock_people(lines):
    known = sorted(line.person.pk for line in lines if line.person)
    for start in range(0, len(known), store.PORTION):
        chunk = known[start : start + store.PORTION]
        list(
            PartyMember.objects.select_for_update().filter(pk__in=chunk).order_by("pk").values("pk")
        )


def _move(line, told) -> tuple[Membership | None, Membership | None]:
    """The membership that ended and the one that began: the action of the single way."""
    if not line.move:
        return None, None
    place, standing, day = line.move
    ended = line.person.memberships.filter(ends_on=None).first()
    try:
        return ended, people.move(line.person, place, on=day, standing=standing, **told)
    except StepRefused as refusal:
        text = _("第 %(row)d 行：%(reason)s") % {"row": line.number, "reason": refusal}
        raise StepRefused(text) from None
