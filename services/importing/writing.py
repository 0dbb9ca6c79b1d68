"""Needs of the past are written by the acts of their loop, each at its own moment, and nobody is
told: what is over is over."""

from datetime import date, datetime, time, timedelta

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.kernel import events, serials
from nanchuan.kernel.importing.lines import NEW
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from services.actions import clocks, dispatching, filing, review, solving, work
from services.importing.lines import REACHED, Line, Status
from services.models import Need

# The hours of a day in the order of the loop: a list knows days only.
FILED, REVIEWED, ACCEPTED, NOTED, OFFERED, CONFIRMED, CLOSED = (
    time(9),
    time(10),
    time(11),
    time(15),
    time(16),
    time(17),
    time(17, 30),
)
EVERY = 20  # needs between two beats


def write(lines: list[Line], batch, told) -> dict[int, dict]:
    """Write what the lines say; returns what each needs to be taken back, by its number."""
    new = [line for line in lines if line.act == NEW]
    made = {}
    for line in sorted(new, key=lambda line: (line.given["filed_on"], line.number)):
        try:
            made[line.number] = Past(line, batch, told).write()
        except StepRefused as refusal:
            text = _("第 %(row)d 行：%(reason)s") % {"row": line.number, "reason": refusal}
            raise StepRefused(text) from None
    events.settle(made.values(), at=told["at"])
    last = _last_events(made.values())
    return {number: {"need": need.pk, "event": last[need.pk]} for number, need in made.items()}


def _last_events(needs) -> dict[int, int]:
    kind = ContentType.objects.get_for_model(Need)
    rows = Event.objects.filter(subject_type=kind, subject_id__in=[need.pk for need in needs])
    return dict(rows.order_by("pk").values_list("subject_id", "pk"))


class Past:
    """One need on its way through the loop."""

    def __init__(self, line: Line, batch, told):
        self.line, self.batch, self.now = line, batch, told["at"]
        self.by = told["by"]
        self.given = line.given
        self.status = Status(self.given["status"])

    def at(self, on: date, hour: time) -> datetime:
        """Never after the import itself."""
        return min(timezone.make_aware(datetime.combine(on, hour)), self.now)

    def write(self) -> Need:
        need = self._file()
        if self.status in (Status.DECLINED, Status.WITHDRAWN):
            self._end(need)
        elif reached := REACHED[self.status]:
            self._carry_on(need, reached)
        clocks.stop(need, at=max(self.now, need.filed_at))  # an old list owes nobody anything
        return need

    def _file(self) -> Need:
        given, unit = self.given, self.line.unit
        name, phone = unit.first_contact
        number = given.get("keeps", "")
        if number:
            _series, year, last = number.split("-")
            serials.keep("需", int(year), int(last))  # data
        return filing.file(
            unit=unit,
            number=number,
            former_number="" if number else given.get("number", ""),
            audience=Need.Audience.OFFICE,
            category=given["category"],
            title=given["title"],
            content=given["content"],
            urgency=given["urgency"],
            contact_name=given.get("contact_name") or name,
            contact_phone=given.get("contact_phone") or phone,
            by=self.by,
            at=self.at(given["filed_on"], FILED),
        )

    def _end(self, need):
        at = self.at(self.given["filed_on"], REVIEWED)
        reason = self.given.get("reason") or self.given.get("solution") or _("原清单没有写明原因。")
        if self.status == Status.DECLINED:
            review.decline(need, reason=reason[:500], by=self.by, at=at)
        else:
            filing.withdraw(need, reason=reason[:500], by=None, at=at)

    def _carry_on(self, need, reached):
        given = self.given
        review.publish(need, by=self.by, at=self.at(given["reviewed_on"], REVIEWED))
        if "accepted_on" not in reached:
            return
        at = self.at(given["accepted_on"], ACCEPTED)
        dispatching.accept(need, unit=self.line.responsible, by=None, at=at)
        words = given.get("solution") or _("原清单没有写明办理情况。")
        end = given.get("solved_on", given["accepted_on"])
        work.note(need, text=words[:2000], by=self.by, at=self.at(end, NOTED))
        if "solved_on" in reached:
            self._solve(need, words, given["solved_on"])

    def _solve(self, need, words, on):
        given = self.given
        solution = solving.offer(need, text=words[:3000], by=self.by, at=self.at(on, OFFERED))
        if rating := given.get("rating"):
            comment = given.get("comment") or _("原清单没有写明意见。")
            solving.confirm(
                need,
                rating=int(rating),
                comment=comment if int(rating) < solving.CONTENT else given.get("comment", ""),
                despite=True,
                by=None,
                at=self.at(on, CONFIRMED),
            )
        else:
            on = solving.silent_until(need, solution) + timedelta(days=1)
            if on > timezone.localdate(self.now):
                return  # the enterprise may still answer
            solving.confirm_silent(need, at=self.at(on, CONFIRMED))
        if self.status == Status.CLOSED:
            on = max(on, given["closed_on"])
            solving.close(need, by=self.by, at=self.at(on, CLOSED))
