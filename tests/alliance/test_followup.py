"""What became of the last resolutions: written by the portal, live before the meeting, kept as it
was told once it was held."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from alliance import followup
from alliance.actions import items as actions
from alliance.models import AgendaItem, MeetingKind
from nanchuan.kernel.handovers import sheet
from tests import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def days_ago(number):
    return timezone.now() - number * DAY


@pytest.fixture
def before(cast):
    """Two meetings of the group, sixty and thirty days ago."""
    return [
        make.held_meeting(cast.group, starts_at=days_ago(number), ends_at=days_ago(number - 0.1))
        for number in (60, 30)
    ]


@pytest.fixture
def coming(cast):
    kind = MeetingKind.objects.first()
    MeetingKind.objects.filter(pk=kind.pk).update(follows_up=True)
    kind.refresh_from_db()
    return make.meeting(cast.group, by=cast.lin, kind=kind)


@pytest.fixture
def each(cast, sun, before):
    today, (old, last) = timezone.localdate(), before
    made = {
        "late": make.item(cast.lin_unit, meeting=old, due_on=today - 4 * DAY),
        "on_time": make.item(cast.lin_unit, meeting=last, due_on=today + 9 * DAY),
        "reported": make.item(cast.wu_unit, "reported", meeting=last),
        "done": make.item(cast.wu_unit, "done", meeting=last),
        "dropped": make.item(cast.wu_unit, "dropped", meeting=last),
        "long_done": make.item(cast.lin_unit, "done", meeting=old, at=days_ago(45)),
    }
    struck = make.item(cast.lin_unit, meeting=last)
    struck.resolution.struck_at = timezone.now()
    struck.resolution.save()
    return made


def numbers(rows):
    return [row.number for row in rows]


def test_all_that_is_open_and_what_was_settled_since_they_met_last_the_late_first(each, coming):
    rows = followup.lines(coming)
    wanted = ("late", "on_time", "reported", "done", "dropped")
    assert rows[0].number == each["late"].number
    assert set(numbers(rows)) == {each[name].number for name in wanted}
    assert [row.kind for row in rows] == ["late", "on_time", "on_time", "done", "dropped"]
    assert followup.summary(rows) == "共 5 项：已办结 1、按期办理 2、逾期 1、不再办理 1"


def test_of_the_first_meeting_there_is_nothing_to_tell(coming):
    assert followup.lines(coming) == []
    assert "没有需要通报" in followup.summary([])


def test_a_meeting_hears_of_all_groups_that_hold_it_and_of_no_other(cast, each, coming):
    theirs = make.item(cast.zhao_unit, meeting=make.held_meeting(cast.other_group))
    assert theirs.number not in numbers(followup.lines(coming))
    coming.partners.add(cast.other_group)
    assert theirs.number in numbers(followup.lines(coming))


def test_the_page_tells_it_and_leads_on_to_what_the_reader_may_see(sign_in, cast, each, coming):
    page = sign_in(cast.wu).get(coming.part_url("topics")).content.decode()
    assert "共 5 项" in page and each["late"].get_absolute_url() in page
    coming.partners.add(cast.other_group)
    page = sign_in(cast.zhao).get(coming.part_url("topics")).content.decode()
    assert each["late"].number in page and each["late"].get_absolute_url() not in page


def test_once_held_it_stays_as_it_was_told(sign_in, cast, sun, each, coming):
    at = coming.ends_at
    with translation.override("en"):
        make.hold(coming, by=cast.lin, at=at)
    kept = coming.items.get(kind=AgendaItem.Kind.FOLLOW_UP).frozen
    assert len(kept) == 5
    days = (timezone.localdate(at) - each["late"].due_on).days
    assert kept[0]["state"] == f"逾期 {days} 天"
    actions.report(each["late"], effect="办好了", by=cast.lin)
    actions.confirm(each["late"], by=sun)
    told = followup.told(coming, cast.lin, coming.items.all())
    assert told["is_frozen"] and told["lines"][0].state == f"逾期 {days} 天"
    followup.freeze(coming)
    assert coming.items.get(kind=AgendaItem.Kind.FOLLOW_UP).frozen == kept
    assert (
        "（会议召开时的情况）" in sign_in(cast.wu).get(coming.part_url("topics")).content.decode()
    )


def test_an_agenda_without_it_says_nothing(cast, each):
    MeetingKind.objects.update(follows_up=False)
    meeting = make.meeting(cast.group, by=cast.lin, kind=MeetingKind.objects.first())
    assert followup.told(meeting, cast.lin, meeting.items.all()) is None
    make.hold(meeting, by=cast.lin)


def test_whoever_is_on_turn_next_is_handed_what_is_open(cast, each):
    (section,) = (row for row in sheet(cast.turn) if row["key"] == "items")
    told = " ".join(line["text"] for line in section["lines"])
    for name, item in each.items():
        assert (item.number in told) == (name in {"late", "on_time", "reported"}), name


def test_the_pages_of_the_group_and_of_the_unit_show_what_is_open(sign_in, cast, each):
    client = sign_in(cast.wu)
    page = client.get(cast.group.get_absolute_url())
    assert page.context["group"].open_items == 3 and page.context["group"].late_items == 1
    assert each["late"].number in page.content.decode()
    page = client.get(f"/alliance/units/{cast.lin_unit.pk}/").content.decode()
    assert each["late"].number in page and each["done"].number not in page


def test_the_meeting_shows_what_it_resolved_with_its_state(sign_in, cast, each, before):
    page = sign_in(cast.wu).get(before[1].part_url("outcome")).content.decode()
    assert each["reported"].get_absolute_url() in page and "待确认" in page
    assert each["late"].get_absolute_url() not in page


def test_a_draft_tells_no_group_what_a_partner_owes_that_has_heard_of_nothing(cast, sun, coming):
    """Whoever drafts a meeting puts down any group as a partner, and takes it out again."""
    theirs = make.item(cast.zhao_unit, meeting=make.held_meeting(cast.other_group))
    coming.partners.add(cast.other_group)
    assert theirs.number in numbers(followup.told(coming, cast.lin, coming.items.all())["lines"])
    coming.status = "draft"
    assert followup.told(coming, cast.lin, coming.items.all())["lines"] == []
    assert theirs.number in numbers(followup.told(coming, sun, coming.items.all())["lines"])
