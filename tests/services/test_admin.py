"""The admin site: resources are entered in bulk; needs and projects are only read there."""

import pytest
from django.urls import reverse
from django.utils import timezone

from nanchuan.kernel.models import Event
from services.models import Need, Project, Resource
from tests import make

pytestmark = pytest.mark.django_db
TYPED = {
    "category": "venue",
    "title": "报告厅",
    "content": "可容纳 200 人",
    "quantity": "",
    "free_from": "",
    "free_until": "",
    "conditions": "",
    "contact_name": "张主任",
    "contact_phone": "13900001234",
}


def url(model, page, *args):
    return reverse(f"admin:services_{model}_{page}", args=args)


def test_the_office_adds_a_resource_with_number_and_event(cast, sun, sign_in):
    client = sign_in(sun)
    client.post(url("resource", "add"), TYPED | {"unit": cast.lin_unit.pk})
    resource = Resource.objects.get()
    assert resource.number == f"资-{timezone.localdate().year}-0001"
    assert Event.objects.get(name="resource.added").by == sun
    page = client.get(url("resource", "change", resource.pk)).text
    assert "139****1234" in page
    assert "13900001234" not in page
    changed = TYPED | {"title": "大报告厅", "contact_phone": ""}
    client.post(url("resource", "change", resource.pk), changed)
    resource.refresh_from_db()
    assert (resource.title, resource.contact_phone) == ("大报告厅", "13900001234")
    row = url("resource", "change", resource.pk)
    assert row in client.get(url("resource", "changelist"), {"q": "大报告"}).text
    assert row not in client.get(url("resource", "changelist"), {"q": "小报告"}).text


def test_an_impossible_period_is_refused_with_a_sentence(cast, sun, sign_in):
    wrong = TYPED | {
        "unit": cast.lin_unit.pk,
        "free_from": "2026-05-02",
        "free_until": "2026-05-01",
    }
    assert "不能早于" in sign_in(sun).post(url("resource", "add"), wrong).text
    assert not Resource.objects.exists()


def test_needs_and_projects_are_read_and_not_written(cast, sun, sign_in):
    need = make.need(cast.lin_unit, "in_progress", title="招技术员")
    client = sign_in(sun)
    for model, row in (("need", need), ("project", Project.objects.get())):
        assert client.get(url(model, "changelist")).status_code == 200
        page = client.get(url(model, "change", row.pk))
        assert page.status_code == 200
        assert "13800001234" not in page.text
        assert client.get(url(model, "add")).status_code == 403
        assert client.post(url(model, "change", row.pk), {"status": "solved"}).status_code == 403
        assert client.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert Need.objects.get().status == "in_progress"
    assert "138****1234" in client.get(url("need", "change", need.pk)).text


@pytest.mark.parametrize("role", ["admin", "leader", "auditor"])
def test_others_do_not_reach_them_in_the_admin(cast, sign_in, role):
    make.need(cast.lin_unit, "in_progress")
    client = sign_in(make.staff(role))
    for model in ("need", "project", "resource"):
        assert client.get(url(model, "changelist")).status_code == 403
