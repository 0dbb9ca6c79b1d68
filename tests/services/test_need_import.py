"""Last year's list comes in: looked at first, put right in place, all or none, twice changes
nothing, taken back only while nothing happened since. What is over is over: nobody is told."""

from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from nanchuan.kernel.events import history
from nanchuan.kernel.importing import staging, working
from nanchuan.kernel.models import Event, ImportBatch
from nanchuan.kernel.serials import next_number
from nanchuan.notices.models import Delivery, Reminder
from services.actions import solving
from services.importing.importer import NeedsImporter
from services.importing.lines import parse
from services.models import Clock, Need
from tests import make, rosters
from tests.races import at_once
from tests.rosters import upload_of

pytestmark = pytest.mark.django_db
CREATE = reverse("services:needimport-create")
LIST = reverse("services:needimport-list")
LAST = timezone.localdate().year - 1


def line(**cells):
    """A need that was solved last spring, in the words of a real list."""
    return {
        "编号": f"需-{LAST}-0007",
        "企业名称": "lin公司",
        "需求类型": "人才",
        "需求事项": "急需两名污水处理技术员",
        "紧急程度": "急",
        "联系人": "张三 13800009876",
        "提出时间": f"{LAST}.3.4",
        "状态": "已办结",
        "承办单位": "人才服务部门",
        "办理结果": "已招到两人",
        "办结时间": f"{LAST}年3月14日",
        "满意度": "很满意",
    } | cells


def another(number, **cells):
    return line(**{"编号": f"需-{LAST}-{number:04d}", "需求事项": f"需求{number}"} | cells)


@pytest.fixture
def helper(cast):
    unit = make.unit(name="人才服务部门（示例）", short_name="人才服务部门", kind="department")
    make.seat(unit)
    return unit


@pytest.fixture
def client(sun):
    client = Client()
    client.force_login(sun)
    return client


def upload(client, *lines, data=None):
    data = data if data is not None else rosters.xlsx(rosters.table(*lines))
    once = client.get(CREATE).context["form"]["once"].value()
    page = client.post(CREATE, {"once": once, "file": upload_of(data, "台账.xlsx")}, follow=True)
    return page, ImportBatch.objects.order_by("pk").last()


def press(client, batch, verb, **facts):
    url = reverse(f"services:needimport-{verb}", args=[batch.pk])
    page = client.post(url, facts, follow=True)
    batch.refresh_from_db()
    return page


def take_in(client, *lines):
    batch = upload(client, *lines)[1]
    press(client, batch, "confirm")
    assert batch.status == "applied", batch.notice or batch.counts
    return batch


def text(page):
    return page.content.decode()


def reasons(batch, number=2):
    data = batch.rows.get(number=number).data
    return " ".join(note[2] for note in [*data["notes"], *data["findings"]])


def moments(need):
    return [
        (event.name.removeprefix("need."), timezone.localdate(event.happened_at))
        for event in history(need).order_by("happened_at", "pk")
    ]


# ── What a list says ────────────────────────────────────────────────────────────────────────


def test_a_preview_saves_nothing_and_masks_the_phone(client, helper):
    page, batch = upload(client, line())
    assert batch.status == "ready" and batch.counts == {"new": 1}, reasons(batch)
    assert "确认导入 1 行" in text(page) and "急需两名污水处理技术员" in text(page)
    assert "13800009876" not in text(page)
    assert not Need.objects.exists()


def test_a_need_of_the_past_went_its_whole_way_on_its_own_days(client, sun, cast, helper):
    take_in(client, line(销号时间=f"{LAST}-03-20"))
    need = Need.objects.get()
    filed, solved = date(LAST, 3, 4), date(LAST, 3, 14)
    assert (need.number, need.former_number) == (f"需-{LAST}-0007", "")
    assert (need.unit, need.accepted_by) == (cast.lin_unit, helper)
    assert (need.category, need.urgency, need.status) == ("staff", "urgent", "closed")
    assert (need.contact_name, need.contact_phone) == ("张三", "13800009876")
    assert need.content == need.title == "急需两名污水处理技术员"
    assert moments(need) == [
        ("filed", filed),
        ("published", filed),
        ("accepted", filed),
        ("noted", solved),
        ("offered", solved),
        ("confirmed", solved),
        ("closed", date(LAST, 3, 20)),
    ]
    solution = need.solutions.get()
    assert (solution.text, solution.rating, solution.automatically) == ("已招到两人", 5, False)
    assert need.filed_by == sun


def test_it_counts_as_of_its_own_days(client, helper):
    take_in(client, line())
    days = [date(LAST, 3, 3), date(LAST, 3, 4), date(LAST, 3, 13), date(LAST, 3, 14)]
    figures = [(Need.objects.collected(on).count(), Need.objects.solved(on).count()) for on in days]
    assert figures == [(0, 0), (1, 0), (1, 0), (1, 1)]


def test_without_a_rating_it_is_counted_apart(client, helper):
    page, batch = upload(client, line(满意度=""))
    assert "另计入“到期自动确认”" in text(page)
    press(client, batch, "confirm")
    assert (Need.objects.solved().count(), Need.objects.auto_solved().count()) == (0, 1)
    assert Need.objects.get().status == "closed"


def test_nobody_is_told_and_nothing_is_due(client, sun, cast, helper):
    from nanchuan.notices.actions import events as handling
    from services.tasks import keep_orders

    take_in(client, line(), another(8, 状态="办理中", 办结时间="", 满意度=""))
    take_in(client, another(9, 状态="待接单", 办结时间="", 满意度="", 承办单位=""))
    handling.handle_waiting(failures_left=1)
    keep_orders()
    told = Reminder.objects.exclude(rule__startswith="member")
    assert not told.filter(rule__startswith="need").exists()
    assert not Delivery.objects.filter(reminder__rule__startswith="need").exists()
    assert not Clock.objects.filter(done_at=None, stopped_at=None).exists()
    assert set(Need.objects.values_list("due_at", flat=True)) == {None}
    assert not Event.objects.filter(name="need.chased").exists()


def test_a_bad_rating_keeps_what_was_said(client, helper):
    take_in(client, line(满意度="不满意", 评价意见="太慢"))
    solution = Need.objects.get().solutions.get()
    assert (solution.rating, solution.comment) == (2, "太慢")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("办理中", "in_progress"),
        ("待接单", "published"),
        ("待审核", "submitted"),
        ("不予受理", "declined"),
        ("已撤回", "withdrawn"),
        ("已解决", "solved"),
        ("已销号", "closed"),
    ],
)
def test_every_word_for_how_far_it_came(client, helper, word, status):
    over = status in ("solved", "closed")
    cells = {} if over else {"办结时间": "", "满意度": ""}
    take_in(client, line(状态=word, 原因="条件不具备", **cells))
    need = Need.objects.get()
    assert need.status == status
    if status in ("declined", "withdrawn"):
        assert need.remarks.get().text == "条件不具备"


@pytest.mark.parametrize(
    "written",
    [f"{LAST}-03-04", f"{LAST}/3/4", f"{LAST}.3.4", f"{LAST}年3月4日", f"{LAST}0304", None],
)
def test_a_day_in_any_form(written):
    cell = written or [datetime(LAST, 3, 4).isoformat()]  # noqa: DTZ001 - as Excel has it
    cells = {"unit": "lin公司", "title": "甲", "filed_on": cell, "status": "待审核"}
    assert parse(2, cells).facts["filed_on"] == date(LAST, 3, 4)


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"企业名称": ""}, "请填写提出单位"),
        ({"企业名称": "从未有过的某某工厂"}, "没有名称为"),
        ({"需求事项": ""}, "请填写需求内容"),
        ({"提出时间": ""}, "请填写提出时间"),
        ({"提出时间": f"{LAST}-02-30"}, "没有“"),
        ({"提出时间": f"{LAST + 2}-01-01"}, "日期晚于今天"),
        ({"需求类型": "莫名其妙"}, "应为："),
        ({"状态": "半途"}, "应为："),
        ({"办结时间": f"{LAST}-03-01"}, "早于前一步"),
        ({"办结时间": ""}, "请填写办结时间"),
        ({"承办单位": ""}, "请填写责任单位"),
        ({"承办单位": "lin公司"}, "责任单位不能就是提出单位"),
        ({"承办单位": "外来公司"}, "不是联盟成员单位"),
        ({"联系人": "甲" * 51}, "最多 50 个字"),
    ],
)
def test_what_is_wrong_is_said_at_its_cell(client, helper, cells, sentence):
    make.unit(name="外来公司")
    page, batch = upload(client, another(1), line(**cells))
    assert sentence in text(page), batch.counts
    press(client, batch, "confirm")
    assert batch.status == "ready" and not Need.objects.exists()


def test_a_misspelt_enterprise_is_put_right_on_all_lines_at_once(client, helper):
    unit = make.unit(name="圣源地毯集团有限公司", short_name="圣源地毯")
    wrong = {"企业名称": "圣原地毯集团"}
    page, batch = upload(client, line(**wrong), another(8, **wrong), another(9))
    assert "是不是“圣源地毯集团有限公司”" in text(page)
    press(client, batch, "accept", typed="圣原地毯集团", place=unit.pk)
    assert batch.counts == {"new": 3}
    press(client, batch, "confirm")
    assert unit.needs.count() == 2


@pytest.mark.parametrize(
    "name", ["圣源地毯", "圣源地毯集团", "圣源地毯集团有限公司", "圣源地毯（集团）有限公司"]
)
def test_an_enterprise_by_any_of_its_names(client, helper, name):
    unit = make.unit(name="圣源地毯集团有限公司", short_name="圣源地毯")
    take_in(client, line(企业名称=name))
    assert Need.objects.get().unit == unit


def test_a_cell_is_put_right_in_place(client, helper):
    batch = upload(client, line(状态="半途"))[1]
    row = batch.rows.get()
    url = reverse("services:needimport-row", args=[row.pk])
    form = client.get(url).context["form"]
    facts = {name: form[name].value() or "" for name in form.fields} | {"status": "办结"}
    client.post(url, facts)
    batch.refresh_from_db()
    assert batch.counts == {"new": 1}


# ── Numbers and repetitions ─────────────────────────────────────────────────────────────────


def test_a_column_that_only_counts_the_lines_gives_way_to_the_numbers(client, helper):
    take_in(client, {"序号": "1"} | line())
    assert Need.objects.get().number == f"需-{LAST}-0007"
    take_in(client, {"序号": "台账甲-12"} | {k: v for k, v in another(8).items() if k != "编号"})
    assert Need.objects.get(title="需求8").former_number == "台账甲-12"


def test_a_free_number_of_our_form_is_kept_and_comes_back_never(client, helper):
    take_in(client, line(编号=f"需-{LAST}-0031"))
    assert next_number("需", LAST) == f"需-{LAST}-0032"


def test_other_numbers_are_kept_beside_a_new_one(client, cast, helper):
    taken = make.need(cast.wu_unit)
    Need.objects.filter(pk=taken.pk).update(number=f"需-{LAST}-0007")
    page, batch = upload(client, line(), another(8, 编号="台账甲-12"))
    assert "将另编新号，原编号保留备查" in text(page)
    press(client, batch, "confirm")
    rows = Need.objects.exclude(pk=taken.pk).order_by("former_number")
    assert [need.former_number for need in rows] == ["台账甲-12", f"需-{LAST}-0007"]
    assert all(need.number.startswith(f"需-{LAST}-") for need in rows)
    assert len({need.number for need in Need.objects.all()}) == 3


def test_the_same_file_twice_changes_nothing(client, helper):
    lines = [line(), another(8, 编号="台账甲-12"), another(9, 编号="3")]
    take_in(client, *lines)
    events = Event.objects.count()
    page, batch = upload(client, *lines)
    assert batch.counts == {"same": 3} and "确认导入" not in text(page)
    press(client, batch, "confirm")
    assert Event.objects.count() == events and Need.objects.count() == 3


def test_a_need_is_known_by_its_old_number_although_its_words_were_put_right(client, helper):
    take_in(client, line(编号="台账甲-12"))
    batch = upload(client, line(编号="台账甲-12", 需求事项="两名技术员"))[1]
    assert batch.counts == {"same": 1}


def test_a_line_that_stands_twice_comes_in_once(client, helper):
    page, batch = upload(client, line(编号=""), line(编号=""))
    assert "与第 2 行重复" in text(page)
    press(client, batch, "confirm")
    assert Need.objects.count() == 1


# ── Back again ──────────────────────────────────────────────────────────────────────────────


def everything():
    return (
        list(Need.objects.order_by("pk").values_list("pk", "number", "status")),
        [model.objects.count() for model in (Clock,)],
    )


def test_undo_leaves_everything_as_it_was(client, cast, helper):
    make.need(cast.wu_unit, "solved")
    before = everything()
    batch = take_in(client, line(), another(8, 状态="办理中", 办结时间="", 满意度=""))
    assert everything() != before
    page = press(client, batch, "undo")
    assert batch.status == "undone", batch.notice
    assert everything() == before and "导入的需求都已删去" in text(page)
    told = Event.objects.get(name="needs.import_undone")
    assert told.facts == {"batch": batch.pk, "new": 2}
    take_in(client, line())


def test_what_happened_since_keeps_the_whole_list(client, sun, helper):
    batch = take_in(client, line(), another(8))
    need = Need.objects.get(title="需求8")
    solving.reopen(need, reason="又坏了", by=sun)
    press(client, batch, "undo")
    assert batch.status == "applied" and f"{need.number}：之后又有办理" in batch.notice
    assert Need.objects.count() == 2


def test_a_row_that_points_at_a_need_keeps_it(client, helper):
    batch = take_in(client, line())
    Need.objects.get().files.create(file="x", name="照片.jpg", size=1, kind="jpg")
    press(client, batch, "undo")
    assert batch.status == "applied" and "需求附件" in batch.notice


def test_a_paper_that_was_taken_out_keeps_nothing(client, helper):
    batch = take_in(client, line())
    need = Need.objects.get()
    assert client.get(reverse("services:need-dossier", args=[need.pk])).status_code == 200
    press(client, batch, "undo")
    assert batch.status == "undone"


# ── Who may, and files of another kind ──────────────────────────────────────────────────────


def test_only_the_office_brings_lists(cast, client, helper):
    batch = upload(client, line())[1]
    for user in (cast.lin, make.staff("leader"), make.staff("auditor")):
        other = Client()
        other.force_login(user)
        for url in (LIST, CREATE, reverse("services:needimport-detail", args=[batch.pk])):
            assert other.get(url).status_code == 403


def test_a_roster_is_no_list_of_needs(client, cast, helper):
    batch = upload(client, line())[1]
    assert client.get(reverse("members:import-detail", args=[batch.pk])).status_code == 404
    assert client.post(reverse("members:import-discard", args=[batch.pk])).status_code == 404
    assert "台账.xlsx" not in text(client.get(reverse("members:import-list")))
    assert "台账.xlsx" in text(client.get(LIST))


def test_the_template_comes_in_again(client, helper):
    answer = client.get(reverse("services:needimport-template"))
    data = b"".join(answer.streaming_content)
    page, batch = upload(client, data=data)
    assert "模板中的示例" in text(page) and batch.counts == {}


def test_lines_with_errors_can_be_fetched(client, helper):
    batch = upload(client, line(状态="半途"))[1]
    answer = client.get(reverse("services:needimport-failed", args=[batch.pk]))
    head, row = load_workbook(BytesIO(b"".join(answer.streaming_content))).active.values
    assert head[-1] == "问题说明" and "状态：应为" in row[-1]


# ── Two at once ─────────────────────────────────────────────────────────────────────────────


def staged(by, *lines):
    data = rosters.xlsx(rosters.table(*lines))
    batch = staging.upload(data, "台账.xlsx", kind=NeedsImporter.kind, by=by)
    working.work(batch)
    return batch.pk


def confirm_and_work(pk, by):
    staging.confirm(ImportBatch.objects.get(pk=pk), by=by)
    working.work(ImportBatch.objects.get(pk=pk))


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_list_write_it_once(sun, cast, helper):
    for number in range(3):
        pk = staged(sun, another(number + 1))
        staging.confirm(ImportBatch.objects.get(pk=pk), by=sun)
        at_once(*[lambda pk=pk: working.work(ImportBatch.objects.get(pk=pk))] * 2)
        assert Need.objects.filter(title=f"需求{number + 1}").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_lists_with_the_same_need_one_is_told(sun, cast, helper):
    for number in range(3):
        pks = [staged(sun, another(number + 1)) for _twice in range(2)]
        at_once(*[lambda pk=pk: confirm_and_work(pk, sun) for pk in pks])
        assert Need.objects.filter(title=f"需求{number + 1}").count() == 1
        statuses = ImportBatch.objects.filter(pk__in=pks).values_list("status", flat=True)
        assert sorted(statuses) == ["applied", "ready"]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time by itself")
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_need_would_come_twice(sun, cast, helper, monkeypatch):
    """The negative control: each looks, both see nothing, both write."""
    from threading import Barrier

    barrier, rejudge = Barrier(2), working.rejudge

    def look_then_wait(batch, rows):
        changed = rejudge(batch, rows)
        barrier.wait(timeout=20)
        return changed

    monkeypatch.setattr(working, "_lock", lambda batch, status: True)
    monkeypatch.setattr(working, "rejudge", look_then_wait)
    pks = [staged(sun, another(1, 编号="")) for _twice in range(2)]
    at_once(*[lambda pk=pk: confirm_and_work(pk, sun) for pk in pks])
    assert Need.objects.filter(title="需求1").count() == 2


def test_the_last_days_are_never_after_the_import(client, helper):
    today = timezone.localdate()
    written = str(today - timedelta(days=1))
    take_in(client, line(编号="", 提出时间=written, 办结时间=str(today)))
    need = Need.objects.get()
    assert all(event.happened_at <= timezone.now() for event in history(need))
