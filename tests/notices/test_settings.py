"""The page on which everybody chooses how to be told."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from nanchuan.notices.actions import digests
from nanchuan.notices.actions import reminders as queue
from nanchuan.notices.models import Channel, Choice, Habit, Reminder, StandIn
from tests import make

pytestmark = pytest.mark.django_db
PAGE = reverse("notices:settings")
AWAY = reverse("notices:away")


def fields(client, form="form"):
    """What the page sends as it stands."""
    shown = client.get(PAGE).context[form]
    found = {field.html_name: field.value() for field in shown}
    return {
        name: value for name, value in found.items() if value is not False and value is not None
    }


def test_everybody_finds_it_from_the_inbox(sign_in, lin):
    client = sign_in(lin)
    assert PAGE in client.get(reverse("notices:inbox")).content.decode()
    page = client.get(PAGE).content.decode()
    for word in ("会议", "轮值", "需求工单", "党费", "免打扰", "汇总", "外出代收"):
        assert word in page


def test_only_what_differs_is_kept(sign_in, lin):
    client = sign_in(lin)
    typed = fields(client)
    del typed["need-email"]
    typed |= {"quiet_from": "22:00", "digest": "weekly"}
    assert client.post(PAGE, typed).status_code == 302
    row = Choice.objects.get()
    assert (row.user, row.kind, row.channel, row.is_on) == (lin, "need", "email", False)
    habit = Habit.objects.get(user=lin)
    assert (f"{habit.quiet_from:%H:%M}", habit.digest) == ("22:00", "weekly")
    client.post(PAGE, fields(client) | {"need-email": "on"})
    assert not Choice.objects.exists()


def test_only_channels_that_are_set_up_are_offered_and_the_others_stay_as_chosen(sign_in, lin):
    client = sign_in(lin)
    sms = Channel.objects.create(kind="sms", name="短信", is_on=True)
    client.post(PAGE, fields(client) | {"need-sms": "on"})
    Channel.objects.filter(pk=sms.pk).update(is_on=False)
    names = fields(client).keys()
    assert "need-email" in names and not [name for name in names if name.endswith("-sms")]
    client.post(PAGE, fields(client))
    row = Choice.objects.get()
    assert (row.kind, row.channel, row.is_on) == ("need", "sms", True)


def test_quiet_hours_that_end_where_they_begin_are_none(sign_in, lin):
    client = sign_in(lin)
    same = fields(client) | {"quiet_from": "00:00", "quiet_until": "00:00"}
    same["is_quiet"] = "on"
    assert "不能相同" in client.post(PAGE, same).content.decode()
    assert not Habit.objects.exists()
    del same["is_quiet"]
    assert client.post(PAGE, same).status_code == 302


def test_of_the_portal_itself_only_who_keeps_it_chooses(sign_in, lin):
    shown = sign_in(lin).get(PAGE).context["form"]
    assert "system-email" not in shown.fields
    assert "system-email" in sign_in(make.staff("admin")).get(PAGE).context["form"].fields


def test_what_is_obligatory_cannot_be_switched_off_in_the_inbox(sign_in, lin):
    client = sign_in(lin)
    typed = fields(client)
    del typed["dues-inbox"]
    client.post(PAGE, typed)
    assert not Choice.objects.exists()


def test_a_wrong_hour_costs_nothing_that_was_typed(sign_in, lin):
    client = sign_in(lin)
    typed = fields(client) | {"quiet_from": "25:99"}
    del typed["need-email"]
    page = client.post(PAGE, typed)
    assert page.status_code == 200
    assert "还不能提交" in page.content.decode()
    assert page.context["form"]["need-email"].value() is False
    assert not Habit.objects.exists()


def test_the_open_digest_follows_a_change_at_once(sign_in, sun, plan, monkeypatch):
    type(sun).objects.filter(pk=sun.pk).update(username="user-sun")
    Habit.objects.create(user=sun, digest="weekly", is_quiet=False)
    plan()
    queue.expand_due()
    client = sign_in(sun)
    client.post(PAGE, fields(client) | {"digest": "none"})
    assert Reminder.objects.get(rule=digests.RULE).due_at <= timezone.now()


def go_away(client, deputy, starts=0, ends=5):
    today = timezone.localdate()
    typed = fields(client, "away_form") | {
        "away-deputy": deputy.pk,
        "away-starts_on": str(today + timedelta(days=starts)),
        "away-ends_on": str(today + timedelta(days=ends)),
    }
    return client.post(AWAY, typed)


@pytest.fixture
def colleague(cast):
    return make.liaison(cast.lin_unit)


def test_a_colleague_stands_in(sign_in, lin, colleague):
    client = sign_in(lin)
    assert go_away(client, colleague).status_code == 302
    row = StandIn.objects.get()
    assert (row.user, row.deputy) == (lin, colleague)
    assert f"由{colleague}代收" in client.get(PAGE).content.decode()


def test_nobody_else_is_offered_or_taken(sign_in, lin, zhao, colleague):
    client = sign_in(lin)
    offered = client.get(PAGE).context["away_form"].fields["deputy"].queryset
    assert set(offered) == {colleague}
    for other in (zhao, lin):
        assert go_away(client, other).status_code == 200
    assert not StandIn.objects.exists()


def test_one_deputy_at_a_time_and_not_in_the_past(sign_in, lin, colleague):
    client = sign_in(lin)
    go_away(client, colleague)
    assert "已有代收安排" in go_away(client, colleague, starts=3).content.decode()
    assert go_away(client, colleague, starts=-9, ends=-1).status_code == 200
    assert go_away(client, colleague, starts=9, ends=8).status_code == 200
    assert go_away(client, colleague, starts=400, ends=401).status_code == 200
    assert StandIn.objects.count() == 1


def test_who_comes_back_early_is_told_again(sign_in, lin, colleague):
    client = sign_in(lin)
    go_away(client, colleague)
    client.post(reverse("notices:back", args=[StandIn.objects.get().pk]))
    assert not StandIn.objects.exists()
    row = StandIn.objects.create(
        user=lin,
        deputy=colleague,
        starts_on=make.LONG_AGO,
        ends_on=timezone.localdate() + timedelta(days=3),
    )
    client.post(reverse("notices:back", args=[row.pk]))
    row.refresh_from_db()
    assert not row.is_current()


def test_nobody_ends_it_for_another(sign_in, lin, wu, colleague):
    row = StandIn.objects.create(user=lin, deputy=colleague, starts_on=make.LONG_AGO)
    for other in (wu, colleague):
        back = sign_in(other).post(reverse("notices:back", args=[row.pk]))
        assert back.status_code == 404
    assert StandIn.objects.get().is_current()


def test_the_page_asks_few_questions(sign_in, lin, colleague, django_assert_max_num_queries):
    client = sign_in(lin)
    client.get(PAGE)
    with django_assert_max_num_queries(22):
        client.get(PAGE)
