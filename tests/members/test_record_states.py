"""Every state of a record × every act × everybody: who may do what, and where it leads."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members.actions import activities, verifying
from members.models import Activity, Participation
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db
STATES = ("draft", "submitted", "verified", "returned", "withdrawn")
WRITERS, JUDGES = {"lin", "chief", "sun"}, {"chief", "sun"}
# act: who may, state → state
ACTS = {
    "submit": (WRITERS, {"draft": "submitted", "returned": "submitted"}),
    "verify": (JUDGES, {"submitted": "verified"}),
    "return": (JUDGES, {"submitted": "returned", "verified": "returned"}),
    "withdraw": (WRITERS, {"submitted": "withdrawn", "returned": "withdrawn"}),
}
EVENTS = {
    "verify": "activity.verified",
    "return": "activity.returned",
    "withdraw": "activity.withdrawn",
}
UNSEEN = {"wu", "stranger"}  # not of the branch


@pytest.fixture
def personas(cast, sun):
    return {
        "lin": cast.lin,
        "chief": make.secretary(cast.root).user,
        "sun": sun,
        "plain": make.member(cast.lin_branch, user=make.user(name="plain")).user,
        "leader": make.staff("leader"),
        "auditor": make.staff("auditor"),
        "admin": make.staff("admin"),
        "wu": cast.wu,
        "stranger": make.user(name="stranger"),
    }


def in_state(status, cast, sun):
    """A record of Lin's branch that came to a state the way people bring it there."""
    facts = {
        "kind": make.activity_kind(),
        "starts_at": timezone.now() - timedelta(days=1),
        "host": cast.lin_member,
        "place": "会议室",
        "text": "学习",
    }
    activity = activities.draft(cast.lin_branch, by=cast.lin, **facts)
    if status != "draft":
        activities.submit(activity, by=cast.lin)
    if status == "verified":
        verifying.verify(activity, by=sun)
    if status == "returned":
        verifying.send_back(activity, "补照片", by=sun)
    if status == "withdrawn":
        verifying.withdraw(activity, "没有开", by=cast.lin)
    return activity


def send(client, act, activity):
    url = reverse(f"members:activity-{act}", args=[activity.pk])
    typed = {"reason": "原因", "revision": activity.revision}
    if act in ("return", "withdraw"):
        page = client.get(url)
        if page.status_code == 200:
            typed["once"] = page.context["form"]["once"].value()
    return client.post(url, typed)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("status", STATES)
def test_who_may_move_a_record_and_where_to(client, cast, personas, status, act):
    may, leads = ACTS[act]
    wrong = []
    for name, user in personas.items():
        activity = in_state(status, cast, personas["sun"])
        client.force_login(user)
        before = Event.objects.count()
        answer = send(client, act, activity).status_code
        now = Activity.objects.get(pk=activity.pk).status
        wanted = leads.get(status, status) if name in may else status
        hidden = name == "plain" and status in ("draft", "withdrawn")
        no_role = name in ("plain", "leader", "auditor", "admin", "stranger")
        told = 403 if no_role else 404 if name == "wu" or hidden else (200, 302)
        if name == "lin" and act in ("verify", "return"):
            told = 403
        told = told if isinstance(told, tuple) else (told,)
        events = Event.objects.count() - before
        if now != wanted or answer not in told or events != (now != status):
            wrong.append((name, answer, now, events))
    assert wrong == []


@pytest.mark.parametrize("status", STATES)
def test_what_counts_follows_the_state(cast, sun, status):
    activity = in_state(status, cast, sun)
    counted = Participation.objects.counted().filter(activity=activity).exists()
    assert counted == (status in ("submitted", "verified"))


@pytest.mark.parametrize("status", STATES)
def test_who_sees_which_state(client, cast, sun, personas, status):
    activity = in_state(status, cast, sun)
    seen = {"lin", "chief", "sun"}
    if status != "draft":
        seen |= {"leader", "auditor"}
    if status not in ("draft", "withdrawn"):
        seen |= {"plain"}
    found = set()
    for name, user in personas.items():
        client.force_login(user)
        answer = client.get(activity.get_absolute_url()).status_code
        found |= {name} if answer == 200 else set()
        assert answer in (200, 403, 404)
    assert found == seen


@pytest.mark.parametrize("status", STATES)
def test_a_correction_of_what_was_verified_waits_to_be_verified_anew(cast, sun, status):
    activity = in_state(status, cast, sun)
    if status in ("draft", "withdrawn"):
        with pytest.raises(StepRefused, match="不能更正"):
            activities.change(activity, by=cast.lin, title="更正")
        return
    activities.change(activity, by=cast.lin, title="更正")
    found = Activity.objects.get(pk=activity.pk)
    assert found.status == ("returned" if status == "returned" else "submitted")
    assert (found.verified_by, found.verified_at) == (None, None)


def test_nobody_verifies_the_own_organization(client, cast, sun):
    """Not even somebody of the park office who leads the branch too."""
    both = make.staff(name="both")
    led = make.organization(parent=cast.root)
    own = make.activity(led, host=make.secretary(led, user=both))
    other = make.activity(cast.lin_branch, host=cast.lin_member)
    assert list(Activity.objects.verifiable_by(both)) == [other]
    client.force_login(both)
    assert send(client, "verify", own).status_code == 403
    assert send(client, "verify", other).status_code == 302


def test_what_was_corrected_meanwhile_is_not_verified_unseen(client, cast, sun):
    activity = in_state("submitted", cast, sun)
    seen = Activity.objects.get(pk=activity.pk)
    activities.change(activity, by=cast.lin, title="又改了")
    client.force_login(sun)
    page = client.post(
        reverse("members:activity-verify", args=[seen.pk]), {"revision": seen.revision}, follow=True
    )
    assert "刚被别人更正过" in page.content.decode()
    assert Activity.objects.get(pk=seen.pk).status == "submitted"


@pytest.mark.parametrize("act", ["return", "withdraw"])
@pytest.mark.parametrize("reason", ["", "   ", "长" * 201, "\x00"])
def test_without_a_reason_nothing_goes_back(client, cast, sun, act, reason):
    activity = in_state("submitted", cast, sun)
    client.force_login(sun)
    url = reverse(f"members:activity-{act}", args=[activity.pk])
    once = client.get(url).context["form"]["once"].value()
    typed = {"once": once, "reason": reason, "revision": activity.revision}
    assert client.post(url, typed).status_code == 200
    assert Activity.objects.get(pk=activity.pk).status == "submitted"


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 40, str(10**17)])
def test_a_strange_revision_moves_nothing_or_is_told(client, cast, sun, revision):
    activity = in_state("submitted", cast, sun)
    client.force_login(sun)
    url = reverse("members:activity-verify", args=[activity.pk])
    assert client.post(url, {"revision": revision}).status_code == 302
    url = reverse("members:activity-return", args=[activity.pk])
    once = client.get(url)
    if once.status_code == 200:
        typed = {"once": once.context["form"]["once"].value(), "reason": "原因"}
        assert client.post(url, typed | {"revision": revision}).status_code == 200


def test_the_reason_stands_on_the_page_and_in_the_history(client, cast, sun):
    activity = in_state("submitted", cast, sun)
    client.force_login(sun)
    send(client, "return", activity)
    client.force_login(cast.lin)
    text = client.get(activity.get_absolute_url()).content.decode()
    assert "已退回，暂不计入。原因：原因" in text and "退回活动" in text
    assert "重新提交" in text
    edit = reverse("members:activity-edit", args=[activity.pk])
    assert f'btn btn-primary" href="{edit}"' in text  # the one next step
    activities.submit(Activity.objects.get(pk=activity.pk), by=cast.lin)
    assert Activity.objects.get(pk=activity.pk).reason == ""
    assert Event.objects.filter(name="activity.submitted").count() == 1
