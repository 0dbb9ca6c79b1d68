"""A typed text becomes chapters and articles, and they the text again, whatever was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance.articles import Article, parse, write

CHAPTER, ARTICLE = 1, 2
TYPED = """　　第一章　总则

　第一条  为了加强联系，制定本章程。
第二条　联盟遵守下列原则：
　　（一）自愿；
　　（二）互助。
第二章 席位
第三条之一 企业有席位。
第三条第二款所称席位，一家一个。
"""
NUMBERS = st.sampled_from(["一", "十二", "3", "１", "一百零二"])
STARTS = st.builds(
    "第{}{}{}".format, NUMBERS, st.sampled_from("章条"), st.sampled_from(["", "　", " "])
)
LINES = st.tuples(st.one_of(STARTS, st.just("")), st.text(max_size=120)).map("".join)
TEXTS = st.lists(LINES, max_size=12).map("\n".join)


def test_chapters_have_headings_and_articles_have_bodies():
    assert parse(TYPED) == [
        Article(CHAPTER, "第一章", "总则"),
        Article(ARTICLE, "第一条", "", "为了加强联系，制定本章程。"),
        Article(ARTICLE, "第二条", "", "联盟遵守下列原则：\n（一）自愿；\n（二）互助。"),
        Article(CHAPTER, "第二章", "席位"),
        Article(ARTICLE, "第三条之一", "", "企业有席位。\n第三条第二款所称席位，一家一个。"),
    ]


def test_the_text_comes_back_with_one_space_after_a_number():
    assert write(parse(TYPED)).startswith(
        "第一章　总则\n\n第一条　为了加强联系，制定本章程。\n\n第二条"
    )


def test_what_stands_before_the_first_article_is_a_preamble():
    assert parse("前言\n第1条 内容")[0] == Article(ARTICLE, body="前言")


@pytest.mark.parametrize(
    "typed", ["第一条\u200b　内容", "第一条\t内容\u00a0", "\ufeff第一条 内容\x0b"]
)
def test_what_word_leaves_behind_does_no_harm(typed):
    assert parse(typed) == [Article(ARTICLE, "第一条", "", "内容")]


def test_a_chapter_with_a_long_line_has_no_heading():
    assert parse("第一章 " + "长" * 101) == [Article(CHAPTER, "第一章", "", "长" * 101)]


def letters(text):
    """All that is not space and can be stored."""
    return "".join("".join(part.label + part.words for part in parse(text)).split())


@given(TEXTS)
def test_parts_become_text_and_the_same_parts_again(text):
    parts = parse(text)
    assert parse(write(parts)) == parts
    assert write(parse(write(parts))) == write(parts)


@given(st.lists(st.text("甲乙丙第一章条 　（、\n，", max_size=40), max_size=10).map("\n".join))
def test_no_letter_is_lost(text):
    assert letters(text) == "".join(text.split())


@given(TEXTS)
def test_labels_and_headings_fit_their_columns(text):
    for part in parse(text):
        assert len(part.label) <= 20 and len(part.heading) <= 100
