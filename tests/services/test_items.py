"""What a meeting resolved becomes a need or a project: by the office or the responsible unit, once,
with links both ways for those who may see the other side."""

import uuid

import pytest
from django.urls import reverse

from services.models import Need, Project
from tests import make

pytestmark = pytest.mark.django_db
CREATE = reverse("services:need-create")


def typed(item, **facts):
    defaults = {
        "once": str(uuid.uuid4()),
        "item": item.pk,
        "unit": item.unit_id,
        "category": "technology",
        "title": item.text,
        "content": item.text,
        "urgency": "normal",
        "audience": "alliance",
        "contact_name": "联系人",
        "contact_phone": "13800001234",
    }
    return defaults | facts


@pytest.fixture
def item(cast):
    return make.item(cast.lin_unit, assisting=[cast.wu_unit], text="引进污水处理技术")


def test_the_form_knows_what_was_resolved(sign_in, cast, sun, item):
    link = f"{CREATE}?item={item.pk}"
    assert link in sign_in(cast.lin).get(item.get_absolute_url()).content.decode()
    form = sign_in(sun).get(link).context["form"]
    assert (form["title"].value(), form["content"].value()) == (item.text, item.text)
    assert (form["item"].value(), form["unit"].value()) == (item.pk, item.unit_id)


def test_a_need_and_the_way_back(sign_in, cast, item):
    client = sign_in(cast.lin)
    answer = client.post(CREATE, typed(item))
    need = Need.objects.get()
    assert answer.url == need.get_absolute_url()
    assert (need.item, need.unit) == (item, cast.lin_unit)
    page = client.get(answer.url).content.decode()
    assert item.get_absolute_url() in page and item.resolution.number in page
    assert item.resolution.meeting.get_absolute_url() in page
    page = client.get(item.get_absolute_url()).content.decode()
    assert need.get_absolute_url() in page and f"?item={item.pk}" not in page


def test_a_need_that_waits_for_review_is_not_shown_to_others(sign_in, cast, item):
    sign_in(cast.lin).post(CREATE, typed(item))
    page = sign_in(cast.wu).get(item.get_absolute_url()).content.decode()
    assert Need.objects.get().get_absolute_url() not in page


def test_a_second_need_is_refused_until_the_first_is_given_up(sign_in, cast, sun, item):
    client = sign_in(cast.lin)
    client.post(CREATE, typed(item))
    page = client.post(CREATE, typed(item))
    assert page.status_code == 200 and "已经转为需求" in page.content.decode()
    Need.objects.update(status="withdrawn")
    assert client.post(CREATE, typed(item)).status_code == 302


def test_a_unit_that_assists_does_not_ask_for_it(sign_in, cast, item):
    page = sign_in(cast.wu).post(CREATE, typed(item))
    assert page.status_code == 200 and "请以该单位的名义" in page.content.decode()
    assert not Need.objects.exists()


def test_what_one_does_not_see_leads_nowhere(sign_in, cast, item):
    assert sign_in(cast.zhao).get(f"{CREATE}?item={item.pk}").status_code == 404
    assert sign_in(cast.zhao).post(CREATE, typed(item, unit="")).status_code == 200
    assert sign_in(cast.lin).get(f"{CREATE}?item=abc").status_code == 200
    assert not Need.objects.exists()


def test_what_is_settled_asks_for_nothing(sign_in, cast):
    item = make.item(cast.lin_unit, "done")
    client = sign_in(cast.lin)
    assert f"?item={item.pk}" not in client.get(item.get_absolute_url()).content.decode()
    assert client.post(CREATE, typed(item)).status_code == 200
    assert not Need.objects.exists()


@pytest.mark.parametrize("persona", ["lin", "sun"])
def test_one_click_makes_a_project_and_two_no_more(sign_in, cast, sun, item, persona):
    client = sign_in({"lin": cast.lin, "sun": sun}[persona])
    url = reverse("services:itemproject-create", args=[item.pk])
    assert url in client.get(item.get_absolute_url()).content.decode()
    first = client.post(url).url
    assert client.post(url).url == first
    project = Project.objects.get()
    assert (project.item, project.lead, project.name) == (item, cast.lin_unit, item.text)
    page = client.get(first).content.decode()
    assert item.get_absolute_url() in page
    page = client.get(item.get_absolute_url()).content.decode()
    assert first in page and url not in page


def test_nobody_else_makes_a_project_of_it(sign_in, cast, item):
    url = reverse("services:itemproject-create", args=[item.pk])
    assert url not in sign_in(cast.wu).get(item.get_absolute_url()).content.decode()
    assert sign_in(cast.wu).post(url).status_code == 403
    assert sign_in(cast.zhao).post(url).status_code == 404
    assert not Project.objects.exists()


def test_an_item_that_one_does_not_see_is_no_choice(sign_in, cast, item):
    """Of a number that was guessed not even the unit is told that has to do it."""
    sent = typed(item, unit=cast.zhao_unit.pk)
    page = sign_in(cast.zhao).post(CREATE, sent).content.decode()
    assert f"“{item.unit.name}”" not in page
    assert not Need.objects.exists()
