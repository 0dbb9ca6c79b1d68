"""Who hears of duties, when, and that nothing is said of what was done in the meantime."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db.models.functions import Now
from django.utils import timezone

from members.actions import duty_sweeps
from members.models import Membership, Organization, Term
from nanchuan.kernel.models import Event
from nanchuan.notices.actions.events import handle_waiting
from nanchuan.notices.models import Notice, Reminder
from nanchuan.notices.tasks import tick
from tests import make
from tests.members.test_checkup import record

pytestmark = pytest.mark.django_db


def morning_of(month, day):
    return timezone.make_aware(datetime(2026, month, day, 8, 40))  # noqa: DTZ001


# October 2026 ends on a Saturday; its last five working days begin on Monday, the 26th.
NOT_YET, FIFTH, LATER = morning_of(10, 22), morning_of(10, 26), morning_of(10, 28)
MONDAY = morning_of(11, 2)
HOUR = timedelta(hours=1)


@pytest.fixture
def at():
    """The day it is, for the rules that ask when they speak."""

    def move(moment):
        return time_machine.travel(moment, tick=False)

    return move


def plan():
    """What was told is planned, but not said yet, whatever the database's clock may be."""
    handle_waiting()


def come():
    """The time of all that is planned has come."""
    waiting = Reminder.objects.filter(state="planned")
    waiting.update(due_at=Now() - 9 * HOUR, expires_at=None)
    tick()


def say(moment, at):
    """An hour later what was planned is said."""
    with at(moment):
        number = duty_sweeps.tell_what_is_due() + duty_sweeps.tell_what_was_missed()
        plan()
    with at(moment + HOUR):
        come()
    return number


def heard(user, rule="duties.due"):
    return Notice.objects.filter(recipient=user, reminder__rule=rule)


def test_a_secretary_hears_once_of_all_that_is_due(cast, at):
    say(NOT_YET, at)
    assert not heard(cast.lin).exists()
    say(FIFTH, at)
    say(LATER, at)
    notice = heard(cast.lin).get()
    names = [name for name, _period, _missing in notice.reminder.params["lines"]]
    assert names == ["主题党日"]
    assert heard(cast.wu).count() == 1
    assert Event.objects.filter(name="duties.due", subject_id=cast.lin_branch.pk).count() == 1


def test_what_ends_with_the_quarter_stands_in_the_same_digest(cast, at):
    december = morning_of(12, 28)
    say(december, at)
    names = {name for name, _period, _missing in heard(cast.lin).get().reminder.params["lines"]}
    assert {"主题党日", "支部党员大会", "组织生活会", "集中学习培训"} <= names


def test_nothing_is_said_of_what_was_met_in_the_meantime(cast, at):
    with at(FIFTH):
        duty_sweeps.tell_what_is_due()
        plan()
        record(cast.lin_branch, cast.lin_member, FIFTH.date())
    with at(FIFTH + HOUR):
        come()
    assert not heard(cast.lin).exists()
    assert heard(cast.wu).exists()


def test_who_leads_when_it_is_said_hears_it(cast, at):
    heir = make.member(cast.lin_branch, user=make.user())
    with at(FIFTH):
        duty_sweeps.tell_what_is_due()
        plan()
    Term.objects.filter(member=cast.lin_member).update(ends_on=make.LONG_AGO)
    make.term(cast.lin_branch, heir, starts_on=FIFTH.date())
    with at(FIFTH + HOUR):
        come()
    assert not heard(cast.lin).exists()
    assert heard(heir.user).exists()


def test_an_exempted_or_dissolved_branch_hears_nothing(cast, at):
    cast.lin_branch.exemptions.create(
        code="theme_day", reason="x", starts_on="2026-10-01", ends_on="2026-11-30"
    )
    Membership.objects.filter(organization=cast.wu_branch).update(organization=cast.zhao_branch)
    Organization.objects.filter(pk=cast.wu_branch.pk).update(ends_on="2026-10-20")
    say(FIFTH, at)
    assert not heard(cast.lin).exists()
    assert not heard(cast.wu).exists()
    assert heard(cast.zhao).exists()


def test_the_office_gets_one_list_on_monday(cast, sun, at):
    say(MONDAY, at)
    say(MONDAY + 6 * HOUR, at)
    notice = heard(sun, "duties.missed").get()
    lines = notice.reminder.params["lines"]
    assert ["lin党支部", "主题党日", "2026 年 10 月"] in lines
    assert not heard(cast.lin, "duties.missed").exists()
    assert say(MONDAY + timedelta(days=7), at) == 1  # as long as it stands


def test_the_words_of_both_are_read_in_the_inbox(client, cast, sun, at):
    say(FIFTH, at)
    say(MONDAY, at)
    client.force_login(cast.lin)
    page = client.get("/inbox/").content.decode()
    assert "到 2026-10-31 还有 1 项组织生活任务" in page
    assert "主题党日差 1" in page
    client.force_login(sun)
    page = client.get("/inbox/").content.decode()
    assert "到期未完成的组织生活任务" in page
    assert "lin党支部 主题党日 2026 年 10 月" in page


def test_a_list_is_not_sent_when_all_was_entered_late(cast, sun, at):
    with at(MONDAY):
        duty_sweeps.tell_what_was_missed()
        plan()
        for name in ("lin", "wu", "zhao"):
            branch, person = getattr(cast, f"{name}_branch"), getattr(cast, f"{name}_member")
            record(branch, person, FIFTH.date(), is_late=True)
        record(cast.root, cast.lin_member, FIFTH.date(), "study", is_late=True)
    with at(MONDAY + HOUR):
        come()
    assert not heard(sun, "duties.missed").exists()
