"""Two people move the same record at the same moment, on connections of their own."""

import threading

import pytest
from django.db import close_old_connections, connection

from members.actions import activities, participations, verifying
from members.models import Activity, Participation
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

ROUNDS = 5
pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts):
    """Run the acts at once; how many were refused in words."""
    barrier, refused = threading.Barrier(len(acts)), []

    def run(act):
        close_old_connections()
        try:
            act(barrier.wait)
        except StepRefused as refusal:
            refused.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def seen(record):
    return Activity.objects.select_related("organization", "kind", "host").get(pk=record.pk)


def act_on(record, action, *arguments, **facts):
    """Read the record, wait for the other one, act."""

    def act(wait):
        row = seen(record)
        wait()
        action(row, *arguments, by=record.logged_by, **facts)

    return act


def test_of_verifying_and_withdrawing_one_happens():
    for _round in range(ROUNDS):
        record = make.activity(make.organization())
        refused = together(
            act_on(record, verifying.verify), act_on(record, verifying.withdraw, "没有开")
        )
        assert len(refused) == 1
        status = seen(record).status
        names = set(Event.objects.filter(subject_id=record.pk).values_list("name", flat=True))
        assert names == {"activity.logged", f"activity.{status}"}
        part = Participation.objects.get(activity=record)
        assert part.counts == (status == "verified")


def test_two_clicks_hand_it_in_once():
    for _round in range(ROUNDS):
        branch = make.organization()
        host = make.member(branch)
        kind, when = make.activity_kind(), make.activity(branch).starts_at
        facts = {"kind": kind, "starts_at": when, "place": "室", "text": "文", "host": host}
        draft = activities.draft(branch, by=make.user(), **facts)
        refused = together(act_on(draft, activities.submit), act_on(draft, activities.submit))
        assert len(refused) == 1
        assert Event.objects.filter(name="activity.logged", subject_id=draft.pk).count() == 1


def unseen_is_verified(record):
    together(act_on(record, activities.change, title="改过的"), act_on(record, verifying.verify))
    found = seen(record)
    return (found.title, found.status) == ("改过的", "verified")


def test_nobody_verifies_what_was_corrected_at_that_moment():
    for _round in range(ROUNDS):
        record = make.activity(make.organization(), title="原来的")
        assert not unseen_is_verified(record)


def test_control_without_the_revision_the_unseen_is_verified(monkeypatch):
    """The test above would not pass by chance: without its guard it fails."""
    monkeypatch.setattr(Activity, "claim", lambda self: None)
    rounds = (make.activity(make.organization(), title="原来的") for _each in range(4 * ROUNDS))
    assert any(unseen_is_verified(record) for record in rounds)


def test_what_is_withdrawn_at_that_moment_counts_for_nobody():
    for _round in range(ROUNDS):
        asked = make.organization()
        guest = make.member(asked)
        record = make.activity(make.organization(), organizations=[asked])

        def answer(wait, asked=asked, guest=guest, record=record):
            part = Participation.objects.select_related("organization")
            part = part.get(activity=record, organization=asked)
            wait()
            participations.confirm(part, by=record.logged_by, members=[guest])

        together(answer, act_on(record, verifying.withdraw, "没有开"))
        if seen(record).status == "withdrawn":
            assert not Participation.objects.counted().filter(activity=record).exists()
