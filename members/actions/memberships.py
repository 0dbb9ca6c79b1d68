"""What becomes of a membership in an organization: each act ends a dated row or begins one.

A move to another organization is a transfer. The portal cites the rules (`members.cautions`) and
people decide, so nothing here is refused for being early.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Absence, Instructor, Membership, PartyMember, Term, Transfer
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

Standing, End = Membership.Standing, Membership.End
ONE_DAY = timedelta(days=1)
BEGINNINGS = ("member.became_full", "member.suspended", "member.resumed")
LAST_ACTS = {End.LEFT: "member.left", End.DECEASED: "member.deceased"}


@transaction.atomic
def become_full(person: PartyMember, *, on: date, by, note="", at: datetime | None = None):
    """A probationary member becomes a full one (转正)."""
    now = _open(person, on, Standing.PROBATIONARY)
    before = person.full_member_on
    made = _begin(now, Standing.FULL, on, note)
    person.full_member_on = on
    person.save(update_fields=["full_member_on"])
    events.record(
        "member.became_full", subject=person, by=by, at=at, on=on, row=made.pk, before=before
    )
    return made


@transaction.atomic
def suspend(person: PartyMember, *, on: date, by, note="", at: datetime | None = None):
    """The membership is suspended (停止党籍): the person stays on the list, and is not counted."""
    now = _open(person, on, Standing.FULL, Standing.PROBATIONARY)
    made = _begin(now, Standing.SUSPENDED, on, note)
    ended = _end_dependents(person, on - ONE_DAY, Term, Instructor)
    events.record("member.suspended", subject=person, by=by, at=at, on=on, row=made.pk, **ended)
    return made


@transaction.atomic
def resume(person: PartyMember, *, on: date, by, note="", at: datetime | None = None):
    """A suspended membership goes on (恢复党籍) with the standing that it had."""
    now = _open(person, on, Standing.SUSPENDED)
    earlier = person.memberships.filter(starts_on__lt=now.starts_on)
    earlier = earlier.exclude(standing=Standing.SUSPENDED).first()
    made = _begin(now, earlier.standing if earlier else Standing.FULL, on, note)
    events.record("member.resumed", subject=person, by=by, at=at, on=on, row=made.pk)
    return made


@transaction.atomic
def leave(person: PartyMember, *, on: date, by, note="", at: datetime | None = None):
    """The person is no longer a member of the party (出党); `on` is the last day of it."""
    return _close(person, End.LEFT, on, note, by=by, at=at)


@transaction.atomic
def decease(person: PartyMember, *, on: date, by, note="", at: datetime | None = None):
    """The person has died (去世); `on` is that day."""
    return _close(person, End.DECEASED, on, note, by=by, at=at)


@transaction.atomic
def undo(person: PartyMember, *, by, at: datetime | None = None) -> None:
    """The last change is taken back, with the posts that it ended, while nothing builds on it."""
    _lock(person)
    rows = list(person.memberships.order_by("-starts_on"))
    act = last_change(rows, events.history(person).order_by("-pk"))
    if act is None:
        raise StepRefused(_("最近一次变更不是在这里办理的，不能撤销。"))
    row = last = rows[0]
    if not last.ends_on:
        row = _before(last, rows)
        last.delete()
    row.ends_on, row.end_reason, row.end_note = None, "", ""
    if act.name == "member.became_full":
        day = act.facts["before"]
        person.full_member_on = date.fromisoformat(day) if day else None
        person.save(update_fields=["full_member_on"])
    row.save()
    _reopen_dependents(act)
    events.record("member.undone", subject=person, by=by, at=at, what=act.name, on=act.facts["on"])


def last_change(rows: list[Membership], acts: Iterable):
    """The event that may be taken back, and None if there is none.

    `rows` are the memberships of a person and `acts` the events, both newest first.
    """
    last = rows[0] if rows else None
    if last is None:
        return None
    names = BEGINNINGS if _before(last, rows) else ()
    if last.ends_on:
        names = [LAST_ACTS[last.end_reason]] if last.end_reason in LAST_ACTS else ()
    return next((act for act in acts if act.name in names and act.facts["row"] == last.pk), None)


def _lock(person):
    """Of two at work on one person the second waits for the first, and sees what it did."""
    people = PartyMember._base_manager.select_for_update(no_key=True)
    list(people.filter(pk=person.pk).values_list("pk"))


def _latest(person):
    rows = person.memberships.select_related("organization")
    return rows.order_by("-starts_on").first()


def _before(last, rows):
    """The row that an act ended to begin this one, in the same organization."""
    for row in rows:
        if row.ends_on == last.starts_on - ONE_DAY and row.end_reason == End.CHANGED:
            return row if row.organization_id == last.organization_id else None
    return None


def _open(person, on, *standings):
    """The row that goes on, locked with its person. Raises StepRefused unless it fits the act."""
    _lock(person)
    now = _latest(person)
    if on > timezone.localdate():
        raise StepRefused(_("日期不能晚于今天。请在当天办理。"))
    if now is None or now.ends_on:
        raise StepRefused(_("%(name)s目前没有在册的组织关系。") % {"name": person})
    if now.standing not in standings:
        raise StepRefused(
            _("%(name)s目前是%(now)s，不能这样办理。")
            % {"name": person, "now": now.get_standing_display()}
        )
    if on < now.starts_on:
        raise StepRefused(_too_early(now))
    return now


def _too_early(now):
    return _("目前的组织关系从 %(day)s 开始，日期须在其后。") % {"day": now.starts_on}


def _begin(now, standing, on, note):
    if on == now.starts_on:
        raise StepRefused(_too_early(now))
    now.ends_on, now.end_reason, now.end_note = on - ONE_DAY, End.CHANGED, note
    now.save()
    return Membership.objects.create(
        member=now.member, organization=now.organization, standing=standing, starts_on=on
    )


def _close(person, reason, on, note, **who):
    now = _open(person, on, *Standing)
    if Transfer.objects.waiting().filter(member=person).exists():
        raise StepRefused(_("该同志有一件等待接收的转接。请先撤回转接，再办理。"))
    now.ends_on, now.end_reason, now.end_note = on, reason, note
    now.save()
    ended = _end_dependents(person, on, Term, Instructor, Absence)
    events.record(LAST_ACTS[reason], subject=person, on=on, row=now.pk, **who, **ended)
    return now


def _end_dependents(person, on, *models):
    """What a membership carries ends with it; returns the rows, by model, with their old ends."""
    ended = {}
    for model in models:
        rows = model.objects.filter(member=person).filter(Q(ends_on=None) | Q(ends_on__gt=on))
        for row in rows:
            if row.starts_on > on:
                raise StepRefused(
                    _("%(what)s从 %(day)s 开始，晚于这个日期。请先更正，再办理。")
                    % {"what": model._meta.verbose_name, "day": row.starts_on}
                )
            ended.setdefault(model._meta.model_name, []).append([row.pk, row.ends_on])
            row.ends_on = on
            row.save(update_fields=["ends_on"])
    return ended


def _reopen_dependents(act):
    for model in (Term, Instructor, Absence):
        ends = dict(act.facts.get(model._meta.model_name, ()))
        for row in model.objects.filter(pk__in=ends):
            old = ends[row.pk]
            row.ends_on = date.fromisoformat(old) if old else None
            try:
                with transaction.atomic():
                    row.save(update_fields=["ends_on"])
            except IntegrityError:
                raise StepRefused(
                    _("“%(row)s”已由别人接任，不能撤销。请先更正任职。") % {"row": row}
                ) from None
