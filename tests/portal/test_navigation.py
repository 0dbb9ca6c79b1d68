"""Each page says in the navigation where one is."""

import pytest

from nanchuan.portal.navigation import BOTTOM_BAR, SIDEBAR


def current(view_name, groups):
    return [entry.name for entry in groups if entry.is_current(view_name)]


ENTRIES = [entry for _title, entries in SIDEBAR for entry in entries]


@pytest.mark.parametrize(
    ("view_name", "entry"),
    [
        ("alliance:rota-year", "alliance:rota"),
        ("alliance:turn-detail", "alliance:rota"),
        ("alliance:swap-refuse", "alliance:rota"),
        ("alliance:duty-complete", "alliance:rota"),
        ("alliance:unit-detail", "alliance:group-list"),
        ("alliance:alliance-picture", "alliance:group-list"),
        ("alliance:signoff-sign", "alliance:regulation-list"),
        ("members:unit-detail", "members:unit-list"),
        ("members:dues-figures", "members:dues-list"),
        ("members:duesbranch-ledger", "members:dues-list"),
    ],
)
def test_a_page_without_an_entry_belongs_to_one(view_name, entry):
    assert current(view_name, ENTRIES) == [entry]


def test_the_calendars_are_among_my_own_things():
    assert current("alliance:feed-create", BOTTOM_BAR) == ["accounts:profile"]
