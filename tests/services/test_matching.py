"""What is offered for a need: how well, why, why not; and that each reason is true."""

import tomllib
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from statistics import median_low

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching import ranking, words
from services.matching.claims import CATEGORIES
from services.matching.facts import (
    Answer,
    Ask,
    CategoryAnswers,
    Doubted,
    EnoughLeft,
    FewOrders,
    FreeThen,
    HasSolved,
    Kind,
    Offer,
    SameChain,
    SameSubject,
    SameWords,
    Solved,
    Why,
    Wrong,
    only_for,
)
from services.matching.measures import HELPERS
from services.matching.pool import Reading
from services.matching.ranking import Index, serving, suggest
from services.matching.shelf import Shelf, Text
from services.matching.texts import normal
from services.matching.thesaurus import FILE, Thesaurus, house
from services.models import Need, Resource
from tests.matching import precision
from tests.matching.labelled import HALVES, TODAY

LOAN = Offer("loan", "bank", "", "funds", "园区企业信用快贷", "凭开票数据授信，无需抵押。")
BUS = Offer("bus", "park", "", "channel", "通勤班车", "早晚接送，空座可拼。", Decimal(60), "座")
ASK = Ask("need", "solar", "finance", "流动资金贷款", "没有东西可以抵押，想借点钱周转。")


def offered(ask, *offers, **asked):
    return [each.offer.key for each in Index(offers, TODAY).answer(ask, **asked).suggestions]


def reasons(ask, *offers):
    first = Index(offers, TODAY).answer(ask).suggestions[0]
    return {reason.kind: reason for reason in first.reasons}


# ── How well ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("half", "floor"), [("tuning", 0.93), ("held out", 0.78)])
def test_the_first_three_answer_the_need(half, floor):
    assert precision.precision(precision.by_portal, half) >= floor


@pytest.mark.parametrize("half", HALVES)
def test_it_is_far_better_than_a_search_and_than_the_category(half):
    ours = precision.precision(precision.by_portal, half)
    assert ours >= 1.5 * precision.precision(precision.by_keyword, half)
    assert ours >= 1.5 * precision.precision(precision.by_category, half)


@pytest.mark.parametrize(("half", "floor"), [("tuning", 16), ("held out", 10)])
def test_where_nothing_answers_mostly_nothing_is_proposed(half, floor):
    assert precision.silent(precision.by_portal, half)[0] >= floor


# ── Each reason counts ──────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def lived():
    """The labelled set some time later: units have solved needs and have orders open, and the
    office has found suggestions wrong."""
    found = precision.labelled()
    of = {key: [] for key in found.resources}
    for need in found.half("tuning"):
        for key in found.relevant[need.key]:
            of[key].append(found.needs[need.key])
    offers = []
    for number, offer in enumerate(precision.offers()):
        cases = of[offer.key][:2] if number % 3 == 0 else []
        wrongs = of[offer.key][:1] if number % 5 == 0 else []
        offers.append(
            replace(
                offer,
                load=number % 5,
                solved=tuple(
                    Solved(need.key, need.title, need.content, 5 + number) for need in cases
                ),
                wrong=tuple(Wrong("another", need.title, need.content) for need in wrongs),
            )
        )
    return Index(offers, TODAY)


@pytest.mark.parametrize("kind", Kind)
def test_a_reason_that_is_claimed_moves_the_ranking(lived, kind):
    asks = [precision.ask_of(need) for need in precision.labelled().half("tuning")]
    claimed = moved = 0
    for ask in asks:
        whole = lived.answer(ask, 10).suggestions
        claimed += any(reason.kind == kind for each in whole for reason in each.reasons)
        less = lived.answer(ask, 10, without={kind}).suggestions
        moved += [each.offer.key for each in whole] != [each.offer.key for each in less]
        assert not any(reason.kind == kind for each in less for reason in each.reasons)
    assert claimed and moved


def test_of_two_alike_the_one_with_more_to_say_comes_first():
    near = replace(LOAN, key="near", chain="solar")
    assert offered(ASK, LOAN, near) == ["near", "loan"]
    known = replace(LOAN, key="known", unit="other", solved=(Solved(1, ASK.title, ASK.content, 9),))
    assert offered(ASK, LOAN, near, known) == ["known", "near", "loan"]
    busy = replace(LOAN, key="busy", load=9)
    free = replace(LOAN, key="free", load=0)
    assert offered(ASK, busy, free) == ["free", "busy"]


def test_a_unit_sees_which_needs_it_could_take_on():
    bus = Ask("bus", "solar", "other", "下夜班没车", "早晚班车能不能加一趟，想要通勤班车。")
    other = Ask("other", "solar", "other", "路灯不亮", "")
    found = serving([other, ASK, bus], Index([LOAN, BUS], TODAY))
    assert {(ask.key, each.offer.key) for ask, each in found} == {("need", "loan"), ("bus", "bus")}
    assert serving([bus, ASK], Index([BUS], TODAY), 1)[0][0] is bus


def test_what_is_far_behind_the_best_is_not_proposed_beside_it(monkeypatch):
    asks = [precision.ask_of(need) for need in precision.labelled().half("tuning")]
    near = [[each.score for each in suggest(ask, precision.index(), 10)] for ask in asks]
    assert all(scores[-1] >= ranking.FAR * scores[0] for scores in near if scores)
    monkeypatch.setattr(ranking, "FAR", 0)
    more = sum(len(suggest(ask, precision.index(), 10)) for ask in asks)
    assert more > sum(map(len, near))


def test_what_a_unit_solved_counts_for_all_that_it_offers():
    other = replace(LOAN, key="other", solved=(Solved(1, ASK.title, ASK.content, 9),))
    assert reasons(ASK, LOAN, other)[Kind.SOLVED] == HasSolved(1, 9)
    assert Kind.SOLVED not in reasons(ASK, replace(LOAN, solved=(Solved(1, "通勤班车", "", 9),)))


# ── Each reason is true ─────────────────────────────────────────────────────────────────────

NEEDS = list(precision.labelled().needs.values())
texts = st.one_of(
    st.sampled_from(NEEDS).map(lambda need: need.title),
    st.sampled_from(NEEDS).map(lambda need: need.content),
    st.text("贷款消防验收培训abc，。 +招工", max_size=12),
    st.text(max_size=8),
)
days = st.dates(TODAY - timedelta(90), TODAY + timedelta(90))
numbers = st.integers(0, 100) | st.decimals(0, 100, places=1)
chains = st.sampled_from(["carpet", "lithium", "solar", ""])
solved = st.builds(Solved, st.integers(0, 3), texts, texts, st.integers(0, 60))
wrongs = st.builds(Wrong, st.sampled_from([1, 2]), texts, texts, texts, st.booleans())
asks = st.builds(
    Ask,
    st.just(1),
    chains,
    st.sampled_from(["staff", "finance", "other", "unknown"]),
    texts,
    texts,
    st.none() | numbers,
    st.none() | days,
    st.sampled_from([None, "a"]),
)
offers = st.builds(
    Offer,
    st.integers(),
    st.sampled_from("abc"),
    chains,
    st.sampled_from(["venue", "funds", "expert", "unknown"]),
    texts,
    texts,
    left=st.none() | numbers,
    measure=st.sampled_from(["人", "场/天", ""]),
    only=st.frozensets(chains, max_size=2),
    free_from=st.none() | days,
    free_until=st.none() | days,
    is_paused=st.booleans(),
    solved=st.lists(solved, max_size=2).map(tuple),
    load=st.none() | st.integers(0, 5),
    wrong=st.lists(wrongs, max_size=2).map(tuple),
)


SUBJECTS = {
    subject: {*normal(f"{sides.get('asks', '')} {sides.get('offers', '')}").split()}
    for subject, sides in tomllib.loads(FILE.read_text(encoding="utf-8")).items()
}


def is_true(reason, ask, offer, park):
    return LOOKED_UP[type(reason)](reason, ask, offer, park)


def has(text, told, subject):
    whole = normal(f"{text.title} {text.content}")
    return {*told} <= SUBJECTS[subject] and all(
        part in whole for word in told for part in word.split("+")
    )


def same_words(reason, ask, offer, park):
    asked, given = (normal(f"{text.title} {text.content}") for text in (ask, offer))
    return bool(reason.words) and all(word in asked and word in given for word in reason.words)


def is_free(reason, ask, offer, park):
    begun = offer.free_from is None or offer.free_from <= reason.day
    lasts = reason.until is None or reason.day <= reason.until
    known = (ask.day or TODAY, offer.free_until)
    return begun and lasts and (reason.day, reason.until) == known


def has_solved(reason, ask, offer, park):
    cases = {case for each in park if each.unit == offer.unit for case in each.solved}
    return 0 < reason.number <= len(cases) and reason.days in {case.days for case in cases}


LOOKED_UP = {
    SameSubject: lambda told, ask, offer, park: (
        has(ask, told.asked, told.subject) and has(offer, told.offered, told.subject)
    ),
    SameWords: same_words,
    CategoryAnswers: lambda told, ask, offer, park: (
        (told.asked, told.offered) == (ask.category, offer.category)
    ),
    SameChain: lambda told, ask, offer, park: told.chain == ask.chain == offer.chain,
    EnoughLeft: lambda told, ask, offer, park: (
        (told.left, told.measure) == (offer.left, offer.measure) and told.left > 0
    ),
    FreeThen: is_free,
    HasSolved: has_solved,
    FewOrders: lambda told, ask, offer, park: told.number == offer.load,
    Doubted: lambda told, ask, offer, park: 0 < told.number <= len(offer.wrong),
}


@settings(max_examples=200, deadline=None)
@given(asks, st.lists(offers, max_size=5, unique_by=lambda offer: offer.key))
def test_every_reason_is_true(ask, park):
    answer = Index(park, TODAY).answer(ask, 5)
    for found in answer.suggestions:
        assert found.reasons
        for reason in found.reasons:
            assert is_true(reason, ask, found.offer, park)
            assert words.of(reason, {})
    for hindrance in answer.barred:
        assert words.of_barred(hindrance, {})
    assert bool(words.of_nothing(answer, {})) != bool(answer.suggestions)


def test_every_reason_of_the_set_is_true(lived):
    for need in NEEDS:
        ask = precision.ask_of(need)
        for found in suggest(ask, lived, 3):
            assert {Kind.SUBJECT, Kind.WORDS} & {reason.kind for reason in found.reasons}
            for reason in found.reasons:
                assert is_true(reason, ask, found.offer, lived.offers)


def test_the_middle_of_an_even_number_of_days_is_one_of_them():
    cases = [Solved(lasted, ASK.title, ASK.content, lasted) for lasted in (3, 9, 20, 40)]
    told = reasons(ASK, replace(LOAN, solved=tuple(cases)))[Kind.SOLVED]
    assert told == HasSolved(4, median_low(case.days for case in cases))


# ── What bars an offer ──────────────────────────────────────────────────────────────────────


def why(ask, offer):
    answer = Index([offer], TODAY).answer(ask)
    assert not answer.suggestions
    return [(hindrance.why, hindrance.said) for hindrance in answer.barred]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"is_paused": True}, Why.PAUSED),
        ({"free_until": TODAY - timedelta(1)}, Why.EXPIRED),
        ({"free_from": TODAY + timedelta(1)}, Why.NOT_YET),
        ({"left": Decimal(0)}, Why.EXHAUSTED),
        ({"left": Decimal(99)}, Why.TOO_SMALL),
        ({"only": frozenset({"carpet", "lithium"})}, Why.OTHER_CHAIN),
        ({"unit": "asker"}, Why.OWN),
    ],
)
def test_what_a_need_cannot_have_is_not_offered_and_says_why(changed, reason):
    ask = replace(ASK, quantity=Decimal(100), unit="asker")
    assert offered(ask, LOAN) == ["loan"]
    assert why(ask, replace(LOAN, **changed)) == [(reason, "")]


def test_it_must_be_there_on_the_day_that_the_need_names():
    until = replace(LOAN, free_until=TODAY + timedelta(5))
    assert offered(ASK, until) == ["loan"]
    assert why(replace(ASK, day=TODAY + timedelta(6)), until) == [(Why.EXPIRED, "")]
    later = replace(LOAN, free_from=TODAY + timedelta(5))
    assert offered(replace(ASK, day=TODAY + timedelta(5)), later) == ["loan"]


@pytest.mark.parametrize(
    "changed", [{"category": "expert"}, {"measure": "家次"}, {"measure": "场/天"}]
)
def test_helpers_and_places_of_one_each_are_enough_for_any_number(changed):
    ask = replace(ASK, quantity=Decimal(100))
    assert offered(ask, replace(LOAN, left=Decimal(2), **changed)) == ["loan"]


def test_what_the_office_found_wrong_is_not_offered_again_and_tells_the_next_need():
    wrong = Wrong(ASK.key, ASK.title, ASK.content, "只贷给商贸企业")
    doubted = replace(LOAN, key="doubted", wrong=(wrong,))
    assert why(ASK, doubted) == [(Why.WRONG, "只贷给商贸企业")]
    alike = replace(ASK, key="alike")
    assert offered(alike, doubted, LOAN) == ["loan", "doubted"]
    assert reasons(alike, doubted)[Kind.DOUBT] == Doubted(1)
    only_then = replace(wrong, is_other_matter=False)
    assert Kind.DOUBT not in reasons(alike, replace(LOAN, wrong=(only_then,)))


def test_what_is_barred_is_of_the_same_matter():
    gone = replace(BUS, is_paused=True)
    assert Index([gone], TODAY).answer(ASK) == Answer(ASK)


def test_conditions_say_for_whom():
    names = {"carpet": "藏毯", "solar": "光伏", "lithium": "锂电"}
    assert only_for("仅限藏毯绒纺小组成员", names) == {"carpet"}
    assert only_for("仅限光伏、锂电项目", names) == {"solar", "lithium"}
    assert only_for("光伏企业优先", names) == frozenset()
    assert only_for("仅限本科以上", names) == frozenset()


# ── Odd texts ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["", " ", "，。！", "++", "a", "贷", "🙂🙂", "\x00", "款" * 3000])
def test_an_odd_text_is_answered_by_nothing(text):
    park = [LOAN, BUS, replace(LOAN, key="odd", title=text, content=text)]
    assert "loan" not in offered(replace(ASK, title=text, content=""), *park)


def test_letters_and_full_width_letters_are_the_same():
    cheap = Offer("mes", "u", "", "channel", "ＭＥＳ 排产系统", "")
    assert offered(replace(ASK, title="mes 系统排产选哪家", content=""), cheap) == ["mes"]


def test_an_office_may_write_into_the_thesaurus_what_it_likes():
    odd = Thesaurus({"空": {"asks": " + ++ 专利++贷 ", "offers": "", "without": "+"}})
    assert odd.read("专利能贷吗", "", "asks")["空"].words == ("专利++贷",)
    assert not odd.read("专利", "", "asks")


def test_without_a_word_nothing_is_meant_otherwise():
    two = Thesaurus({"消防": {"asks": "消防", "without": "验收"}})
    whole = two.read("消防", "", "asks")["消防"].weight
    assert two.read("消防验收", "", "asks")["消防"].weight < whole
    assert two.read("消防验收", "", "offers")["消防"].weight == 0.3 * whole


def test_an_index_of_nothing_answers_nothing():
    assert Index([], TODAY).answer(ASK) == Answer(ASK)


# ── In words ────────────────────────────────────────────────────────────────────────────────


def test_reasons_read_well():
    names = {"finance": "融资", "funds": "资金", "solar": "光伏"}
    offer = replace(
        LOAN,
        chain="solar",
        left=Decimal("300.0"),
        measure="万元",
        free_until=date(2026, 12, 31),
        solved=(Solved(1, ASK.title, ASK.content, 9),),
        load=1,
    )
    with translation.override("zh-hans"):
        told = {kind: words.of(reason, names) for kind, reason in reasons(ASK, offer).items()}
    assert told.pop(Kind.SUBJECT).startswith("都与“流动资金贷款”有关（需求说到“")
    assert told == {
        Kind.CATEGORY: "融资类需求常由资金类资源解决",
        Kind.CHAIN: "同属光伏产业链",
        Kind.LEFT: "剩余 300 万元",
        Kind.FREE: "2026-09-01 可用，到 2026-12-31 为止",
        Kind.SOLVED: "解决过 1 条类似需求，用时 9 个工作日",
        Kind.LOAD: "该单位在办的需求只有 1 条",
    } | ({Kind.WORDS: told[Kind.WORDS]} if Kind.WORDS in told else {})


def test_it_says_why_nothing_is_offered():
    names = {"carpet": "藏毯绒纺"}
    ours = replace(LOAN, only=frozenset({"carpet"}))
    with translation.override("zh-hans"):
        assert words.of_nothing(Index([BUS], TODAY).answer(ASK), names) == "没有相关的资源"
        told = words.of_nothing(Index([ours], TODAY).answer(ASK), names)
    assert told == "最接近的“园区企业信用快贷”不能用：仅限藏毯绒纺"


# ── Beside the rows ─────────────────────────────────────────────────────────────────────────


def test_the_categories_are_those_of_the_rows():
    assert set(CATEGORIES) == set(Need.Category.values)
    known = {category for likely in CATEGORIES.values() for category in likely}
    assert known == set(Resource.Category.values)
    assert set(Resource.Category.values) > HELPERS


# ── Kept from one question to the next ──────────────────────────────────────────────────────


def shelf_of(offers):
    texts = [Text(each.key, each.title, each.content) for each in offers]
    return Shelf("offers", texts, dict.fromkeys((each.key for each in offers), 1))


def test_a_text_that_comes_later_is_related_and_one_that_goes_is_not():
    offers = precision.offers()
    asking = Reading.of(ASK.title, ASK.content, "asks", house())
    shelf = shelf_of(offers)
    before = shelf.related(asking, 0.1)
    best = max(before, key=lambda key: float(before[key]))
    [first] = [each for each in offers if each.key == best]
    shelf.change([Text("new", first.title, first.content)], [best], {"new": 2})
    after = shelf.related(asking, 0.1)
    assert best not in after and float(after["new"]) == pytest.approx(float(before[best]), rel=0.05)
    shelf.change([Text("new", "路灯不亮", "")], [], {"new": 3})
    assert "new" not in shelf.related(asking, 0.1)
    assert shelf.marks["new"] == 3 and best not in shelf.marks


def test_after_many_changes_a_shelf_is_worn():
    offers = precision.offers()
    shelf = shelf_of(offers)
    assert not shelf.is_worn_by(len(offers) // 4 - 1) and shelf.is_worn_by(len(offers) // 4 + 1)
    assert shelf_of(offers[:4]).is_worn_by(21) and not shelf_of(offers[:4]).is_worn_by(20)


def test_few_texts_by_themselves_are_related_as_among_all():
    offers = precision.offers()
    asking, shelf = Reading.of(ASK.title, ASK.content, "asks", house()), shelf_of(offers)
    among = shelf.related(asking, 0.1)
    few = [each for each in offers if each.key in among][:5]
    part = shelf.part([Reading.of(each.title, each.content, "offers", house()) for each in few])
    alone = part.related(asking, 0.1)
    assert [float(alone[place]) for place in range(5)] == pytest.approx(
        [float(among[each.key]) for each in few]
    )
