"""What the leader's board counts of needs (统计口径), each a question to the rows as of the end of
a day. A need that was merged counts as its original, and is shown beside.

Only dated rows and events are asked, never today's status: what was solved later was not solved
on the day, what was reopened later was.
"""

from collections.abc import Callable
from datetime import date, datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.models import Event
from services.models.clocks import Clock, Pause
from services.models.dispatches import Appeal, Dispatch
from services.models.needs import Need, end_of
from services.models.notes import NeedNote
from services.models.remarks import Remark
from services.models.solutions import Solution

FUNNEL = {
    "filed": _("提出"),
    "collected": _("审核通过"),
    "accepted": _("已接单"),
    "contacted": _("已联系企业"),
    "matched": _("对接项目"),
    "offered": _("提出方案"),
    "solved": _("企业确认解决"),
    "auto_solved": _("到期自动确认"),
    "closed": _("已销号"),
}
BESIDE = {
    "open": _("尚未办结"),
    "withdrawn": _("撤回"),
    "declined": _("未受理"),
    "merged": _("并案"),
}
RATINGS = {f"rated_{value}": label for value, label in Solution.Rating.choices}
OVERDUE = {f"overdue_{kind}": label for kind, label in Clock.Kind.choices}


def scope() -> Q:
    """Needs that stand for themselves."""
    return Q(merged_into=None)


def figure(key: str, on: date | None = None) -> Q:
    """The needs that a figure counts as of the end of a day (today unless told)."""
    if key.startswith("rated_"):
        return _rated(end_of(on), int(key.removeprefix("rated_")))
    return FIGURES[key](end_of(on))


def _filed(end: datetime) -> Q:
    return scope() & Q(filed_at__lt=end)


def _collected(end):
    return _filed(end) & Q(reviewed_at__lt=end)


def _accepted(end):
    """By any unit, also one that gave it back later."""
    taken = Dispatch.objects.filter(accepted_at__lt=end)
    return _filed(end) & (Q(accepted_at__lt=end) | Q(pk__in=taken.values("need")))


def contacts(end: datetime):
    """Notes that somebody spoke to the enterprise; joining a project counts as much."""
    return NeedNote.objects.filter(kind=NeedNote.Kind.CONTACT, written_at__lt=end)


def _contacted(end):
    """By any unit, also one that gave it back later."""
    asked = Q(contacted_at__lt=end) | Q(pk__in=contacts(end).values("need"))
    return _filed(end) & (asked | Q(pk__in=_links(end).values("need")))


def _links(end):
    return Need._meta.get_field("project_links").related_model.objects.filter(joined_at__lt=end)


def _matched(end):
    links = _links(end).filter(Q(left_at=None) | Q(left_at__gte=end))
    return _filed(end) & Q(pk__in=links.values("need"))


def _offered(end):
    return _filed(end) & Q(pk__in=Solution.objects.filter(offered_at__lt=end).values("need"))


def confirmed(end: datetime):
    """Solutions that were confirmed and had not been reopened at a moment."""
    rows = Solution.objects.filter(confirmed_at__lt=end)
    return rows.filter(Q(reopened_at=None) | Q(reopened_at__gte=end))


def _solved(end):
    rows = confirmed(end).filter(automatically=False)
    return _filed(end) & Q(pk__in=rows.values("need"))


def _auto_solved(end):
    rows = confirmed(end).filter(automatically=True)
    return _filed(end) & Q(pk__in=rows.values("need"))


def _settled(end):
    return _filed(end) & Q(pk__in=confirmed(end).values("need"))


def _rated(end, rating):
    rows = confirmed(end).filter(automatically=False, rating=rating)
    return _filed(end) & Q(pk__in=rows.values("need"))


def closed_then(end: datetime):
    """Closings (events) before a moment of needs that were reopened only after it: the need
    itself has forgotten these."""
    kind = ContentType.objects.get_for_model(Need)
    since = Solution.objects.filter(need=OuterRef("subject_id"), reopened_at__gte=end)
    since = since.filter(confirmed_at__lte=OuterRef("happened_at"))
    rows = Event.objects.filter(subject_type=kind, name="need.closed", happened_at__lt=end)
    reopened = Solution.objects.filter(reopened_at__gte=end, confirmed_at__lt=end)
    return rows.filter(Exists(since), subject_id__in=reopened.values("need"))


def _closed(end):
    before = Q(pk__in=closed_then(end).values("subject_id"))
    return _filed(end) & (Q(closed_at__lt=end) | before)


def given_up(end: datetime):
    """Remarks with which needs were withdrawn or declined before a moment; not those of which an
    appeal waited then or had succeeded."""
    appeals = Appeal.objects.filter(
        Q(ruled_at=None) | Q(ruled_at__gte=end) | Q(is_upheld=True),
        need=OuterRef("need"),
        appealed_at__lt=end,
        appealed_at__gte=OuterRef("written_at"),
    )
    declined = Q(~Exists(appeals), step=Remark.Step.DECLINED)
    rows = Remark.objects.filter(Q(step=Remark.Step.WITHDRAWN) | declined)
    return rows.filter(written_at__lt=end)


def _withdrawn(end):
    rows = given_up(end).filter(step=Remark.Step.WITHDRAWN)
    return _filed(end) & Q(pk__in=rows.values("need"))


def _declined(end):
    rows = given_up(end).filter(step=Remark.Step.DECLINED)
    return _filed(end) & Q(pk__in=rows.values("need"))


def _open(end):
    asked = _filed(end)
    for rows in (confirmed(end), given_up(end)):
        asked &= ~Q(Exists(rows.filter(need=OuterRef("pk"))))
    return asked


def _merged(end):
    rows = Remark.objects.filter(step=Remark.Step.MERGED, written_at__lt=end)
    return Q(merged_into__isnull=False, filed_at__lt=end, pk__in=rows.values("need"))


def overdue(at: datetime | None = None):
    """Clocks that were late at a moment (now, unless told), by the days that they have now; what
    stood still then was not late."""
    running = Q(done_at=None, stopped_at=None)
    if at is not None:  # what ended since then was running
        running = Q(done_at=None) | Q(done_at__gt=at)
        running &= Q(stopped_at=None) | Q(stopped_at__gt=at)
    at = at or timezone.now()
    still = Pause.objects.filter(Q(ended_at=None) | Q(ended_at__gt=at), need=OuterRef("need"))
    rows = Clock.objects.filter(running, started_at__lte=at, due_at__lt=at)
    return rows.filter(~Exists(still.filter(started_at__lte=at)), need__merged_into=None)


FIGURES: dict[str, Callable[[datetime], Q]] = {
    "filed": _filed,
    "collected": _collected,
    "accepted": _accepted,
    "contacted": _contacted,
    "matched": _matched,
    "offered": _offered,
    "solved": _solved,
    "auto_solved": _auto_solved,
    "settled": _settled,
    "closed": _closed,
    "open": _open,
    "withdrawn": _withdrawn,
    "declined": _declined,
    "merged": _merged,
}
