"""Who may do what with an action item, and from which status.

One table for the actions, the pages and the tests: an action checks it, a page offers only
what it allows.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.actions.rights import office, require, speaks_for
from alliance.models import ActionItem
from nanchuan.kernel import roles
from nanchuan.kernel.states import StepRefused

Status = ActionItem.Status


def the_office(user, item) -> bool:
    return office(user)


def responsible_or_office(user, item) -> bool:
    return office(user) or speaks_for(user, item.unit_id)


def carrier_or_office(user, item) -> bool:
    """The office; the responsible unit; a unit that assists."""
    if responsible_or_office(user, item):
        return True
    own = roles.places(user, roles.UNIT)
    return bool(own) and item.assisting.filter(pk__in=own).exists()


@dataclass(frozen=True)
class Act:
    """A verb on an action item: in words, from which statuses, by whom, and whether more time
    has to be asked for (`asked`: True), must not be (False), or does not matter (None)."""

    word: Promise
    sources: frozenset[str]
    who: Callable[..., bool]
    asked: bool | None = None


def _act(word, who, *sources, asked=None) -> Act:
    return Act(word, frozenset(sources), who, asked)


ACTS = {
    "note": _act(gettext_lazy("填写进展"), carrier_or_office, *ActionItem.OPEN),
    "report": _act(gettext_lazy("报告完成"), responsible_or_office, Status.IN_PROGRESS),
    "extend": _act(
        gettext_lazy("申请延期"), responsible_or_office, Status.IN_PROGRESS, asked=False
    ),
    "grant": _act(gettext_lazy("同意延期"), the_office, Status.IN_PROGRESS, asked=True),
    "refuse": _act(gettext_lazy("答复延期"), the_office, Status.IN_PROGRESS, asked=True),
    "withdraw": _act(
        gettext_lazy("撤回延期申请"), responsible_or_office, Status.IN_PROGRESS, asked=True
    ),
    "confirm": _act(gettext_lazy("确认办结"), the_office, Status.REPORTED),
    "return": _act(gettext_lazy("退回继续办理"), the_office, Status.REPORTED),
    "reassign": _act(gettext_lazy("调整责任单位"), the_office, Status.IN_PROGRESS),
    "drop": _act(gettext_lazy("改为不再办理"), the_office, *ActionItem.OPEN),
    "reopen": _act(gettext_lazy("重新办理"), the_office, Status.DONE, Status.DROPPED),
}
ASKED = {
    True: gettext_lazy("“%(name)s”没有待答复的延期申请。"),
    False: gettext_lazy("“%(name)s”已有待答复的延期申请，请等待答复或先撤回。"),
}


def check(item: ActionItem, verb: str, by=None) -> None:
    """Raises NotYours for the wrong person (not asked of the portal itself, `by=None`), then
    StepRefused for the wrong status."""
    act = ACTS[verb]
    require(by is None or act.who(by, item))
    if not item.is_live:
        raise StepRefused(_("会议还没有登记召开，或者这项已经删去，不能%(word)s。") % vars(act))
    if item.status not in act.sources:
        raise StepRefused(
            _("“%(name)s”目前是“%(now)s”，不能%(word)s。")
            % {"name": item, "now": item.get_status_display(), "word": act.word}
        )
    if act.asked is not None and act.asked != (item.open_extension() is not None):
        raise StepRefused(ASKED[act.asked] % {"name": item})


def verbs(user, item: ActionItem) -> list[str]:
    """What this person may do now, in the order of an item's life."""
    if not item.is_live:
        return []
    is_asked = item.open_extension() is not None
    return [
        verb
        for verb, act in ACTS.items()
        if item.status in act.sources and act.asked in (None, is_asked) and act.who(user, item)
    ]
