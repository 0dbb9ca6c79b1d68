"""What a unit has to do (我单位要办的事): action items, measures and duties in one list."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from alliance.actions.rights import office, seated_units
from alliance.models import ActionItem, Duty, Measure
from members.models import Unit
from nanchuan.kernel import roles

SOON_DAYS = 7
MOST = 200  # of a kind


@dataclass(frozen=True)
class Task:
    """One thing to do: what it is, until when, how it stands, and the next step."""

    kind: Promise
    text: str
    url: str
    due_on: date
    style: str
    state: str
    from_where: str = ""
    assists: bool = False
    unit: str = ""
    steps: tuple = ()  # words and address of what can be done next


class ItemsMine(TemplateView):
    """Of the reader's units; the park office may look at any unit's with `?unit=`."""

    template_name = "alliance/items_mine.html"

    def get_context_data(self, **kwargs):
        user = self.request.user
        self.units = self._units()
        own = set(roles.places(user, roles.UNIT))
        self.acts = office(user) or own.issuperset(unit.pk for unit in self.units)
        tasks = [*self._items(), *self._measures(), *self._duties()]
        tasks.sort(key=lambda task: (task.due_on, task.text))
        today = timezone.localdate()
        return super().get_context_data(
            units=self.units,
            offered=self._offered(),
            sections=_sections(tasks, today),
            number=len(tasks),
            is_whole_park=roles.has_role(user, *roles.WHOLE_PARK),
            today=today,
            **kwargs,
        )

    def _offered(self):
        if roles.has_role(self.request.user, *roles.WHOLE_PARK):
            return seated_units().order_by("name")
        own = Unit.objects.filter(pk__in=roles.places(self.request.user, roles.UNIT))
        return own.order_by("name")

    def _units(self) -> list[Unit]:
        """The one that is asked for, if it may be looked at; else all of one's own."""
        asked, user = self.request.GET.get("unit", ""), self.request.user
        own = Unit.objects.filter(pk__in=roles.places(user, roles.UNIT)).order_by("name")
        chosen = [unit for unit in self._offered() if str(unit.pk) == asked]
        return chosen or list(own)

    def _items(self):
        user, keys = self.request.user, [unit.pk for unit in self.units]
        rows = ActionItem.objects.visible_to(user).open().of_units(keys)
        rows = rows.select_related("unit", "resolution__meeting")
        for item in rows.order_by("due_on", "pk")[:MOST]:
            verbs = ["note"]
            if item.unit_id in keys and item.status == ActionItem.Status.IN_PROGRESS:
                verbs.insert(0, "report")
            yield Task(
                kind=_("督办事项"),
                text=str(item),
                url=item.get_absolute_url(),
                due_on=item.due_on,
                style=item.state_style,
                state=item.state_words,
                from_where=str(item.resolution.meeting),
                assists=item.unit_id not in keys,
                unit=str(item.unit),
                steps=self._steps("item", item.pk, verbs),
            )

    def _measures(self):
        user, keys = self.request.user, [unit.pk for unit in self.units]
        rows = Measure.objects.visible_to(user).open().of_units(keys)
        for measure in rows.select_related("unit", "group").order_by("due_on", "pk")[:MOST]:
            yield Task(
                kind=_("举措"),
                text=str(measure),
                url=measure.get_absolute_url(),
                due_on=measure.due_on,
                style=measure.state_style,
                state=measure.state_words,
                from_where=str(measure.group or gettext("整个联盟")),
                assists=measure.unit_id not in keys,
                unit=str(measure.unit),
                steps=self._steps("measure", measure.pk, ["note"]),
            )

    def _steps(self, noun, pk, verbs) -> tuple:
        if not self.acts:
            return ()
        return tuple((VERBS[verb], reverse(f"alliance:{noun}-{verb}", args=[pk])) for verb in verbs)

    def _duties(self):
        """Of turns that have begun."""
        user, today = self.request.user, timezone.localdate()
        rows = (
            Duty.objects.visible_to(user)
            .open()
            .filter(turn__seat__unit__in=self.units, turn__starts_on__lte=today)
        )
        rows = rows.select_related("turn__group", "turn__seat__unit").order_by("due_on", "pk")
        for duty in rows[:MOST]:
            late = (today - duty.due_on).days
            words = gettext("逾期 %(days)d 天") % {"days": late} if late > 0 else gettext("待办")
            yield Task(
                kind=_("轮值职责"),
                text=str(duty),
                url=duty.get_absolute_url(),
                due_on=duty.due_on,
                style="overdue" if late > 0 else "open",
                state=words,
                from_where=str(duty.turn.group),
                unit=duty.turn.holder,
            )


VERBS = {"report": _("报告完成"), "note": _("填写进展")}


def _sections(tasks, today) -> list[dict]:
    """Late, due soon, later: each with its tasks, empty ones left out."""
    late, soon, later = [], [], []
    for task in tasks:
        left = (task.due_on - today).days
        (late if left < 0 else soon if left <= SOON_DAYS else later).append(task)
    named = ((_("已过期限"), late), (_("7 天内到期"), soon), (_("以后到期"), later))
    return [{"title": title, "tasks": rows} for title, rows in named if rows]
