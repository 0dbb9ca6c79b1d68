"""The rota of a year as a picture: every bar where its days are, every word within its bar."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from alliance.models import Group, Turn
from alliance.yearpicture import LABELS, ON_A_SHEET, PLOT, YearPicture, _wide, fold
from members.models import Unit
from tests import make

URL = "/alliance/rota/picture/"
DAY = timedelta(days=1)
TODAY = date(2026, 5, 20)


class Seated:
    """A turn without a database."""

    def __new__(cls, starts_on, ends_on, name="示例企业", origin="order"):
        from alliance.models import Seat

        seat = Seat(pk=1, unit=Unit(name=name)) if name else None
        return Turn(group_id=1, seat=seat, starts_on=starts_on, ends_on=ends_on, origin=origin)


def bars_of(*turns, year=2026, today=TODAY):
    picture = YearPicture(year, [Group(pk=1, name="小组")], turns, today)
    return picture.sheets[0].rows[0].bars


def quarters(year):
    firsts = [date(year, month, 1) for month in (1, 4, 7, 10)]
    lasts = [*(first - DAY for first in firsts[1:]), date(year, 12, 31)]
    return list(zip(firsts, lasts, strict=True))


@pytest.mark.parametrize("year", [2024, 2026])
def test_quarters_fill_the_year_without_a_gap(year):
    bars = bars_of(*(Seated(*days) for days in quarters(year)), year=year)
    assert bars[0].x == 0
    assert bars[-1].x + bars[-1].width == pytest.approx(PLOT - 1, abs=0.2)
    for before, after in pairwise(bars):
        assert 0 < after.x - (before.x + before.width) < 3


def test_a_turn_that_reaches_into_other_years_is_cut():
    (bar,) = bars_of(Seated(date(2025, 10, 1), date(2027, 3, 31)))
    assert (bar.x, bar.width) == (0, PLOT - 1)


@pytest.mark.parametrize(
    ("days", "name", "kind"),
    [
        ((date(2026, 1, 1), date(2026, 5, 19)), "甲", "past"),
        ((date(2026, 1, 1), date(2026, 5, 20)), "甲", "now"),
        ((date(2026, 5, 20), date(2026, 6, 30)), "甲", "now"),
        ((date(2026, 5, 21), date(2026, 6, 30)), "甲", "ahead"),
        ((date(2026, 5, 1), date(2026, 6, 30)), "", "open"),
    ],
)
def test_what_a_bar_is_today(days, name, kind):
    (bar,) = bars_of(Seated(*days, name=name))
    assert bar.kind == kind
    assert ("待定" in [words.text for words in bar.words]) is (kind == "open")


@pytest.mark.parametrize(
    ("origin", "word"),
    [("order", None), ("swap", "对调"), ("substitute", "代替"), ("override", "指定")],
)
def test_a_small_word_says_why_it_is_not_the_one_in_order(origin, word):
    """Also in the bar of half a month."""
    for last in (date(2026, 6, 15), date(2026, 8, 31)):
        (bar,) = bars_of(Seated(date(2026, 6, 1), last, "某某新材料公司", origin))
        assert [words.text for words in bar.words if words.small] == ([word] if word else [])
        assert len(bar.words) <= 3


def test_half_months_keep_their_names():
    turns = [
        Seated(date(2026, month, first), date(2026, month, first + 13), "长江电子科技")
        for month in range(1, 13)
        for first in (1, 15)
    ]
    bars = bars_of(*turns)
    assert len(bars) == 24
    assert all(bar.words[0].text.startswith("长江") for bar in bars)
    edges = [(bar.x, bar.x + bar.width) for bar in bars]
    assert all(end <= begin for (_x, end), (begin, _end) in pairwise(edges))


@given(st.text(max_size=60), st.integers(12, 200), st.integers(1, 3))
def test_a_name_never_leaves_its_bar(text, width, most):
    lines = fold(text, width, most)
    assert len(lines) <= most
    shown = "".join(lines)
    assert text.startswith(shown.removesuffix("…")) or shown == text
    assert all(_wide(line) <= max(width, 12) for line in lines)


@pytest.mark.parametrize(("groups", "sheets"), [(0, 0), (1, 1), (12, 1), (13, 2), (60, 5)])
def test_groups_are_dealt_to_sheets_of_a4(groups, sheets):
    made = [Group(pk=number, name=f"第{number}小组") for number in range(1, groups + 1)]
    picture = YearPicture(2026, made, [], TODAY)
    assert len(picture.sheets) == sheets
    assert [row.group for sheet in picture.sheets for row in sheet.rows] == made
    for sheet in picture.sheets:
        assert len(sheet.rows) <= ON_A_SHEET
        assert (LABELS + PLOT) / sheet.height >= 277 / 165  # leaves room for a title and the key


def test_today_is_marked_in_its_own_year_only():
    assert 0 < YearPicture(2026, [], [], TODAY).today_x < PLOT
    assert YearPicture(2025, [], [], TODAY).today_x is None
    assert YearPicture(2026, [], [], date(2026, 1, 1)).today_x == 0


# ── The page ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_the_page_draws_and_lists_the_same_turns(sign_in, sun, cast):
    make.turn(cast.other_group.seats.get(), origin="swap")
    page = sign_in(sun).get(URL)
    text = page.content.decode()
    assert text.count('class="turn-bar turn-bar-now"') == len(page.context["turns"]) == 2
    assert "对调" in text and "今天" in text
    assert "style=" not in text.split("<main")[1].split("</main")[0]


@pytest.mark.django_db
def test_a_group_without_turns_has_its_row(sign_in, sun, cast):
    make.group(name="新建小组")
    text = sign_in(sun).get(URL).content.decode()
    assert "新建小组" in text and "还没有排定轮值" in text


@pytest.mark.django_db
def test_another_group_is_not_in_the_picture(sign_in, cast):
    make.turn(cast.other_group.seats.get(), theme="别组")
    text = sign_in(cast.wu).get(URL).content.decode()
    assert "lin公司" in text and str(cast.group) in text
    assert "zhao公司" not in text and str(cast.other_group) not in text


@pytest.mark.django_db
def test_the_filter_leaves_one_group(sign_in, sun, cast):
    page = sign_in(sun).get(URL, {"group": cast.group.pk})
    rows = [row.group for sheet in page.context["picture"].sheets for row in sheet.rows]
    assert rows == [cast.group]
    assert f"/alliance/rota/year/?group={cast.group.pk}" in page.content.decode()


@pytest.mark.django_db
def test_who_manages_accounts_sees_units_and_no_people(sign_in, cast):
    Turn.objects.update(chair_name="王主席")
    text = sign_in(make.staff("admin")).get(URL).content.decode()
    assert "lin公司" in text and "王主席" not in text
    assert "/alliance/rota/year/" not in text


@pytest.mark.django_db
def test_more_groups_are_no_more_questions(sign_in, sun, cast):
    client, counts = sign_in(sun), []
    for number in (2, 20):
        for _each in range(number):
            group = make.group(make.unit())
            make.turn(group.seats.get())
        client.get(URL)
        with CaptureQueriesContext(connection) as captured:
            client.get(URL)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 12
