"""What a comparison says is true: each side can be got back from it."""

import time

from hypothesis import given
from hypothesis import strategies as st

from alliance.articles import Article, parse
from alliance.comparing import Difference, compare, pairs, pieces

WORDS = st.text("甲乙丙丁戊，。", max_size=30)
ARTICLES = st.builds(
    Article,
    st.sampled_from([1, 2]),
    st.sampled_from(["", "第一条", "第二条", "第三条", "第四条"]),
    st.just(""),
    WORDS,
)
VERSIONS = st.lists(ARTICLES, max_size=8)


def sides(changes):
    return (
        [change.old for change in changes if change.old is not None],
        [change.new for change in changes if change.new is not None],
    )


@given(VERSIONS, VERSIONS)
def test_both_versions_can_be_got_back(old, new):
    assert sides(compare(old, new)) == (old, new)


@given(VERSIONS)
def test_a_version_compared_with_itself_shows_nothing(version):
    assert all(change.kind == "same" for change in compare(version, version))


@given(VERSIONS, VERSIONS)
def test_the_words_of_each_change_give_both_sides(old, new):
    for change in compare(old, new):
        without = {"old": "new", "new": "old"}
        for side, article in (("old", change.old), ("new", change.new)):
            kept = [piece.text for piece in change.pieces if piece.side != without[side]]
            assert "".join(kept) == (article.words if article else "")


@given(st.text(max_size=200))
def test_equal_words_are_one_piece(text):
    assert [piece.side for piece in pieces(text, text)] == ["same"] * bool(text)


@given(
    st.dictionaries(st.integers(0, 9), st.integers()),
    st.dictionaries(st.integers(0, 9), st.integers()),
)
def test_rows_are_paired_by_their_key(old, new):
    found = pairs(old.items(), new.items(), key=lambda row: row[0])
    assert dict(row.old for row in found if row.old) == old
    assert dict(row.new for row in found if row.new) == new
    assert all(row.old is None or row.new is None or row.old[0] == row.new[0] for row in found)


def kinds(old, new):
    return [(change.kind, change.is_renumbered) for change in compare(parse(old), parse(new))]


def test_an_article_put_in_between_renumbers_the_others_and_changes_none():
    old = "第一条 甲单位参加。\n第二条 会议每季一次。\n第三条 本章程自印发起施行。"
    new = "第一条 甲单位参加。\n第二条 企业轮流主持。\n第三条 会议每季一次。\n"
    new += "第四条 本章程自印发起施行。"
    assert kinds(old, new) == [
        ("same", False),
        ("added", False),
        ("changed", True),
        ("changed", True),
    ]


def test_a_changed_article_is_shown_as_the_same_one_with_its_changed_words():
    (change,) = compare(parse("第一条 会议每季度召开一次。"), parse("第一条 会议每半年召开一次。"))
    assert [(piece.side, piece.text) for piece in change.pieces] == [
        ("same", "会议每"),
        ("old", "季度"),
        ("new", "半年"),
        ("same", "召开一次。"),
    ]


def test_another_article_under_the_same_number_is_gone_and_added():
    old, new = "第一条 会议每季度召开一次。", "第九条 志愿服务队下设三个分队，由头雁单位牵头。"
    assert kinds(old, new) == [("removed", False), ("added", False)]


def test_a_difference_says_of_what_kind_it_is():
    assert [Difference(1, 1).kind, Difference(1, 2).kind] == ["same", "changed"]
    assert [Difference(None, 1).kind, Difference(1, None).kind] == ["added", "removed"]


def test_a_long_text_written_anew_is_compared_in_a_second():
    def version(words):
        return parse("\n".join(f"第{n}条 " + words * 20 + str(n) for n in range(1, 120)))

    begun = time.perf_counter()
    compare(version("甲乙丙丁戊"), version("己庚辛壬癸"))
    [change.pieces for change in compare(version("甲乙丙丁戊"), version("甲乙己丁戊"))]
    assert time.perf_counter() - begun < 8
