"""本月三件事: what a part-time secretary does next, the nearest first, and no more than three.

Computed from the plan and from duties that are due; nothing is stored, nothing asks for a daily
check-in. Records that came back, questions of other branches and what single members still owe
(talks) stand in 待办 beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from members import planning
from members.checkup.board import Board
from members.checkup.judging import State
from members.models import DutyRule, Organization
from nanchuan.kernel import calendar, roles

MOST = 3
SOON = 5  # working days before the end of a period


@dataclass(frozen=True)
class Thing:
    """Something to do until a day; a `post` address is a verb of one tap, a `url` a page."""

    due_on: date
    text: str
    status: str
    words: str
    verb: Promise
    url: str = ""
    post: str = ""


def things(user, today: date | None = None) -> list[Thing]:
    """At most three, of the organizations that somebody leads himself; none for anybody else."""
    today = today or timezone.localdate()
    paths = roles.places(user, roles.SECRETARY)
    own = list(Organization.objects.current(today).filter(path__in=paths)) if paths else []
    if not own:
        return []
    found = []
    for organization in own:
        planned = list(_planned(organization, today))
        found += [thing for _code, thing in planned]
        found += _due(organization, today, {code for code, _thing in planned if code})
    return sorted(found, key=lambda thing: thing.due_on)[:MOST]


def _planned(organization, today) -> Iterator[tuple[str, Thing]]:
    """What the plan of this month has open, with the duty that it is for."""
    months = planning.months(organization, today.year, today, drafts=True)
    for line in months[today.month - 1].lines:
        if not line.is_open:
            continue
        planned, text = line.planned, str(line.planned)
        facts = (planned.planned_on, text, line.status, line.words)
        if line.record:
            url = reverse("members:activity-edit", args=[line.record.pk])
            yield planned.duty, Thing(*facts, _("继续填写"), url=url)
        elif planned.planned_on <= today:
            post = reverse("members:planned-hold", args=[planned.pk])
            yield planned.duty, Thing(*facts, _("按计划已开展"), post=post)
        else:
            yield planned.duty, Thing(*facts, _("看计划"), url=planned.get_absolute_url())


def _due(organization, today, planned: set[str]) -> Iterator[Thing]:
    """Duties of periods that end this month and that the plan does not speak of."""
    board = Board([organization], today.year, today=today)
    for code in board.duties_of(organization):
        if code in planned:
            continue
        for cell in board.cells(organization, code):
            last = cell.stretch.last
            if cell.stretch.rule and cell.stretch.rule.measure == DutyRule.Measure.EACH_MEMBER:
                continue
            if cell.state == State.DUE and (last.year, last.month) == (today.year, today.month):
                yield _duty(organization, board.name(code), cell, today)


def _duty(organization, name, cell, today) -> Thing:
    left = calendar.working_days_between(today, cell.stretch.last)
    words = ngettext("还有 %d 个工作日", "还有 %d 个工作日", left) % left
    rule, log = cell.stretch.rule, reverse("members:activity-create")
    status = "soon" if left <= SOON else "waiting"
    if rule.is_personal:
        numbers = {"done": cell.done, "asked": cell.asked}
        words = gettext("已完成 %(done)d / %(asked)d 人") % numbers + gettext("，") + words
        url = reverse("members:checkup-detail", args=[organization.pk])
        return Thing(cell.stretch.last, name, status, words, _("看体检"), url=url)
    url = f"{log}?organization={organization.pk}&kind={rule.activities[0]}"
    return Thing(cell.stretch.last, name, status, words, _("记活动"), url=url)
