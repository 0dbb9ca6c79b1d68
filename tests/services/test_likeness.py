"""What is alike and what is not, in the words of enterprises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.likeness import LIKE, Likeness, Text, pieces

WRITTEN = {
    "electricians": [
        ("急需电工两名", "三号车间夜班缺高压电工，须持证上岗。"),
        ("招聘持证电工", "旺季缺电工，希望联盟帮助共享用工。"),
        ("夜班缺电工", "生产线夜班没有电工值守，急需持证电工。"),
    ],
    "loans": [
        ("流动资金紧张", "季节性采购占用资金，抵押物不足，希望对接信用贷款。"),
        ("申请信用贷款", "厂房为租赁，抵押物不足，需要流动资金贷款。"),
        ("采购流动资金不足", "原料涨价，抵押物有限，希望银行给信用贷款。"),
    ],
    "freight": [
        ("物流成本高", "单票货量小，希望拼车发运。"),
        ("与其他企业拼车发货", "零担发运价格高，想和园区企业拼车降低物流成本。"),
    ],
    "permits": [
        ("环评手续办理慢", "新厂房环评多次补正，影响投产。"),
        ("新厂房环评进度慢", "扩建项目环评资料反复补正，影响投产计划。"),
    ],
    "others": [
        ("缺人事专员", "办公室需要一名人事，熟悉社保业务。"),
        ("产线能耗偏高", "化成工序用电占比高，希望做一次用能诊断。"),
        ("外地员工住宿紧张", "新到外地员工 30 名，厂区宿舍已满。"),
        ("党员学习资料", "支部主题党日需要学习材料。"),
        ("研发费用加计扣除口径", "研发人员兼职较多，费用归集口径拿不准。"),
    ],
}
TEXTS = [Text(*words) for group in WRITTEN.values() for words in group]
LIKENESS = Likeness(TEXTS)


def place(name):
    return [TEXTS.index(Text(*words)) for words in WRITTEN[name]]


@pytest.mark.parametrize("name", ["electricians", "loans", "freight", "permits"])
def test_those_that_ask_for_the_same_stand_together(name):
    assert place(name) in LIKENESS.clusters(TEXTS)


def test_those_that_ask_for_something_else_stand_alone():
    together = {place for cluster in LIKENESS.clusters(TEXTS) for place in cluster}
    assert together.isdisjoint(place("others"))


def test_phrases_that_every_need_begins_with_make_nothing_alike():
    texts = [
        Text("我公司希望解决用电问题", "目前我公司急需联盟帮助协调解决用电问题。"),
        Text("我公司希望解决住宿问题", "目前我公司急需联盟帮助协调解决住宿问题。"),
    ]
    assert Likeness(TEXTS + texts).of(*texts) < LIKE


def test_what_they_have_in_common_is_told_in_their_own_words():
    words = LIKENESS.words([Text(*each) for each in WRITTEN["electricians"]])
    assert "持证电工" in words
    loans = LIKENESS.words([Text(*each) for each in WRITTEN["loans"]])
    assert {"流动资金", "信用贷款"} <= set(loans)


def test_words_of_letters_are_compared_whole_whatever_their_width():
    assert pieces("ＩＳＯ９００１ 认证") == pieces("iso9001认证") == ["iso9001", "认证"]


LETTERS = "电工夜班缺贷款资金环评abc "
TYPED = st.builds(Text, st.text(LETTERS, max_size=8), st.text(LETTERS, max_size=9))


@given(st.lists(TYPED, max_size=8))
def test_likeness_is_symmetric_and_no_text_stands_in_two_clusters(texts):
    likeness = Likeness(texts)
    for one in texts:
        for other in texts:
            value = likeness.of(one, other)
            assert -1e-9 <= value <= 1 + 1e-9
            assert value == pytest.approx(likeness.of(other, one))
    places = [place for cluster in likeness.clusters(texts) for place in cluster]
    assert len(places) == len(set(places))
