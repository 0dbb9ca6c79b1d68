"""The bulletin of a quarter tells what its rows say, as it stood at its end."""

from datetime import date, datetime
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from docx import Document

from alliance.actions import measures
from alliance.models import ActionItem, ItemStep
from services.models import Need
from tests import make

pytestmark = pytest.mark.django_db
URL = "/alliance/bulletin/"
Q2 = {"year": 2025, "quarter": 2}


def at(month, day, hour=10):
    return timezone.make_aware(datetime(2025, month, day, hour))  # noqa: DTZ001


def held(group, month, day, **kwargs):
    times = {"starts_at": at(month, day), "ends_at": at(month, day, 12), "held_at": at(month, day)}
    return make.held_meeting(group, quorum_percent=50, **times | kwargs)


def told(client, **query):
    """{section: [(text, state)]}."""
    page = client.get(URL, Q2 | query)
    return {
        section.key: [(line.text, line.state) for line in lines]
        for section, lines in page.context["sections"]
    }


def resolved(meeting, unit, text, **kwargs):
    resolution = make.resolution(meeting, text=text, entered_at=meeting.starts_at)
    return make.action_item(unit, resolution=resolution, **kwargs)


def stepped(item, what, status, when, **kwargs):
    facts = {"unit": item.unit, "due_on": item.due_on} | kwargs
    ItemStep.objects.create(item=item, what=what, status=status, at=when, **facts)
    item.status = status
    item.save()


@pytest.fixture
def quarter(cast):
    meeting = held(cast.group, 5, 8, title="五月联席会议")
    for seat in cast.group.seats.order_by("order"):
        meeting.invitations.create(seat=seat, unit_name=seat.unit.name)
    came = meeting.invitations.first()
    meeting.checkins.create(invitation=came, unit_name=came.unit_name, way="hand")
    held(cast.group, 3, 31, title="三月的会")
    held(cast.group, 7, 1, title="七月的会")
    held(cast.group, 6, 1, title="未登记", status="convened")
    return meeting


def test_a_meeting_is_told_with_who_came(cast, quarter, sign_in, sun):
    assert told(sign_in(sun))["meetings"] == [
        ("2025年5月8日，五月联席会议", "到会 1 / 应到 2，未达到法定人数")
    ]
    quarter.checkins.update(withdrawn_at=timezone.now())
    assert told(sign_in(sun))["meetings"][0][1] == ""  # nobody wrote down who came


def test_items_stand_as_they_stood_at_the_end(cast, quarter, sign_in, sun):
    late = resolved(quarter, cast.wu_unit, "逾期的", due_on=date(2025, 6, 20))
    running = resolved(quarter, cast.wu_unit, "办理的", due_on=date(2025, 7, 20))
    done = resolved(quarter, cast.lin_unit, "办结的", due_on=date(2025, 6, 20))
    stepped(done, "reported", "reported", at(6, 10))
    stepped(done, "confirmed", "done", at(6, 12))
    stepped(late, "confirmed", "done", at(7, 2))
    make.resolution(quarter, text="只作说明", entered_at=quarter.starts_at)
    expected = {
        late.number: "wu公司，期限2025年6月20日，逾期",
        running.number: "wu公司，期限2025年7月20日，办理中",
        done.number: "lin公司，期限2025年6月20日，已办结",
    }
    found = told(sign_in(sun))["resolutions"]
    assert {text.split()[0]: state for text, state in found[:3]} == expected
    assert found[3][1] == ""
    running.extensions.create(
        due_before=running.due_on,
        due_on=date(2025, 12, 1),
        reason="缺料",
        status="granted",
        answered_at=at(7, 5),
    )
    ActionItem.objects.filter(pk=running.pk).update(due_on=date(2025, 12, 1))
    stepped(late, "reopened", "in_progress", at(8, 1))
    again = told(sign_in(sun))["resolutions"]
    assert {text.split()[0]: state for text, state in again[:3]} == expected


def test_whose_it_was_before_it_was_given_away_is_left_blank(cast, quarter, sign_in, sun):
    item = resolved(quarter, cast.wu_unit, "换了单位", due_on=date(2025, 6, 20))
    ActionItem.objects.filter(pk=item.pk).update(unit=cast.lin_unit)
    stepped(item, "reassigned", "in_progress", at(7, 2), unit=cast.lin_unit)
    ((_text, state),) = told(sign_in(sun))["resolutions"]
    assert state == "期限2025年6月20日，逾期"


def test_what_was_written_later_has_no_state_yet(cast, quarter, sign_in, sun):
    item = resolved(quarter, cast.wu_unit, "补录的")
    type(item.resolution).objects.update(entered_at=at(7, 3), is_late_entry=True)
    ((_text, state),) = told(sign_in(sun))["resolutions"]
    assert state == ""


def test_measures_turns_and_handovers_of_the_quarter(cast, sign_in, sun):
    measure = make.measure(
        cast.lin_unit, title="用工互助", group=cast.group, at=at(4, 2), due_on=date(2025, 9, 1)
    )
    measures.report(measure, effect="成效", by=None, at=at(5, 1))
    measures.confirm(measure, by=None, at=at(5, 2))
    seat = cast.group.seats.get(unit=cast.wu_unit)
    dates = {"starts_on": date(2025, 4, 1), "ends_on": date(2025, 6, 30)}
    turn = make.turn(seat, theme="共护链条", **dates)
    turn.duties.create(kind="bulletin", title="编发简报", due_on=date(2025, 6, 30))
    page = sign_in(sun).get(URL, Q2 | {"group": cast.group.pk})
    found = told(sign_in(sun), group=cast.group.pk)
    assert [text.split()[1] for text, _state in found["measures"]] == ["用工互助（lin公司）"]
    assert found["turns"] == [(f"{cast.group} {turn.period_words} wu公司", "共护链条")]
    assert found["handovers"] == []
    assert [duty.turn_id for duty in page.context["duties"]] == [turn.pk]
    assert f"{turn.get_absolute_url()}#duty-" in page.content.decode()
    turned = sign_in(sun).get(turn.get_absolute_url()).content.decode()
    assert f"{URL}?year=2025&amp;quarter=2&amp;group={cast.group.pk}" in turned


def test_needs_that_only_some_may_read_are_not_told(cast, sign_in, sun):
    for title, audience in (
        ("人人可见", "alliance"),
        ("组内可见", "group"),
        ("党办可见", "office"),
    ):
        public = f"公开的{title}"
        need = make.need(
            cast.wu_unit, "published", title=title, audience=audience, public_title=public
        )
        Need.objects.filter(pk=need.pk).update(reviewed_at=at(5, 5))
    client = sign_in(sun)

    def titles(**query):
        return {text.split()[-1] for text, _state in told(client, **query)["needs"]}

    assert titles() == {"公开的人人可见"}
    # In a bulletin of one group a need of the whole alliance would tell whose chain it comes from.
    in_the_group = titles(group=cast.group.pk)
    assert "公开的组内可见" in in_the_group and len(in_the_group) == 2
    assert not any("人人可见" in text for text in in_the_group)
    assert titles(group=cast.other_group.pk) == set()
    assert titles(quarter=3) == set()


def test_a_reader_of_another_group_is_told_nothing_of_it(cast, quarter, sign_in):
    resolved(quarter, cast.wu_unit, "办理的")
    found = told(sign_in(cast.zhao))
    assert found["meetings"] == found["resolutions"] == []
    assert told(sign_in(cast.wu))["meetings"]


def test_the_paper_tells_the_lines_of_the_page(cast, quarter, sign_in, sun):
    resolved(quarter, cast.wu_unit, "办理的", due_on=date(2025, 7, 20))
    client = sign_in(sun)
    answer = client.get(URL, Q2 | {"export": "docx", "group": cast.group.pk})
    paper = Document(BytesIO(b"".join(answer.streaming_content)))
    words = [line.text for line in paper.paragraphs]
    assert words[0] == f"{cast.group}2025 年第二季度简报"
    assert "办理情况截至2025年6月30日" in words[1]
    assert words.count("无。") == 4
    cells = [tuple(c.text for c in row.cells[1:]) for table in paper.tables for row in table.rows]
    page = told(client, group=cast.group.pk)
    for lines in page.values():
        for line in lines:
            assert line in cells
    assert len(cells) == 2 + sum(map(len, page.values()))  # two heads


def test_the_page_asks_the_same_for_many_as_for_few(cast, quarter, sign_in, sun):
    client = sign_in(sun)

    def fill():
        for day in range(1, 6):
            meeting = held(cast.group, 4, day)
            item = resolved(meeting, cast.wu_unit, "事项", due_on=date(2025, 7, 20))
            stepped(item, "reported", "reported", at(6, 10))

    def asked():
        with CaptureQueriesContext(connection) as found:
            client.get(URL, Q2)
        return len(found)

    fill()
    few = asked()
    fill()
    assert asked() == few
