"""The demo is the article's park, through the actions that people use, and goes without a trace."""

import json
import re
import stat

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from alliance.models import ActionItem, AgendaItem, ItemExtension, Meeting, Turn
from members.models import PartyMember, Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import roles, together
from nanchuan.kernel.models import Event
from nanchuan.notices.actions.reminders import subject_of
from nanchuan.notices.models import Delivery, Notice, Reminder
from nanchuan.notices.rules import all_rules
from nanchuan.portal.demo import park
from nanchuan.portal.todo import todo
from services.models import Need
from tests.portal.demo import load, run

pytestmark = pytest.mark.xdist_group("demo")

FIGURES = {
    "organizations": 48,
    "committees": 2,
    "general_branches": 1,
    "branches": 45,
    "members": 755,
    "groups": 3,
    "enterprises": 9,
    "needs_collected": 26,
    "projects_matched": 26,
    "needs_solved": 22,
}


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo park, loaded once for all tests that look at it; each works in a savepoint."""
    folder = tmp_path_factory.mktemp("var")
    with (
        django_db_blocker.unblock(),
        transaction.atomic(),
        pytest.MonkeyPatch.context() as monkeypatch,
    ):
        load(monkeypatch, folder)
        yield folder / "demo-accounts.json"
        transaction.set_rollback(True)


@pytest.fixture
def park_of(loaded, db):
    return json.loads(loaded.read_text())


def test_it_is_the_park_of_the_article(park_of):
    assert json.loads(run("figures")) == FIGURES


def test_every_figure_opens_the_list_of_exactly_its_rows(park_of, client):
    client.force_login(User.objects.get(username="staff"))
    home = client.get("/").content.decode()
    for key, number in FIGURES.items():
        figure = re.search(rf'<a[^>]*data-figure="{key}"[^>]*href="([^"]*)">([^<]*)</a>', home)
        assert figure[2] == str(number), key
        assert f'data-count="{number}"' in client.get(figure[1]).content.decode(), key


def test_the_first_page_asks_together_what_it_would_ask_alone(park_of, monkeypatch):
    """Whoever it is; and asking one by one is what it says it is."""
    people, asked = list(User.objects.filter(is_active=True)), []
    found = {user.pk: todo(user) for user in people}

    def alone(questions):
        asked.append(len(questions))
        return [list(rows) for rows in questions]

    monkeypatch.setattr(together, "together", alone)
    assert {user.pk: todo(user) for user in people} == found
    assert max(asked) > 9 and sum(map(len, found.values())) > 99


@pytest.mark.parametrize("persona", ["staff", "leader", "secretary", "unit", "member"])
def test_the_first_page_asks_fifteen_questions_at_most(
    park_of, client, persona, django_assert_max_num_queries
):
    client.force_login(User.objects.get(username=persona))
    client.get("/")
    most = 15 + (connection.vendor == "sqlite")  # there a session and its account are two
    with django_assert_max_num_queries(most):
        client.get("/")


def test_accounts_are_for_the_owner_only_and_name_every_persona(park_of, loaded, client):
    mode = stat.S_IMODE(loaded.stat().st_mode)
    assert mode == 0o600
    personas = {account["persona"] for account in park_of}
    assert personas == {
        "admin", "staff", "leader", "lead", "unit", "secretary", "member", "auditor",
        "treasurer",
    }  # fmt: skip
    for account in park_of:
        signed_in = client.post(
            reverse("account_login"),
            {"login": account["username"], "password": account["password"]},
        )
        assert signed_in.status_code == 302, account["persona"]
        assert client.get("/").status_code == 200, account["persona"]
        client.logout()


def test_nothing_of_the_past_is_sent(park_of, mailoutbox):
    from nanchuan.notices.tasks import send_mail, tick

    tick()
    send_mail()
    assert mailoutbox == []
    assert not Notice.objects.exists()
    assert not Delivery.objects.filter(state__in=["pending", "sending", "sent"]).exists()
    assert Reminder.objects.filter(state="suppressed").exists()
    coming = Meeting.objects.coming().latest("starts_at")
    planned = Reminder.objects.about(coming).filter(state="planned")
    assert sorted(planned.values_list("rule", flat=True)) == [
        *["meeting.reminder"] * 3,
        "meeting.reply_wanted",
    ]


def test_its_history_agrees_with_its_events(park_of):
    for need in Need.objects.exclude(accepted_at=None):
        events = Event.objects.filter(subject_id=need.pk, subject_type__model="need")
        moments = {event.name: event.happened_at for event in events.order_by("happened_at")}
        passed = events.filter(name__in=("need.published", "need.dispatched"))
        assert moments["need.filed"] == need.filed_at
        assert need.reviewed_at == passed.earliest("happened_at").happened_at
        assert moments.get("need.accepted", moments.get("need.ruled")) == need.accepted_at
        assert need.filed_at < need.reviewed_at < need.accepted_at


VERBED = [
    "returned",
    "resubmitted",
    "declined",
    "appealed",
    "appeal_ruled",
    "merged",
    "withdrawn",
    "published",
    "dispatched",
    "accepted",
    "disputed",
    "ruled",
    "reassigned",
    "contacted",
    "matched",
    "noted",
    "helped",
    "held",
    "resumed",
    "extension_asked",
    "extension_granted",
    "long_term",
    "stated",
    "offered",
    "refused",
    "confirmed",
    "confirmed_silently",
    "closed",
]


def test_every_act_of_the_loop_is_shown(park_of):
    done = set(Event.objects.filter(name__startswith="need.").values_list("name", flat=True))
    assert done >= {f"need.{verbed}" for verbed in VERBED}
    assert Need.objects.auto_solved().count() == 1
    assert not Event.objects.filter(name__startswith="need.", happened_at__gt=timezone.now())


def test_the_lead_unit_is_on_turn(park_of):
    turn = Turn.objects.current().filter(group__order=1).get()
    assert turn.seat.lead_times.current().exists()


def test_people_are_plainly_invented(park_of):
    for person in PartyMember.objects.all()[:50]:
        assert person.id_number.startswith("999999")
        assert person.phone.startswith("100")
    assert not User.objects.exclude(email__endswith=".invalid").exists()
    named = set(park.SHORT_NAMES)
    for unit in Unit.objects.all():
        assert unit.name in named or "示例" in unit.name


def test_what_its_meetings_resolved_is_in_every_state_and_was_told_as_it_stood(park_of):
    assert set(ActionItem.objects.values_list("status", flat=True)) == set(ActionItem.Status)
    assert ActionItem.objects.late().count() == 2
    asked = set(ItemExtension.objects.values_list("status", flat=True))
    assert asked == {"asked", "granted"}
    assert ActionItem.objects.filter(measures__isnull=False).count() == 1
    told = AgendaItem.objects.filter(kind="follow_up", frozen__isnull=False)
    for row in told.select_related("meeting"):
        for line in row.frozen:
            item = ActionItem.objects.get(pk=line["pk"])
            was_closed = item.closed_at is not None and item.closed_at < row.meeting.held_at
            assert (line["kind"] in {"done", "dropped"}) == was_closed


def test_what_still_waits_for_a_reader_is_found_by_a_few_questions_a_rule(park_of):
    """Of every rule with a verb that the demo speaks by."""
    reader = User.objects.get(username="unit")
    roles.roles(reader)
    checked = 0
    for rule in all_rules():
        rows = Reminder.objects.filter(rule=rule.name).select_related("event", "subject_type")[:20]
        found = [(subject_of(row, rule), row) for row in rows if rule.verb]
        told = [(subject, row) for subject, row in found if subject is not None]
        if told:
            checked += 1
            with CaptureQueriesContext(connection) as captured:
                assert len(rule.still_asks(told, reader)) == len(told)
            assert len(captured) <= 3, rule.name
    assert checked > 30
