"""A need may say how much it asks for and on which day: nobody has to, and whoever does gets what
there is enough of, and what is free then."""

import uuid
from datetime import datetime, time, timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from nanchuan.kernel.states import StepRefused
from services import matchtable as rows
from services import suggesting
from services.actions import filing, matchapply, matchbuild, matchtable
from services.matching.facts import Kind, Offer, Why
from services.matching.measures import needed
from services.models import Booking, MatchLine, Need, NeedDraft
from tests import make
from tests.services.test_need_papers import cells, word

pytestmark = pytest.mark.django_db
CREATE, SAVE = reverse("services:need-create"), reverse("services:needdraft-save")
TODAY = timezone.localdate()
DAY = timedelta(days=1)
THEN = TODAY + 20 * DAY
NEED = {
    "category": "other",
    "title": "借会议室开会",
    "content": "要会议室开全员大会",
    "urgency": "normal",
    "audience": "alliance",
    "contact_name": "王主任",
    "contact_phone": "0971-8123456",
}
SAID = {"quantity": "3", "measure": "间", "wanted_on": THEN.isoformat()}
HALL = {"category": "venue", "title": "会议室", "content": "园区会议室，可以开会", "measure": "间"}


def typed(**changes):
    return {"once": str(uuid.uuid4())} | NEED | changes


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def lin(cast):
    return signed_in(cast.lin)


def asks(cast, to="published", **facts):
    said = {name: NEED[name] for name in ("category", "title", "content")}
    return make.need(cast.lin_unit, to, **said | facts)


# ── What is typed ───────────────────────────────────────────────────────────────────────────


def test_who_says_nothing_of_it_files_as_before(cast, lin):
    page = lin.get(CREATE)
    assert '<details class="need-amount">' in page.text
    lin.post(CREATE, typed(quantity="", measure=" ", wanted_on=""))
    need = Need.objects.get()
    assert (need.quantity, need.measure, need.wanted_on, need.amount) == (None, "", None, "")
    assert "哪天要用" not in lin.get(need.get_absolute_url()).text


def test_what_was_said_stands_on_the_page_and_in_the_papers_of_its_parties(cast, lin, sun):
    lin.post(CREATE, typed(**SAID))
    need = Need.objects.get()
    assert (need.quantity, need.measure, need.wanted_on) == (3, "间", THEN)
    paper = reverse("services:need-dossier", args=[need.pk])
    for reader in (cast.lin, sun):
        page = signed_in(reader).get(need.get_absolute_url()).text
        assert "3 间" in page and THEN.isoformat() in page
        rows = cells(word(reader, paper))
        assert ["数量", "3 间"] in rows and ["哪天要用", f"{THEN:%Y.%m.%d}"] in rows


def test_others_read_nothing_of_it(cast, sun):
    facts = {"quantity": 73, "measure": "间", "wanted_on": THEN}
    need = asks(cast, public_title="借会议室开会", **facts)
    page = signed_in(cast.zhao).get(need.get_absolute_url())
    assert page.status_code == 200
    assert "73 间" not in page.text and THEN.isoformat() not in page.text
    hall = make.resource(cast.zhao_unit, capacity=5, **HALL)
    [best], _left = suggesting.for_need(need, cast.zhao)
    assert best.resource == hall  # that five are too few would say how many it asks for


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"measure": ""}, "measure"),
        ({"quantity": ""}, "quantity"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "9" * 30}, "quantity"),
        ({"quantity": "三"}, "quantity"),
        ({"measure": "间" * 9}, "measure"),
        ({"measure": "间\0"}, "measure"),
        ({"wanted_on": (TODAY - DAY).isoformat()}, "wanted_on"),
        ({"wanted_on": "9999-12-31"}, "wanted_on"),
        ({"wanted_on": "0001-01-01"}, "wanted_on"),
        ({"wanted_on": "2026-02-30"}, "wanted_on"),
    ],
)
def test_what_cannot_be_is_said_beside_it_and_nothing_typed_is_lost(cast, lin, changed, field):
    page = lin.post(CREATE, typed(**SAID | changed))
    assert page.context["form"].errors.keys() == {field}
    assert '<details class="need-amount" open>' in page.text
    assert NEED["title"] in page.text
    assert not Need.objects.exists()


def test_a_draft_keeps_it(cast, lin):
    lin.post(SAVE, typed(**SAID))
    page = lin.get(CREATE, {"draft": NeedDraft.objects.get().pk})
    assert '<details class="need-amount" open>' in page.text
    for name, value in SAID.items():
        assert page.context["form"][name].value() == value


def test_a_need_that_was_returned_may_keep_a_day_that_went_by(cast, lin):
    need = asks(cast, "returned", quantity=3, measure="间", wanted_on=TODAY - DAY)
    url = reverse("services:need-edit", args=[need.pk])
    said = SAID | {"quantity": "4", "wanted_on": need.wanted_on.isoformat()}
    assert lin.post(url, typed(**said)).status_code == 302
    need.refresh_from_db()
    assert (need.amount, need.wanted_on, need.status) == ("4 间", TODAY - DAY, "submitted")


def test_the_database_knows_no_number_of_nothing(cast):
    with pytest.raises(IntegrityError):
        asks(cast, quantity=3)


# ── What it takes ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("asked", "offered", "amount"),
    [
        ((3, "间"), ("venue", "间"), 3),
        ((3, "场"), ("training", "场"), 3),
        ((40, "人"), ("training", "位"), 40),
        ((40, "人"), ("training", "场"), 1),
        ((40, "人"), ("expert", "人"), 1),
        ((500_001, "元"), ("funds", "万元"), 51),
        ((2, "万元"), ("funds", "元"), 20_000),
        ((None, ""), ("funds", "万元"), 1),
    ],
)
def test_a_need_takes_what_it_names_of_what_is_counted_alike(asked, offered, amount):
    need = Need(quantity=asked[0], measure=asked[1])
    category, measure = offered
    assert needed(need, Offer(1, 1, "", category, "", measure=measure)) == amount


# ── Matching ────────────────────────────────────────────────────────────────────────────────


def told(need, sun):
    found, left = suggesting.for_need(need, sun)
    return [each.resource for each in found], [(each.resource, each.why) for each in left]


def test_what_is_too_small_is_not_offered_and_says_so(cast, sun):
    need = asks(cast, quantity=3, measure="间")
    small, big = (make.resource(cast.wu_unit, capacity=most, **HALL) for most in (2, 3))
    assert told(need, sun) == ([big], [(small, Why.TOO_SMALL)])
    make.booking(big, cast.zhao_unit)
    assert told(need, sun)[0] == []


def test_what_is_not_there_on_the_day_is_not_offered_and_says_so(cast, sun):
    need = asks(cast, wanted_on=THEN)
    past = make.resource(cast.wu_unit, free_until=THEN - DAY, **HALL)
    then = make.resource(cast.wu_unit, free_from=TODAY, free_until=THEN, **HALL)
    later = make.resource(cast.wu_unit, free_from=THEN + DAY, **HALL)
    found, left = told(need, sun)
    assert found == [then]
    assert set(left) == {(past, Why.EXPIRED), (later, Why.NOT_YET)}
    [best] = suggesting.for_need(need, sun)[0]
    [free] = [each for each in best.reasons if each.kind == Kind.FREE]
    assert free.day == THEN


def test_a_day_that_went_by_bars_nothing(cast, sun):
    need = asks(cast, wanted_on=TODAY - DAY)
    hall = make.resource(cast.wu_unit, free_from=TODAY, **HALL)
    assert told(need, sun)[0] == [hall]


# ── The matching table ──────────────────────────────────────────────────────────────────────


def built(sun):
    table = matchbuild.ask(by=sun)
    matchbuild.proceed(table)
    table.refresh_from_db()
    return table


def test_the_table_gives_as_much_as_was_asked_for_at_hours_of_the_day(cast, sun):
    need = asks(cast, quantity=2, measure="间", wanted_on=THEN)
    hall = make.resource(cast.wu_unit, capacity=3, is_timed=True, needs_consent=False, **HALL)
    begins = timezone.make_aware(datetime.combine(THEN, time(9)))
    make.booking(  # two hours in the morning are taken
        hall,
        cast.zhao_unit,
        "waiting",
        quantity=2,
        starts_at=begins,
        ends_at=begins + timedelta(hours=1),
    )
    table = built(sun)
    line = MatchLine.objects.get()
    afternoon = timezone.make_aware(datetime.combine(THEN, time(14)))
    assert (line.need, line.resource, line.quantity) == (need, hall, 2)
    assert line.span == (afternoon, afternoon + timedelta(hours=2))
    page = signed_in(sun).get(reverse("services:matching-table"))
    assert "要 2 间" in page.text and f"{THEN} 用" in page.text
    assert matchapply.apply(seen=table.revision, by=sun).agreed == 1
    assert Booking.objects.get(need=need).quantity == 2


def test_one_click_takes_as_much_as_was_asked_for_at_hours_of_the_day(cast, sun):
    asks(cast, quantity=2, measure="间", wanted_on=THEN)
    hall = make.resource(cast.wu_unit, capacity=3, is_timed=True, **HALL)
    built(sun)
    MatchLine.objects.update(resource=None, cause="spent", starts_at=None, ends_at=None)
    line = rows.shown().get()
    matchtable.take(line, resource=hall, seen=line.revision, by=sun)
    line.refresh_from_db()
    assert (line.quantity, timezone.localdate(line.starts_at)) == (2, THEN)
    begins = timezone.make_aware(datetime.combine(THEN, time(8)))
    make.booking(
        hall, cast.zhao_unit, quantity=2, starts_at=begins, ends_at=begins + timedelta(hours=11)
    )
    with pytest.raises(StepRefused, match=THEN.isoformat()):
        matchtable.take(line, resource=hall, seen=line.revision, by=sun)


# ── Asking for a resource ───────────────────────────────────────────────────────────────────


def test_who_asks_for_a_need_begins_with_what_it_says(cast, lin):
    need = asks(cast, quantity=2, measure="间", wanted_on=THEN)
    hall = make.resource(cast.wu_unit, capacity=3, is_timed=True, **HALL)
    url = reverse("services:resource-ask", args=[hall.pk])
    form = lin.get(url, {"need": need.pk}).context["form"]
    assert form["quantity"].value() == 2
    assert form["starts_at"].value().date() == THEN
    for asked in ("", "x", "9" * 40, need.pk + 1):
        assert lin.get(url, {"need": asked}).context["form"]["quantity"].value() == 1


def test_a_change_is_remembered_and_seen_by_who_reads_old_words(cast, lin):
    need = asks(cast, "submitted")
    url = reverse("services:need-edit", args=[need.pk])
    seen = lin.get(url).context["form"]["seen"].value()
    filing.change(need, by=cast.lin, wanted_on=THEN)
    page = lin.post(url, typed(seen=seen))
    assert "刚被修改过" in page.text


@pytest.mark.parametrize("begins", ["0001-01-01T00:00", "2020-01-01T09:00", "9999-12-31T20:00"])
def test_hours_of_a_row_lie_within_reach(cast, sun, begins):
    """One row that nobody can read would hide the whole table."""
    asks(cast)
    hall = make.resource(cast.wu_unit, is_timed=True, **HALL)
    built(sun)
    line, client = rows.shown().get(), signed_in(sun)
    url = reverse("services:matchline-edit", args=[line.pk])
    typed = {"once": str(uuid.uuid4()), "seen": line.revision, "choice": hall.pk}
    span = {"starts_at": begins, "ends_at": f"{begins[:-5]}23:00"}
    assert client.post(url, typed | span).status_code == 200
    assert client.get(reverse("services:matching-table")).status_code == 200
    line.refresh_from_db()
    assert line.revision == typed["seen"]
