"""Every state × act × person: what works is in the table, everything else leaves no trace."""

import uuid

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from nanchuan.circulars.actions import answers, publishing
from nanchuan.circulars.models import Circular
from nanchuan.kernel.models import Event
from tests import make, make_circulars

pytestmark = pytest.mark.django_db

OFFICE, BRANCH = "office", "branch"
# act: who, the noun of its address, what it records
ACTS = {
    "edit": (OFFICE, "circular", "circular.changed"),
    "receivers": (OFFICE, "circular", "circular.addressed"),
    "ask": (OFFICE, "circular", "circular.changed"),
    "publish": (OFFICE, "circular", "circular.published"),
    "drop": (OFFICE, "circular", "circular.dropped"),
    "recall": (OFFICE, "circular", "circular.recalled"),
    "replace": (OFFICE, "circular", "circular.drafted"),
    "extend": (OFFICE, "circular", "circular.extended"),
    "remind": (OFFICE, "circular", "circular.reminded"),
    "close": (OFFICE, "circular", "circular.closed"),
    "archive": (OFFICE, "circular", "circular.archived"),
    "accept": (OFFICE, "addressee", "addressee.accepted"),
    "return": (OFFICE, "addressee", "addressee.returned"),
    "more": (OFFICE, "addressee", "addressee.extension_granted"),
    "grant": (OFFICE, "extension", "addressee.extension_granted"),
    "refuse": (OFFICE, "extension", "addressee.extension_refused"),
    "confirm": (BRANCH, "addressee", "addressee.confirmed"),
    "answer": (BRANCH, "addressee", "addressee.submitted"),
    "later": (BRANCH, "addressee", "addressee.extension_asked"),
}
RUNNING = {"recall", "replace", "extend", "remind", "close", "more", "confirm"}
# "handed" runs too, with a submission to look at and a question for more time.
WORKS = {
    "draft": {"edit", "receivers", "ask", "publish", "drop"},
    "published": RUNNING | {"answer", "later"},
    "handed": RUNNING | {"accept", "return", "grant", "refuse"},
    "closed": {"recall", "replace", "archive", "accept"},
    "archived": set(),
    "recalled": set(),
    "replaced": set(),
}
OTHERWISE = {"ask": {"kind": "text"}}
ALLOWED = {OFFICE: {"sun"}, BRANCH: {"lin", "officer"}}


@pytest.fixture
def people(cast, sun):
    boss = make.secretary(cast.root, name="boss")
    officer = make.member(cast.lin_branch, user=make.user(name="officer"))
    make.term(cast.lin_branch, officer, "组织委员")
    return {
        "sun": sun,
        "lin": cast.lin,
        "officer": officer.user,
        "boss": boss.user,
        "wu": cast.wu,
        "member": make.member(cast.lin_branch, user=make.user()).user,
        "leader": make.staff("leader"),
        "auditor": make.staff("auditor"),
        "admin": make.staff("admin"),
        "nobody": make.user(),
    }


def circular_in(state, cast, sun, people):
    post = make.post("组织委员", leads=False)
    targets = [make_circulars.Target(kind="post", post=post), cast.lin_branch]
    facts = {"needs_receipt": True, "questions": [{"text": "做法", "is_required": False}]}
    made = make_circulars.circular(
        *targets, by=sun, state="draft" if state == "draft" else "published", **facts
    )
    if state not in ("draft", "published"):
        row = made.addressees.select_related("circular").get()
        answers.ask_for_time(row, until=make_circulars.days(8), reason="忙", by=cast.lin)
        make_circulars.submitted(row, cast.lin)
        now = {
            "closed": lambda: publishing.close(made, by=sun),
            "archived": lambda: (publishing.close(made, by=sun), publishing.archive(made, by=sun)),
            "recalled": lambda: publishing.recall(made, reason="错", by=sun),
            "replaced": lambda: publishing.publish(publishing.replace(made, by=sun), by=sun),
        }
        now.get(state, lambda: None)()
    return Circular.objects.get(pk=made.pk)


def address(act, circular):
    noun = ACTS[act][1]
    row = circular.addressees.first()
    extension = row and row.extensions.first()
    found = {"circular": circular, "addressee": row, "extension": extension}[noun]
    name = {"more": "extend"}.get(act, act)
    return found and reverse(f"circulars:{noun}-{name}", args=[found.pk])


def given(cast):
    until = timezone.localtime(make_circulars.days(20)).strftime("%Y-%m-%dT%H:%M")
    return {
        "kind": "notice",
        "title": "新标题",
        "text": "新内容",
        "organizations": [cast.lin_branch.pk],
        "reason": "原因",
        "until": until,
    }


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def act_as(client, path, facts):
    """POST it as it was shown, and confirm what is asked first."""
    once, shown = str(uuid.uuid4()), client.get(path).context
    form = shown and shown.get("form")
    if form and "seen" in form.fields:
        facts |= {"seen": form["seen"].value()}
    answer = client.post(path, facts | {"once": once})
    seal = answer.context and answer.context.get("seal")
    if answer.status_code == 200 and seal:
        answer = client.post(path, facts | {"once": once, "confirm": seal})
    return answer


def recorded():
    names = Event.objects.exclude(name="addressee.read").values_list("name", flat=True)
    return sorted(names)


@pytest.mark.parametrize("state", WORKS)
def test_what_works_is_in_the_table(state, cast, sun, people):
    circular = circular_in(state, cast, sun, people)
    facts, wrong, asked = given(cast), [], 0
    clients = {name: signed_in(user) for name, user in people.items()}
    for act, (who, _noun, event) in ACTS.items():
        path = address(act, circular)
        if path is None:
            assert act not in WORKS[state]
            continue
        for name, client in clients.items():
            asked += 1
            before = recorded()
            with transaction.atomic():
                answer = act_as(client, path, facts | OTHERWISE.get(act, {}))
                after = recorded()
                transaction.set_rollback(True)
            is_allowed = name in ALLOWED[who]
            did = event in after and after.count(event) > before.count(event)
            if did != (is_allowed and act in WORKS[state]):
                wrong.append((act, name, answer.status_code, "did" if did else "did not"))
            if not is_allowed and (answer.status_code not in (403, 404) or after != before):
                wrong.append((act, name, answer.status_code, "not denied"))
            if is_allowed and answer.status_code not in (200, 302):
                wrong.append((act, name, answer.status_code, "no answer"))
    assert wrong == []
    assert asked >= 100


SEES = {  # (circular, table, the addressee's page)
    "sun": (200, 200, 200),
    "leader": (200, 200, 200),
    "auditor": (200, 200, 200),
    "lin": (200, 200, 200),
    "officer": (200, 403, 200),
    "boss": (200, 200, 200),
    "member": (200, 403, 404),
    "wu": (404, 404, 404),
    "admin": (403, 403, 403),
    "nobody": (403, 403, 403),
}


@pytest.mark.parametrize("state", ["published", "archived", "recalled", "replaced"])
def test_who_sees_what(state, cast, sun, people):
    circular = circular_in(state, cast, sun, people)
    pages = [
        circular.get_absolute_url(),
        reverse("circulars:circular-table", args=[circular.pk]),
        circular.addressees.get().get_absolute_url(),
    ]
    for name, user in people.items():
        client = signed_in(user)
        assert tuple(client.get(page).status_code for page in pages) == SEES[name], name


def test_a_draft_is_the_office_s_alone(cast, sun, people):
    circular = circular_in("draft", cast, sun, people)
    for name, user in people.items():
        client = signed_in(user)
        expected = {"sun": 200, "admin": 403, "nobody": 403}.get(name, 404)
        assert client.get(circular.get_absolute_url()).status_code == expected, name
