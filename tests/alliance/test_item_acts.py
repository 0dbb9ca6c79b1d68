"""Who may do what with an action item from which status: the whole table, through the URLs."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alliance.models import ActionItem
from nanchuan.kernel.models import Event
from tests import make

pytestmark = pytest.mark.django_db

# What people tell apart; with `asked` more time is asked for.
STATES = ("in_progress", "asked", "reported", "done", "dropped", "struck", "not_held")
PERSONAS = (
    "sun",  # the park office
    "lin",  # the responsible unit, which also convened the meeting
    "wu",  # assists
    "seated",  # another unit of the group
    "zhao",  # a unit of another group
    "stranger",  # a unit without a seat
    "leader",
    "auditor",
    "admin",
    "member",  # a party member who speaks for nobody
)
UNITS = {"lin", "wu", "seated", "zhao", "stranger"}
SEES = {"sun", "lin", "wu", "seated", "leader", "auditor"}
NOT_BINDING = {"struck", "not_held"}
# The office and the convening unit see what is typed, or was struck.
SEES_EARLY = {"sun", "lin", "leader", "auditor"}
IN_PROGRESS = {"in_progress", "asked"}
OPEN = IN_PROGRESS | {"reported"}

# verb: from where, by whom, to where (None: it stays), spelt out here, not asked of the code
TABLE = {
    "note": (OPEN, {"sun", "lin", "wu"}, None),
    "report": (IN_PROGRESS, {"sun", "lin"}, "reported"),
    "extend": ({"in_progress"}, {"sun", "lin"}, None),
    "grant": ({"asked"}, {"sun"}, None),
    "refuse": ({"asked"}, {"sun"}, None),
    "withdraw": ({"asked"}, {"sun", "lin"}, None),
    "confirm": ({"reported"}, {"sun"}, "done"),
    "return": ({"reported"}, {"sun"}, "in_progress"),
    "reassign": (IN_PROGRESS, {"sun"}, None),
    "drop": (OPEN, {"sun"}, "dropped"),
    "reopen": ({"done", "dropped"}, {"sun"}, "in_progress"),
    "measure": (OPEN, {"sun"}, None),
}
EVENTS = {
    "note": "item.noted",
    "report": "item.reported",
    "extend": "item.extension_asked",
    "grant": "item.extension_granted",
    "refuse": "item.extension_refused",
    "withdraw": "item.extension_withdrawn",
    "confirm": "item.confirmed",
    "return": "item.returned",
    "reassign": "item.reassigned",
    "drop": "item.dropped",
    "reopen": "item.reopened",
    "measure": "measure.created",
}
ALSO_UNITS = {"note", "report", "extend", "withdraw"}
PAGES = {"note", "report", "extend", "reassign"}


@pytest.fixture
def personas(cast, sun):
    seated = make.unit()
    make.seat(seated, cast.group)
    people = {
        "sun": sun,
        "lin": cast.lin,
        "wu": cast.wu,
        "seated": make.liaison(seated),
        "zhao": cast.zhao,
        "stranger": make.liaison(make.unit()),
        "leader": make.staff("leader"),
        "auditor": make.staff("auditor"),
        "admin": make.staff("admin"),
        "member": make.member(cast.lin_branch, user=make.user()).user,
    }
    clients = {}
    for name in PERSONAS:
        clients[name] = Client()
        clients[name].force_login(people[name])
    return clients


@pytest.fixture
def item_in(cast):
    def made(state):
        to = "in_progress" if state in NOT_BINDING else state
        meeting = make.held_meeting(cast.group)
        item = make.item(cast.lin_unit, to, meeting=meeting, assisting=[cast.wu_unit])
        if state == "struck":
            item.resolution.struck_at = timezone.now()
            item.resolution.save()
        if state == "not_held":
            meeting.status = "convened"
            meeting.save()
        return ActionItem.objects.get(pk=item.pk)

    return made


def lets_in(verb, persona):
    """Whether the policy of the URL lets the role in at all."""
    return persona == "sun" or (verb in ALSO_UNITS and persona in UNITS)


def expected(verb, persona, state):
    if not lets_in(verb, persona):
        return 403
    if persona not in (SEES_EARLY if state in NOT_BINDING else SEES):
        return 404
    return 302 if persona in TABLE[verb][1] else 403


def answers(item, cast):
    """What every form of an item asks for, filled in well."""
    return {
        "once": str(uuid.uuid4()),
        "text": "办了一步",
        "effect": "办好了",
        "reason": "说明原因",
        "answer": "知道了",
        "done_on": timezone.localdate().isoformat(),
        "due_on": (item.due_on + timedelta(days=30)).isoformat(),
        "unit": cast.zhao_unit.pk,
        "assisting": [cast.wu_unit.pk],
    }


def url_of(item, verb):
    return reverse(f"alliance:item-{verb}", args=[item.pk])


@pytest.mark.parametrize("state", STATES)
def test_the_whole_table_of_acts(personas, item_in, cast, state):
    item, wrong = item_in(state), []
    status = item.status
    for verb, (sources, _who, target) in TABLE.items():
        for persona in PERSONAS:
            wanted = expected(verb, persona, state)
            moved = wanted == 302 and state in sources
            with transaction.atomic():
                events = Event.objects.filter(name=EVENTS[verb]).count()
                response = personas[persona].post(url_of(item, verb), answers(item, cast))
                after = ActionItem.objects.get(pk=item.pk)
                done = Event.objects.filter(name=EVENTS[verb]).count() > events
                transaction.set_rollback(True)
            if wanted == 302 and not moved and verb in PAGES:
                wanted = 200  # the page says why, and keeps what was typed
            stands = after.status == ((target or status) if moved else status)
            if response.status_code != wanted or done != moved or not stands:
                wrong.append((persona, verb, response.status_code, wanted, after.status, done))
    assert wrong == []


@pytest.mark.parametrize("state", STATES)
def test_the_page_offers_each_reader_exactly_the_acts_that_will_work(personas, item_in, state):
    item = item_in(state)
    for persona in PERSONAS:
        response = personas[persona].get(item.get_absolute_url())
        if persona in {"admin", "member"}:
            assert response.status_code == 403, persona
            continue
        if persona not in (SEES_EARLY if state in NOT_BINDING else SEES):
            assert response.status_code == 404, persona
            continue
        page = response.content.decode()
        offered = {verb for verb in TABLE if f'"{url_of(item, verb)}"' in page}
        allowed = {
            verb
            for verb, (sources, who, _to) in TABLE.items()
            if state in sources and persona in who
        }
        assert offered == allowed, persona


@pytest.mark.parametrize("verb", sorted(PAGES))
def test_a_page_that_comes_too_late_leads_back_with_the_reason(personas, item_in, verb):
    item = item_in("dropped")
    response = personas["sun"].get(url_of(item, verb), follow=True)
    assert response.redirect_chain[-1][0] == item.get_absolute_url()
    assert "目前是“不再办理”" in response.content.decode()


@pytest.mark.parametrize("verb", sorted(PAGES))
def test_whoever_may_not_act_is_not_shown_the_form(personas, item_in, verb):
    item = item_in("in_progress")
    assert personas["seated"].get(url_of(item, verb)).status_code == 403
