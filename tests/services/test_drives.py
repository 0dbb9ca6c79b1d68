"""Drives and visits: whom the office went to see, what was heard, what came of it. A unit reads of
its own visits, and of nobody else's."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.contrib.admin.sites import site
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook

from nanchuan.kernel.events import history
from nanchuan.kernel.states import StepRefused
from services.actions import drives
from services.models import Drive, Need, Visit
from tests import make

pytestmark = pytest.mark.django_db
HEARD, BROUGHT, VISITOR = "隐语想扩产丙", "隐语政策甲", "隐语来人乙"
LIST, DRIVES = reverse("services:visit-list"), reverse("services:drive-list")


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def text(page):
    return page.content.decode()


def visit_of(unit, drive=None, **kwargs):
    facts = {"on": timezone.localdate(), "visitors": "孙敏", "brought": "政策汇编", "heard": "平稳"}
    return drives.visit(unit=unit, drive=drive, by=None, **facts | kwargs)


def found_at(visit, to="submitted", **kwargs):
    need = make.need(visit.unit, to, **kwargs)
    Need.objects.filter(pk=need.pk).update(visit=visit)
    return need


@pytest.fixture
def drive(cast, sun):
    return make.drive(cast.lin_unit, cast.wu_unit, by=sun)


def send(client, url, **facts):
    form = client.get(url).context["form"]
    known = {name: form[name].value() for name in form.fields}
    given = {name: value for name, value in known.items() if value not in (None, "")}
    return client.post(url, given | facts)


# ── The office ──────────────────────────────────────────────────────────────────────────────


def test_the_office_starts_a_drive_and_sees_how_far_it_is(cast, sun):
    client = signed_in(sun)
    today = timezone.localdate()
    answer = send(
        client,
        reverse("services:drive-create"),
        name="走访月",
        starts_on=today,
        ends_on=today + timedelta(days=30),
        units=[cast.lin_unit.pk, cast.wu_unit.pk],
    )
    drive = Drive.objects.get()
    assert answer.url == drive.get_absolute_url()
    assert drive.aims == Drive.Aim.values and drive.started_by == sun
    visit = visit_of(cast.lin_unit, drive)
    found_at(visit, "solved")
    found_at(visit)
    page = client.get(drive.get_absolute_url())
    steps = [(step["number"], step["of"]) for step in page.context["steps"]]
    assert steps == [(1, 2), (2, None), (1, 2)]
    assert [unit for unit, seen in page.context["lines"] if seen] == [cast.lin_unit]
    assert "送政策、问需求、解难题、促发展" in text(page)


def test_a_drive_does_not_end_before_it_starts(cast, sun):
    today = timezone.localdate()
    page = send(
        signed_in(sun),
        reverse("services:drive-create"),
        name="走访月",
        starts_on=today,
        ends_on=today - timedelta(days=1),
        units=[cast.lin_unit.pk],
    )
    assert "结束日期不能早于开始日期" in text(page)
    assert not Drive.objects.exists()


def test_a_visit_is_written_down_and_leads_to_the_order_of_the_enterprise(cast, sun, drive):
    client = signed_in(sun)
    url = reverse("services:visit-create")
    form = client.get(url, {"drive": drive.pk, "unit": cast.lin_unit.pk}).context["form"]
    assert (form["on"].value(), form["visitors"].value()) == (timezone.localdate(), "sun")
    facts = {"drive": drive.pk, "unit": cast.lin_unit.pk, "heard": HEARD}
    answer = send(client, url, **facts, order="1")
    visit = Visit.objects.get()
    assert answer.url == f"{reverse('services:need-create')}?visit={visit.pk}"
    assert (visit.drive, visit.heard, visit.recorded_by) == (drive, HEARD, sun)
    assert history(visit).get().name == "visit.recorded"
    page = client.get(visit.get_absolute_url())
    assert f"{reverse('services:need-create')}?visit={visit.pk}" in text(page)


def test_two_clicks_make_one_visit(cast, sun):
    client = signed_in(sun)
    url = reverse("services:visit-create")
    once = client.get(url).context["form"]["once"].value()
    facts = {"once": once, "unit": cast.lin_unit.pk, "on": timezone.localdate(), "visitors": "甲"}
    first, second = client.post(url, facts), client.post(url, facts)
    assert first.url == second.url and Visit.objects.count() == 1


def test_nobody_was_there_tomorrow(cast, sun):
    tomorrow = timezone.localdate() + timedelta(days=1)
    facts = {"unit": cast.lin_unit.pk, "visitors": "甲", "on": tomorrow}
    page = send(signed_in(sun), reverse("services:visit-create"), **facts)
    assert "走访日期不能晚于今天" in text(page)
    with pytest.raises(StepRefused, match="不能晚于今天"):
        visit_of(cast.lin_unit, on=tomorrow)


def test_a_unit_nobody_had_planned_for_belongs_to_the_drive_once_it_was_visited(cast, drive):
    visit_of(cast.zhao_unit, drive)
    assert drive.units.contains(cast.zhao_unit)


def test_a_visited_unit_is_not_left_out_of_its_drive(cast, sun, drive):
    visit_of(cast.lin_unit, drive)
    url = reverse("services:drive-edit", args=[drive.pk])
    page = send(signed_in(sun), url, units=[cast.wu_unit.pk])
    assert "已经走访过" in text(page) and drive.units.count() == 2
    answer = send(signed_in(sun), url, units=[cast.lin_unit.pk], name="改名")
    drive.refresh_from_db()
    assert answer.status_code == 302 and (drive.name, drive.units.get()) == ("改名", cast.lin_unit)


def test_a_visit_is_put_right_but_not_moved_away_from_its_needs(cast, sun):
    visit = visit_of(cast.lin_unit)
    url = reverse("services:visit-edit", args=[visit.pk])
    send(signed_in(sun), url, heard="已更正")
    visit.refresh_from_db()
    assert visit.heard == "已更正"
    assert history(visit).first().facts == {"changed": ["heard"]}
    found_at(visit)
    page = send(signed_in(sun), url, unit=cast.wu_unit.pk)
    assert "单位不能改" in text(page)
    visit.refresh_from_db()
    assert visit.unit == cast.lin_unit


def test_two_who_correct_one_visit_choose(cast, sun):
    visit = visit_of(cast.lin_unit)
    client, url = signed_in(sun), reverse("services:visit-edit", args=[visit.pk])
    form = client.get(url).context["form"]
    seen = {name: form[name].value() or "" for name in form.fields}
    drives.correct(visit, by=None, heard="甲写的")
    page = client.post(url, seen | {"heard": "乙写的"})
    assert "请逐项选择" in text(page)
    visit.refresh_from_db()
    assert visit.heard == "甲写的"


def test_a_visit_with_needs_is_never_deleted(cast, sun):
    client = signed_in(sun)
    kept, wrong = visit_of(cast.lin_unit), visit_of(cast.lin_unit)
    found_at(kept, "withdrawn")
    for visit in (kept, wrong):
        client.post(reverse("services:visit-remove", args=[visit.pk]))
    assert list(Visit.objects.all()) == [kept]
    page = client.get(kept.get_absolute_url())
    assert "带回了需求，不能删除" in text(page) and "visit-remove" not in text(page)
    with pytest.raises(StepRefused, match="不能删除"):
        drives.remove(kept, by=None)


def test_the_list_as_a_file_has_what_the_filter_leaves(cast, sun, drive):
    need = found_at(visit_of(cast.lin_unit, drive, heard=HEARD))
    visit_of(cast.wu_unit)
    client = signed_in(sun)
    answer = client.get(LIST, {"found": "yes", "export": "xlsx"})
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    head, *rows = sheet.iter_rows(values_only=True)
    assert len(rows) == 1 and rows[0][head.index("了解到的情况")] == HEARD
    assert need.number in rows[0][head.index("带回的需求")]
    word = client.get(LIST, {"export": "docx"})
    table = Document(BytesIO(b"".join(word.streaming_content))).tables[0]
    assert len(table.rows) == 3


# ── Others ──────────────────────────────────────────────────────────────────────────────────


def test_a_unit_reads_what_was_heard_at_its_own_visit(cast, drive):
    visit = visit_of(cast.lin_unit, drive, heard=HEARD)
    need = found_at(visit)
    client = signed_in(cast.lin)
    page = client.get(visit.get_absolute_url())
    assert HEARD in text(page) and need.title in text(page)
    assert "代企业点单" not in text(page)
    assert client.get(reverse("services:visit-edit", args=[visit.pk])).status_code == 403
    assert client.post(reverse("services:visit-remove", args=[visit.pk])).status_code == 403


def every_page(client, drive, visit):
    yield client.get(DRIVES)
    yield client.get(drive.get_absolute_url())
    yield client.get(visit.get_absolute_url())
    yield client.get(LIST)
    for query in (
        {"drive": drive.pk},
        {"unit": visit.unit_id},
        {"found": "yes"},
        {"since": visit.on, "until": visit.on},
        {"export": "xlsx"},
        {"export": "docx"},
    ):
        yield client.get(LIST, query)


def contents(answer):
    if not answer.streaming:
        return text(answer)
    file = BytesIO(b"".join(answer.streaming_content))
    if "spreadsheet" in answer["Content-Type"]:
        return str(list(load_workbook(file).worksheets[0].values))
    paper = Document(file)
    return str([cell.text for table in paper.tables for cell in table._cells])


def test_no_unit_learns_what_was_heard_at_another_one(cast, drive):
    """Wu is to be visited in the same drive, and sits in the same group."""
    visit = visit_of(cast.lin_unit, drive, heard=HEARD, brought=BROUGHT, visitors=VISITOR)
    need = found_at(visit, "published", title="隐语标题丁")
    visit_of(cast.wu_unit, drive)
    for user, sees in ((cast.wu, False), (cast.zhao, False), (cast.lin, True)):
        said = [contents(answer) for answer in every_page(signed_in(user), drive, visit)]
        for canary in (HEARD, BROUGHT, VISITOR, need.title):
            assert any(canary in words for words in said) == sees, (user.name, canary)
    assert signed_in(cast.wu).get(visit.get_absolute_url()).status_code == 404
    assert signed_in(cast.zhao).get(drive.get_absolute_url()).status_code == 404


def test_a_unit_counts_only_its_own(cast, drive):
    found_at(visit_of(cast.lin_unit, drive), "solved")
    page = signed_in(cast.wu).get(drive.get_absolute_url())
    steps = [(step["number"], step["of"]) for step in page.context["steps"]]
    assert steps == [(0, 1), (0, None), (0, 0)]
    assert [unit for unit, _visit in page.context["lines"]] == [cast.wu_unit]
    assert cast.lin_unit.name not in text(page)


def test_what_a_visit_brought_in_of_another_unit_is_not_told_to_the_visited(cast, drive):
    visit = visit_of(cast.lin_unit, drive)
    need = make.need(cast.wu_unit, "published", audience="alliance", title="隐语标题丁")
    Need.objects.filter(pk=need.pk).update(visit=visit)
    assert "隐语标题丁" not in text(signed_in(cast.lin).get(visit.get_absolute_url()))


@pytest.mark.parametrize("role", ["leader", "auditor"])
def test_the_leaders_read_and_change_nothing(cast, drive, role):
    visit = visit_of(cast.lin_unit, drive, heard=HEARD)
    client = signed_in(make.staff(role))
    assert HEARD in text(client.get(visit.get_absolute_url()))
    for url in (
        reverse("services:visit-create"),
        reverse("services:drive-create"),
        reverse("services:visit-edit", args=[visit.pk]),
        reverse("services:drive-edit", args=[drive.pk]),
    ):
        assert client.get(url).status_code == 403


def test_the_admin_only_looks(rf, sun):
    request = rf.get("/")
    request.user = sun
    for model in (Drive, Visit):
        admin = site._registry[model]
        assert not admin.has_add_permission(request)
        assert not admin.has_change_permission(request)
        assert not admin.has_delete_permission(request)


def test_more_visits_cost_no_more_questions(cast, sun, drive, django_assert_max_num_queries):
    client = signed_in(sun)
    for _number in range(8):
        found_at(visit_of(cast.lin_unit, drive))
    client.get(LIST)
    for url in (LIST, DRIVES, drive.get_absolute_url()):
        with django_assert_max_num_queries(22):
            client.get(url)
