"""What becomes of a membership in an organization: each act ends a dated row or begins one.

A move to another organization is a transfer. The portal cites the rules (`members.cautions`) and
people decide, so nothing here is refused for being early.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.actions import dependents, people
from members.models import Membership, PartyMember, Transfer
from nanchuan.kernel import events
from nanchuan.kernel.periods import day_before
from nanchuan.kernel.states import StepRefused

Standing, End = Membership.Standing, Membership.End
BEGINNINGS = ("member.became_full", "member.suspended", "member.resumed")
LAST_ACTS = {End.LEFT: "member.left", End.DECEASED: "member.deceased"}


@transaction.atomic
def place(  # noqa: PLR0913
    person: PartyMember, organization, *, on: date, standing: str, by, at: datetime | None = None
):
    """Somebody who belongs nowhere belongs to an organization from a day on (补录组织关系)."""
    _lock(person)
    now = _latest(person)
    if now and now.ends_on is None:
        raise StepRefused(
            _("%(name)s的组织关系在%(place)s。换党组织请办理转接。")
            % {"name": person, "place": now.organization}
        )
    if now and now.end_reason == End.DECEASED:
        raise StepRefused(_("%(name)s已登记去世。登记有误请先撤销。") % {"name": person})
    return people.move(person, organization, on=on, standing=standing, by=by, at=at)


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
    ended = dependents.end(person, dependents.POSTS, on=day_before(on), by=by, at=at)
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
    dependents.reopen(act.facts, by=by, at=at)
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
        if row.ends_on == day_before(last.starts_on) and row.end_reason == End.CHANGED:
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
    now.ends_on, now.end_reason, now.end_note = day_before(on), End.CHANGED, note
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
    ended = dependents.end(person, dependents.EVERYTHING, on=on, **who)
    events.record(LAST_ACTS[reason], subject=person, on=on, row=now.pk, **who, **ended)
    return now
