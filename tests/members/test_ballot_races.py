"""Two who vote at once, on connections of their own: one ballot each, and none is lost."""

from threading import Barrier

import pytest

from members.actions import appraisals, ballots, urns
from members.models import Appraisee, PeerResult, Urn
from tests import make_appraisals as made
from tests.races import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 50


@pytest.fixture
def appraisal(cast):
    made.people(cast.lin_branch, 3)
    return made.appraisal(cast.lin_branch, "peers")


def anew(appraisal):
    Urn.objects.filter(appraisal=appraisal).delete()
    appraisal.appraisees.update(has_voted=False)
    type(appraisal).objects.filter(pk=appraisal.pk).update(status="peers")
    appraisal.refresh_from_db()
    ballots.put_urn(appraisal)


def sums():
    return {
        int(pk): sum(map(int, each)) for pk, each in urns.unseal(Urn.objects.get().sealed).items()
    }


def test_of_two_ballots_of_one_person_one_counts(cast, appraisal):
    for _round in range(ROUNDS):
        anew(appraisal)

        def vote():
            made.vote(appraisal, cast.lin_member)

        (refusal,) = refusals(at_once(vote, vote))
        assert "您已经互评过了" in str(refusal)
        assert sum(sums().values()) == 3


def test_of_two_people_at_once_neither_ballot_is_lost(cast, appraisal):
    one, other = appraisal.appraisees.graded().select_related("member")[:2]
    for _round in range(ROUNDS):
        anew(appraisal)
        results = at_once(
            lambda: made.vote(appraisal, one.member), lambda: made.vote(appraisal, other.member)
        )
        assert not refusals(results)
        assert sum(sums().values()) == 6
        assert appraisal.appraisees.filter(has_voted=True).count() == 2


def test_a_ballot_counts_whole_or_not_at_all_when_the_step_ends(cast, appraisal, monkeypatch):
    monkeypatch.setattr(ballots, "FEWEST_BALLOTS", 0)
    for _round in range(ROUNDS):
        anew(appraisal)
        PeerResult.objects.all().delete()
        mine = type(appraisal).objects.select_related("organization").get(pk=appraisal.pk)
        results = at_once(
            lambda: made.vote(appraisal, cast.lin_member),
            lambda mine=mine: appraisals.end_peers(mine, by=None),
        )
        counted = sum(row.qualified for row in PeerResult.objects.all())
        voted = Appraisee.objects.get(member=cast.lin_member).has_voted
        assert (counted, voted, len(refusals(results))) in {(3, True, 0), (0, False, 1)}


def test_without_the_guards_one_person_votes_twice(cast, appraisal, monkeypatch):
    """The negative control: a look at the bit instead of a compare and swap, and no lock."""
    barrier = Barrier(2)

    def look_then_write(appraisal, voter):
        row = appraisal.appraisees.get(member=voter)
        if row.has_voted:
            raise AssertionError
        row.has_voted = True
        row.save(update_fields=["has_voted"])

    def only_read(appraisal):
        return Urn.objects.get(appraisal=appraisal)

    monkeypatch.setattr(ballots, "_mark", look_then_write)
    monkeypatch.setattr(ballots, "_hold", only_read)
    doubles = 0
    for _round in range(ROUNDS):
        anew(appraisal)

        def vote():
            barrier.wait(timeout=20)
            try:
                made.vote(appraisal, cast.lin_member)
            except AssertionError:
                return False
            return True

        doubles += all(at_once(vote, vote))
    from django.db import connection

    if connection.vendor == "postgresql":  # the one writer of SQLite rules it out
        assert doubles > 0
