"""The board of needs (看板): a column for each stage, a bounded number of cards in each."""

import pytest
from django.urls import reverse

from services.models import Need
from services.views import need_lists
from tests import make

pytestmark = pytest.mark.django_db
BOARD = reverse("services:need-kanban")
STAGES = {
    "review": {"submitted", "returned", "appealed"},
    "take": {"published", "dispatched", "disputed"},
    "work": {"accepted", "in_progress"},
    "confirm": {"offered"},
    "solved": {"solved", "closed"},
}


def columns(response):
    return {
        column["stage"]: {card.status for card in column["cards"]}
        for column in response.context["columns"]
    }


def test_each_stage_has_its_statuses_and_what_is_given_up_stands_nowhere(cast, sun, sign_in):
    for status in Need.Status.values:
        make.need(cast.lin_unit, status, taken_by=cast.wu_unit, office=sun)
    assert columns(sign_in(sun).get(BOARD)) == STAGES


def test_a_reader_sees_own_cards_whole_and_others_by_their_public_face(cast, sign_in):
    own = make.need(cast.wu_unit, "submitted", title="自己的难处")
    other = make.need(cast.lin_unit, "published", title="隐语标题甲", category="finance")
    taken = make.need(cast.lin_unit, "accepted", title="隐语标题乙", taken_by=cast.zhao_unit)
    hidden = make.need(cast.zhao_unit, "published", audience="office", title="隐语标题丙")
    page = sign_in(cast.wu).get(BOARD)
    text = page.text
    assert own.title in text
    assert "融资需求" in text
    assert other.number in text
    assert taken.number in text
    assert hidden.number not in text
    assert "隐语" not in text
    assert str(cast.lin_unit) not in text
    assert str(cast.zhao_unit) not in text
    assert columns(page)["work"] == {"accepted"}


def test_a_long_column_leads_to_the_list_of_all(cast, sun, sign_in, monkeypatch):
    monkeypatch.setattr(need_lists, "MOST_CARDS", 3)
    for _number in range(5):
        make.need(cast.lin_unit, category="policy")
    make.need(cast.lin_unit, category="finance")
    client = sign_in(sun)
    page = client.get(f"{BOARD}?category=policy")
    [column] = [column for column in page.context["columns"] if column["cards"]]
    assert (len(column["cards"]), column["number"], column["more"]) == (3, 5, 2)
    assert "还有 2 条" in page.text
    listed = client.get(column["url"])
    assert listed.context["paginator"].count == 5


def test_more_than_is_counted_says_so(cast, sun, sign_in, monkeypatch):
    monkeypatch.setattr(need_lists, "MOST_CARDS", 2)
    monkeypatch.setattr(need_lists, "MOST_COUNTED", 2)
    for _number in range(5):
        make.need(cast.lin_unit)
    page = sign_in(sun).get(BOARD)
    assert page.context["columns"][0]["number"] == "4+"
    assert "还有 2+ 条" in page.text


def test_nothing_on_the_board_moves_a_need(cast, sun, sign_in):
    """Cards are links: a need moves by its steps alone."""
    make.need(cast.lin_unit)
    page = sign_in(sun).get(BOARD).text
    assert "draggable" not in page
    assert sign_in(sun).post(BOARD).status_code == 405


def test_htmx_receives_the_board_alone(cast, sun, sign_in):
    make.need(cast.lin_unit)
    part = sign_in(sun).get(BOARD, headers={"hx-request": "true"}).text
    assert "<html" not in part
    assert "kanban" in part


def test_an_empty_board_says_what_will_be_here(sun, sign_in):
    assert "这里会按阶段排列需求" in sign_in(sun).get(BOARD).text
