"""Sun, of the park office, changes organizations on the pages of the portal."""

import re
import threading
import uuid
from datetime import date, timedelta

import pytest
from django.db import close_old_connections, connection
from django.urls import reverse
from django.utils import timezone

from members.actions import endings, organizations
from members.models import CommitteeTerm, Organization, OrganizationUnit, Tree
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DAY = date(2026, 3, 1)


def page(act, organization=None):
    arguments = [organization.pk] if organization else []
    return reverse(f"members:organization-{act}", args=arguments)


def send(client, url, **typed):
    """Fill the form, and confirm what the page says will happen."""
    typed = {"once": uuid.uuid4(), "on": DAY, "seen": seen(client, url)} | typed
    answer = client.post(url, typed)
    if seal := re.search(r'name="confirm" value="([^"]+)"', answer.content.decode()):
        return client.post(url, typed | {"confirm": seal[1]})
    return answer


def seen(client, url):
    """What an edit form remembers that its reader saw."""
    fields = getattr(client.get(url), "context_data", {}).get("form", {})
    return fields["seen"].value() if "seen" in getattr(fields, "fields", ()) else ""


def refusal(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def acts(organization):
    return [line.act for line in organization.changes.all()]


def names_and_superior(organization, on):
    row = Tree.of(on).rows[organization.pk]
    return row.name, row.parent_then


def test_she_founds_a_joint_branch_of_two_units(sign_in, sun, cast):
    units = [make.unit(), make.unit()]
    facts = {"parent": cast.root.pk, "kind": "joint_branch", "name": "示例联合党支部"}
    facts |= {"starts_on": DAY, "document": "南党〔2026〕1号", "units": [u.pk for u in units]}
    answer = sign_in(sun).post(page("create"), facts | {"once": uuid.uuid4()}, follow=True)
    made = Organization.objects.get(name="示例联合党支部")
    assert set(made.units.all()) == set(units)
    line = made.changes.get()
    assert (line.act, line.on, line.document) == ("founded", DAY, "南党〔2026〕1号")
    assert names_and_superior(made, DAY) == ("示例联合党支部", cast.root.pk)
    text = answer.content.decode()
    assert "不足 3 名" in text and "《中国共产党支部工作条例（试行）》第四条" in text


def test_more_than_five_units_is_a_warning_with_the_article(sign_in, sun, cast):
    joint = make.organization(cast.root, kind="joint_branch")
    client = sign_in(sun)
    for number in range(1, 7):
        answer = client.post(
            page("link", joint),
            {"unit": make.unit().pk, "on": DAY, "once": uuid.uuid4()},
            follow=True,
        )
        assert ("第五条" in answer.content.decode()) == (number > 5)
    assert joint.units.count() == 6
    assert "一般不超过 5 个" in client.get(joint.get_absolute_url()).content.decode()


def test_a_new_name_keeps_the_old_one_for_the_days_it_was_true(sign_in, sun, cast):
    answer = send(
        sign_in(sun), page("rename", cast.lin_branch), name="林新党支部", short_name="林新"
    )
    assert answer.status_code == 302
    assert names_and_superior(cast.lin_branch, DAY)[0] == "林新党支部"
    assert names_and_superior(cast.lin_branch, DAY - timedelta(days=1))[0] == "lin党支部"
    url = cast.lin_branch.get_absolute_url()
    then = sign_in(sun).get(url, {"on": "2026-02-28"}).content.decode()
    assert "<h1>lin党支部" in then and "林新党支部" not in then
    assert "lin党支部 → 林新党支部" in sign_in(sun).get(url).content.decode()


def test_a_move_is_shown_with_all_that_moves_before_it_is_made(sign_in, sun, cast):
    office = make.organization(cast.root, name="机关党总支", kind="general_branch")
    group = make.organization(cast.lin_branch, kind="party_group")
    make.member(group)
    client, url = sign_in(sun), page("move", cast.lin_branch)
    typed = {"parent": office.pk, "on": DAY, "once": uuid.uuid4()}
    first = client.post(url, typed).content.decode()
    assert "由“园区党委”改为“机关党总支”" in first
    assert "下级党组织 1 个，连同本级共有党员 2 名" in first
    assert not cast.lin_branch.changes.exists()
    seal = re.search(r'name="confirm" value="([^"]+)"', first)[1]
    make.member(group)  # meanwhile there is one more: it is said anew
    second = client.post(url, typed | {"confirm": seal}).content.decode()
    assert "共有党员 3 名" in second and not cast.lin_branch.changes.exists()
    assert send(client, url, parent=office.pk).status_code == 302
    cast.lin_branch.refresh_from_db()
    assert Organization.objects.get_parent(cast.lin_branch) == office
    assert names_and_superior(cast.lin_branch, DAY)[1] == office.pk
    assert names_and_superior(cast.lin_branch, DAY - timedelta(days=1))[1] == cast.root.pk


def test_in_a_merger_people_children_and_units_follow_and_posts_end(sign_in, sun, cast):
    source, target = cast.lin_branch, cast.wu_branch
    group = make.organization(source, kind="party_group")
    CommitteeTerm.objects.create(
        organization=source, number=1, elected_on=make.LONG_AGO, starts_on=make.LONG_AGO,
        due_on=date(2027, 1, 1),
    )  # fmt: skip
    make.member(source, standing="probationary")
    answer = send(sign_in(sun), page("merge", source), target=target.pk, document="3号")
    assert answer.status_code == 302 and answer.url == target.get_absolute_url()
    before, since = DAY - timedelta(days=1), DAY
    assert source.memberships.current(before).count() == 2
    assert not source.memberships.current(since).exists()
    moved = target.memberships.filter(starts_on=DAY)
    assert sorted(moved.values_list("standing", flat=True)) == ["full", "probationary"]
    assert cast.lin_member.current_membership(before).organization == source
    assert names_and_superior(group, since)[1] == target.pk
    assert set(OrganizationUnit.objects.current(since).filter(organization=target).values_list(
        "unit", flat=True)) == {cast.lin_unit.pk, cast.wu_unit.pk}  # fmt: skip
    for rows in (source.terms, source.committee_terms, source.unit_links, source.placements):
        assert rows.get().ends_on == before
    source.refresh_from_db()
    assert source.ends_on == before
    assert (acts(source), acts(target), acts(group)) == (["merged"], ["absorbed"], ["moved"])
    assert source.changes.get().other == target
    assert Event.objects.filter(name="member.moved").count() == 2
    assert Organization.objects.find_problems() == ([], [], [], [], [])


def test_what_is_left_is_listed_and_dissolving_waits_for_it(sign_in, sun, cast):
    client, url = sign_in(sun), page("dissolve", cast.lin_branch)
    text = client.get(url).content.decode()
    assert cast.lin_member.name in text and page("merge", cast.lin_branch) in text
    text = refusal(send(client, url, on=TODAY))
    assert "还有党员 1 名、下级党组织 0 个" in text
    send(client, page("merge", cast.lin_branch), target=cast.wu_branch.pk)
    empty = make.organization(cast.root)
    assert send(client, page("dissolve", empty), note="企业注销").status_code == 302
    empty.refresh_from_db()
    assert empty.ends_on == DAY - timedelta(days=1)
    assert empty.changes.get().note == "企业注销"
    assert empty.pk not in Tree.of(DAY).rows
    assert "已撤销" in client.get(empty.get_absolute_url()).content.decode()


def test_nothing_changes_once_it_is_no_more(sign_in, sun, cast):
    gone = make.organization(cast.root, ends_on=date(2025, 1, 1))
    client = sign_in(sun)
    assert client.get(page("rename", gone)).status_code == 302
    assert "已经撤销" in refusal(send(client, page("rename", gone), name="新名"))


@pytest.mark.parametrize(
    "case",
    [
        ("rename", {"name": "新名", "on": "2099-01-01"}, "还没有到"),
        ("rename", {"name": "新名", "on": "2026-02-30"}, "真实存在"),
        ("rename", {"name": "新名", "on": "0001-01-01"}, "1921 年以后"),
        ("rename", {"name": "新名", "on": "9999-12-31"}, "还没有到"),
        ("rename", {"name": "新名", "on": "2023-12-31"}, "成立于 2024-01-01"),
        ("rename", {"name": "wu党支部"}, "已有党组织叫"),
        ("rename", {"name": "lin党支部"}, "没有变化"),
        ("rename", {"name": "新\x00名"}, "空字符"),
        ("rename", {"name": "长" * 101}, "100"),
        ("move", {"parent": "self"}, "它自己或它的下级"),
        ("move", {"parent": "child"}, "它自己或它的下级"),
        ("move", {"parent": "branch"}, "党支部之下不能设党支部"),
        ("move", {"parent": "root"}, "已经隶属于"),
        ("move", {"parent": "99999999999999999999"}, "选"),
        ("merge", {"target": "self"}, "它自己或它的下级"),
        ("merge", {"target": "child"}, "它自己或它的下级"),
        ("merge", {"target": "", "on": "x"}, "必填"),
        ("merge", {"target": ""}, "必填"),
        ("dissolve", {"on": "2024-01-01"}, "晚于成立日期"),
        ("link", {"unit": "own"}, "已属于"),
        ("unlink", {"row": "0"}, "已经结束"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_words(sign_in, sun, cast, case):
    act, typed, sentence = case
    rows = {
        "self": cast.lin_branch,
        "child": make.organization(cast.lin_branch, kind="party_group"),
        "branch": cast.wu_branch,
        "root": cast.root,
        "own": cast.lin_unit,
    }
    typed = {name: getattr(rows.get(value), "pk", value) for name, value in typed.items()}
    assert sentence in refusal(send(sign_in(sun), page(act, cast.lin_branch), **typed))
    assert not cast.lin_branch.changes.exists()


def test_a_day_before_the_last_change_is_refused_and_the_change_named(sign_in, sun, cast):
    client, url = sign_in(sun), page("rename", cast.lin_branch)
    send(client, url, name="新名", on="2026-03-02")
    text = refusal(send(client, url, name="更新的名", on="2026-03-01"))
    assert "上一次变更是 2026-03-02 的“更名”" in text


def test_two_cannot_have_stood_below_each_other_on_any_day(sign_in, sun, cast):
    one, two = (make.organization(cast.root, kind="committee") for _each in range(2))
    client = sign_in(sun)
    send(client, page("move", one), parent=two.pk, on="2026-01-01")
    send(client, page("move", one), parent=cast.root.pk, on="2026-05-01")
    text = refusal(send(client, page("move", two), parent=one.pk, on="2026-02-01"))
    assert "它自己或它的下级" in text
    assert send(client, page("move", two), parent=one.pk, on="2026-05-01").status_code == 302


def test_a_double_click_changes_once(sign_in, sun, cast):
    client, url = sign_in(sun), page("rename", cast.lin_branch)
    typed = {"name": "新名", "on": DAY, "once": uuid.uuid4()}
    answers = [client.post(url, typed) for _click in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert acts(cast.lin_branch) == ["renamed"]


def test_a_wrong_letter_is_put_right_without_a_line_in_the_ledger(sign_in, sun, cast):
    client, url = sign_in(sun), page("edit", cast.lin_branch)
    facts = {"name": "琳党支部", "short_name": "琳", "kind": "branch", "starts_on": "2023-06-01"}
    text = refusal(send(client, url, **facts))
    assert "“园区党委”成立于 2024-01-01" in text
    answer = send(client, url, **facts | {"starts_on": "2024-01-01"})
    assert answer.status_code == 302
    row = cast.lin_branch.names.get()
    assert (row.name, row.short_name) == ("琳党支部", "琳")
    assert not cast.lin_branch.changes.exists()


def test_the_second_editor_chooses(sign_in, sun, cast):
    client, url = sign_in(sun), page("edit", cast.lin_branch)
    form = client.get(url).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields}
    Organization.objects.filter(pk=cast.lin_branch.pk).update(short_name="林一")
    text = refusal(client.post(url, typed | {"short_name": "林二"}))
    assert "林一" in text and "林二" in text and "请逐项选择" in text


def test_a_kind_must_fit_between_superior_and_children(sign_in, sun, cast):
    make.organization(cast.lin_branch, kind="party_group")
    facts = {"name": "lin党支部", "kind": "general_branch", "starts_on": "2024-01-01"}
    text = refusal(send(sign_in(sun), page("edit", cast.lin_branch), **facts))
    assert "党总支之下不能设党小组" in text


def test_only_the_office_changes_organizations(sign_in, cast):
    for user in (cast.lin, make.staff("leader"), make.staff("admin")):
        client = sign_in(user)
        for act in ("edit", "rename", "move", "merge", "dissolve", "link", "unlink"):
            assert client.get(page(act, cast.lin_branch)).status_code == 403
        assert client.get(page("create")).status_code == 403
        assert "办理变更" not in client.get(cast.lin_branch.get_absolute_url()).content.decode()


def race(writers):
    """Run functions at once, each on its own connection; returns what was refused."""
    barrier, refused = threading.Barrier(len(writers)), []

    def run(write):
        close_old_connections()
        try:
            barrier.wait()
            write()
        except StepRefused as refusal:
            refused.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[write]) for write in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


@pytest.mark.django_db(transaction=True)
def test_of_two_that_swallow_each_other_at_once_one_is_left():
    root = make.organization(kind="committee")
    for _round in range(3):
        one, two = make.organization(root), make.organization(root)
        member = make.member(one)
        refused = race([
            lambda a=one, b=two: endings.merge(a, b, on=DAY, by=None),
            lambda a=one, b=two: endings.merge(b, a, on=DAY, by=None),
        ])  # fmt: skip
        assert len(refused) == 1
        left = Organization.objects.current().get(pk__in=[one.pk, two.pk])
        assert member.current_membership().organization == left


@pytest.mark.django_db(transaction=True)
def test_two_founded_at_once_both_find_a_place():
    """The control of the test above, and of the tree: paths are given out one by one."""
    root = make.organization(kind="committee")
    names = [f"同时成立{number}" for number in range(4)]
    refused = race([
        lambda n=name: organizations.found(root, name=n, kind="branch", starts_on=DAY, by=None)
        for name in names
    ])  # fmt: skip
    assert refused == []
    assert Organization.objects.filter(name__in=names, depth=2).count() == 4
    assert Organization.objects.find_problems() == ([], [], [], [], [])
