"""The overview of an organization says what stood on a day, to those who see its members."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from docx import Document

from members.models import (
    CommitteeTerm,
    OrganizationChange,
    OrganizationName,
    Placement,
    Term,
)
from nanchuan.kernel.models import Event
from tests import make
from tests.members.test_query_counts import questions

pytestmark = pytest.mark.django_db
ID_NUMBER, PHONE = "99990119900101123X", "13800001234"
THEN = date(2025, 6, 1)


def take(client, organization, **query):
    return client.get(reverse("members:organization-paper", args=[organization.pk]), query)


def read(answer):
    return Document(BytesIO(answer.getvalue()))


def text_of(file):
    """Every line and cell of the paper."""
    cells = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    return [line.text for line in file.paragraphs] + cells


def facts_of(file):
    rows = [[cell.text for cell in row.cells] for table in file.tables for row in table.rows]
    return {row[0]: row[1] for row in rows if len(row) == 2}


@pytest.fixture
def branch(cast):
    """Lin's branch with a past: another name, another superior, another secretary."""
    branch, before = cast.lin_branch, date(2025, 12, 31)
    other = make.organization(cast.root, name="旧总支", kind="general_branch")
    branch.placements.all().delete()
    branch.names.all().delete()
    after = before + timedelta(days=1)
    for parent, start, end in ((other, make.LONG_AGO, before), (cast.root, after, None)):
        Placement.objects.create(organization=branch, parent=parent, starts_on=start, ends_on=end)
    for name, start, end in (("老名字党支部", make.LONG_AGO, before), (branch.name, after, None)):
        OrganizationName.objects.create(
            organization=branch, name=name, starts_on=start, ends_on=end
        )
    OrganizationChange.objects.create(
        organization=branch, act="renamed", on=after, before="老名字党支部", after=branch.name
    )
    CommitteeTerm.objects.create(
        organization=branch,
        number=2,
        starts_on=make.LONG_AGO,
        elected_on=make.LONG_AGO,
        due_on=date(2027, 1, 1),
    )
    gone = make.member(branch, name="老委员", phone=PHONE, id_number=ID_NUMBER)
    post = make.post("组织委员", leads=False)
    Term.objects.create(
        organization=branch, post=post, member=gone, starts_on=make.LONG_AGO, ends_on=before
    )
    gone.memberships.update(ends_on=before, end_reason="transferred")
    return branch


def test_it_says_what_stands_today(sign_in, sun, cast, branch):
    make.member(branch, standing="probationary", gender="male", born_on=date(1970, 1, 1))
    make.member(branch, standing="suspended")
    make.activity(branch, host=cast.lin_member, title="参观学习")
    file = read(take(sign_in(sun), branch))
    facts, words = facts_of(file), text_of(file)
    assert facts["名称"] == "lin党支部" and facts["上级党组织"] == "园区党委"
    assert facts["所属单位"] == "lin公司"
    assert facts["本届委员会"] == "第 2 届，2024年1月1日选举产生，2027年1月1日届满"
    assert facts["党员类别"] == "正式党员\u00a01\u00a0名，预备党员\u00a01\u00a0名"
    assert facts["性别"] == "男\u00a01\u00a0名，女\u00a01\u00a0名"
    assert "本级和下级共有党员 2 名，停止党籍 1 名。" in words
    assert {"参观学习", "更名", "老名字党支部", "lin"} <= set(words)
    assert "老委员" not in words


def test_it_says_what_stood_then(sign_in, sun, cast, branch):
    file = read(take(sign_in(sun), branch, on=THEN.isoformat()))
    facts, words = facts_of(file), text_of(file)
    assert facts["名称"] == "老名字党支部" and facts["上级党组织"] == "旧总支"
    assert "老名字党支部概况" in words and "截至 2025年6月1日。" in words
    assert "老委员" in words and "更名" not in words
    assert facts["党员类别"] == "正式党员\u00a02\u00a0名"


def test_a_superior_counts_whoever_stood_below_it_then(sign_in, sun, cast, branch):
    other = branch.placements.order_by("starts_on").first().parent
    then = read(take(sign_in(sun), other, on=THEN.isoformat()))
    assert facts_of(then)["党员类别"] == "正式党员\u00a02\u00a0名"
    assert "本级和下级共有党员 0 名，停止党籍 0 名。" in text_of(read(take(sign_in(sun), other)))


def test_it_holds_no_full_number(sign_in, sun, branch):
    words = text_of(read(take(sign_in(sun), branch, on=THEN.isoformat())))
    assert "138****1234" in words
    assert not {ID_NUMBER, PHONE} & set(words)


def test_it_is_kept_in_the_history(sign_in, cast, branch):
    answer = take(sign_in(cast.lin), branch)
    assert answer["Cache-Control"] == "no-store"
    assert "attachment" in answer["Content-Disposition"]
    event = Event.objects.get(name="paper.exported")
    assert (event.subject, event.by, event.facts) == (branch, cast.lin, {"paper": "党组织概况"})
    page = sign_in(cast.lin).get(branch.get_absolute_url())
    assert "导出文书" in page.content.decode() and page.context["paper_url"]


def test_who_only_belongs_to_it_takes_none(sign_in, cast, branch):
    plain = make.member(branch, user=make.user()).user
    page = sign_in(plain).get(branch.get_absolute_url())
    assert page.status_code == 200 and "paper_url" not in page.context
    assert take(sign_in(plain), branch).status_code == 403
    assert take(sign_in(make.staff("admin")), branch).status_code == 403
    assert take(sign_in(cast.zhao), branch).status_code == 404


def test_a_secretary_who_belongs_elsewhere_takes_none_of_there(sign_in, cast, branch):
    """Wu leads one branch, and is a plain member of another."""
    person = cast.wu_member
    person.memberships.update(organization=branch)
    assert take(sign_in(cast.wu), branch).status_code == 403


@pytest.mark.parametrize(
    "day", ["2020-01-01", "9999-12-31", "0001-01-01", "2026-13-45", "gestern", "\x00", "2026"]
)
def test_an_impossible_day_is_a_sentence(sign_in, sun, branch, day):
    answer = take(sign_in(sun), branch, on=day)
    assert answer.status_code == 302 and answer.url == branch.get_absolute_url()
    page = sign_in(sun).get(branch.get_absolute_url()).content.decode()
    assert "日期" in page and not Event.objects.filter(name="paper.exported").exists()


def test_a_dissolved_one_is_shown_on_its_last_day(sign_in, sun, cast):
    gone = make.organization(cast.root, name="撤销了的", ends_on=date(2025, 1, 1))
    words = text_of(read(take(sign_in(sun), gone)))
    assert "截至 2025年1月1日。" in words


def test_hostile_text_does_not_break_it(sign_in, sun, cast):
    name = "=1+1\u202e<w:t>\u200b" + "长" * 60
    odd = make.organization(cast.root, name=name)
    make.activity(odd, title="\x0b" + "动" * 90)
    assert text_of(read(take(sign_in(sun), odd)))


def test_it_asks_a_constant_number_of_questions(sign_in, sun, cast, branch):
    client, url = sign_in(sun), reverse("members:organization-paper", args=[branch.pk])
    few = questions(client, url)
    plain = make.post("委员", leads=False, sole=False)
    for _number in range(10):
        person = make.member(branch)
        Term.objects.create(organization=branch, post=plain, member=person, starts_on=make.LONG_AGO)
        make.activity(branch, host=person, starts_at=timezone.now() - timedelta(days=3))
        make.unit(branch)
    assert questions(client, url) == few <= 20
