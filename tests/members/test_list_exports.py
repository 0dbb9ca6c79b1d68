"""Lists go out exactly as their filter shows them."""

from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from nanchuan.accounts.models import User
from nanchuan.kernel import exporting
from nanchuan.kernel.exporting import Column, harmless, write_xlsx
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


def test_too_many_rows_are_refused_and_never_cut(sign_in, sun, cast, monkeypatch):
    monkeypatch.setattr(exporting, "MOST_ROWS", 2)
    url = reverse("members:person-list")
    answer = sign_in(sun).get(url, {"export": "xlsx", "gender": "female"}, follow=True)
    assert answer.redirect_chain == [(f"{url}?gender=female", 302)]
    assert "超过 2 行" in answer.content.decode()
    assert not Event.objects.filter(name="list.exported").exists()
    assert len(rows_of(sign_in(sun).get(url, {"export": "xlsx", "q": "lin"}))) == 1


def test_headers_are_text_too():
    file = BytesIO()
    columns = [Column("=1+1", lambda row: row), Column("@x", lambda row: "+1")]
    assert (
        write_xlsx(file, title="a/b", columns=columns, rows=["-1", "长" * 40_000], by=User()) == 2
    )
    sheet = load_workbook(file).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells[:4]] == ["'=1+1", "'@x", "'-1", "'+1"]
    assert len(cells[4].value) == 32_767


def test_a_file_says_who_took_it_out_and_when(sign_in, cast):
    answer = sign_in(cast.lin).get(reverse("members:person-list"), {"export": "xlsx"})
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))
    said = book.worksheets[1]["A1"].value
    assert f"lin于 {timezone.localdate():%Y-%m-%d}" in said
    assert book.worksheets[0].oddFooter.center.text == said
