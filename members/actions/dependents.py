"""What a membership carries ends with it: posts, the care for a unit, times away."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from members.actions import terms
from members.models import Absence, Instructor, PartyMember, Term
from nanchuan.kernel.states import StepRefused

POSTS = (Term, Instructor)
EVERYTHING = (*POSTS, Absence)


def end(person: PartyMember, models, *, on: date, by, at=None) -> dict:
    """Ends what is in force after a day; returns the rows by model, as `reopen` wants them.

    Raises StepRefused for a row that begins later.
    """
    ended = {}
    for model in models:
        rows = model.objects.filter(member=person).filter(Q(ends_on=None) | Q(ends_on__gt=on))
        for row in rows:
            if row.starts_on > on:
                raise StepRefused(
                    _("%(what)s从 %(day)s 开始，晚于这个日期。请先更正，再办理。")
                    % {"what": model._meta.verbose_name, "day": row.starts_on}
                )
            before = [row.pk, row.ends_on, getattr(row, "end_reason", "")]
            ended.setdefault(model._meta.model_name, []).append(before)
            _finish(row, on, by, at)
    return ended


def _finish(row, on, by, at):
    if isinstance(row, Term):
        terms.finish(row, on=on, reason=Term.End.LEFT, by=by, at=at)
        return
    row.ends_on = on
    row.save(update_fields=["ends_on"])


def reopen(ended: dict, *, by, at=None) -> None:
    """Gives back what `end` took. Raises StepRefused where somebody else stands by now."""
    for model in EVERYTHING:
        known = {pk: facts for pk, *facts in ended.get(model._meta.model_name, ())}
        for row in model.objects.filter(pk__in=known):
            day, reason = known[row.pk]
            _reopen(row, date.fromisoformat(day) if day else None, reason, by, at)


def _reopen(row, day, reason, by, at):
    if isinstance(row, Term):
        terms.correct(row, by=by, at=at, ends_on=day, end_reason=reason)
        return
    row.ends_on = day
    try:
        row.full_clean()
    except ValidationError as error:
        raise StepRefused(" ".join(error.messages)) from None
    row.save()
