"""The matching table: who stands first, what a hand changes, what is carried out, who reads it."""

import re
from datetime import datetime, time, timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from services import matchshown, stock
from services import matchtable as rows
from services.actions import (
    dispatching,
    filing,
    matchapply,
    matchbuild,
    matchtable,
    projects,
    resources,
)
from services.matching.facts import Why
from services.models import Booking, MatchLine, MatchTable, Project
from tests import make

TABLE = reverse("services:matching-table")
TOMORROW = timezone.localdate() + timedelta(days=1)


def at(hour, day=TOMORROW):
    return timezone.make_aware(datetime.combine(day, time(hour)))


@pytest.fixture
def offers(monkeypatch):
    """What is found for each need is said by the test: need → resources, the best first; beside
    them `barred`, need → resources with a sentence."""
    told = SimpleNamespace(found={}, barred={})

    def for_needs(needs, user, *, most=5):
        answers = {}
        for need in needs:
            suggested = [
                SimpleNamespace(resource=each, reasons=()) for each in told.found.get(need.pk, ())
            ]
            left = [
                SimpleNamespace(resource=each, why=Why.PAUSED, said=said)
                for each, said in told.barred.get(need.pk, ())
            ]
            answers[need.pk] = suggested[:most], left
        return answers

    monkeypatch.setattr(matchbuild.suggesting, "for_needs", for_needs)
    return told


def build(by=None, **kwargs):
    table = matchbuild.ask(by=by, **kwargs)
    matchbuild.proceed(table)
    table.refresh_from_db()
    assert not table.is_at_work
    return table


def line_of(need):
    return rows.shown().get(need=need)


def given():
    """Need → resource of the rows in their order."""
    return [(line.need_id, line.resource_id) for line in MatchLine.objects.order_by("place")]


@pytest.fixture
def three(cast, sun):
    """Needs of three days, the last one urgent."""
    now, days = timezone.now(), (5, 4, 3)
    return [
        make.need(cast.wu_unit, "published", at=now - timedelta(days=day), urgency=urgency)
        for day, urgency in zip(days, ("normal", "normal", "urgent"), strict=True)
    ]


# ── Order and what each gets ────────────────────────────────────────────────────────────────


def test_the_urgent_first_then_who_waited_longest_as_long_as_there_is_something(
    cast, three, offers
):
    first, second, urgent = three
    hall = make.resource(cast.lin_unit, capacity=2, needs_consent=False)
    make.booking(hall, cast.zhao_unit, "waiting")  # agreed at once
    desk = make.resource(cast.lin_unit, capacity=1)
    offers.found = {first.pk: [hall, desk], second.pk: [hall, desk], urgent.pk: [hall]}
    build()
    assert given() == [(urgent.pk, hall.pk), (first.pk, desk.pk), (second.pk, None)]
    assert line_of(second).cause == "spent"


def test_what_waits_for_an_answer_is_not_given_a_second_time(cast, three, offers):
    first, *_ = three
    hall = make.resource(cast.lin_unit, capacity=1)
    make.booking(hall, cast.zhao_unit, "waiting")
    offers.found = {first.pk: [hall]}
    build()
    assert line_of(first).cause == "spent"


def test_what_is_without_an_offer_says_why(cast, sun, offers):
    needs = {
        "lacking": make.need(cast.wu_unit, "published"),
        "barred": make.need(cast.wu_unit, "published"),
        "had": make.need(cast.wu_unit, "published"),
        "joined": make.need(cast.wu_unit, "in_progress"),
        "offered": make.need(cast.wu_unit, "offered"),
    }
    hall = make.resource(cast.lin_unit)
    make.booking(hall, cast.wu_unit, "waiting", need=needs["had"])
    offers.barred = {needs["barred"].pk: [(hall, "已暂停提供")]}
    offers.found = {needs[cause].pk: [hall] for cause in ("had", "joined", "offered")}
    build()
    assert {cause: line_of(need).cause for cause, need in needs.items()} == {c: c for c in needs}
    [line] = matchshown.dress([line_of(needs["barred"])])
    assert line.words == f"最接近的“{hall.title}”不能用：已暂停提供"


def test_who_was_left_behind_by_a_project_is_given_something(cast, offers):
    need, hall = make.need(cast.wu_unit, "in_progress"), make.resource(cast.lin_unit)
    offers.found = {need.pk: [hall]}
    build()
    assert line_of(need).cause == "joined"
    projects.stop(Project.objects.get(), reason="不做了", by=None)
    build()
    assert line_of(need).resource == hall


@pytest.mark.parametrize("status", ["submitted", "returned", "declined", "withdrawn", "closed"])
def test_only_open_needs_that_passed_review_stand_in_it(cast, offers, status):
    make.need(cast.wu_unit, status)
    build()
    assert not MatchLine.objects.exists()


def test_what_goes_by_hours_is_given_at_hours_at_which_it_is_free(cast, three, offers):
    hall = make.resource(cast.lin_unit, capacity=1, is_timed=True, needs_consent=False)
    offers.found = {need.pk: [hall] for need in three}
    table = build()
    spans = [(line.starts_at, line.ends_at) for line in MatchLine.objects.order_by("place")]
    assert len(set(spans)) == 3
    assert matchapply.apply(seen=table.revision, by=None).booked == 3


# ── By hand ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def drawn(cast, three, offers):
    """Two rows with something, one without; a hall for one, a desk for everybody."""
    first, second, urgent = three
    hall = make.resource(cast.lin_unit, capacity=1, title="报告厅")
    desk = make.resource(cast.lin_unit, title="专家坐诊")
    offers.found = {first.pk: [hall, desk], urgent.pk: [hall]}
    build()
    return SimpleNamespace(first=first, second=second, urgent=urgent, hall=hall, desk=desk)


def test_what_a_hand_chose_stays_and_the_rest_goes_round_it(drawn, sun):
    line = line_of(drawn.first)
    assert line.resource == drawn.desk
    matchtable.choose(line, resource=drawn.hall, seen=line.revision, by=sun)
    build(sun)
    assert line_of(drawn.first).resource == drawn.hall
    assert line_of(drawn.urgent).cause == "spent"
    line = line_of(drawn.first)
    matchtable.unlock(line, seen=line.revision, by=sun)
    build(sun)
    assert line_of(drawn.urgent).resource == drawn.hall
    assert line_of(drawn.first).resource == drawn.desk


def test_everything_again_gives_up_what_was_locked(drawn, sun):
    line = line_of(drawn.urgent)
    matchtable.leave_out(line, reason="企业已自行解决", seen=line.revision, by=sun)
    build(sun)
    assert line_of(drawn.urgent).reason == "企业已自行解决"
    build(sun, keeps=False)
    assert line_of(drawn.urgent).resource == drawn.hall


def test_two_hands_on_a_row_the_second_is_told(drawn, sun):
    line, other = line_of(drawn.first), line_of(drawn.first)
    matchtable.lock(line, seen=line.revision, by=sun)
    with pytest.raises(StepRefused, match="刚由sun改过"):
        matchtable.leave_out(other, reason="不用", seen=other.revision, by=make.staff(name="he"))
    assert line_of(drawn.first).resource == drawn.desk


def acts(drawn, cast):
    """Every act on the table, ready to be called by somebody."""
    line = line_of(drawn.first)
    row = {"seen": line.revision}
    return {
        "ask": lambda by: matchbuild.ask(by=by),
        "choose": lambda by: matchtable.choose(line, resource=drawn.hall, by=by, **row),
        "take": lambda by: matchtable.take(line, resource=drawn.hall, by=by, **row),
        "leave_out": lambda by: matchtable.leave_out(line, reason="不用", by=by, **row),
        "lock": lambda by: matchtable.lock(line, by=by, **row),
        "unlock": lambda by: matchtable.unlock(line, by=by, **row),
        "apply": lambda by: matchapply.apply(seen=MatchTable.objects.get().revision, by=by),
    }


ACTS = ("ask", "choose", "take", "leave_out", "lock", "unlock", "apply")
PEOPLE = ("lin", "wu", "zhao", "leader", "auditor")


@pytest.mark.parametrize("act", ACTS)
def test_only_the_office_acts(drawn, cast, sun, act):
    people = {
        "leader": make.staff("leader"),
        "auditor": make.staff("auditor"),
        **{name: getattr(cast, name) for name in ("lin", "wu", "zhao")},
    }
    before = (given(), MatchTable.objects.values().get())
    for name in PEOPLE:
        with pytest.raises(PermissionDenied):
            acts(drawn, cast)[act](people[name])
    assert (given(), MatchTable.objects.values().get()) == before
    assert not Booking.objects.exists()
    acts(drawn, cast)[act](sun)


@pytest.mark.parametrize("state", ["at_work", "booked", "gone"])
@pytest.mark.parametrize("act", ACTS)
def test_no_act_on_what_is_at_work_carried_out_or_gone(drawn, cast, sun, act, state):
    todo = acts(drawn, cast)[act]
    table = MatchTable.objects.get()
    if state == "at_work":
        matchbuild.ask(by=sun)
        words = "正在"
    elif state == "booked":
        matchapply.apply(seen=table.revision, by=sun)
        words = "已经执行"
    else:
        MatchLine.objects.all().delete()
        words = "已不在匹配表中|没有可以执行"
    if act == "ask" and state != "at_work":
        todo(sun)
        return
    if act == "apply" and state == "booked":
        words = "没有可以执行"
    with pytest.raises(StepRefused, match=words):
        todo(sun)


@pytest.mark.parametrize(
    ("status", "words"), [("paused", "暂停"), ("withdrawn", "已撤回"), ("submitted", "待审核")]
)
def test_what_cannot_be_had_is_not_chosen(drawn, cast, sun, status, words):
    resource, line = make.resource(cast.lin_unit, status), line_of(drawn.first)
    with pytest.raises(StepRefused, match=words):
        matchtable.choose(line, resource=resource, seen=line.revision, by=sun)


def test_a_unit_is_not_given_its_own(drawn, cast, sun):
    own, line = make.resource(cast.wu_unit), line_of(drawn.first)
    with pytest.raises(StepRefused, match="自己的资源"):
        matchtable.choose(line, resource=own, seen=line.revision, by=sun)


# ── Carrying it out ─────────────────────────────────────────────────────────────────────────


def apply(by, **kwargs):
    return matchapply.apply(seen=MatchTable.objects.get().revision, by=by, **kwargs)


def test_each_row_is_booked_for_the_unit_that_asks(drawn, cast, sun):
    policy = make.resource(cast.lin_unit, needs_consent=False)
    line = line_of(drawn.second)
    matchtable.choose(line, resource=policy, seen=line.revision, by=sun)
    line = line_of(drawn.first)
    matchtable.choose(
        line, resource=drawn.desk, quantity=3, is_settled=True, seen=line.revision, by=sun
    )
    done = apply(sun)
    assert vars(done) == {"booked": 3, "agreed": 2, "refused": 0}
    found = {row.need_id: row for row in Booking.objects.all()}
    assert {need: row.status for need, row in found.items()} == {
        drawn.urgent.pk: "waiting",
        drawn.first.pk: "agreed",
        drawn.second.pk: "agreed",
    }
    assert {row.unit for row in found.values()} == {cast.wu_unit}
    assert {row.made_by for row in found.values()} == {sun}
    assert found[drawn.first.pk].quantity == 3
    assert line_of(drawn.first).booking == found[drawn.first.pk]
    event = Event.objects.get(name="matching.applied")
    assert event.facts == {"booked": 3, "agreed": 2, "refused": 0}


def test_all_of_them_may_have_been_settled_beforehand(drawn, sun):
    done = apply(sun, all_settled=True)
    assert (done.booked, done.agreed) == (2, 2)


def test_what_was_applied_is_had_and_nothing_is_booked_twice(drawn, sun):
    apply(sun)
    with pytest.raises(StepRefused, match="没有可以执行"):
        apply(sun)
    build(sun)
    assert {line_of(need).cause for need in (drawn.first, drawn.urgent)} == {"had"}
    assert Booking.objects.count() == 2


STALE = {
    "withdrawn": (lambda d: filing.withdraw(d.urgent, reason="不要了", by=None), "已撤回"),
    "paused": (lambda d: resources.pause(d.hall, by=None), "暂停"),
    "gone": (lambda d: resources.withdraw(d.hall, by=None), "已撤回"),
    "expired": (
        lambda d: resources.change(
            d.hall, free_until=timezone.localdate() - timedelta(days=1), by=None
        ),
        "不在可用的日期内",
    ),
    "taken": (lambda d: make.booking(d.hall, make.unit()), "已经约完"),
    "had": (
        lambda d: make.booking(d.desk, d.urgent.unit, "waiting", need=d.urgent),
        "已有认领",
    ),
}


@pytest.mark.parametrize("state", STALE)
def test_what_changed_meanwhile_stays_with_a_sentence_and_the_rest_is_booked(drawn, sun, state):
    change, words = STALE[state]
    change(drawn)
    before = Booking.objects.count()
    [line] = matchshown.dress([line_of(drawn.urgent)])
    assert words in line.hindrance
    assert [line.need for line in matchshown.ahead().hindered] == [drawn.urgent]
    done = apply(sun)
    assert (done.booked, done.refused) == (1, 1)
    assert Booking.objects.count() == before + 1
    line = line_of(drawn.urgent)
    assert line.booking is None
    assert words in line.refusal
    assert line_of(drawn.first).booking


def test_a_capacity_made_smaller_is_never_exceeded(cast, three, offers, sun):
    seats = make.resource(cast.lin_unit, capacity=3, needs_consent=False, measure="个")
    offers.found = {need.pk: [seats] for need in three}
    build()
    resources.change(seats, capacity=2, by=cast.lin)
    done = apply(sun)
    assert (done.booked, done.refused) == (2, 1)
    assert stock.left(seats) == 0
    assert line_of(three[1]).refusal  # the last of the order


def test_who_looked_at_another_table_is_told(drawn, sun):
    seen = MatchTable.objects.get().revision
    line = line_of(drawn.second)
    matchtable.lock(line, seen=line.revision, by=sun)
    with pytest.raises(StepRefused, match="刚由sun改过或执行过"):
        matchapply.apply(seen=seen, by=make.staff())
    assert not Booking.objects.exists()


def test_what_could_not_be_had_may_be_put_right_and_carried_out(drawn, sun):
    resources.pause(drawn.hall, by=None)
    apply(sun)
    line = line_of(drawn.urgent)
    matchtable.choose(line, resource=drawn.desk, seen=line.revision, by=sun)
    assert line_of(drawn.urgent).refusal == ""
    assert apply(sun).booked == 1


# ── A long one ──────────────────────────────────────────────────────────────────────────────


def test_a_long_table_is_the_workers_and_says_how_far_it_is(
    drawn, sun, sign_in, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(matchbuild, "SHORT", 1)
    monkeypatch.setattr(matchbuild, "EVERY", 1)
    rung, beats = [], []
    monkeypatch.setattr(matchbuild.Worker, "ring", staticmethod(lambda: rung.append(True)))
    client = sign_in(sun)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("services:matching-build"))
    assert rung
    table = MatchTable.objects.get()
    table.beat(2)
    page = client.get(f"{TABLE}?progress=1", headers={"HX-Request": "true"}).content.decode()
    assert 'value="2" max="3"' in page
    assert "table" not in page.split("<progress")[0].split("<section")[1]
    MatchTable.objects.update(lease_until=None)
    monkeypatch.setattr(MatchTable, "beat", lambda table, done: beats.append(done))
    matchbuild.work_if_asked()
    assert beats == [1, 2, 3]
    answer = client.get(f"{TABLE}?progress=1", headers={"HX-Request": "true"})
    assert answer["HX-Refresh"] == "true"


def test_what_fails_again_and_again_is_given_up_and_the_old_table_stays(drawn, sun, monkeypatch):
    before = given()
    matchbuild.ask(by=sun)

    def broken(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(matchbuild.suggesting, "for_needs", broken)
    for _ in range(4):
        matchbuild.work_if_asked()
        MatchTable.objects.update(lease_until=None)
    table = MatchTable.objects.get()
    assert (table.is_at_work, table.has_failed, given()) == (False, True, before)


# ── Pages ───────────────────────────────────────────────────────────────────────────────────


def test_only_the_office_and_who_reads_the_whole_park_reach_it(drawn, cast, sun, sign_in):
    line = line_of(drawn.first)
    pages = {
        TABLE: "readers",
        f"{TABLE}?export=xlsx": "readers",
        f"{TABLE}?export=docx": "readers",
        reverse("services:matching-apply"): "office",
        reverse("services:matchline-edit", args=[line.pk]): "office",
    }
    verbs = [reverse("services:matching-build")]
    verbs += [
        reverse(f"services:matchline-{verb}", args=[line.pk]) for verb in ("take", "lock", "unlock")
    ]
    member = make.member(user=make.user()).user
    readers = {sun: "office", make.staff("leader"): "readers"}
    for person in (sun, *readers, cast.lin, cast.wu, cast.zhao, make.staff("admin"), member):
        client = sign_in(person)
        for url, who in pages.items():
            may = readers.get(person) in ("office", who)
            answer = client.get(url)
            assert answer.status_code == (200 if may else 403), (person, url)
            text = b"".join(answer).decode(errors="ignore")
            assert may or drawn.first.title not in text
        for url in verbs:
            status = client.post(url, {"seen": line.revision}).status_code
            assert status == (302 if person == sun else 403), (person, url)


def test_the_office_changes_a_row_and_what_it_typed_is_kept(drawn, sun, sign_in):
    client, line = sign_in(sun), line_of(drawn.second)
    url = reverse("services:matchline-edit", args=[line.pk])
    form = client.get(url).context["form"]
    typed = {"once": str(form["once"].value()), "seen": line.revision, "choice": "other"}
    answer = client.post(url, typed | {"quantity": "2"})
    assert "请选择资源" in answer.content.decode()
    answer = client.post(url, typed | {"quantity": "2", "other": drawn.desk.pk, "seen": 99})
    page = answer.content.decode()
    assert "刚由" in page
    assert f'name="seen" value="{line.revision}"' in page
    assert 'value="2"' in page
    answer = client.post(url, typed | {"quantity": "2", "other": drawn.desk.pk})
    assert answer.status_code == 302
    line = line_of(drawn.second)
    assert (line.resource, line.quantity, line.is_locked) == (drawn.desk, 2, True)


def test_a_row_asks_for_hours_of_what_goes_by_hours(cast, drawn, sun, sign_in):
    hall = make.resource(cast.lin_unit, is_timed=True)
    MatchLine.objects.filter(need=drawn.second).update(offers=[[hall.pk, []], [drawn.desk.pk, []]])
    client, line = sign_in(sun), line_of(drawn.second)
    url = reverse("services:matchline-edit", args=[line.pk])
    page = client.get(url)
    marked = re.findall(r'value="(\d+)" data-timed', re.sub(r"\s+", " ", page.text))
    assert set(marked) == {str(hall.pk)}
    typed = {"once": str(page.context["form"]["once"].value()), "seen": line.revision}
    answer = client.post(url, typed | {"choice": hall.pk})
    assert answer.context["form"].errors.keys() == {"starts_at", "ends_at"}


def test_one_click_takes_another_offer(drawn, sun, sign_in):
    line = line_of(drawn.first)
    facts = {"seen": line.revision, "resource": drawn.hall.pk, "next": f"{TABLE}#line-{line.pk}"}
    answer = sign_in(sun).post(reverse("services:matchline-take", args=[line.pk]), facts)
    assert answer["Location"] == f"{TABLE}#line-{line.pk}"
    assert line_of(drawn.first).resource == drawn.hall


def test_a_double_click_carries_it_out_once(drawn, sun, sign_in):
    client = sign_in(sun)
    url = reverse("services:matching-apply")
    page = client.get(url)
    assert "为 2 条需求认领 2 项资源" in page.content.decode()
    typed = {
        "once": str(page.context["form"]["once"].value()),
        "seen": page.context["table"].revision,
    }
    for _ in range(2):
        assert client.post(url, typed).status_code == 302
    assert Booking.objects.count() == 2
    assert Event.objects.filter(name="matching.applied").count() == 1
    booking = line_of(drawn.urgent).booking
    assert booking.number in client.get(TABLE).content.decode()


def test_numbers_open_their_rows(drawn, sun, sign_in):
    make.need(make.unit(), "published", category="finance")
    build(sun)
    client = sign_in(sun)
    context = client.get(TABLE).context
    for _words, url, number, _current in context["parts"]:
        assert client.get(url).context["row_count"] == number
    for _words, url, number in context["lacks"]:
        assert client.get(f"{TABLE}{url}").context["row_count"] == number
    assert {words for words, _url, _number in context["lacks"]} == {"技术", "融资"}


def test_rows_cost_no_questions(drawn, sun, sign_in, django_assert_max_num_queries, offers):
    client = sign_in(sun)
    client.get(TABLE)
    hall = make.resource(capacity=9, is_timed=True)
    for number in range(12):
        need = make.need(make.unit(), "published")
        offers.found[need.pk] = [hall, drawn.desk, make.resource(capacity=number + 1)]
    build(sun)
    session = connection.vendor == "sqlite"  # is asked for by itself there
    with django_assert_max_num_queries(12 + session):
        client.get(TABLE)


def test_real_matching_fills_the_table(cast, sun):
    """Without anything said by the test: an expert for patents answers who asks for them."""
    need = make.need(cast.wu_unit, "published", title="想申请专利", content="请帮助申请发明专利")
    make.need(cast.wu_unit, "published", title="职工子女入托", content="希望有托育服务")
    expert = make.resource(cast.lin_unit, title="知识产权专家", content="专利申请和知识产权辅导")
    build(sun)
    line = line_of(need)
    assert line.resource == expert
    [[key, reasons]] = line.offers
    assert key == expert.pk
    assert any("知识产权" in words for words in reasons)
    assert apply(sun).booked == 1


def test_a_need_that_nobody_works_on_any_more_is_given_something(cast, sun, offers):
    """It was handed on and objected to with reason: its project still stands, led by the first."""
    need, hall, other = make.need(cast.wu_unit, "accepted"), make.resource(), make.unit()
    make.seat(other)
    projects.start(need, name="对接", resources=[make.resource(is_timed=True)], by=sun)
    offers.found = {need.pk: [hall]}
    dispatching.reassign(need, unit=other, reason="换一家", by=sun)
    dispatching.object_to(need, reason="没有资质", by=make.liaison(other))
    dispatching.rule(need, is_upheld=True, ruling="重新公开", by=sun)
    assert need.project_links.filter(left_at=None).exists()
    build()
    assert line_of(need).resource == hall
