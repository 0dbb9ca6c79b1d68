"""Who gets what: whatever is asked and whatever there is, the rules of the table hold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services import capacity
from services.capacity import Held
from services.matching.allocating import Given, Ledger, Row, Stock, allocate

ZERO = datetime(2026, 11, 30, tzinfo=UTC)
KEYS = "abcd"
DAYS = (ZERO.date(), ZERO.date() + timedelta(days=1))


def hour(number):
    return ZERO + timedelta(hours=number)


@st.composite
def spans(draw):
    begins = draw(st.integers(0, 8))
    return hour(begins), hour(begins + draw(st.integers(1, 4)))


@st.composite
def stocks(draw, key):
    is_timed = draw(st.booleans())
    most = draw(st.none() | st.integers(1, 6))
    room = most if most is not None else 6
    held = []
    for _ in range(draw(st.integers(0, 2))):
        span = draw(spans()) if is_timed else (None, None)
        quantity = draw(st.integers(1, 2))
        left = capacity.left(room, held, *span)
        if quantity <= left:
            held.append(Held(quantity, *span))
    proposed = tuple(draw(st.lists(spans(), max_size=3))) if is_timed else ()
    wanted = {DAYS[0]: tuple(draw(st.lists(spans(), max_size=2)))} if is_timed else {}
    return Stock(most, tuple(held), is_timed, proposed, wanted)


@st.composite
def tables(draw):
    there = {key: draw(stocks(key)) for key in KEYS}
    rows = []
    for number in range(draw(st.integers(0, 12))):
        offers = draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=4))
        rows.append(
            Row(
                number,
                offers,
                {offer: draw(st.integers(1, 3)) for offer in offers},
                draw(st.sampled_from((None, *DAYS))),
                is_open=draw(st.integers(0, 9)) > 0,
            )
        )
    return rows, there


def held_at_most(there, found, key):
    """Counted hour by hour, as anybody would on paper."""
    stock = there[key]
    taken = [each for each in found.values() if each and each.offer == key]
    if not stock.is_timed:
        return sum(h.quantity for h in stock.held) + sum(each.quantity for each in taken)
    rows = [(h.quantity, h.starts_at, h.ends_at) for h in stock.held]
    rows += [(each.quantity, *each.span) for each in taken]
    return max(
        sum(number for number, begins, ends in rows if begins <= hour(at) < ends)
        for at in range(13)
    )


@given(tables())
def test_never_more_than_there_is(table):
    rows, there = table
    found = allocate(rows, there)
    for key, stock in there.items():
        if stock.capacity is not None:
            assert held_at_most(there, found, key) <= stock.capacity


@given(tables())
def test_a_row_gets_the_best_that_those_above_it_left(table):
    """Each row by itself: what it got is the first of its offers that the rows above left enough
    of; nothing only if none of them had enough left."""
    rows, there = table
    found = allocate(rows, there)
    for place, row in enumerate(rows):
        ledger = Ledger(there)
        for above in rows[:place]:
            if found[above.key]:
                ledger.take(found[above.key])
        could = [each for offer in row.offers if (each := ledger.best_of(offer, row))]
        assert found[row.key] == (could[0] if could and row.is_open else None)


@given(tables())
def test_the_same_is_found_twice_and_rows_below_change_nothing_above(table):
    rows, there = table
    found = allocate(rows, there)
    assert allocate(rows, there) == found
    for place in range(len(rows)):
        above = allocate(rows[:place], there)
        assert above == {row.key: found[row.key] for row in rows[:place]}


@given(tables(), st.data())
def test_what_is_fixed_stays_and_the_rest_goes_round_it(table, data):
    """What the table found may be fixed anywhere: the row keeps it, and nothing is oversold."""
    rows, there = table
    found = allocate(rows, there)
    kept = data.draw(st.sets(st.sampled_from(range(len(rows))))) if rows else set()
    fixed = [
        replace(row, fixed=found[row.key])
        if row.key in kept
        else replace(row, offers=tuple(reversed(row.offers)))
        for row in rows
    ]
    again = allocate(fixed, there)
    assert all(again[row.key] == row.fixed for row in fixed if row.fixed)
    for key, stock in there.items():
        if stock.capacity is not None:
            assert held_at_most(there, again, key) <= stock.capacity


def test_the_first_takes_the_last_one_and_the_second_its_second_best():
    there = {"hall": Stock(1), "room": Stock(1)}
    rows = [Row(1, ["hall"]), Row(2, ["hall", "room"]), Row(3, ["room", "hall"])]
    assert allocate(rows, there) == {1: Given("hall"), 2: Given("room"), 3: None}


def test_what_a_hand_fixed_below_is_not_given_above():
    there = {"hall": Stock(1)}
    rows = [Row(1, ["hall"]), Row(2, ["hall"], fixed=Given("hall"))]
    assert allocate(rows, there) == {1: None, 2: Given("hall")}


def test_hours_that_are_taken_move_the_second_to_the_next_ones():
    morning, noon = (hour(1), hour(3)), (hour(3), hour(5))
    there = {"hall": Stock(1, (), True, (morning, noon))}
    rows = [Row(number, ["hall"]) for number in range(3)]
    assert [each and each.span for each in allocate(rows, there).values()] == [morning, noon, None]


def test_each_gets_as_much_as_it_asks_for_of_what_has_enough():
    there = {"small": Stock(2), "big": Stock(9)}
    rows = [Row(number, ["small", "big"], {"small": 3, "big": 4}) for number in range(3)]
    assert allocate(rows, there) == {0: Given("big", 4), 1: Given("big", 4), 2: None}


def test_who_wants_it_on_a_day_gets_the_hours_of_that_day_or_something_else():
    soon, then = (hour(1), hour(3)), (hour(25), hour(27))
    there = {"hall": Stock(1, (), True, (soon,), {DAYS[1]: (then,)}), "room": Stock(9)}
    rows = [Row(number, ["hall", "room"], day=DAYS[1]) for number in range(2)]
    rows += [Row(2, ["hall"]), Row(3, ["hall"], day=DAYS[0])]
    hall, room = Given("hall", 1, then), Given("room")
    assert allocate(rows, there) == {0: hall, 1: room, 2: Given("hall", 1, soon), 3: None}
