"""Anything can stand in an address: the admin site answers it, whatever it says."""

import pytest
from django.contrib import admin as site

from nanchuan.accounts.models import StaffPost
from tests import make

IMPOSSIBLE = [
    "starts_on__year=99999&starts_on__month=99",
    "starts_at__year=1&starts_at__month=13",
    "e=1&p=99999999999999999999&o=99",
    "q=%00",
]
NUMBERS = ["0", "x", "9223372036854775808", "9" * 30]
FILLED_IN = ["xx", "99999999999999999999", "%00", "1,2", "9999-12-32"]


@pytest.fixture
def office(client, sun):
    """With both posts that open the admin site."""
    StaffPost.objects.create(user=sun, role="admin", starts_on=make.LONG_AGO)
    client.force_login(sun)
    return client


@pytest.fixture
def models():
    return [
        f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in site.site._registry
    ]


@pytest.mark.parametrize("query", IMPOSSIBLE)
def test_a_list_asked_for_the_impossible(office, models, query):
    for path in models:
        assert office.get(f"{path}?{query}").status_code in (200, 302, 400), path


@pytest.mark.parametrize("number", NUMBERS)
def test_a_row_that_cannot_be(office, models, number):
    for path in models:
        for page in ("change", "history", "delete"):
            assert office.get(f"{path}{number}/{page}/").status_code in (302, 403, 404), path


@pytest.mark.parametrize("value", FILLED_IN)
def test_a_form_that_an_address_fills_in(office, value):
    for model, model_admin in site.site._registry.items():
        names = [field.name for field in model._meta.get_fields()]
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/add/"
        query = "&".join(f"{name}={value}" for name in names)
        assert office.get(f"{path}?{query}").status_code in (200, 403), (path, model_admin)


def test_an_address_may_fill_in_a_row(office, cast):
    page = office.get(f"/admin/alliance/seat/add/?unit={cast.wu_unit.pk}&group=xx").content.decode()
    assert f'<option value="{cast.wu_unit.pk}" selected>{cast.wu_unit}</option>' in page


@pytest.mark.parametrize("value", ["xx", "9" * 30, "\0", "1,2", "-1"])
def test_a_row_that_cannot_be_chosen(office, value):
    """The form comes back with its sentence."""
    page = office.post("/admin/alliance/seat/add/", {"unit": value, "group": value, "order": 1})
    assert page.status_code == 200
    assert set(page.context["adminform"].form.errors) == {"unit", "group", "starts_on"}
