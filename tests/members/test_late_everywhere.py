"""A late entry (补录) is shown so wherever the record stands, or what is counted from it."""

import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook

from members.models import Participation, StudyMaterial
from nanchuan.portal.todo import todo
from tests import make_talk
from tests.members.test_checkup import record

pytestmark = pytest.mark.django_db
MARK = "补录"


@pytest.fixture
def material(cast):
    return make_talk.material(title="全园区材料")


@pytest.fixture
def late(cast, material):
    """Lin's branch studied twelve days ago and entered it today."""
    on = timezone.localdate() - timedelta(days=12)
    made = record(
        cast.lin_branch,
        cast.lin_member,
        on,
        kind="study",
        present=[cast.lin_member],
        hours=2,
        is_late=True,
    )
    made.studies.create(material=material)
    return made


@pytest.fixture
def pages(cast, late, material):
    """What shows the record to Lin, besides its own page."""
    return {
        "material": reverse("members:study-detail", args=[material.pk]),
        "record": reverse("members:study-record"),
        "person": reverse("members:person-studies", args=[cast.lin_member.pk]),
        "plan": f"{reverse('members:plan-list')}?organization={cast.lin_branch.pk}",
        "organization": reverse("members:organization-detail", args=[cast.lin_branch.pk]),
        "list": reverse("members:activity-list"),
        "home": "/",
    }


@pytest.mark.parametrize("name", ["material", "record", "person", "plan", "organization", "list"])
def test_every_page_that_shows_it_says_so(sign_in, cast, late, pages, name):
    client = sign_in(cast.lin)
    badge = "late-entry"
    assert badge in client.get(pages[name]).content.decode()
    type(late).objects.update(is_late=False)
    assert badge not in client.get(pages[name]).content.decode()


def test_hours_say_how_many_are_of_late_entries(sign_in, cast, late, pages):
    page = sign_in(cast.lin).get(pages["person"]).content.decode()
    assert "其中补录的活动 2" in page


def test_the_list_of_what_was_studied_says_so_in_excel(sign_in, cast, late, pages):
    answer = sign_in(cast.lin).get(f"{pages['record']}?export=xlsx")
    book = load_workbook(io.BytesIO(b"".join(answer)))
    cells = [cell.value for row in book.active.iter_rows() for cell in row]
    assert cells.count(MARK) == 2  # the head of the column and the row


def test_the_handbook_says_so_in_every_chapter(sign_in, cast, late):
    record(
        cast.lin_branch,
        cast.lin_member,
        late.held_on,
        kind="talk",
        present=[cast.lin_member],
        is_late=True,
    )
    url = reverse("members:organization-handbook", args=[cast.lin_branch.pk])
    answer = sign_in(cast.lin).get(f"{url}?year={late.held_on.year}")
    paper = Document(io.BytesIO(b"".join(answer)))
    words = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    assert "其中补录" in words
    assert "共 2 学时，其中补录 2 学时" in words
    assert words.count(MARK) >= 3  # its record, what was studied, the sum of the year


def test_what_waits_for_an_answer_says_so(cast, late):
    Participation.objects.create(
        activity=late,
        organization=cast.wu_branch,
        kind=late.kind,
        held_on=late.held_on,
        is_host=False,
        answer=Participation.Answer.ASKED,
    )
    texts = [item.text for item in todo(cast.wu)]
    assert f"{late}（补录）" in texts


def test_the_notice_that_one_went_back_says_so(cast, late):
    from members.activity_reminders import Returned

    assert Returned().title(late, None).endswith("（补录）")


def test_no_mark_on_what_was_entered_in_time(sign_in, cast, late, material):
    type(late).objects.update(is_late=False)
    late.refresh_from_db()
    assert (late.late_word, late.marked) == ("", str(late))
    assert StudyMaterial.objects.get() == material
