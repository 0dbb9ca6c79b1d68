"""The labelled set keeps what its README promises, whatever matches by it."""

import re
from collections import Counter
from itertools import product

import pytest

from services.models import Need, Resource
from tests.matching import labelled
from tests.matching.labelled import CHAINS, HALVES, TODAY

SET = labelled.load()
NEEDS, RESOURCES = SET.needs.values(), SET.resources.values()
PAIRS = [
    (SET.needs[need], SET.resources[resource])
    for need, resources in SET.relevant.items()
    for resource in resources
]
ONLY = {"藏毯绒纺": "carpet", "锂电": "lithium", "光伏": "solar"}  # data
HELPERS = ("expert", "team", "volunteers")  # their number limits nothing


def test_there_are_enough_of_both():
    assert len(NEEDS) >= 200
    assert len(RESOURCES) >= 120


def test_the_readme_counts_what_there_is():
    readme = (labelled.HERE / "README.md").read_text(encoding="utf-8")
    lacking = [need for need, answers in SET.relevant.items() if not answers]
    assert f"{len(NEEDS)} needs" in readme
    assert f"{len(RESOURCES)} resources" in readme
    assert f"{len(PAIRS)} pairs" in readme
    assert f"The {len(lacking)} needs that nothing answers" in readme


def test_every_key_is_given_once_and_every_named_one_exists():
    for name in ("needs.csv", "resources.csv"):
        assert max(Counter(row["key"] for row in labelled.rows(name)).values()) == 1
    pairs = Counter((row["need"], row["resource"]) for row in labelled.rows("relevant.csv"))
    assert max(pairs.values()) == 1
    assert {need for need, _resource in pairs} == set(SET.needs)
    assert {resource for _need, resource in pairs} - {""} <= set(SET.resources)


def test_a_need_without_an_answer_has_no_other_row():
    row_counts = Counter(row["need"] for row in labelled.rows("relevant.csv"))
    lacking = [row["need"] for row in labelled.rows("relevant.csv") if not row["resource"]]
    assert {row_counts[need] for need in lacking} == {1}


def test_every_word_of_a_list_is_one_of_the_portal():
    assert {need.chain for need in NEEDS} == set(CHAINS)
    assert {resource.chain for resource in RESOURCES} == {"", *CHAINS}
    assert {need.half for need in NEEDS} == set(HALVES)
    assert {need.urgency for need in NEEDS} == set(Need.Urgency.values)
    assert {resource.category for resource in RESOURCES} == set(Resource.Category.values)


@pytest.mark.parametrize(("half", "chain"), list(product(HALVES, CHAINS)))
def test_every_category_of_both_lists_is_asked_in_each_half_and_chain(half, chain):
    needs = [need for need in SET.half(half) if need.chain == chain]
    assert {need.category for need in needs} == set(Need.Category.values)
    answers = {key for need in needs for key in SET.relevant[need.key]}
    found = {SET.resources[key].category for key in answers}
    assert found == set(Resource.Category.values)


@pytest.mark.parametrize("chain", CHAINS)
def test_every_chain_gives_of_every_category(chain):
    given = {resource.category for resource in RESOURCES if resource.chain == chain}
    assert given == set(Resource.Category.values)


def test_the_halves_are_alike():
    tuning, held_out = (SET.half(half) for half in HALVES)
    assert abs(len(tuning) - len(held_out)) <= 2
    for half in (tuning, held_out):
        lacking = [need for need in half if not SET.relevant[need.key]]
        assert 0.1 <= len(lacking) / len(half) <= 0.2


def test_an_answered_need_has_two_to_five_answers_on_average():
    counts = [len(answers) for answers in SET.relevant.values() if answers]
    assert 2 <= sum(counts) / len(counts) <= 5


def test_no_two_are_written_alike():
    for column in ("title", "content"):
        texts = Counter(getattr(row, column) for row in (*NEEDS, *RESOURCES))
        assert max(texts.values()) == 1


def test_every_text_fits_its_field():
    for rows, model in ((NEEDS, Need), (RESOURCES, Resource)):
        length = model._meta.get_field("title").max_length
        assert all(1 <= len(row.title) <= length and row.content for row in rows)


def test_nobody_can_be_called_or_written_to():
    contact = re.compile(r"\d{7}|\d{3,4}-\d|@|www|http|微信号|联系人|电话[:：]", re.ASCII)  # data
    for row in (*NEEDS, *RESOURCES):
        assert not contact.search(row.title + row.content), row.key


def test_what_is_relevant_is_there_on_the_day():
    assert all(need.day is None or need.day >= TODAY for need in NEEDS)
    for need, resource in PAIRS:
        until = resource.valid_until
        assert until is None or until >= (need.day or TODAY), (need.key, resource.key)


def test_what_is_relevant_is_enough():
    for need, resource in PAIRS:
        if need.quantity and resource.capacity:
            assert need.quantity <= resource.capacity, (need.key, resource.key)


def test_what_is_relevant_is_not_for_other_chains_only():
    for need, resource in PAIRS:
        limit = re.match("仅限(.+)(小组成员|项目)", resource.conditions)  # data
        if limit:
            chains = {ONLY[name] for name in limit[1].split("、")}
            assert need.chain in chains, (need.key, resource.key)


def test_helpers_answer_no_need_for_a_quantity_of_something_else():
    """Three experts are not too few for forty people to teach: such needs have no quantity."""
    for need, resource in PAIRS:
        if need.quantity and resource.category in HELPERS and resource.capacity:
            assert resource.unit in {"人", "人次", "座"}, (need.key, resource.key)  # data


def test_every_limit_keeps_something_out():
    """Each rule matters: there are resources that are over, small, and of one chain."""
    assert any(row.valid_until and row.valid_until < TODAY for row in RESOURCES)
    assert any(row.valid_until and row.valid_until > TODAY for row in RESOURCES)
    assert any(row.conditions.startswith("仅限") for row in RESOURCES)  # data
