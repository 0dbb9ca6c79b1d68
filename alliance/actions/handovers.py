"""A turn is handed over (轮值交接): the sheet fills itself, three parties sign it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from alliance.actions import duty_steps, holding
from alliance.actions.rights import office, require, speaks_for
from alliance.models import Handover, HandoverFile, Signature, Turn
from alliance.models.settings import SETTINGS
from nanchuan.kernel import events
from nanchuan.kernel.attaching import attach, take_out
from nanchuan.kernel.handovers import sheet
from nanchuan.kernel.states import StepRefused

Status, Party = Handover.Status, Signature.Party
DAY = timedelta(days=1)
# Whose signature is next, and what it makes of the handover.
NEXT = {
    Status.OPEN: (Party.LEAVING, Status.SUBMITTED),
    Status.SUBMITTED: (Party.ARRIVING, Status.RECEIVED),
    Status.RECEIVED: (Party.OFFICE, Status.DONE),
}
# Who may send it back instead.
REFUSE = {
    Status.SUBMITTED: (Party.ARRIVING, Party.OFFICE),
    Status.RECEIVED: (Party.OFFICE,),
}


def value_of(turn: Turn, code: str):
    """A decision of the rota system that a turn was planned under."""
    return turn.regulation.value(code) if turn.regulation else SETTINGS[code].default


def next_turn(turn: Turn) -> Turn | None:
    """The turn that follows on the day after, if somebody has it."""
    rows = Turn.objects.filter(group=turn.group_id, starts_on=turn.ends_on + DAY)
    return rows.filter(seat__isnull=False).select_related("seat__unit", "group").first()


def acts_as(user, handover: Handover, party: str) -> bool:
    """Whether a person signs for a party; nobody signs for another unit."""
    if party == Party.OFFICE:
        return office(user)
    turn = handover.turn if party == Party.LEAVING else handover.arriving
    return turn is not None and turn.seat_id is not None and speaks_for(user, turn.seat.unit_id)


def verbs(user, handover: Handover) -> list[str]:
    """What this person may do with a handover now; the actions check the same."""
    found = []
    if handover.status == Status.OPEN and acts_as(user, handover, Party.LEAVING):
        found.append("edit")
    if handover.status in NEXT and acts_as(user, handover, NEXT[handover.status][0]):
        found.append("sign")
    if refusing_party(user, handover):
        found.append("refuse")
    if handover.status in NEXT and office(user):
        found.append("drop")
    return found


def refusing_party(user, handover: Handover) -> str | None:
    """As whom a person may send the sheet back."""
    parties = REFUSE.get(handover.status, ())
    return next((party for party in parties if acts_as(user, handover, party)), None)


# ── When nobody asks ─────────────────────────────────────────────────────────────────────────


@transaction.atomic
def open_due(*, at: datetime | None = None, group=None) -> int:
    """Open the sheets of turns that end soon, and follow changes of who arrives.

    Returns how many were opened. `group` limits it to one, right after its rota changed.
    """
    today = timezone.localdate(at)
    turns = Turn.objects.filter(
        begun_at__isnull=False,
        seat__isnull=False,
        handover=None,
        ends_on__lte=today + SETTINGS["handover_days"].most * DAY,
    )
    standing = Handover.objects.exclude(status=Status.DONE).exclude(
        status=Status.DROPPED, turn__ends_on__lt=today
    )
    if group is not None:
        turns, standing = turns.filter(group=group), standing.filter(turn__group=group)
    holding.hold([group.pk] if group else _groups_of(turns, standing))
    for handover in standing:
        _follow(handover, at)
    due = [turn for turn in turns.select_related("regulation") if _is_due(turn, today)]
    return sum(_open(turn, at) for turn in due)


def _groups_of(turns, handovers) -> set[int]:
    ahead = handovers.values_list("turn__group_id", flat=True)
    return {*turns.values_list("group_id", flat=True), *ahead}


def _is_due(turn, today) -> bool:
    return opens_on(turn) <= today


def _open(turn, at) -> bool:
    """The caller holds its group."""
    if Handover.objects.filter(turn=turn).exists():
        return False
    handover = Handover.objects.create(turn=turn, opened_at=at or timezone.now())
    events.record("handover.opened", subject=handover, at=at)
    _follow(handover, at)
    return True


@transaction.atomic
def _follow(handover, at) -> None:
    """Who arrives may change until the sheet is signed by all: then it is written anew."""
    _hold(handover)
    if handover.turn.is_open:
        return
    after = next_turn(handover.turn)
    same = after is not None and after.seat.unit_id == handover.turn.seat.unit_id
    if handover.status == Status.DROPPED:
        if not (same or (handover.sheet or {}).get("dropped")):
            _reopen(handover, after, at)
    elif after is None and _ends_with_its_group(handover.turn):
        words = _("小组解散，无需交接。")
        _drop(handover, by=None, at=at, words=words, arriving=None, dropped=words)
    elif same:
        _drop(handover, by=None, at=at, words=_("同一单位连任，无需交接。"), arriving=after)
    elif handover.status == Status.OPEN:
        Handover.objects.filter(pk=handover.pk).update(arriving=after)
    elif after is None or after.seat.unit_id != handover.sheet["arriving_unit"]:
        _reopen(handover, after, at)


def _ends_with_its_group(turn) -> bool:
    return turn.group.ends_on is not None and turn.group.ends_on <= turn.ends_on


def _reopen(handover, after, at) -> None:
    _void(handover, at)
    handover.step_to(Status.OPEN, arriving=after, sheet=None)
    duty_steps.hand_over_after_all(handover.turn, at=at)
    events.record("handover.reopened", subject=handover, at=at)


# ── What people do ───────────────────────────────────────────────────────────────────────────


@transaction.atomic
def describe(
    handover: Handover, *, by, files=(), removed=(), at: datetime | None = None, **facts
) -> None:
    """The leaving unit writes down materials and remarks (填写交接单), and adds files.

    Raises StepRefused once it has signed.
    """
    _hold(handover)
    require(by is None or acts_as(by, handover, Party.LEAVING))
    if handover.status != Status.OPEN:
        raise StepRefused(
            _("交接单已经签字，内容不能再改。需要修改的，请接任单位或党务办公室退回。")
        )
    changed = sorted(name for name, value in facts.items() if getattr(handover, name) != value)
    for row in removed:
        take_out(row)
    attach(HandoverFile, list(files), by=by, at=at, handover=handover)
    if files or removed:
        changed.append("files")
    if changed:
        Handover.objects.filter(pk=handover.pk).update(**facts)
        handover.refresh_from_db()
        events.record("handover.described", subject=handover, by=by, at=at, changed=changed)


@transaction.atomic
def sign(handover: Handover, *, party: str, name: str, by, at: datetime | None = None) -> None:
    """The party whose turn it is signs (签字). The first signature keeps what all three sign.

    Raises StepRefused if another signature is next, or nobody is there to take over.
    """
    _hold(handover)
    at = at or timezone.now()
    require(by is None or acts_as(by, handover, party))
    expected, status = NEXT.get(handover.status, (None, None))
    if party != expected:
        raise StepRefused(
            _("“%(handover)s”目前是“%(status)s”，现在不用%(party)s签字。")
            % {
                "handover": handover,
                "status": handover.get_status_display(),
                "party": Party(party).label,
            }
        )
    facts = {"done_at": at} if status == Status.DONE else {}
    if party == Party.LEAVING:
        facts = _frozen(handover, at)
    handover.step_to(status, **facts)
    _sign(handover, party, name, by, at)
    events.record("handover.signed", subject=handover, by=by, at=at, party=party)
    if status == Status.DONE:
        duty_steps.handed_over(handover.turn, by=by, at=at)
        events.record("handover.done", subject=handover, by=by, at=at)


@transaction.atomic
def refuse(handover: Handover, *, reason: str, by, at: datetime | None = None) -> None:
    """The sheet goes back to the leaving unit (退回); what was signed before counts no more."""
    _hold(handover)
    party = refusing_party(by, handover)
    if party is None:
        require(any(acts_as(by, handover, party) for party in (Party.ARRIVING, Party.OFFICE)))
        raise StepRefused(
            _("“%(handover)s”目前是“%(status)s”，不能退回。")
            % {"handover": handover, "status": handover.get_status_display()}
        )
    at = at or timezone.now()
    _sign(handover, party, by.get_full_name(), by, at, refusal=reason)
    _void(handover, at)
    handover.step_to(Status.OPEN, sheet=None, arriving=next_turn(handover.turn))
    events.record("handover.refused", subject=handover, by=by, at=at, party=party)


@transaction.atomic
def drop(handover: Handover, *, reason: str, by, at: datetime | None = None) -> None:
    """The office asks for no handover (无需交接), e.g. because the leaving unit is gone."""
    require(by is None or office(by))
    _hold(handover)
    _drop(handover, by=by, at=at, words=reason, arriving=handover.arriving, dropped=reason)


def _drop(handover, *, by, at, words, **facts) -> None:
    dropped = facts.pop("dropped", "")
    _void(handover, at)
    handover.step_to(Status.DROPPED, sheet={"dropped": dropped}, **facts)
    duty_steps.nothing_to_hand_over(handover.turn, reason=words, by=by, at=at)
    events.record("handover.dropped", subject=handover, by=by, at=at)


def _hold(handover) -> None:
    """One at a time: its group is held, which the rota and who arrives hang on, then the row;
    it is read as it is now."""
    holding.hold([handover.turn.group_id])
    list(Handover.objects.select_for_update(no_key=True).filter(pk=handover.pk).values_list("pk"))
    handover.refresh_from_db()


def _void(handover, at) -> None:
    standing = handover.signatures.filter(voided_at=None, refusal="")
    standing.update(voided_at=at or timezone.now())


def _sign(handover, party, name, by, at, refusal="") -> None:  # noqa: PLR0913, PLR0917
    turn = {Party.LEAVING: handover.turn, Party.ARRIVING: handover.arriving}.get(party)
    unit_name = turn.seat.unit.name if turn else str(Party.OFFICE.label)
    handover.signatures.create(
        party=party, unit_name=unit_name[:100], name=name, by=by, at=at, refusal=refusal
    )


def _frozen(handover, at) -> dict:
    """The sheet as it is signed, in the language of the park, with who arrives."""
    after = next_turn(handover.turn)
    if after is None:
        raise StepRefused(_("下一轮值单位还没有确定，请先联系园区党务办公室排定。"))
    if after.seat.unit_id == handover.turn.seat.unit_id:
        raise StepRefused(_("下一轮值仍是本单位，无需交接。"))
    with translation.override(settings.LANGUAGE_CODE):
        kept = live_sheet(handover, after)
    return {"sheet": kept | {"kept_at": at.isoformat()}, "arriving": after}


def live_sheet(handover: Handover, after: Turn | None) -> dict:
    """The sheet as it stands now: facts, sections, materials, remarks and names of files."""
    turn = handover.turn
    return {
        "group": str(turn.group),
        "period": turn.period_words,
        "starts_on": turn.starts_on.isoformat(),
        "ends_on": turn.ends_on.isoformat(),
        "leaving": turn.seat.unit.name if turn.seat else "",
        "arriving": after.seat.unit.name if after else "",
        "arriving_unit": after.seat.unit_id if after else None,
        "arriving_period": after.period_words if after else "",
        "sections": sheet(turn) if turn.seat else [],
        "materials": [line.strip() for line in handover.materials.splitlines() if line.strip()],
        "remarks": handover.remarks,
        "files": [file.name for file in handover.files.all()],
    }


def opens_on(turn: Turn):
    """The day on which the handover of a turn begins."""
    return turn.ends_on - value_of(turn, "handover_days") * DAY


def waiting_words(handover: Handover) -> str:
    """Who must act now, in a sentence."""
    leaving = handover.turn.holder
    arriving = handover.arriving.holder if handover.arriving else ""
    if handover.status == Status.DROPPED:
        reason = (handover.sheet or {}).get("dropped")
        return reason or _("同一单位连任，无需交接。")
    if handover.status == Status.DONE:
        return _("三方已签字，交接完成，内容不能再改。")
    if handover.status == Status.OPEN and not arriving:
        return _(
            "等待%(leaving)s填写交接内容；下一轮值单位还没有确定，请园区党务办公室先排定。"
        ) % {"leaving": leaving}
    return {
        Status.OPEN: _("等待%(leaving)s核对内容、补充材料后签字。"),
        Status.SUBMITTED: _("等待%(arriving)s核对后签收。"),
        Status.RECEIVED: _("等待园区党务办公室确认签字。"),
    }[handover.status] % {"leaving": leaving, "arriving": arriving}
