"""Who hears of the rota: the unit that is next, whoever a change concerns, the office when nobody
takes a turn, and the group when a turn begins."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.actions import duties
from alliance.models import Regulation, Seat, Turn
from members.speakers import park_office, speakers
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import day
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, morning, notice_rule


class TurnRule(NoticeRule):
    """About a turn, in the words of today."""

    kind = Kind.ROTA

    def title(self, turn, reminder):
        return f"{self.label}：{turn.group} {turn.period_words}"

    def body(self, turn, reminder):
        return _("轮值单位：%(unit)s。时间：%(first)s 至 %(last)s。") % {
            "unit": turn.holder,
            "first": day(turn.starts_on),
            "last": day(turn.ends_on),
        }

    def related(self):
        return ("group", "seat__unit")


class HolderRule(TurnRule):
    """To the unit whose turn it is when the notice goes out."""

    def audience(self, turn, reminder):
        return speakers([turn.seat.unit_id] if turn.seat_id else [])

    def verdict(self, turn, reminder):
        return SEND if turn.seat_id and not turn.is_over else CANCEL


@notice_rule
class Planned(HolderRule):
    name = "turn.planned"
    label = gettext_lazy("轮值已排定")

    def body(self, turn, reminder):
        return super().body(turn, reminder) + _("确有困难的，请在开始前婉拒或与其他单位对调。")


@notice_rule
class Coming(HolderRule):
    name = "turn.coming"
    label = gettext_lazy("即将轮值")

    def verdict(self, turn, reminder):
        """Only for the day and the unit that it was planned for: another change has its own."""
        planned = {"starts_on": turn.starts_on.isoformat(), "seat": turn.seat_id}
        return super().verdict(turn, reminder) if reminder.params == planned else CANCEL


@notice_rule
class Reassigned(TurnRule):
    """To the unit that has the turn now and the one that had it before."""

    name = "turn.reassigned"
    label = gettext_lazy("轮值调整")
    is_obligatory = True

    def audience(self, turn, reminder):
        given = list(turn.assignments.order_by("-pk").values_list("seat", flat=True)[:2])
        return speakers(Seat.objects.filter(pk__in=given).values("unit"))

    def verdict(self, turn, reminder):
        """Not of a hand that it has left meanwhile: that is told by itself."""
        is_news = reminder.params["seat"] == turn.seat_id
        return SEND if is_news and not turn.is_over else CANCEL


@notice_rule
class Open(TurnRule):
    name = "turn.open"
    label = gettext_lazy("请确定轮值单位")
    verb = gettext_lazy("确定")

    def audience(self, turn, reminder):
        return park_office()

    def verdict(self, turn, reminder):
        return SEND if turn.is_open and not turn.is_over else CANCEL


@notice_rule
class Begun(TurnRule):
    """To every other member of the group, the alliance-wide ones too; the unit on turn hears
    what it has to do."""

    name = "turn.begun"
    label = gettext_lazy("轮值开始")

    def audience(self, turn, reminder):
        seats = Seat.objects.of_group(turn.group).order_by()
        return speakers(seats.exclude(pk=turn.seat_id).values("unit"))

    def verdict(self, turn, reminder):
        return CANCEL if turn.is_over else SEND


@on("turn.planned")
def tell_the_unit(event):
    turn = event.subject
    if not _is_over(turn, event):
        yield _at_once("turn.planned", turn, event, "planned")
    yield from _what_lies_ahead(turn, event)


@on("turn.planned")
def begin_what_is_due(event):
    """Planned for today it begins at once, not with the next sweep."""
    duties.begin(event.subject)


@on("turn.reassigned", "turn.substituted", "turn.overridden", "turn.swapped")
def tell_both_units(event):
    turn = event.subject
    if not _is_over(turn, event):
        seat = {"seat": event.facts["seat"]}
        yield _at_once("turn.reassigned", turn, event, f"event-{event.pk}", params=seat)
    yield from _what_lies_ahead(turn, event)


@on("turn.begun")
def tell_the_group(event):
    yield _at_once("turn.begun", event.subject, event, "begun")


def _what_lies_ahead(turn: Turn, event):
    """The reminder before the turn; to the office, if nobody takes it, now and then again."""
    settings = Regulation.objects.settings(timezone.localdate(event.happened_at))
    before = morning(turn.starts_on) - timedelta(days=settings["turn_notice_days"])
    yield Plan(
        "turn.coming",
        turn,
        moment=f"before-{turn.starts_on:%Y%m%d}-{turn.seat_id or 0}",
        due_at=before,
        expires_at=morning(turn.starts_on) + timedelta(days=1),
        params={"starts_on": turn.starts_on.isoformat(), "seat": turn.seat_id},
    )
    if turn.is_open and event.facts["seat"] is None:
        yield _at_once("turn.open", turn, event, f"open-{event.pk}")
        yield Plan(
            "turn.open",
            turn,
            moment="open-before",
            due_at=before,
            expires_at=morning(turn.ends_on) + timedelta(days=1),
        )


def _is_over(turn, event) -> bool:
    return turn.ends_on < timezone.localdate(event.happened_at)


def _at_once(rule, turn, event, moment, **facts):
    """Of use until the turn ends."""
    last = morning(turn.ends_on) + timedelta(days=1)
    return Plan(rule, turn, moment=moment, due_at=event.happened_at, expires_at=last, **facts)
