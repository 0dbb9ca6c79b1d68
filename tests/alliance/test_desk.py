"""What the office finds on its desk: to-dos of the rota, ways from page to page, true words."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alliance import feeds
from alliance.actions import duties, planning, regulations, swaps, turns
from alliance.models import Origin, Turn
from alliance.views.groups import marked
from alliance.views.turns import unplanned_year
from nanchuan.kernel.together import answered
from nanchuan.portal.navigation import SIDEBAR
from nanchuan.portal.todo.alliance import rota
from tests import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def today():
    return timezone.localdate()


def sent(client, url, **typed):
    """The form of a page with what was typed."""
    once = client.get(url).context["form"]["once"].value()
    return client.post(url, typed | {"once": once})


def waiting(user):
    (items,) = answered([rota(user)])
    return items


def items(user):
    return [(str(item.verb), item.status, item.url) for item in waiting(user)]


@pytest.fixture
def swap(cast):
    """Lin asks Wu for an exchange of the two turns after the present one."""
    group = cast.group
    first = make.next_turn(cast.turn, group.seats.get(unit=cast.lin_unit))
    second = make.next_turn(first, group.seats.get(unit=cast.wu_unit))
    return swaps.propose(first, second, reason="展会", by=cast.lin)


# ── To-dos ──────────────────────────────────────────────────────────────────────────────────


def test_the_office_is_asked_to_fill_open_turns_and_nobody_else_is(cast, sun):
    later = make.next_turn(cast.turn)
    url = f"/alliance/turns/{later.pk}/assign/"
    assert items(sun) == [("确定轮值单位", "soon", url)]
    assert items(cast.lin) == items(cast.zhao) == items(make.staff("leader")) == []


def test_a_day_without_a_unit_is_overdue_and_stands_first(cast, sun):
    make.next_turn(cast.turn)
    Turn.objects.filter(pk=cast.turn.pk).update(seat=None, due_seat=None)
    assert [status for _verb, status, _url in items(sun)] == ["overdue", "soon"]
    assert waiting(sun)[0].status_text == "今天没有单位轮值"


def test_a_swap_waits_for_the_unit_that_was_asked_and_then_for_the_office(cast, sun, swap):
    url = swap.get_absolute_url()
    assert items(cast.wu) == [("答复对调", "soon", url)]
    assert items(cast.lin) == items(cast.zhao) == items(sun) == []
    swaps.agree(swap, by=cast.wu)
    assert items(sun) == [("确认对调", "soon", url)]
    assert items(cast.wu) == items(cast.lin) == []
    swaps.confirm(swap, by=sun)
    assert items(sun) == []


def test_many_of_them_cost_no_more_questions(cast, sun, swap, sign_in):
    swaps.agree(swap, by=cast.wu)
    turn = make.next_turn(Turn.objects.order_by("starts_on").last())
    counts = []
    waiting(sun)  # by now the roles of the reader are known
    for _each in range(2):
        with CaptureQueriesContext(connection) as asked:
            waiting(sun)
        counts.append(len(asked))
        for _more in range(5):
            turn = make.next_turn(turn)
    assert counts == [2, 2]
    assert "确认对调" in sign_in(sun).get("/").text


# ── Words of the rota ───────────────────────────────────────────────────────────────────────


def test_who_is_next_is_called_so_on_a_day_without_a_turn(cast, sign_in, sun):
    later = make.next_turn(cast.turn, cast.turn.seat)
    make.next_turn(later, cast.turn.seat)
    words = ["当前轮值", "下一轮值", "再下一轮值"]
    rows = cast.group.turns.coming()
    assert [str(turn.when) for turn in marked(rows)] == words
    then = cast.group.turns.coming(later.starts_on)
    assert [str(turn.when) for turn in marked(then, later.starts_on)] == words[:2]
    cast.turn.delete()
    assert [str(turn.when) for turn in marked(rows.all())] == words[1:]
    for page in ("/", "/alliance/rota/", "/alliance/groups/"):
        text = sign_in(sun).get(page).text
        assert "今天没有单位轮值" in text, page
        assert "turn-now" not in text, page


def test_planning_begins_with_the_first_year_that_is_not_planned(cast):
    groups = type(cast.group).objects.filter(pk=cast.group.pk)
    this = today().year
    last = make.next_turn(cast.turn, cast.turn.seat)
    Turn.objects.filter(pk=last.pk).update(ends_on=today().replace(month=12, day=31))
    Turn.objects.filter(pk=cast.turn.pk).delete()
    assert unplanned_year(groups) == this + 1
    assert unplanned_year(type(cast.group).objects.filter(pk=cast.other_group.pk)) == this


def test_the_unit_that_declines_is_named_to_whoever_writes_it_down(cast, sign_in, sun):
    turn = make.next_turn(cast.turn, cast.turn.seat)
    page = sent(sign_in(sun), f"/alliance/turns/{turn.pk}/decline/", reason="检修")
    assert f"“{turn.holder}”的位次保留" in page.text
    assert "贵单位" not in page.text


def test_a_turn_that_is_cut_short_leaves_its_later_duties_to_the_next_unit(cast, sun):
    duties.begin(cast.turn)
    other = cast.group.seats.get(unit=cast.wu_unit)
    rest = turns.assign(cast.turn, seat=other, origin=Origin.SUBSTITUTE, reason="忙", by=sun)
    cast.turn.refresh_from_db()
    assert cast.turn.ends_on == today() - DAY
    late = cast.turn.duties.open().filter(due_on__gt=cast.turn.ends_on)
    assert not late.exists()
    assert cast.turn.duties.open().filter(kind="handover", due_on=cast.turn.ends_on).exists()
    assert rest.duties.open().exists()


# ── The preview of an amendment ─────────────────────────────────────────────────────────────


def planned(cast):
    planning.generate([cast.group], year=today().year, by=None)
    planning.generate([cast.group], year=today().year + 1, by=None)
    return set(cast.group.turns.values_list("starts_on", "ends_on", "seat"))


def previewed(client, draft, starts_on):
    url = f"/alliance/charter/{draft.pk}/adopt/"
    page = sent(client, url, starts_on=starts_on, adopted_how="联席会议")
    return " ".join(page.context["preview"])


@pytest.fixture
def new_year():
    return today().replace(year=today().year + 1, month=1, day=1)


def test_the_preview_of_another_length_says_how_many_turns_are_planned_anew(
    cast, sign_in, sun, new_year
):
    make.regulation("rota", starts_on=today() - DAY)
    before = planned(cast)
    draft = make.regulation_draft("rota", {"turn_months": 2})
    words = previewed(sign_in(sun), draft, new_year)
    assert "4 次重新划分为 6 次" in words
    assert set(cast.group.turns.values_list("starts_on", "ends_on", "seat")) == before
    draft.refresh_from_db()
    assert draft.status == "draft"
    regulations.adopt(draft, starts_on=new_year, adopted_how="联席会议", by=sun)
    assert cast.group.turns.filter(starts_on__gte=new_year).count() == 6


def test_turns_about_which_somebody_has_decided_are_counted_apart(cast, sign_in, sun, new_year):
    make.regulation("rota", starts_on=today() - DAY)
    planned(cast)
    turns.decline(cast.group.turns.get(starts_on=new_year), reason="检修", by=sun)
    draft = make.regulation_draft("rota", {"turn_months": 2})
    words = previewed(sign_in(sun), draft, new_year)
    assert "3 次重新划分为" in words
    assert "1 次轮值的日期不变" in words


def test_an_amendment_that_leaves_the_rota_alone_says_so(cast, sign_in, sun, new_year):
    before = make.regulation("rota", starts_on=today() - DAY)
    planned(cast)
    draft = regulations.draft("rota", by=sun)
    words = previewed(sign_in(sun), draft, new_year)
    assert "已排定的轮值不变" in words
    assert "正文没有改动" in words
    assert before.text == draft.text


def test_the_charter_says_nothing_of_the_rota(cast, sign_in, sun, new_year):
    make.regulation("charter", starts_on=today() - DAY)
    planned(cast)
    assert "轮值中" not in previewed(sign_in(sun), make.regulation_draft("charter"), new_year)


# ── Ways from page to page ──────────────────────────────────────────────────────────────────


def test_each_article_in_force_leads_the_office_to_a_new_measure(cast, sign_in, sun):
    now = make.regulation()
    coming = make.regulation(starts_on=today() + 5 * DAY)
    article = now.sections.filter(level=2).first()
    way = f"/alliance/measures/create/?clause={article.pk}"
    assert way in sign_in(sun).get(now.get_absolute_url()).text
    form = sign_in(sun).get(way).context["form"]
    assert form["clause"].value() == str(article.pk)
    assert "?clause=" not in sign_in(sun).get(coming.get_absolute_url()).text
    assert "?clause=" not in sign_in(cast.lin).get(now.get_absolute_url()).text


def test_pages_of_groups_units_and_turns_lead_to_their_calendar(cast, sign_in):
    lin, form = sign_in(cast.lin), "/alliance/feeds/create/"
    ways = {
        cast.group.get_absolute_url(): f"{form}?group={cast.group.pk}",
        cast.turn.get_absolute_url(): f"{form}?group={cast.group.pk}",
        f"/alliance/units/{cast.lin_unit.pk}/": f"{form}?unit={cast.lin_unit.pk}",
    }
    for page, way in ways.items():
        assert way in lin.get(page).text, page


def test_a_turn_in_the_calendar_leads_to_its_page(cast):
    feed, _token = make.feed(cast.lin, group=cast.group)
    urls = [entry.url for entry in feeds.entries(feed, today())]
    assert urls == [f"{settings.SITE_URL}{cast.turn.get_absolute_url()}"]


def test_the_figure_of_a_group_opens_exactly_the_measures_done_in_time(cast, sign_in, sun):
    made = make.measure(cast.lin_unit, "done", group=cast.group, title="按期")
    make.measure(cast.lin_unit, "done", title="别处")
    make.measure(cast.lin_unit, group=cast.group, title="推进")
    late = make.measure(cast.lin_unit, "done", late=True, group=cast.group, title="逾期")
    assert late.done_on > late.due_on
    query = {"group": cast.group.pk, "figure": "done_in_time"}
    page = sign_in(sun).get("/alliance/measures/", query)
    assert list(page.context["object_list"]) == [made]


def test_every_group_that_is_seen_is_offered_though_it_has_no_measure(cast, sign_in, sun):
    make.group(name="解散", ends_on=today() - DAY)
    offered = sign_in(sun).get("/alliance/measures/").context["filter"].form["group"]
    names = {str(words) for _value, words in offered.field.choices}
    assert {str(cast.group), str(cast.other_group)} <= names
    assert "解散" not in names
    empty = sign_in(sun).get("/alliance/measures/", {"group": cast.group.pk})
    assert empty.status_code == 200
    assert list(empty.context["object_list"]) == []


@pytest.mark.parametrize(
    ("view_name", "place"),
    [
        ("alliance:unit-detail", "alliance:group-list"),
        ("alliance:alliance-picture", "alliance:group-list"),
        ("alliance:seat-create", "alliance:group-list"),
        ("alliance:turn-detail", "alliance:rota"),
        ("alliance:swap-list", "alliance:rota"),
        ("alliance:rota-plan", "alliance:rota"),
        ("alliance:regulation-edit", "alliance:regulation-list"),
        ("members:unit-detail", "members:unit-list"),
        ("home", "home"),
    ],
)
def test_each_page_has_one_place_in_the_sidebar(view_name, place):
    entries = [entry for _title, group in SIDEBAR for entry in group]
    assert [entry.name for entry in entries if entry.is_current(view_name)] == [place]


def test_whoever_sees_no_turns_is_offered_none(cast, sign_in):
    make.next_turn(cast.turn, cast.turn.seat)
    admin = make.staff("admin")
    for page in ("/", "/alliance/rota/", "/alliance/rota/fairness/", "/alliance/groups/"):
        text = sign_in(admin).get(page).text
        for refused in ("/alliance/turns/", "/alliance/swaps/", "/alliance/units/", "近期没有会议"):
            assert refused not in text, (page, refused)
