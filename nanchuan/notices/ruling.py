"""How a rule speaks today: as it was written, or as the park office decided since."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nanchuan.kernel import calendar
from nanchuan.kernel.querysets import sees
from nanchuan.notices.models import RuleSetting
from nanchuan.notices.rules import Plan, morning, rule_named

WRITTEN = re.compile(r"([+-])([0-9]{1,3})([wdh])")
OFFSET = re.compile(rf"{WRITTEN.pattern}$")  # at the end of a moment


class Audience(models.TextChoices):
    """Who else can be told; what each means for a subject, the apps say (`also_told`)."""

    CHAIR = "chair", gettext_lazy("主持人")
    INVITED = "invited", gettext_lazy("受邀单位")
    OWNER = "owner", gettext_lazy("责任单位")
    SECRETARY = "secretary", gettext_lazy("书记")
    SUPERIOR = "superior", gettext_lazy("上级党组织书记")
    OFFICE = "office", gettext_lazy("党务办公室")
    LEADER = "leader", gettext_lazy("园区领导")


@dataclass(frozen=True)
class Offset:
    """So long before a day or a moment (提前量), written "-3w" (working days), "-1d", "-2h"; or so
    long after it, written "+2w"."""

    sign: str
    number: int
    unit: str

    @classmethod
    def read(cls, text: str) -> "Offset":
        found = WRITTEN.fullmatch(text)
        if not found:
            raise ValueError(text)
        return cls(found[1], int(found[2]), found[3])

    def said_at(self, anchor: date | datetime) -> datetime:
        """Before, on a day, it is said in the morning; after, at the time of the moment. Hours
        count from the moment. A day's moment is its morning."""
        moment = anchor if isinstance(anchor, datetime) else morning(anchor)
        return self._after(moment) if self.sign == "+" else self._before(moment)

    def _before(self, moment):
        day = timezone.localdate(moment)
        if self.unit == "h":
            return moment - timedelta(hours=self.number)
        if self.unit == "d":
            return morning(day - timedelta(days=self.number))
        return morning(calendar.working_days_before(day, self.number))

    def _after(self, moment):
        if self.unit == "h":
            return moment + timedelta(hours=self.number)
        local = timezone.localtime(moment)
        if self.unit == "d":
            day = local.date() + timedelta(days=self.number)
        else:
            day = calendar.working_days_after(local.date(), self.number)
        return timezone.make_aware(datetime.combine(day, local.time()))

    def __str__(self):
        return f"{self.sign}{self.number}{self.unit}"

    @property
    def words(self) -> str:
        said = {"w": _("%d 个工作日"), "d": _("%d 天"), "h": _("%d 小时")}
        words = said[self.unit] % self.number
        return _("%(time)s后") % {"time": words} if self.sign == "+" else words


def setting_of(rule: str, on: date | None = None) -> RuleSetting | None:
    """What was decided about a rule, in force on a date."""
    return RuleSetting.objects.of(rule, on).first()


def settings_now(rows=None) -> dict[str, RuleSetting]:
    """Those in force today by rule: one question for all of them."""
    rows = RuleSetting.objects.all() if rows is None else rows
    rows = rows.filter(starts_on__lte=timezone.localdate()).order_by("starts_on", "version")
    return {row.rule: row for row in rows}


def offsets_of(rule: str, on: date | None = None) -> list[Offset]:
    """How long before its day a rule speaks. A matter follows what is in force on that day."""
    setting = setting_of(rule, on)
    own = rule_named(rule).offsets
    texts = own if setting is None or setting.offsets is None else setting.offsets
    return [Offset.read(text) for text in texts]


def ahead(rule: str, subject, *, moment: str, **facts) -> Iterable[Plan]:
    """What a rule says before or after its day, once for each offset.

    The rule's own offset has the bare moment, so that what was said by it is not said again.
    """
    speaker = rule_named(rule)
    anchor = speaker.anchor_for(subject, facts.get("params", {}))
    if anchor is None:
        return
    for offset in offsets_of(rule, _day_of(anchor)):
        own = str(offset) == speaker.offsets[0]
        name = moment if own else f"{moment}{offset}"
        yield Plan(rule, subject, moment=name, due_at=offset.said_at(anchor), **facts)


def due_at_now(reminder, subject) -> datetime | None:
    """When a reminder that `ahead` planned is to be said as its subject stands today; None if it
    has no day any more."""
    speaker = rule_named(reminder.rule)
    anchor = speaker.anchor_for(subject, reminder.params)
    other = OFFSET.search(reminder.moment)
    offset = Offset.read(other[0] if other else speaker.offsets[0])
    return None if anchor is None else offset.said_at(anchor)


def _day_of(anchor: date | datetime) -> date:
    return timezone.localdate(anchor) if isinstance(anchor, datetime) else anchor


# ── Who else is told ────────────────────────────────────────────────────────────────────────

Tell = Callable[[models.Model], models.QuerySet]
_also: dict[tuple[str, type | None], Tell] = {}


def also_told(audience: str, *kinds: type[models.Model]) -> Callable[[Tell], Tell]:
    """Register who an audience is for subjects of some kinds; of every kind, if none is named."""

    def register(tell: Tell) -> Tell:
        for kind in kinds or (None,):
            _also[audience, kind] = tell
        return tell

    return register


def audiences_for(kind: type[models.Model]) -> list[str]:
    """Those that mean somebody for subjects of a kind."""
    return [name for name in Audience.values if (name, kind) in _also or (name, None) in _also]


def others(subject, setting: RuleSetting | None) -> set[int]:
    """Accounts that are told besides, each of whom may see the subject."""
    found = {}
    for name in setting.audiences if setting else ():
        tell = _also.get((name, type(subject))) or _also.get((name, None))
        if tell is not None:
            found |= {user.pk: user for user in tell(subject)}
    return {pk for pk, user in found.items() if sees(user, subject)}
