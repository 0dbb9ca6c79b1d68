"""`make chaos` counts right: what is lost, doubled or out of place is seen, and nothing else is."""

from collections import Counter

import pytest

from deploy.chaos.ledger import Facts, judge

MATTER = ("meeting.notice", 1)
PEOPLE = range(10)


def told() -> Facts:
    """Ten people, each told once in each way, and one group."""
    pairs = {(MATTER, person) for person in PEOPLE}
    return Facts(
        expected=set(pairs),
        inbox=Counter(pairs),
        mails={f"uid{person}": (MATTER, person, "sent", 1) for person in PEOPLE},
        takes=Counter(f"uid{person}" for person in PEOPLE),
        lines={("robot", "题目")},
        told=[("robot", frozenset({"题目"}))],
    )


def test_all_told_once_is_whole():
    verdict = judge(told())
    assert (verdict.planned, verdict.sent, verdict.lost, verdict.broken) == (21, 21, 0, [])


def lose_a_line(facts):
    facts.inbox[MATTER, 3] = 0


def lose_a_mail(facts):
    facts.takes["uid3"] = 0


def lose_a_row(facts):
    del facts.mails["uid3"], facts.takes["uid3"]


def lose_a_group(facts):
    facts.told.clear()


@pytest.mark.parametrize("lose", [lose_a_line, lose_a_mail, lose_a_row, lose_a_group])
def test_what_is_lost_is_seen(lose):
    facts = told()
    lose(facts)
    verdict = judge(facts)
    assert (verdict.lost, verdict.sent) == (1, 20)
    assert any("1 lost" in words for words in verdict.broken)


def test_a_second_line_in_an_inbox_is_seen_whatever_was_killed():
    facts = told()
    facts.doubtful = 100
    facts.inbox[MATTER, 3] = 2
    verdict = judge(facts)
    assert verdict.twice_inbox == 1
    assert verdict.broken == ["1 twice in an inbox"]


@pytest.mark.parametrize(("kills", "holds"), [(2, True), (1, False)])
def test_mails_and_digests_may_come_twice_as_often_as_something_was_killed(kills, holds):
    facts = told()
    facts.doubtful = kills
    facts.mails["uid3"] = (MATTER, 3, "sent", 2)
    facts.takes["uid3"] = 2
    facts.told *= 2
    verdict = judge(facts)
    assert verdict.twice_outside == 2
    assert (not verdict.broken) is holds


def test_a_digest_that_brings_something_new_is_no_duplicate():
    facts = told()
    facts.lines.add(("robot", "另一题"))
    facts.told.append(("robot", frozenset({"题目", "另一题"})))
    assert judge(facts).twice_outside == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda facts: facts.inbox.update([(MATTER, 99)]), "told outside the audience"),
        (lambda facts: facts.takes.update(["stranger"]), "mails that no row knows"),
        (lambda facts: facts.takes.update(["uid1"]), "rows that do not say what happened"),
        (lambda facts: setattr(facts, "early", 1), "too early"),
        (lambda facts: setattr(facts, "after_cancel", 1), "after it was called off"),
        (lambda facts: setattr(facts, "waiting", 1), "still waiting"),
    ],
)
def test_what_is_out_of_place_is_seen(change, words):
    facts = told()
    facts.doubtful = 100
    change(facts)
    assert f"1 {words}" in judge(facts).broken


def test_a_mail_that_is_marked_and_never_arrived_is_lost_and_its_row_a_liar():
    facts = told()
    del facts.takes["uid3"]
    assert judge(facts).broken == ["1 lost (mail)", "1 rows that do not say what happened"]


def test_what_a_server_refused_for_good_is_not_lost():
    facts = told()
    del facts.takes["uid3"]
    facts.mails["uid3"] = (MATTER, 3, "dead", 1)
    facts.refused.add((MATTER, 3))
    verdict = judge(facts)
    assert (verdict.planned, verdict.lost, verdict.broken) == (20, 0, [])
