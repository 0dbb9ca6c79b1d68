"""Who may do what with a measure, and from which status.

One table for the actions, the pages and the tests: an action checks it, a page offers only
what it allows.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.actions.rights import office, require, speaks_for
from alliance.models import Measure
from nanchuan.kernel import roles
from nanchuan.kernel.states import StepRefused

Status = Measure.Status


def the_office(user, measure) -> bool:
    return office(user)


def responsible_or_office(user, measure) -> bool:
    return office(user) or speaks_for(user, measure.unit_id)


def carrier_or_office(user, measure) -> bool:
    """The office; the responsible unit; a unit that assists."""
    if responsible_or_office(user, measure):
        return True
    own = roles.places(user, roles.UNIT)
    return bool(own) and measure.assisting.filter(pk__in=own).exists()


@dataclass(frozen=True)
class Act:
    """A verb on a measure: in words, from which statuses, and by whom."""

    word: Promise
    sources: frozenset[str]
    who: Callable[..., bool]


def _act(word, who, *sources) -> Act:
    return Act(word, frozenset(sources), who)


ACTS = {
    "note": _act(gettext_lazy("填写进展"), carrier_or_office, *Measure.OPEN),
    "milestone": _act(gettext_lazy("标记节点"), responsible_or_office, *Measure.OPEN),
    "report": _act(gettext_lazy("报告完成"), responsible_or_office, Status.IN_PROGRESS),
    "confirm": _act(gettext_lazy("确认完成"), the_office, Status.REPORTED),
    "return": _act(gettext_lazy("退回继续推进"), the_office, Status.REPORTED),
    "edit": _act(gettext_lazy("修改"), the_office, *Measure.OPEN),
    "extend": _act(gettext_lazy("调整完成期限"), the_office, *Measure.OPEN),
    "drop": _act(gettext_lazy("改为不再推进"), the_office, *Measure.OPEN),
    "reopen": _act(gettext_lazy("重新推进"), the_office, Status.DONE, Status.DROPPED),
}


def check(measure: Measure, verb: str, by=None) -> None:
    """Raises NotYours for the wrong person (not asked of the portal itself, `by=None`), then
    StepRefused for the wrong status."""
    act = ACTS[verb]
    require(by is None or act.who(by, measure))
    if measure.status not in act.sources:
        raise StepRefused(
            _("“%(name)s”目前是“%(now)s”，不能%(word)s。")
            % {"name": measure, "now": measure.get_status_display(), "word": act.word}
        )


def verbs(user, measure: Measure) -> list[str]:
    """What this person may do now, in the order of a measure's life."""
    return [
        verb
        for verb, act in ACTS.items()
        if measure.status in act.sources and act.who(user, measure)
    ]
