"""Lists go out exactly as their filter shows them."""

from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from nanchuan.kernel.exporting import harmless
from nanchuan.kernel.models import Event
from tests import make

pytestmark = pytest.mark.django_db


def rows_of(response):
    data = b"".join(response.streaming_content)
    return list(load_workbook(BytesIO(data)).worksheets[0].iter_rows(values_only=True))[1:]


@pytest.mark.parametrize("name", ["organization", "unit", "person", "activity"])
def test_a_list_exports_the_rows_it_shows(sign_in, sun, cast, name):
    for branch, host in ((cast.lin_branch, cast.lin_member), (cast.wu_branch, cast.wu_member)):
        make.activity(branch, host=host)
    url = reverse(f"members:{name}-list")
    for user in (sun, cast.lin):
        client = sign_in(user)
        shown = client.get(url).context["row_count"]
        assert len(rows_of(client.get(url, {"export": "xlsx"}))) == shown > 0
    assert Event.objects.filter(name="list.exported").count() == 2


def test_an_export_keeps_within_the_scope_and_the_filter(sign_in, cast):
    make.member(cast.wu_branch, name="吴支部的人")
    make.member(cast.lin_branch, name="林支部的人", phone="13800001234")
    url = reverse("members:person-list")
    rows = rows_of(sign_in(cast.lin).get(url, {"export": "xlsx", "q": "支部的人"}))
    assert [row[0] for row in rows] == ["林支部的人"]
    assert "138****1234" in rows[0] and "13800001234" not in rows[0]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_looks_like_a_formula_is_text(start):
    assert harmless(f"{start}1+1") == f"'{start}1+1"
    assert harmless("1=1") == "1=1"
    assert harmless("a\x00b") == "ab"
