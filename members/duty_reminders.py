"""Who hears of duties that are due or were missed. Whether it is still so is asked when the notice
goes out, and what it says then stays with it."""

from datetime import date, datetime, time, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from members.checkup import reckoning
from members.models import Organization
from members.speakers import leaders, park_office
from nanchuan.kernel.events import on
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, morning, notice_rule

MOST_LINES = 12


class DutyNotice(NoticeRule):
    kind = Kind.LIFE

    def verdict(self, organization, reminder):
        """Looks anew; what is found is what the notice says from then on."""
        lines = self.look(organization, reminder)
        if not lines:
            return CANCEL
        reminder.params = reminder.params | {"lines": lines}
        reminder.save(update_fields=["params"])
        return SEND

    def look(self, organization, reminder) -> list[list]:
        raise NotImplementedError

    def lines(self, reminder) -> str:
        found = reminder.params["lines"]
        told = _("、").join(self.line(each) for each in found[:MOST_LINES])
        return told + ("…" if found[MOST_LINES:] else "")


@notice_rule
class DutiesDue(DutyNotice):
    """Five working days before a period ends, once: to whoever leads the organization."""

    name = "duties.due"
    label = gettext_lazy("组织生活任务到期提醒")

    def audience(self, organization, reminder):
        return leaders(Organization.objects.filter(pk=organization.pk))

    def look(self, organization, reminder):
        last, today = date.fromisoformat(reminder.params["last"]), timezone.localdate()
        found = reckoning.due([organization], last, today)
        return found.get(organization, [])

    def title(self, organization, reminder):
        number = len(reminder.params["lines"])
        words = {
            "organization": organization,
            "day": reminder.params["last"],
            "number": number,
        }
        return (
            ngettext(
                "%(organization)s到 %(day)s 还有 %(number)d 项组织生活任务",
                "%(organization)s到 %(day)s 还有 %(number)d 项组织生活任务",
                number,
            )
            % words
        )

    def line(self, line):
        name, _period, missing = line
        return _("%(duty)s差 %(number)d") % {"duty": name, "number": missing}

    def body(self, organization, reminder):
        words = {"lines": self.lines(reminder)}
        return _("%(lines)s。开展以后记一笔，体检会自己更新。") % words

    def url(self, organization, reminder):
        return reverse("members:checkup-detail", args=[organization.pk])


@notice_rule
class DutiesMissed(DutyNotice):
    """Each Monday: to the park office, what was missed in the last month and still is."""

    name = "duties.missed"
    label = gettext_lazy("组织生活任务未完成清单")

    def audience(self, organization, reminder):
        return park_office()

    def look(self, organization, reminder):
        rows = Organization.objects.counted().filter(path__startswith=organization.path)
        found = reckoning.missed(list(rows.order_by("path")), timezone.localdate())
        return [
            [str(row), name, period] for row, each in found.items() for name, period, _n in each
        ]

    def title(self, organization, reminder):
        number = len(reminder.params["lines"])
        words = {"organization": organization, "number": number}
        return (
            ngettext(
                "%(organization)s：到期未完成的组织生活任务 %(number)d 项",
                "%(organization)s：到期未完成的组织生活任务 %(number)d 项",
                number,
            )
            % words
        )

    def line(self, line):
        return " ".join(line)

    def body(self, organization, reminder):
        return f"{self.lines(reminder)}。"  # data

    def url(self, organization, reminder):
        return reverse("members:checkup-list")


@on("duties.due")
def tell_the_secretary(event):
    last = date.fromisoformat(event.facts["last"])
    yield Plan(
        "duties.due",
        event.subject,
        moment=last.isoformat(),
        due_at=_next_morning(event),
        expires_at=timezone.make_aware(datetime.combine(last, time.max)),
        params={"last": last.isoformat(), "lines": []},
    )


@on("duties.missed")
def tell_the_office(event):
    monday = date.fromisoformat(event.facts["week"])
    yield Plan(
        "duties.missed",
        event.subject,
        moment=monday.isoformat(),
        due_at=_next_morning(event),
        expires_at=morning(monday + timedelta(days=7)),
        params={"lines": []},
    )


def _next_morning(event):
    """At nine on that day; at once if it is later."""
    return max(morning(timezone.localdate(event.happened_at)), event.happened_at)
