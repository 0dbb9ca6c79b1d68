"""What is suggested to whom: each reason asked of the rows, and nothing that a reader may not
see."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from nanchuan.kernel import calendar
from services import shelves, suggesting
from services.actions import resources, solving
from services.matching.facts import (
    Doubted,
    EnoughLeft,
    FreeThen,
    HasSolved,
    Kind,
    Why,
)
from services.models import Need, SuggestionRemark
from tests import make

pytestmark = pytest.mark.django_db

LOAN = {"title": "园区企业信用快贷", "content": "凭开票数据授信，无需抵押。", "category": "funds"}
ASKED = {
    "title": "流动资金信用贷款",
    "content": "没有东西可以抵押，想贷款周转。",
    "category": "finance",
}
BUS = {"title": "通勤班车", "content": "早晚接送，空座可拼。", "category": "channel"}


@pytest.fixture
def bank(cast):
    """A unit of the whole alliance that lends money."""
    unit = make.unit(name="农商行")
    make.seat(unit)
    return unit


@pytest.fixture
def loan(bank):
    return make.resource(bank, capacity=5, measure="笔", **LOAN)


def asked(of, to="published", **kwargs):
    return make.need(of, to, **ASKED | kwargs)


def keys(found):
    return [each.resource.pk for each in found[0]]


def reason(found, kind):
    return next((each for each in found[0][0].reasons if each.kind == kind), None)


def remark(need, resource, **kwargs):
    facts = {"why": "只贷给农户", "is_other_matter": True}
    return SuggestionRemark.objects.create(need=need, resource=resource, **facts | kwargs)


# ── Reasons are true ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def lived(cast, sun, bank, loan):
    """Lin asks for a loan. The bank of its chain has lent two, to somebody who asked for the same
    among others, and has one order open."""
    make.seat(bank, cast.group)
    make.booking(loan, cast.zhao_unit, quantity=2)
    ago = timezone.now() - timedelta(days=9)
    past = asked(cast.wu_unit, "offered", taken_by=bank, at=ago)
    solving.confirm(past, rating=5, by=None)
    asked(cast.zhao_unit, "accepted", taken_by=bank, title="别的", content="别的")
    need = asked(cast.lin_unit)
    found = suggesting.for_need(need, sun)
    assert keys(found) == [loan.pk]
    return SimpleNamespace(need=need, reasons={each.kind: each for each in found[0][0].reasons})


def test_every_kind_of_reason_is_told(lived):
    assert lived.reasons.keys() == set(Kind) - {Kind.DOUBT}
    assert all(suggesting.words_of(lived.reasons.values()))


def test_what_it_is_about_stands_in_both_texts(lived, loan):
    text, given = (f"{row.title} {row.content}" for row in (lived.need, loan))
    subject, words = lived.reasons[Kind.SUBJECT], lived.reasons[Kind.WORDS]
    assert all(part in text for word in subject.asked for part in word.split("+"))
    assert all(part in given for word in subject.offered for part in word.split("+"))
    assert all(word in text and word in given for word in words.words)
    category = lived.reasons[Kind.CATEGORY]
    assert (category.asked, category.offered) == (lived.need.category, loan.category)


def test_what_is_left_and_until_when_is_what_the_rows_say(lived, loan):
    taken = sum(row.quantity for row in loan.bookings.holding())
    assert taken == 2
    assert lived.reasons[Kind.LEFT] == EnoughLeft(loan.capacity - taken, loan.measure)
    assert lived.reasons[Kind.FREE] == FreeThen(timezone.localdate(), loan.free_until)


def test_the_chain_is_that_of_both_units(lived, bank):
    chains = lived.need.unit.seats.current().values_list("group__chain", flat=True)
    assert lived.reasons[Kind.CHAIN].chain in chains
    assert bank.seats.current().filter(group__chain=lived.reasons[Kind.CHAIN].chain).exists()


def test_what_its_unit_solved_and_owes_is_what_the_rows_say(lived, bank):
    past = Need.objects.solved().get(accepted_by=bank)
    done = timezone.localdate(past.solutions.get().confirmed_at)
    days = calendar.working_days_between(timezone.localdate(past.filed_at), done)
    assert days > 0
    assert lived.reasons[Kind.SOLVED] == HasSolved(1, days)
    assert lived.reasons[Kind.SOLVED].keys == (past.pk,)
    assert lived.reasons[Kind.LOAD].number == Need.objects.open().filter(accepted_by=bank).count()


def test_of_what_goes_by_hours_nobody_says_that_it_is_free_or_how_much_is_left(cast, sun, bank):
    make.resource(bank, capacity=1, is_timed=True, **LOAN)
    found = suggesting.for_need(asked(cast.lin_unit), sun)
    assert reason(found, Kind.SUBJECT)
    assert reason(found, Kind.FREE) is None and reason(found, Kind.LEFT) is None


def test_a_text_that_was_changed_is_read_anew(cast, sun, loan):
    need = asked(cast.lin_unit)
    assert keys(suggesting.for_need(need, sun)) == [loan.pk]
    resources.change(loan, by=None, title="通勤班车", content="早晚接送。")
    assert keys(suggesting.for_need(need, sun)) == []
    other = make.resource(**LOAN)
    assert keys(suggesting.for_need(need, sun)) == [other.pk]


def test_what_another_process_has_read_is_taken_over(cast, sun, loan, monkeypatch):
    monkeypatch.setattr(shelves, "STORED_FROM", 1)
    need = asked(cast.lin_unit)
    for _ in range(25):
        make.resource(**BUS)
    assert keys(suggesting.for_need(need, sun)) == [loan.pk]
    shelves.forget()
    monkeypatch.setattr(shelves.Shelf, "_read", lambda *args: pytest.fail("read anew"))
    assert keys(suggesting.for_need(need, sun)) == [loan.pk]


def test_a_far_one_is_found_behind_many_that_cannot_be_had(cast, sun, bank, monkeypatch):
    monkeypatch.setattr(suggesting, "FIRST", 2)
    for _ in range(9):
        make.resource(bank, "paused", **LOAN)
    free = make.resource(bank, **LOAN)
    need = asked(cast.lin_unit)
    found = suggesting.for_need(need, sun)
    assert keys(found) == [free.pk]
    assert {left.why for left in found[1]} == {Why.PAUSED}


def test_many_needs_cost_as_many_questions_as_one(cast, sun, loan, django_assert_max_num_queries):
    needs = [asked(cast.lin_unit) for _ in range(4)]
    suggesting.for_need(needs[0], sun)
    with django_assert_max_num_queries(16):
        found = suggesting.for_needs(needs, sun)
    assert all(keys(found[need.pk]) == [loan.pk] for need in needs)


# ── Remarks of the office ───────────────────────────────────────────────────────────────────


def test_a_remark_keeps_it_from_the_need_and_lowers_it_for_those_alike(cast, sun, loan):
    other = make.resource(**LOAN)
    first, second = asked(cast.lin_unit), asked(cast.wu_unit)
    assert keys(suggesting.for_need(second, sun))[0] == loan.pk
    made = remark(first, loan)
    suggested, left = suggesting.for_need(first, sun)
    assert [each.resource.pk for each in suggested] == [other.pk]
    assert [(each.resource, each.why) for each in left] == [(loan, Why.WRONG)]
    assert "只贷给农户" in left[0].said
    found = suggesting.for_need(second, sun)
    assert keys(found) == [other.pk, loan.pk]
    assert Doubted(1) in found[0][1].reasons
    SuggestionRemark.objects.filter(pk=made.pk).update(is_other_matter=False)
    assert keys(suggesting.for_need(second, sun)) == [loan.pk, other.pk]
    SuggestionRemark.objects.filter(pk=made.pk).update(taken_back_at=timezone.now())
    assert keys(suggesting.for_need(first, sun)) == [loan.pk, other.pk]


# ── Canaries ────────────────────────────────────────────────────────────────────────────────


def test_a_need_that_the_reader_does_not_see_has_no_suggestions(cast, sun, bank, loan):
    make.seat(make.unit(), cast.other_group)
    hidden = {
        "office": asked(cast.lin_unit, audience="office"),
        "chain": asked(cast.lin_unit, audience="group"),
        "review": asked(cast.lin_unit, "submitted"),
    }
    mine = make.resource(cast.zhao_unit, **LOAN)
    for need in hidden.values():
        assert suggesting.for_need(need, cast.zhao) == ([], [])
        assert keys(suggesting.for_need(need, sun))
    assert suggesting.needs_for(mine, cast.zhao) == []
    assert suggesting.needs_for_unit(cast.zhao_unit, cast.zhao) == []
    assert {each.need for each in suggesting.needs_for(mine, sun)} >= {hidden["office"]}


def test_of_a_public_face_only_the_public_title_is_asked_with(cast, loan):
    silent = asked(cast.lin_unit)
    told = asked(cast.lin_unit, public_title="找贷款", title="别的", content="别的")
    mine = make.resource(cast.zhao_unit, **LOAN)
    assert suggesting.for_need(silent, cast.zhao) == ([], [])
    found = suggesting.for_need(told, cast.zhao)
    assert keys(found) and reason(found, Kind.CHAIN) is None
    assert reason(found, Kind.SUBJECT).asked == ("贷款",)
    assert [each.need for each in suggesting.needs_for(mine, cast.zhao)] == [told]
    # Nor does what is left out say whose it is: the filer's own resource is there.
    own = make.resource(cast.lin_unit, **LOAN)
    assert own.pk in keys(suggesting.for_need(told, cast.zhao))
    assert own.pk not in keys(suggesting.for_need(silent, cast.lin))


def test_a_solved_need_counts_only_for_those_who_know_whose_hands_it_was_in(cast, sun, bank, loan):
    past = asked(cast.wu_unit, "solved", taken_by=bank, public_title="找贷款")
    need = asked(cast.lin_unit)
    assert reason(suggesting.for_need(need, sun), Kind.SOLVED).keys == (past.pk,)
    assert reason(suggesting.for_need(need, cast.lin), Kind.SOLVED) is None
    assert reason(suggesting.for_need(need, cast.lin), Kind.LOAD) is None
    make.cofiler(past, cast.lin_unit)
    assert reason(suggesting.for_need(need, cast.lin), Kind.SOLVED).number == 1


def test_a_resource_that_the_reader_does_not_see_is_nowhere(cast, sun, bank):
    hidden = [make.resource(bank, to, **LOAN) for to in ("paused", "submitted", "withdrawn")]
    need = asked(cast.lin_unit)
    assert suggesting.for_need(need, cast.lin) == ([], [])
    suggested, left = suggesting.for_need(need, sun)
    assert not suggested and [each.resource for each in left] == hidden[:1]


def test_what_the_office_found_wrong_is_its_own(cast, bank, loan):
    need = asked(cast.lin_unit)
    remark(need, loan)
    assert suggesting.for_need(need, cast.lin) == ([], [])
    theirs = asked(cast.wu_unit)
    remark(theirs, loan)
    make.resource(bank, **LOAN)
    assert reason(suggesting.for_need(asked(cast.lin_unit), cast.lin), Kind.DOUBT) is None


def test_units_are_for_those_who_dispatch(cast, sun, bank, loan):
    need = asked(cast.lin_unit)
    solver = make.unit(name="会计师事务所")
    make.seat(solver)
    asked(cast.wu_unit, "solved", taken_by=solver)
    assert [each.unit for each in suggesting.units_for(need, sun)] == [bank, solver]
    assert suggesting.units_for(need, cast.lin) == []
    assert suggesting.needs_for_unit(bank, cast.lin) == []
    assert [each.need for each in suggesting.needs_for_unit(bank, sun)] == [need]
