"""The roster comes in: looked at first, put right in place, all lines or none, twice changes
nothing."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from members.models import Membership, PartyMember
from members.tasks import work_on_imports
from nanchuan.kernel.events import history
from nanchuan.kernel.importing import models as batches
from nanchuan.kernel.importing import staging, working
from nanchuan.kernel.models import Event, ImportBatch, ImportRow
from nanchuan.kernel.tasks import tidy
from tests import make, rosters
from tests.rosters import ID_NUMBER, another, line, upload_of

pytestmark = pytest.mark.django_db
CREATE = reverse("members:import-create")
LIST = reverse("members:import-list")


def upload(client, *lines, data=None, name="名册.xlsx", headers=None):
    """Choose a file on the page; answers with the page that follows, and the batch."""
    data = data if data is not None else rosters.xlsx(rosters.table(*lines, headers=headers))
    once = client.get(CREATE).context["form"]["once"].value()
    page = client.post(CREATE, {"once": once, "file": upload_of(data, name)}, follow=True)
    return page, ImportBatch.objects.order_by("pk").last()


def press(client, batch, verb, **facts):
    page = client.post(reverse(f"members:import-{verb}", args=[batch.pk]), facts, follow=True)
    batch.refresh_from_db()
    return page


def take_in(client, *lines, **facts):
    batch = upload(client, *lines)[1]
    return press(client, batch, "confirm", **facts), batch


def text(page):
    return page.content.decode()


def row(batch, number=2):
    return batch.rows.get(number=number)


def correct(client, row, **cells):
    url = reverse("members:import-row", args=[row.pk])
    form = client.get(url).context["form"]
    facts = {name: form[name].value() or "" for name in form.fields} | cells
    return client.post(url, facts, follow=True)


def test_a_preview_saves_nobody_and_shows_no_number(sign_in, sun, cast):
    page, batch = upload(sign_in(sun), line())
    assert batch.status == "ready" and batch.counts == {"new": 1}
    assert "确认导入 1 行" in text(page) and "张晓慧" in text(page)
    assert ID_NUMBER not in text(page) and "13800001234" not in text(page)
    assert "138****1234" in text(page)
    assert not PartyMember.objects.filter(name="张晓慧").exists()


def test_a_confirmed_line_enrols_the_person_and_the_history_says_how(sign_in, sun, cast):
    client = sign_in(sun)
    page, batch = take_in(client, line())
    assert "已导入" in text(page) and batch.status == "applied"
    person = PartyMember.objects.of_id_number(ID_NUMBER).get()
    assert (person.gender, person.education, person.phone) == ("female", "bachelor", "13800001234")
    membership = person.memberships.get()
    assert (membership.organization, membership.starts_on) == (cast.lin_branch, date(2024, 7, 1))
    event = history(person).get()
    assert (event.name, event.by, event.facts["batch"]) == ("member.enrolled", sun, batch.pk)
    told = Event.objects.get(name="members.imported")
    assert told.facts == {"batch": batch.pk, "new": 1, "changed": 0}
    assert "名册导入" in text(client.get(person.get_absolute_url()))


def test_the_same_file_twice_changes_nothing(sign_in, sun, cast):
    client = sign_in(sun)
    take_in(client, line(), another(1))
    events = Event.objects.count()
    page, batch = upload(client, line(), another(1))
    assert batch.counts == {"same": 2}
    assert "确认导入" not in text(page)
    assert "没有可以导入的变化" in text(press(client, batch, "confirm"))
    assert Event.objects.count() == events


def test_a_change_shows_old_and_new_and_how_the_person_was_known(sign_in, sun, cast):
    client = sign_in(sun)
    take_in(client, line())
    page, batch = upload(client, line(民族="藏族", 联系电话="13900005678"))
    assert batch.counts == {"changed": 1}
    for words in ("汉族", "藏族", "138****1234", "139****5678", "按公民身份号码认出"):
        assert words in text(page)
    press(client, batch, "confirm")
    person = PartyMember.objects.get(name="张晓慧")
    assert (person.ethnicity, person.phone) == ("藏族", "13900005678")
    assert history(person).first().facts == {"fields": ["ethnicity", "phone"], "batch": batch.pk}


def test_empty_and_masked_cells_leave_what_is_known(sign_in, sun, cast):
    client = sign_in(sun)
    take_in(client, line())
    take_in(
        client,
        line(公民身份号码="9****************4", 联系电话="138****1234", 学历=None, 民族="藏族"),
    )
    person = PartyMember.objects.get(name="张晓慧")
    assert (person.ethnicity, person.education) == ("藏族", "bachelor")
    assert (person.id_number, person.phone) == (ID_NUMBER, "13800001234")


def test_whoever_was_entered_without_a_number_gets_one(sign_in, sun, cast):
    make.member(cast.lin_branch, name="张晓慧", born_on=date(1990, 1, 1))
    _page, _batch = take_in(sign_in(sun), line())
    assert PartyMember.objects.get(name="张晓慧").id_number == ID_NUMBER


def test_without_a_birth_date_name_and_branch_decide(sign_in, sun, cast):
    client = sign_in(sun)
    make.member(cast.lin_branch, name="张伟")
    make.member(cast.wu_branch, name="张伟")
    facts = {"姓名": "张伟", "性别": "女", "民族": "藏族", "所在党组织": "wu党支部"}
    page, batch = upload(client, facts)
    assert "按姓名和所在党组织认出" in text(page)
    press(client, batch, "confirm")
    assert Membership.objects.get(member__ethnicity="藏族").organization == cast.wu_branch
    make.member(cast.wu_branch, name="张伟")
    assert "分不清是哪一位" in text(upload(client, facts)[0])


def test_a_round_trip_changes_nothing(sign_in, sun, cast):
    client = sign_in(sun)
    take_in(client, line(), another(1), another(2, 党员类别="预备党员"))
    make.member(cast.lin_branch, name="=危险", born_on=date(1980, 1, 1), note="+1")
    answer = client.get(reverse("members:person-list"), {"export": "xlsx"})
    data = b"".join(answer.streaming_content)
    batch = upload(client, data=data)[1]
    assert batch.counts == {"same": PartyMember.objects.count()}


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ({"姓名": ""}, "请填写姓名"),
        ({"性别": "不详吧"}, "应为：男、女"),
        ({"出生日期": "1990-02-30"}, "没有“1990-02-30”这一天"),
        ({"公民身份号码": "12345"}, "公民身份号码应为 18 位"),
        ({"公民身份号码": 999901199001011234}, "文本"),
        ({"学历": "博学"}, "应为："),
        ({"所在党组织": "没有的支部"}, "没有名称为"),
        ({"所在党组织": ""}, "请填写所在党组织"),
        ({"联系电话": "abc"}, "联系电话只能包含数字"),
        ({"备注": "长" * 201}, "最多 200 个字"),
    ],
)
def test_a_bad_line_says_why_at_its_cell_and_stops_the_file(sign_in, sun, cast, cell, sentence):
    client = sign_in(sun)
    page, batch = upload(client, another(1), line(**cell), headers=[*line(), "备注"])
    assert sentence in text(page)
    assert row(batch, 3).state == "error" and row(batch, 2).state == "new"
    assert "还有 1 行有错误" in text(press(client, batch, "confirm"))
    assert batch.status == "ready" and PartyMember.objects.count() == 3


def test_lines_with_errors_can_be_skipped_and_fetched(sign_in, sun, cast):
    client = sign_in(sun)
    bad = another(1) | {"姓名": "+cmd", "学历": "博学"}
    _page, batch = take_in(client, line(), bad, skip_errors="1")
    assert batch.status == "applied" and PartyMember.objects.filter(name="张晓慧").exists()
    answer = client.get(reverse("members:import-failed", args=[batch.pk]))
    assert answer["Cache-Control"] == "no-store"
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    headers, *rows = sheet.iter_rows(values_only=True)
    assert headers[-1] == "问题说明" and len(rows) == 1
    found = dict(zip(headers, rows[0], strict=True))
    assert found["姓名"] == "'+cmd"
    assert found["公民身份号码"] == bad["公民身份号码"]
    assert "学历：应为" in found["问题说明"]


def test_a_cell_is_put_right_in_place(sign_in, sun, cast):
    client = sign_in(sun)
    _page, batch = upload(client, line(学历="博学", 公民身份号码="12345"), another(1))
    page = client.get(reverse("members:import-row", args=[row(batch).pk]))
    assert 'value="12345"' in text(page), "the wrong number is shown to be corrected"
    assert "13800001234" not in text(page), "the right one stays masked"
    page = correct(client, row(batch), education="本科", id_number=ID_NUMBER)
    batch.refresh_from_db()
    assert batch.counts == {"new": 2}
    assert row(batch).data["typed"] == {"education": "本科", "id_number": ID_NUMBER}
    press(client, batch, "confirm")
    person = PartyMember.objects.of_id_number(ID_NUMBER).get()
    assert (person.education, person.phone) == ("bachelor", "13800001234")


def test_a_corrected_line_may_be_about_somebody_else_in_the_file(sign_in, sun, cast):
    client = sign_in(sun)
    _page, batch = upload(client, line(), another(1))
    correct(client, row(batch, 3), id_number=ID_NUMBER)
    assert "与第 2 行是同一个人" in row(batch, 3).data["findings"][0][2]
    client.post(reverse("members:import-leave-out", args=[row(batch, 2).pk]))
    assert row(batch, 3).state == "new"


def test_a_misspelt_branch_is_put_right_on_all_lines_at_once(sign_in, sun, cast):
    branch = make.organization(cast.root, name="圣源地毯集团有限公司党支部")
    client = sign_in(sun)
    wrong = {"所在党组织": "圣原地毯集团有限公司支部"}
    page, batch = upload(client, line(**wrong), another(1, **wrong), another(2))
    assert "是不是“圣源地毯集团有限公司党支部”" in text(page)
    facts = {"typed": wrong["所在党组织"], "place": branch.pk}
    press(client, batch, "accept", **facts)
    assert batch.counts == {"new": 3}
    press(client, batch, "confirm")
    assert branch.memberships.count() == 2


def test_columns_that_were_chosen_are_remembered(sign_in, sun, cast):
    client = sign_in(sun)
    strange = {"谁": "张晓慧", "男女": "女", "哪里": "lin党支部", "性别": "", "民族": "汉"}
    page, batch = upload(client, strange)
    assert batch.status == "columns" and "姓名" in text(page)
    url = reverse("members:import-columns", args=[batch.pk])
    form = client.get(url).context["form"]
    facts = {"once": form["once"].value(), "sheet": "名册"}
    facts |= {"column_0": "name", "column_1": "gender", "column_2": "organization"}
    client.post(url, facts)
    batch.refresh_from_db()
    assert batch.counts == {"new": 1}
    assert upload(client, strange)[1].counts == {"new": 1}, "the next file needs no question"


def test_the_same_column_twice_is_told_at_the_form(sign_in, sun, cast):
    client = sign_in(sun)
    batch = upload(client, line())[1]
    url = reverse("members:import-columns", args=[batch.pk])
    form = client.get(url).context["form"]
    facts = {"once": form["once"].value(), "sheet": "名册", "column_0": "name", "column_1": "name"}
    assert "有两列都对应" in text(client.post(url, facts))
    facts |= {"column_0": "gender", "column_1": ""}
    assert "哪一列是“姓名”" in text(client.post(url, facts))


def test_the_choice_of_columns_shows_no_number(sign_in, sun, cast):
    client = sign_in(sun)
    spaced = another(1) | {"公民身份号码": f"{ID_NUMBER[:6]} {ID_NUMBER[6:]}"}
    for lines in ([line()], [spaced], [line(联系电话=13800001234)]):
        page = client.get(reverse("members:import-columns", args=[upload(client, *lines)[1].pk]))
        assert "例如：张晓慧" in text(page) or "例如：李" in text(page)
        assert ID_NUMBER[6:] not in text(page) and "0000123" not in text(page)


def test_a_line_is_put_right_in_the_table_itself(sign_in, sun, cast):
    client = sign_in(sun)
    batch = upload(client, line(学历="博学"))[1]
    url = reverse("members:import-row", args=[row(batch).pk])
    part = client.get(url, headers={"HX-Request": "true"})
    assert text(part).strip().startswith('<tr id="row-2">') and "<html" not in text(part)
    assert "draft.js" not in text(client.get(url)), "no number is kept in the browser"


def test_what_was_typed_survives_another_choice_of_columns(sign_in, sun, cast):
    client = sign_in(sun)
    batch = upload(client, line(学历="博学"))[1]
    correct(client, row(batch), education="本科")
    url = reverse("members:import-columns", args=[batch.pk])
    form = client.get(url).context["form"]
    client.post(url, {name: form[name].value() or "" for name in form.fields})
    batch.refresh_from_db()
    assert batch.counts == {"new": 1}


def test_another_sheet_can_be_chosen(sign_in, sun, cast):
    client = sign_in(sun)
    data = rosters.xlsx(rosters.table(line(), another(1)), rosters.table(another(2)))
    page, batch = upload(client, data=data)
    assert "读取了“名册”" in text(page)
    url = reverse("members:import-columns", args=[batch.pk])
    form = client.get(url).context["form"]
    facts = {name: form[name].value() or "" for name in form.fields} | {"sheet": "表二"}
    client.post(url, facts)
    batch.refresh_from_db()
    assert batch.reading["sheet"] == "表二" and batch.counts == {"new": 1}


def test_a_change_of_branch_needs_its_day_and_speaks_of_transfers(sign_in, sun, cast):
    client = sign_in(sun)
    take_in(client, line())
    moved = line(所在党组织="wu党支部")
    assert "组织关系转接" in text(upload(client, moved)[0])
    _page, _batch = take_in(client, moved | {"转入时间": "2026-01-01"})
    rows = Membership.objects.filter(member__name="张晓慧").order_by("starts_on")
    assert [(each.organization, str(each.ends_on)) for each in rows] == [
        (cast.lin_branch, "2025-12-31"),
        (cast.wu_branch, "None"),
    ]
    early = line(所在党组织="lin党支部") | {"转入时间": "2025-01-01"}
    assert "新的日期须在其后" in text(upload(client, early)[0])


def test_a_probationary_member_becomes_full_on_the_day_of_the_file(sign_in, sun, cast):
    client = sign_in(sun)
    take_in(client, line(党员类别="预备党员"))
    assert "组织关系自何日起" in text(upload(client, line(党员类别="正式党员"))[0])
    take_in(client, line(党员类别="正式党员", 转正时间="2025-07-01"))
    now = Membership.objects.get(member__name="张晓慧", ends_on=None)
    assert (now.standing, now.starts_on) == ("full", date(2025, 7, 1))


def test_what_changed_since_the_preview_is_shown_anew(sign_in, sun, cast):
    client = sign_in(sun)
    batch = upload(client, line(), another(1))[1]
    make.member(cast.lin_branch, name="张晓慧", id_number=ID_NUMBER)
    page = press(client, batch, "confirm")
    assert "预览以后数据有了变化" in text(page) and batch.status == "ready"
    assert not PartyMember.objects.filter(name=another(1)["姓名"]).exists()
    assert batch.counts == {"changed": 1, "new": 1}
    press(client, batch, "confirm")
    assert batch.status == "applied"


def test_a_branch_that_was_renamed_since_the_preview_saves_nobody(sign_in, sun, cast):
    client = sign_in(sun)
    batch = upload(client, line(), another(1))[1]
    cast.lin_branch.name = "改名以后的党支部"
    cast.lin_branch.save()
    press(client, batch, "confirm")
    assert batch.status == "ready" and batch.counts == {"error": 2}
    assert PartyMember.objects.count() == 3


# What is kept, and for how long


def test_nothing_of_the_file_lies_open_in_the_database(sign_in, sun, cast):
    client = sign_in(sun)
    bad = another(1) | {"学历": "博学"}
    take_in(client, line(), bad, skip_errors="1")
    upload(client, line(姓名="王秘密"))
    with connection.cursor() as cursor:
        for table in ("kernel_importbatch", "kernel_importrow", "kernel_importcolumns"):
            cursor.execute(f"SELECT * FROM {table}")
            stored = "".join(
                bytes(cell).decode("latin1") if isinstance(cell, bytes | memoryview) else str(cell)
                for each in cursor.fetchall()
                for cell in each
            )
            for secret in (ID_NUMBER, "13800001234", bad["公民身份号码"], "王秘密"):
                assert secret not in stored, table


def test_what_waits_too_long_is_forgotten(sign_in, sun, cast, time_machine):
    batch = upload(sign_in(sun), line())[1]
    assert batch.expires_at - batch.uploaded_at == timedelta(hours=72)
    age(batch, hours=71)
    tidy()
    assert ImportBatch.objects.filter(pk=batch.pk).exists()
    age(batch, hours=2)
    tidy()
    assert not ImportBatch.objects.filter(pk=batch.pk).exists()
    assert not ImportRow.objects.exists()


def age(batch, **time):
    batch.refresh_from_db()
    batch.expires_at -= timedelta(**time)
    batch.save(update_fields=["expires_at"])


def test_what_was_applied_stays_that_it_was_without_its_rows(sign_in, sun, cast):
    client = sign_in(sun)
    _page, batch = take_in(client, line())
    assert batch.source == b""
    age(batch, days=31)
    page = client.get(reverse("members:import-detail", args=[batch.pk]))
    assert "撤销这次导入" not in text(page)
    assert "期限已过" in text(press(client, batch, "undo"))
    tidy()
    batch.refresh_from_db()
    assert batch.reading == {} and not batch.rows.exists() and batch.counts == {"new": 1}
    assert client.get(reverse("members:import-detail", args=[batch.pk])).status_code == 200


def test_a_file_that_is_given_up_is_gone(sign_in, sun, cast):
    client = sign_in(sun)
    batch = upload(client, line())[1]
    client.post(reverse("members:import-discard", args=[batch.pk]))
    assert not ImportBatch.objects.exists() and not ImportRow.objects.exists()
    _page, batch = take_in(client, line())
    assert "不能放弃" in text(press(client, batch, "discard"))


# Who may


def test_a_secretary_brings_in_the_own_branch_only(sign_in, cast):
    client = sign_in(cast.lin)
    page, batch = take_in(client, line(), another(1))
    assert batch.status == "applied"
    page, batch = upload(client, another(2, 所在党组织="wu党支部"))
    assert batch.counts == {"error": 1} and "管理范围" in text(page)


def test_a_secretary_hears_nothing_of_people_elsewhere(sign_in, cast):
    number = rosters.id_number(number=77)
    make.member(cast.wu_branch, name="吴秘密", id_number=number, born_on=date(1990, 1, 1))
    client = sign_in(cast.lin)
    page, batch = upload(client, line(公民身份号码=number))
    assert "已经登记在其他党组织" in text(page)
    assert "吴秘密" not in text(page) and "wu党支部" not in text(page)
    page, batch = upload(client, line(姓名="吴秘密", 公民身份号码=""))
    assert batch.counts == {"new": 1}, "a namesake elsewhere is not told"


def test_a_batch_belongs_to_who_brought_it_and_to_the_office(sign_in, client, sun, cast):
    batch = upload(sign_in(cast.lin), line(学历="博学"))[1]
    urls = [
        reverse("members:import-detail", args=[batch.pk]),
        reverse("members:import-columns", args=[batch.pk]),
        reverse("members:import-failed", args=[batch.pk]),
        reverse("members:import-row", args=[row(batch).pk]),
    ]
    verbs = [
        reverse(f"members:import-{verb}", args=[batch.pk])
        for verb in ("confirm", "undo", "discard", "accept")
    ] + [reverse("members:import-leave-out", args=[row(batch).pk])]
    others = {cast.wu: 404, make.staff("leader"): 403, make.staff("admin"): 403}
    for user, status in others.items():
        client.force_login(user)
        for url in urls:
            assert client.get(url).status_code == status, (user, url)
        for url in verbs:
            assert client.post(url).status_code == status, (user, url)
    client.force_login(sun)
    for url in urls:
        assert client.get(url).status_code == 200, url
    assert "名册.xlsx" in text(client.get(LIST))
    client.force_login(cast.wu)
    assert "名册.xlsx" not in text(client.get(LIST))


def test_only_staff_and_secretaries_import(sign_in, cast):
    for user in (cast.lin_member.user, make.user(), make.staff("leader"), make.staff("admin")):
        client = sign_in(user)
        expected = 200 if user == cast.lin else 403
        for url in (LIST, CREATE, reverse("members:import-template")):
            assert client.get(url).status_code == expected, (user, url)


# Files and double clicks


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "空"),
        (b"PK\x03\x04 broken", "打不开"),
        (b"<html></html>", "网页"),
        (b"a,b\n1,2", "没有找到列名"),
    ],
)
def test_what_is_no_roster_is_refused_in_words(sign_in, sun, cast, data, sentence):
    page, _batch = upload(sign_in(sun), data=data)
    assert page.status_code == 200 and sentence in text(page)


def test_a_file_over_the_limit_is_dropped_while_it_arrives(sign_in, sun, cast, settings):
    settings.UPLOAD_MAX_BYTES = 100
    page, batch = upload(sign_in(sun), line())
    assert "超过" in text(page) and batch is None


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.xlsx", "名" * 200 + ".xlsx", "<b>.xlsx", "a\0b.xlsx"]
)
def test_a_hostile_file_name_is_only_a_name(sign_in, sun, cast, name):
    page, _batch = upload(sign_in(sun), line(), name=name)
    assert page.status_code == 200 and "<b>.xlsx" not in text(page)


def test_a_double_click_makes_one_batch(sign_in, sun, cast):
    client = sign_in(sun)
    once = client.get(CREATE).context["form"]["once"].value()
    data = rosters.xlsx(rosters.table(line()))
    answers = [client.post(CREATE, {"once": once, "file": upload_of(data)}) for _twice in range(2)]
    assert answers[0].url == answers[1].url and ImportBatch.objects.count() == 1


def test_a_confirmation_sent_twice_applies_once(sign_in, sun, cast):
    client = sign_in(sun)
    _page, batch = take_in(client, line())
    press(client, batch, "confirm")
    assert PartyMember.objects.filter(name="张晓慧").count() == 1
    assert Event.objects.filter(name="members.imported").count() == 1


def test_the_template_is_filled_in_and_comes_in(sign_in, sun, cast):
    client = sign_in(sun)
    data = b"".join(client.get(reverse("members:import-template")).streaming_content)
    book = load_workbook(BytesIO(data))
    assert len(book.worksheets) == 2 and "大学本科" in str(list(book.worksheets[1].values))
    page, batch = upload(client, data=data)
    assert batch.counts == {} and "示例" in text(page), "the example is nobody"
    sheet = book.worksheets[0]
    headers = [cell.value for cell in sheet[1]]
    sheet.append([line().get(header) for header in headers])
    assert upload(client, data=rosters.saved(book))[1].counts == {"new": 1}


def test_the_template_is_in_the_language_of_rosters_whoever_asks(sign_in, sun, cast):
    client = sign_in(sun)
    client.cookies["django_language"] = "en"
    data = b"".join(client.get(reverse("members:import-template")).streaming_content)
    assert load_workbook(BytesIO(data)).worksheets[0]["A1"].value == "姓名"
    assert upload(client, data=data)[1].counts == {}


# Long files


@pytest.fixture
def long(monkeypatch):
    monkeypatch.setattr(staging, "SHORT", 1)
    monkeypatch.setattr(staging, "SMALL", 1)


def test_a_long_file_is_the_workers_and_survives_a_closed_tab(sign_in, sun, cast, long):
    client = sign_in(sun)
    page, batch = upload(client, line(), another(1))
    assert batch.status == "reading" and "正在读取" in text(page)
    make_tick()
    page = client.get(reverse("members:import-detail", args=[batch.pk]))
    assert "刷新看进度" in text(page), "it needs no JavaScript"
    work_on_imports()
    batch.refresh_from_db()
    assert batch.status == "ready"
    press(client, batch, "confirm")
    assert batch.status == "applying" and not PartyMember.objects.filter(name="张晓慧").exists()
    work_on_imports()
    batch.refresh_from_db()
    assert batch.status == "applied" and PartyMember.objects.filter(name="张晓慧").exists()
    press(client, batch, "undo")
    assert batch.status == "undoing"
    work_on_imports()
    batch.refresh_from_db()
    assert batch.status == "undone" and not PartyMember.objects.filter(name="张晓慧").exists()


def test_htmx_polls_and_is_sent_to_the_result(sign_in, sun, cast, long):
    client = sign_in(sun)
    batch = upload(client, line(), another(1))[1]
    url = reverse("members:import-detail", args=[batch.pk])
    poll = {"path": url, "data": {"progress": 1}, "headers": {"HX-Request": "true"}}
    answer = client.get(**poll)
    assert "HX-Refresh" not in answer and b"<progress" in answer.content
    work_on_imports()
    assert client.get(**poll)["HX-Refresh"] == "true"


def test_a_page_without_a_worker_says_so(sign_in, sun, cast, long):
    client = sign_in(sun)
    page, batch = upload(client, line(), another(1))
    assert "后台程序没有运行" in text(page)
    make_tick()
    url = reverse("members:import-detail", args=[batch.pk])
    assert "后台程序没有运行" not in text(client.get(url))


def make_tick():
    from nanchuan.notices.tasks import mark_tick

    mark_tick("imports")


def test_a_worker_that_dies_midway_leaves_the_work_to_the_next(
    sign_in, sun, cast, long, monkeypatch
):
    client = sign_in(sun)
    batch = upload(client, line(), another(1))[1]
    work_on_imports()
    press(client, batch, "confirm")

    def die(*arguments, **facts):
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(working.events, "record", die)
        with pytest.raises(SystemExit):
            work_on_imports()
    batch.refresh_from_db()
    assert batch.status == "applying" and not PartyMember.objects.filter(name="张晓慧").exists()
    work_on_imports()
    assert not PartyMember.objects.filter(name="张晓慧").exists(), "the lease still runs"
    ImportBatch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    work_on_imports()
    batch.refresh_from_db()
    assert batch.status == "applied"
    assert PartyMember.objects.filter(name="张晓慧").count() == 1


def test_work_that_never_ends_well_is_given_up_and_said(sign_in, sun, cast, long, monkeypatch):
    client = sign_in(sun)
    batch = upload(client, line(), another(1))[1]

    def fail(batch):
        raise RuntimeError

    monkeypatch.setattr(working, "read_batch", fail)
    for _time in range(batches.MOST_ATTEMPTS + 1):
        work_on_imports()
        ImportBatch.objects.update(lease_until=None)
    batch.refresh_from_db()
    assert batch.status == "failed" and "系统管理员" in batch.notice


def test_the_preview_is_paged_filtered_and_asks_few_questions(sign_in, sun, cast):
    client = sign_in(sun)
    lines = [another(number) for number in range(60)]
    lines[7]["学历"] = "博学"
    batch = upload(client, *lines)[1]
    url = reverse("members:import-detail", args=[batch.pk])
    page = client.get(url)
    assert len(page.context["rows"]) == 50
    assert len(client.get(url, {"page": 2}).context["rows"]) == 10
    errors = client.get(url, {"state": "error"}).context["rows"]
    assert [each["number"] for each in errors] == [9]
    assert len(client.get(url, {"state": "x", "page": "99"}).context["rows"]) == 10
    with CaptureQueriesContext(connection) as asked:
        client.get(url)
    assert len(asked) <= 12
    with CaptureQueriesContext(connection) as asked:
        client.get(LIST)
    assert len(asked) <= 12


@pytest.mark.parametrize("pk", [0, 10**9, 10**18, 10**30])
def test_numbers_that_nothing_has_are_not_found(sign_in, sun, cast, pk):
    client = sign_in(sun)
    for path in ("", "columns/", "failed/"):
        assert client.get(f"/members/imports/{pk}/{path}").status_code == 404
    assert client.get(f"/members/imports/rows/{pk}/").status_code == 404
    assert client.post(f"/members/imports/{pk}/confirm/").status_code == 404


@pytest.mark.parametrize("value", ["", "x", "9" * 30, "-1", "1\0"])
def test_a_name_cannot_be_put_right_with_nonsense(sign_in, sun, cast, value):
    client = sign_in(sun)
    batch = upload(client, line(所在党组织="lin的支部"))[1]
    page = press(client, batch, "accept", typed="lin的支部\0", place=value)
    assert page.status_code == 200 and batch.counts == {"error": 1}


def test_a_line_cannot_be_put_right_while_it_is_applied(sign_in, sun, cast):
    client = sign_in(sun)
    _page, batch = take_in(client, line())
    page = correct(client, row(batch), name="别名")
    assert "不能再改" in text(page)
    assert PartyMember.objects.filter(name="张晓慧").exists()
