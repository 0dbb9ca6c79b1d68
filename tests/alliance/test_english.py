"""Where a number stands in a sentence, each language writes it in its own way."""

from datetime import date
from pathlib import Path

import polib
import pytest
from django.utils import translation

from alliance.actions.planning import propose
from alliance.boards import Board
from alliance.models.settings import SETTINGS
from alliance.models.turns import period_words
from alliance.numerals import numeral
from alliance.timeline import working_days
from tests import make

CATALOG = Path("locale/en/LC_MESSAGES/django.po")
FIRST = date(2026, 1, 1)


@pytest.fixture
def english(tmp_path, settings):
    """The catalog as it is now, whether or not it was ever compiled here."""
    place = tmp_path / "en" / "LC_MESSAGES"
    place.mkdir(parents=True)
    polib.pofile(str(CATALOG)).save_as_mofile(str(place / "django.mo"))
    settings.LOCALE_PATHS = [tmp_path]
    with translation.override("en"):
        yield


@pytest.mark.parametrize(("number", "chinese"), [(1, "一"), (12, "十二"), (100, "100")])
def test_a_place_is_a_numeral_in_chinese_and_a_figure_elsewhere(number, chinese):
    assert numeral(number) == chinese
    with translation.override("en"):
        assert numeral(number) == str(number)


def test_the_order_is_explained_in_english(db, english):
    group = make.group(make.unit(), make.unit())
    seat = group.seats.order_by("order").last()
    make.turn(seat, starts_on=date(2025, 7, 1), ends_on=date(2025, 9, 30))
    words = [row.words for row in Board.of([group])[0].standing(FIRST)]
    assert words[0].startswith("No. 1: no turn yet, joined on ")
    assert words[1] == "No. 2: last turn Q3 2025"
    assert propose([group], year=2026, on=FIRST)[group][1].reason == "No. 2: last turn Q3 2025"


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (date(2026, 1, 31), "2026-1"),
        (date(2026, 3, 31), "Q1 2026"),
        (date(2026, 6, 30), "First half of 2026"),
        (date(2026, 12, 31), "2026"),
        (date(2026, 2, 10), "2026-01-01 — 2026-02-10"),
    ],
)
def test_a_period_in_english(english, last, words):
    assert period_words(FIRST, last) == words


def test_days_and_lists_in_english(english):
    monday, tuesday, friday = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 6)
    assert working_days(monday, tuesday) == " 1 working day"
    assert working_days(monday, friday) == " 4 working days"
    assert SETTINGS["rotating_kinds"].words(["enterprise", "department"]).startswith("Enterprise, ")
