"""The registers of the park on one page, each as the reader may see it."""

from io import BytesIO

import pytest
from django.urls import reverse
from docx import Document
from openpyxl import load_workbook

from nanchuan.kernel import registers
from nanchuan.kernel.models import Event
from tests import make
from tests.members.test_query_counts import questions

pytestmark = pytest.mark.django_db
PAGE = "/members/registers/"
CANARY, ID_NUMBER, PHONE = "金丝雀", "99990119900101123X", "13800001234"
WHOLE_PARK = ("staff", "leader", "auditor")


@pytest.fixture
def canary(cast):
    """Somebody of Zhao's branch, whom neither Lin nor Wu may find anywhere."""
    return make.member(cast.zhao_branch, name=CANARY, id_number=ID_NUMBER, phone=PHONE)


def names():
    return [each.url for each in registers._registers]


def text_of(answer):
    """Every cell of a file, whichever of the two it is."""
    file = BytesIO(answer.getvalue())
    if answer["Content-Type"].endswith("sheet"):
        sheets = load_workbook(file).worksheets
        return [str(cell) for sheet in sheets for row in sheet.values for cell in row]
    return [cell.text for table in Document(file).tables for cell in table._cells]


def test_the_page_counts_what_each_list_shows(sign_in, sun, cast, canary):
    make.member(cast.lin_branch, standing="suspended")
    for user in (sun, cast.lin, make.staff("leader")):
        client = sign_in(user)
        shown = client.get(PAGE).context["registers"]
        assert len(shown) == len(names())
        for register, number in shown:
            answer = client.get(reverse(register.url), {"count": "all"})
            assert answer.context["paginator"].count == number, register.url


def test_the_page_offers_only_what_opens(sign_in, cast):
    for user in (make.staff("admin"), make.liaison(cast.lin_unit), cast.wu):
        client = sign_in(user)
        for register, _number in client.get(PAGE).context["registers"]:
            assert client.get(reverse(register.url)).status_code == 200


def test_a_filter_in_the_address_changes_no_number(sign_in, sun, cast, canary):
    client = sign_in(sun)
    plain = [number for _register, number in client.get(PAGE).context["registers"]]
    asked = client.get(f"{PAGE}?q=nobody&standing=none&organization={cast.lin_branch.pk}")
    assert [number for _register, number in asked.context["registers"]] == plain


def test_the_page_asks_a_constant_number_of_questions(sign_in, sun, cast):
    client = sign_in(sun)
    few = questions(client, PAGE)
    for _number in range(5):
        make.secretary(make.organization(cast.root))
        make.unit(cast.lin_branch)
    assert questions(client, PAGE) == few <= 12


@pytest.mark.parametrize("form", ["xlsx", "docx"])
def test_no_file_holds_a_person_of_another_branch(sign_in, sun, cast, canary, form):
    seen = 0
    for user, name in [(user, name) for user in (cast.lin, cast.wu, sun) for name in names()]:
        answer = sign_in(user).get(reverse(name), {"export": form})
        if "attachment" not in answer.get("Content-Disposition", ""):
            continue
        cells = " ".join(text_of(answer))
        assert ID_NUMBER not in cells and PHONE not in cells, name
        if user == sun:
            seen += CANARY in cells
        else:
            assert CANARY not in cells, (user, name)
    assert seen, "the control: the office finds the canary in a file"


def test_a_word_roster_is_the_filtered_list(sign_in, sun, cast, canary):
    client, query = sign_in(sun), {"organization": cast.zhao_branch.pk}
    shown = client.get("/members/people/", query).context["row_count"]
    answer = client.get("/members/people/", query | {"export": "docx"})
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    rows = [
        [cell.text for cell in row.cells]
        for row in Document(BytesIO(answer.getvalue())).tables[0].rows
    ]
    heads = dict(zip(rows[0], next(row for row in rows if CANARY in row), strict=True))
    assert len(rows) - 1 == shown == 2
    assert heads["公民身份号码"] == "9****************X" and heads["联系电话"] == "138****1234"
    assert heads["所在党组织"] == "zhao党支部" and heads["党籍状态"] == "在册"
    event = Event.objects.get(name="list.exported")
    assert event.facts["form"] == "docx" and event.facts["rows"] == 2


def test_the_roster_says_who_is_away(sign_in, sun, cast, canary):
    from members.models import Absence

    for kind in ("mobile", "out_of_touch"):
        Absence.objects.create(member=canary, kind=kind, starts_on=make.LONG_AGO)
    answer = sign_in(sun).get("/members/people/", {"export": "xlsx", "q": CANARY})
    cells = text_of(answer)
    assert "失去联系" in cells and "流动" not in cells
