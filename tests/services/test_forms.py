"""Bad input: a Chinese sentence at the field, nothing typed is lost, never an error page."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from nanchuan.kernel.models import Event
from services.actions import resources
from services.models import Need, ProgressNote, Project, Resource
from tests import make

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>'\";DROP TABLE--{{7*7}}{% now %}\u202e😀"
NEED = {
    "category": "staff",
    "title": "招两名技术员",
    "content": "三月底前",
    "urgency": "urgent",
    "audience": "group",
    "contact_name": "王主任",
    "contact_phone": "0971-8123456",
}
RESOURCE = {
    "category": "venue",
    "title": "报告厅",
    "content": "可容纳 200 人",
    "quantity": "1 间",
    "free_from": "2026-01-01",
    "free_until": "2026-12-31",
    "conditions": "提前两天预约",
    "contact_name": "张主任",
    "contact_phone": "13900001234",
}
NOTE = {"text": "已到厂查看", "percent": "30"}


def typed(base, **changes):
    return {"once": str(uuid.uuid4())} | base | changes


def assert_refused(response, *, field, keeps=""):
    assert response.status_code == 200
    form = response.context["form"]
    assert field in form.errors, form.errors
    sentence = form.errors[field][0]
    assert any("\u4e00" <= character <= "\u9fff" for character in sentence), sentence
    assert sentence in response.text
    assert keeps in response.text


@pytest.fixture
def lin_client(sign_in, lin):
    return sign_in(lin)


def test_a_secretary_files_a_need_on_one_page(cast, lin_client):
    url = reverse("services:need-create")
    page = lin_client.get(url)
    assert "unit" not in page.context["form"].fields  # one unit: nothing to choose
    assert page.context["form"]["contact_name"].value() == cast.lin.name
    response = lin_client.post(url, typed(NEED), follow=True)
    need = Need.objects.get()
    assert response.redirect_chain == [(need.get_absolute_url(), 302)]
    assert (need.unit, need.filed_by, need.status) == (cast.lin_unit, cast.lin, "submitted")
    assert (need.urgency, need.audience) == ("urgent", "group")
    assert need.number in response.text
    assert "0971-8123456" not in response.text
    assert Event.objects.get(name="need.filed").by == cast.lin


def test_the_own_number_is_used_when_none_is_typed(cast, lin_client):
    cast.lin_member.phone = "13700001111"
    cast.lin_member.save()
    url = reverse("services:need-create")
    assert "137****1111" in lin_client.get(url).text
    lin_client.post(url, typed(NEED, contact_phone=""))
    assert Need.objects.get().contact_phone == "13700001111"


def test_full_width_digits_are_digits(cast, lin_client):
    lin_client.post(reverse("services:need-create"), typed(NEED, contact_phone="13700001111"))
    assert Need.objects.get().contact_phone == "13700001111"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("category", ""),
        ("category", "weapons"),
        ("title", ""),
        ("title", "   "),
        ("title", "长" * 61),
        ("title", "a\x00b"),
        ("content", ""),
        ("content", "长" * 3001),
        ("urgency", "never"),
        ("audience", "world"),
        ("contact_name", "长" * 51),
        ("contact_phone", ""),
        ("contact_phone", "打我电话"),
        ("contact_phone", "1" * 30),
        ("contact_phone", HOSTILE),
        ("once", "x"),
        ("once", ""),
    ],
)
def test_a_need_that_will_not_do_comes_back_with_the_reason(cast, lin_client, field, value):
    response = lin_client.post(
        reverse("services:need-create"), typed(NEED, title="保留标题") | {field: value}
    )
    assert_refused(response, field=field, keeps="三月底前" if field != "content" else "保留标题")
    assert not Need.objects.exists()


def test_an_empty_post_is_a_form_with_reasons(cast, lin_client):
    for name in ("need-create", "resource-create"):
        response = lin_client.post(reverse(f"services:{name}"), {})
        assert response.status_code == 200
        assert response.context["form"].errors


def test_hostile_text_is_kept_as_text(cast, lin_client):
    lin_client.post(
        reverse("services:need-create"), typed(NEED, title=HOSTILE[:60], content=HOSTILE)
    )
    need = Need.objects.get()
    assert need.content == HOSTILE
    for url in (need.get_absolute_url(), reverse("services:need-list")):
        page = lin_client.get(url).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def test_two_clicks_file_one_need(cast, lin_client):
    once = typed(NEED)
    first = lin_client.post(reverse("services:need-create"), once)
    second = lin_client.post(reverse("services:need-create"), once)
    assert first.url == second.url == Need.objects.get().get_absolute_url()


def test_extra_fields_change_nothing(cast, lin_client):
    lin_client.post(
        reverse("services:need-create"),
        typed(
            NEED,
            unit=cast.wu_unit.pk,
            status="solved",
            number="需-1",
            reviewed_at="2026-01-01",
            accepted_by=cast.wu_unit.pk,
        ),
    )
    need = Need.objects.get()
    assert (need.unit, need.status, need.reviewed_at, need.accepted_by) == (
        cast.lin_unit,
        "submitted",
        None,
        None,
    )


def test_the_own_chain_is_an_audience_only_for_those_who_have_one(cast, sign_in):
    department = make.unit(kind="department")
    make.seat(department)
    response = sign_in(make.liaison(department)).post(
        reverse("services:need-create"), typed(NEED, audience="group")
    )
    assert_refused(response, field="audience", keeps="三月底前")


def test_the_office_files_for_a_unit_with_the_contact_it_registered(cast, sun, sign_in):
    cast.wu_unit.contacts.create(name="吴联系", phone="13600002222")
    client = sign_in(sun)
    url = reverse("services:need-create")
    on_behalf = typed(NEED, unit=cast.wu_unit.pk, contact_name="", contact_phone="")
    client.post(url, on_behalf)
    need = Need.objects.get()
    assert (need.unit, need.filed_by) == (cast.wu_unit, sun)
    assert (need.contact_name, need.contact_phone) == ("吴联系", "13600002222")
    assert_refused(client.post(url, typed(NEED)), field="unit", keeps="三月底前")
    assert_refused(client.post(url, typed(NEED, unit=10**6)), field="unit")
    unknown = typed(NEED, unit=cast.zhao_unit.pk, contact_name="", contact_phone="")
    assert_refused(client.post(url, unknown), field="contact_phone")


def test_who_speaks_for_two_units_chooses_between_these(cast, sign_in):
    second = make.unit(cast.lin_branch)
    client = sign_in(cast.lin)
    url = reverse("services:need-create")
    choices = client.get(url).context["form"].fields["unit"].queryset
    assert set(choices) == {cast.lin_unit, second}
    assert_refused(client.post(url, typed(NEED, unit=cast.wu_unit.pk)), field="unit")
    client.post(url, typed(NEED, unit=second.pk, audience="alliance"))
    assert Need.objects.get().unit == second


@pytest.mark.parametrize("role", ["leader", "auditor", "admin"])
def test_readers_file_nothing(db, sign_in, role):
    client = sign_in(make.staff(role))
    for name in ("need-create", "resource-create"):
        assert client.get(reverse(f"services:{name}")).status_code == 403
        assert client.post(reverse(f"services:{name}"), typed(NEED)).status_code == 403


def test_a_returned_need_is_edited_and_thereby_submitted_again(cast, sun, lin_client):
    from services.actions import review

    need = make.need(cast.lin_unit)
    review.send_back(need, reason="请写明人数", by=sun)
    assert "请写明人数" in lin_client.get(need.get_absolute_url()).text
    url = reverse("services:need-edit", args=[need.pk])
    assert "请写明人数" in lin_client.get(url).text
    lin_client.post(url, typed(NEED, title="招两名", contact_phone=""))
    need.refresh_from_db()
    assert (need.status, need.title, need.contact_phone) == ("submitted", "招两名", "13800001234")
    event = Event.objects.get(name="need.resubmitted")
    assert set(event.facts["changed"]) >= {"title", "content"}


def test_a_correction_before_review_keeps_it_waiting(cast, lin_client):
    need = make.need(cast.lin_unit)
    url = reverse("services:need-edit", args=[need.pk])
    lin_client.post(url, typed(NEED))
    need.refresh_from_db()
    assert (need.status, need.title, need.contact_name) == ("submitted", NEED["title"], "王主任")
    response = lin_client.post(url, typed(NEED, title="", content="不丢的内容"))
    assert_refused(response, field="title", keeps="不丢的内容")


def test_an_edit_that_comes_after_the_review_keeps_what_was_typed(cast, sun, lin_client):
    need = make.need(cast.lin_unit, "published")
    url = reverse("services:need-edit", args=[need.pk])
    response = lin_client.post(url, typed(NEED, content="不丢的内容"))
    assert response.status_code == 200
    assert "不能修改" in response.text
    assert "不丢的内容" in response.text
    need.refresh_from_db()
    assert need.content != "不丢的内容"


STEPS = [
    ("submitted", "sun", "return", {"reason": ""}, "reason"),
    ("submitted", "sun", "return", {"reason": "长" * 501}, "reason"),
    ("submitted", "sun", "decline", {"reason": "  "}, "reason"),
    ("published", "sun", "dispatch", {"unit": ""}, "unit"),
    ("published", "sun", "dispatch", {"unit": "x"}, "unit"),
    ("in_progress", "sun", "offer", {"text": ""}, "text"),
    ("in_progress", "sun", "offer", {"text": "长" * 3001}, "text"),
    ("offered", "lin", "confirm", {"comment": "留言不丢"}, "rating"),
    ("offered", "lin", "confirm", {"rating": "6", "comment": "留言不丢"}, "rating"),
    ("offered", "lin", "confirm", {"rating": "好", "comment": "留言不丢"}, "rating"),
    ("offered", "lin", "confirm", {"rating": "5", "comment": "长" * 501}, "comment"),
    ("offered", "lin", "refuse", {"reason": ""}, "reason"),
    ("solved", "lin", "reopen", {"reason": ""}, "reason"),
    ("published", "lin", "withdraw", {"reason": ""}, "reason"),
]


@pytest.mark.parametrize("case", STEPS)
def test_a_step_that_lacks_something_comes_back_open_on_the_page(cast, sun, client, case):
    status, persona, verb, data, field = case
    need = make.need(cast.lin_unit, status)
    client.force_login({"sun": sun, "lin": cast.lin}[persona])
    response = client.post(reverse(f"services:need-{verb}", args=[need.pk]), data)
    assert response.status_code == 200
    step = next(
        step
        for step in [response.context["main_step"], *response.context["other_steps"]]
        if step and step["verb"] == verb
    )
    assert step["form"].errors[field][0] in response.text
    assert f'id="id_{verb}_{field}' in response.text
    for value in data.values():
        if len(value) > 4:
            assert value in response.text  # nothing typed is lost
    assert Need.objects.get().status == status


MATCH = {"name": "用工对接", "new_category": "", "new_title": ""}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "长" * 81}, "name"),
        ({}, "resources"),
        ({"resources": ["999999"]}, "resources"),
        ({"resources": ["x"]}, "resources"),
        ({"new_category": "expert"}, "new_title"),
        ({"new_title": "新专家"}, "new_category"),
        ({"new_category": "gold", "new_title": "新专家"}, "new_category"),
        ({"new_category": "expert", "new_title": "长" * 61}, "new_title"),
    ],
)
def test_a_match_that_will_not_do_comes_back(cast, sign_in, changes, field):
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    url = reverse("services:need-match", args=[need.pk])
    response = sign_in(cast.wu).post(url, typed(MATCH) | changes)
    assert_refused(response, field=field)
    assert not Project.objects.exists()
    assert not Resource.objects.exists()
    assert Need.objects.get().status == "accepted"


def test_a_match_offers_what_can_be_had_today_grouped_by_category(cast, sign_in):
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit, public_title="缺工程师")
    today = timezone.localdate()
    make.resource(cast.zhao_unit, title="现在的专家", category="expert")
    make.resource(title="过期的场地", category="venue", free_until=today - timedelta(days=1))
    late = make.resource(title="以后的场地", category="venue", free_from=today + timedelta(days=1))
    url = reverse("services:need-match", args=[need.pk])
    client = sign_in(cast.wu)
    response = client.get(url)
    assert response.context["form"]["name"].value() == "缺工程师"
    assert f"现在的专家 · {cast.zhao_unit}" in response.text
    assert "过期的场地" not in response.text
    assert "以后的场地" not in response.text
    forced = typed(MATCH, resources=[late.pk])
    assert_refused(client.post(url, forced), field="resources")


def test_a_match_with_a_new_resource_registers_it_for_the_responsible_unit(cast, sign_in):
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    url = reverse("services:need-match", args=[need.pk])
    once = typed(MATCH, new_category="expert", new_title="工艺专家")
    client = sign_in(cast.wu)
    first = client.post(url, once)
    second = client.post(url, once)  # a double click
    project = Project.objects.get()
    assert first.url == second.url == project.get_absolute_url()
    resource = Resource.objects.get()
    assert (resource.unit, resource.title) == (cast.wu_unit, "工艺专家")
    assert list(project.resources.all()) == [resource]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", ""),
        ("text", "长" * 2001),
        ("percent", ""),
        ("percent", "-1"),
        ("percent", "101"),
        ("percent", "9" * 40),
        ("percent", "一半"),
        ("percent", "50.5"),
    ],
)
def test_a_progress_note_that_will_not_do_comes_back(cast, sign_in, field, value):
    make.need(cast.lin_unit, "in_progress", taken_by=cast.wu_unit)
    url = reverse("services:project-note", args=[Project.objects.get().pk])
    response = sign_in(cast.wu).post(url, typed(NOTE) | {field: value})
    assert_refused(response, field=field, keeps="已到厂查看" if field == "percent" else "30")
    assert not ProgressNote.objects.exists()


def test_two_clicks_write_one_note(cast, sign_in):
    make.need(cast.lin_unit, "in_progress", taken_by=cast.wu_unit)
    url = reverse("services:project-note", args=[Project.objects.get().pk])
    client, once = sign_in(cast.wu), typed(NOTE)
    client.post(url, once)
    client.post(url, once)
    assert ProgressNote.objects.get().percent == 30


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("category", "gold"),
        ("title", ""),
        ("title", "长" * 61),
        ("content", ""),
        ("capacity", "0"),
        ("capacity", "很多"),
        ("measure", "长" * 9),
        ("area", "长" * 61),
        ("free_from", "2026-02-30"),
        ("free_until", "2025-12-31"),
        ("conditions", "长" * 201),
        ("contact_phone", "没有"),
    ],
)
def test_a_resource_that_will_not_do_comes_back(cast, lin_client, field, value):
    response = lin_client.post(
        reverse("services:resource-create"), typed(RESOURCE) | {field: value}
    )
    if (field, value) == ("free_until", "2025-12-31"):
        assert "不能早于" in response.text
    else:
        assert_refused(response, field=field, keeps="报告厅" if field != "title" else "可容纳")
    assert not Resource.objects.exists()


def test_a_unit_offers_a_resource_and_corrects_it(cast, lin_client, sign_in):
    once = typed(RESOURCE)
    lin_client.post(reverse("services:resource-create"), once)
    lin_client.post(reverse("services:resource-create"), once)
    resource = Resource.objects.get()
    assert (resource.unit, resource.contact_phone) == (cast.lin_unit, "13900001234")
    assert resource.number == f"资-{timezone.localdate().year}-0001"
    url = reverse("services:resource-edit", args=[resource.pk])
    assert "139****1234" in lin_client.get(url).text
    lin_client.post(url, typed(RESOURCE, title="大报告厅", contact_phone=""))
    resource.refresh_from_db()
    assert (resource.title, resource.contact_phone) == ("大报告厅", "13900001234")
    assert Event.objects.get(name="resource.changed").facts == {"changed": ["title"]}
    other = sign_in(cast.wu)
    assert other.get(resource.get_absolute_url()).status_code == 404  # it waits for review
    resources.approve(resource, by=None)
    assert other.get(resource.get_absolute_url()).status_code == 200
    assert other.get(url).status_code == 403
    assert other.post(url, typed(RESOURCE)).status_code == 403


def test_units_that_ask_along_stand_in_the_form_once_they_are_wanted(cast, lin_client):
    url, box = reverse("services:need-create"), 'name="cofilers"'
    assert box not in lin_client.get(url).text
    assert box in lin_client.get(url, {"units": "1"}).text
    part = lin_client.get(url, {"units": "1"}, headers={"HX-Request": "true"}).text
    assert box in part and "<form" not in part
    typed_so_far = typed(NEED, look="units")
    page = lin_client.post(url, typed_so_far).text  # without JavaScript
    assert box in page and NEED["title"] in page and not Need.objects.exists()


def test_the_form_and_filing_ask_for_little(cast, lin_client, django_assert_max_num_queries):
    url = reverse("services:need-create")
    lin_client.get(url)
    lin_client.post(url, typed(NEED))
    with django_assert_max_num_queries(8):
        lin_client.get(url)
    with django_assert_max_num_queries(21):  # seven of them begin and end transactions
        lin_client.post(url, typed(NEED))
    assert Need.objects.count() == 2
