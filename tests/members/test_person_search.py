"""Anybody is found by the little that is known of the name, as people spell it."""

import pytest
from django.urls import reverse

from members.models import PartyMember
from members.models.spelling import spell
from tests import make

pytestmark = pytest.mark.django_db
LIST = reverse("members:person-list")


def found(words):
    return sorted(PartyMember.objects.search(words).values_list("name", flat=True))


@pytest.mark.parametrize(
    "words",
    [
        "张伟",
        "伟",
        "张 伟",
        "zw",
        "ZW",
        "zhangwei",
        "zhang wei",
        "Zhang Wei",
        "zhang",
        "ｚｗ",
        "1234",
    ],
)
def test_zhang_wei_is_found_by_a_part_of_the_name_pinyin_initials_and_phone(cast, words):
    make.member(cast.lin_branch, name="张伟", phone="13800001234")
    make.member(cast.lin_branch, name="李娜", phone="13800009999")
    assert found(words) == ["张伟"]


@pytest.mark.parametrize("words", ["建国", "国", "王建", "王建国"])
def test_a_part_inside_a_name_is_enough(cast, words):
    make.member(cast.lin_branch, name="王建国")
    make.member(cast.lin_branch, name="建英")
    assert found(words) == ["王建国"]


@pytest.mark.parametrize(
    ("name", "right", "also"),
    [
        ("单小红", "shanxiaohong", "danxiaohong"),
        ("曾国平", "zengguoping", "cengguoping"),
        ("解明", "xieming", "jieming"),
        ("查海生", "zhahaisheng", "chahaisheng"),
        ("尉迟明", "yuchiming", "weichiming"),
    ],
)
def test_a_surname_is_found_by_its_own_reading_and_by_the_common_one(cast, name, right, also):
    make.member(cast.lin_branch, name=name)
    make.member(cast.lin_branch, name="王芳")
    initials = spell(name)[1]
    for words in (right, also, right[:4], initials, also[0] + initials[1:]):
        assert found(words) == [name], words


def test_the_roster_sorts_a_surname_by_its_own_reading(sign_in, sun, cast):
    for name in ("陈一", "曾二", "赵三"):
        make.member(cast.lin_branch, name=name)
    page = sign_in(sun).get(LIST, {"organization": cast.lin_branch.pk}).content.decode()
    assert page.index("陈一") < page.index("曾二") < page.index("赵三")


def test_names_with_dots_and_latin_letters_are_found_without_them(cast):
    make.member(cast.lin_branch, name="卓玛·才让")
    make.member(cast.lin_branch, name="Anna Lee")
    assert found("zhuomacairang") == ["卓玛·才让"]
    assert found("annalee") == found("Anna L") == ["Anna Lee"]


@pytest.mark.parametrize("words", ["%", "_", "\\", "'", '"', "（", "😀", "张%", "a" * 50, "·"])
def test_odd_signs_are_only_signs(sign_in, sun, cast, words):
    make.member(cast.lin_branch, name="张伟")
    assert found(words) == []
    assert sign_in(sun).get(LIST, {"q": words}).status_code == 200


@pytest.mark.parametrize("words", ["吴支部的人", "支部", "wu", "wzbdr", "4321"])
def test_a_search_leaks_nobody_outside_the_scope(sign_in, cast, words):
    theirs = make.member(cast.wu_branch, name="吴支部的人", phone="13800004321")
    page = sign_in(cast.lin).get(LIST, {"q": words}).content.decode()
    assert 'data-count="0"' in page and theirs.get_absolute_url() not in page
