"""Whatever is appointed, ended and handed over: one holder at a time, and "as of" any day is what
a replay of the acts says."""

import threading
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, close_old_connections, connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from members.actions import terms as actions
from members.models import Post, Term
from nanchuan.kernel.states import StepRefused
from tests import make

FIRST, DAYS, PEOPLE = date(2025, 1, 1), 40, 4
ROUNDS = 5
acts = some.lists(
    some.one_of(
        some.tuples(
            some.just("appoint"),
            some.booleans(),
            some.integers(0, PEOPLE - 1),
            some.integers(0, DAYS),
        ),
        some.tuples(
            some.just("end"), some.booleans(), some.integers(0, PEOPLE - 1), some.integers(0, DAYS)
        ),
    ),
    max_size=12,
)


class Replay:
    """What should be true, kept by the day: (post, person) in office."""

    def __init__(self, posts):
        self.posts, self.days = posts, [set() for _day in range(DAYS + 2)]

    def begin(self, post, person, start):
        for day in range(start, DAYS + 2):
            if post.sole:
                self.days[day] = {held for held in self.days[day] if held[0] != post.pk}
            self.days[day].add((post.pk, person.pk))

    def end(self, post, person, last):
        for day in range(last + 1, DAYS + 2):
            self.days[day].discard((post.pk, person.pk))


def act(replay, branch, people, step):
    kind, sole, number, day = step
    post, person, on = replay.posts[sole], people[number], FIRST + timedelta(days=day)
    try:
        if kind == "appoint":
            before = actions.predecessor(branch, post, on)
            actions.appoint(branch, post, person, starts_on=on, succeeding=before, by=None)
            replay.begin(post, person, day)
        else:
            term = Term.objects.filter(post=post, member=person, ends_on=None).first()
            if term:
                actions.end(term, on=on, reason="moved", by=None)
                replay.end(post, person, day)
    except StepRefused:
        pass  # then nothing has changed, as the comparison below will see


@pytest.mark.django_db
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=acts)
def test_as_of_any_day_equals_a_replay(db, steps):
    branch = make.organization()
    people = [make.member(branch) for _number in range(PEOPLE)]
    posts = {True: Post.objects.get(name="书记"), False: Post.objects.get(name="委员")}
    replay = Replay(posts)
    for step in steps:
        act(replay, branch, people, step)
    for day in range(DAYS + 2):
        on = FIRST + timedelta(days=day)
        rows = list(branch.terms.current(on).values_list("post", "member"))
        assert len(rows) == len(set(rows))
        assert set(rows) == replay.days[day], on
        assert sum(post == posts[True].pk for post, _member in rows) <= 1


def race(writers):
    """Each on a connection of its own; returns the sentences of those who were refused."""
    barrier, refused = threading.Barrier(len(writers)), []

    def run(write):
        close_old_connections()
        try:
            barrier.wait()
            write()
        except (StepRefused, IntegrityError) as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[write]) for write in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def appointing(branch, post, member, seen, on=FIRST + timedelta(days=400)):
    return lambda: actions.appoint(branch, post, member, starts_on=on, succeeding=seen, by=None)


@pytest.mark.django_db(transaction=True)
def test_of_two_successors_at_once_one_is_told():
    post = make.post()
    for _round in range(ROUNDS):
        branch = make.organization()
        holder = make.secretary(branch).terms.get()
        writers = [
            appointing(branch, post, make.member(branch), seen=holder) for _person in range(2)
        ]
        (refusal,) = race(writers)
        assert isinstance(refusal, StepRefused)
        assert branch.terms.filter(post=post, ends_on=None).count() == 1
        assert branch.terms.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_post_for_many_takes_both():
    """The negative control: the same race where nothing forbids it."""
    post = Post.objects.get(name="委员")
    branch = make.organization()
    writers = [appointing(branch, post, make.member(branch), seen=None) for _person in range(2)]
    assert race(writers) == []
    assert branch.terms.filter(post=post).count() == 2


@pytest.mark.django_db(transaction=True)
def test_past_every_form_the_database_itself_keeps_one_holder():
    post = make.post()
    for _round in range(ROUNDS):
        branch = make.organization()
        rows = [
            Term(organization=branch, post=post, member=make.member(branch), starts_on=FIRST)
            for _person in range(2)
        ]
        (refusal,) = race([row.save for row in rows])
        assert isinstance(refusal, IntegrityError)
        assert branch.terms.count() == 1
