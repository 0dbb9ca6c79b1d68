"""What one branch answers stands in nobody else's page, table, archive, notice or search."""

import io
import zipfile

import pytest
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse

from nanchuan.circulars.actions import answers
from nanchuan.circulars.models import Addressee
from nanchuan.kernel.policies import READ, all_policies
from nanchuan.kernel.uploads import read_document
from nanchuan.notices.tasks import send_mail, tick
from tests import make, make_circulars

pytestmark = pytest.mark.django_db

ANSWER, FILE, REASON, LATER = "隐语答复甲", "隐语文件乙", "隐语退回丙", "隐语延期丁"
SECRETS = (ANSWER, FILE, REASON, LATER)
READERS = ("sun", "leader", "auditor", "lin", "chief")


@pytest.fixture
def people(cast, sun):
    """Lin's branch stands below the chief's general branch, Wu's beside it."""
    general = make.organization(cast.root, name="机关党总支", kind="general_branch")
    own = make.organization(general, name="隐语党支部")
    lin = make.secretary(own, name="林")
    return {
        "own": own,
        "sun": sun,
        "leader": make.staff("leader"),
        "auditor": make.staff("auditor"),
        "lin": lin.user,
        "chief": make.secretary(general).user,
        "wu": cast.wu,
        "fellow": make.member(own, user=make.user()).user,
        "admin": make.staff("admin"),
        "liaison": make.liaison(cast.wu_unit),
    }


@pytest.fixture
def circular(cast, sun, people):
    made = make_circulars.circular(
        people["own"], cast.wu_branch, cast.wu_unit, questions=["做法"], by=sun
    )
    row = made.addressees.select_related("circular").get(organization=people["own"])
    answers.ask_for_time(row, until=make_circulars.days(9), reason=LATER, by=people["lin"])
    question = made.questions.get()
    files = [(None, read_document(make.office_file(f"{FILE}.docx")))]
    given = {str(question.pk): ANSWER}
    make_circulars.submitted(row, people["lin"], answers_given=given, files=files)
    answers.send_back(Addressee.objects.get(pk=row.pk), reason=REASON, by=sun)
    wu = made.addressees.select_related("circular").get(organization=cast.wu_branch)
    make_circulars.submitted(wu, cast.wu)
    return made


def body(answer) -> str:
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = "\n".join(archive.namelist()).encode()
            data = names + b"".join(archive.read(name) for name in archive.namelist())
    return data.decode(errors="ignore")


def pages(circular):
    """Every address of ours that answers, with the numbers of what is about the circular."""
    rows = [circular, *circular.addressees.all()]
    rows += [each for row in circular.addressees.all() for each in row.submissions.all()]
    rows += [file for row in rows[3:] if hasattr(row, "files") for file in row.files.all()]
    numbers = {row.pk for row in rows}
    for name, policy in all_policies().items():
        if not (name.startswith("circulars:") and policy.methods >= READ):
            continue
        for arguments in ({}, *({"pk": number} for number in numbers)):
            try:
                path = reverse(name, kwargs=arguments)
            except NoReverseMatch:
                continue
            yield path
            if name.endswith(("-table", "-list")):
                yield f"{path}?export=xlsx"
    yield from (reverse("home"), reverse("notices:inbox"), reverse("portal:event-list"))


def found_by(user, circular):
    client = Client()
    client.force_login(user)
    told = set()
    for path in pages(circular):
        words = body(client.get(path))
        told |= {secret for secret in SECRETS if secret in words}
    return told


@pytest.mark.parametrize("name", ["wu", "fellow", "admin", "liaison"])
def test_nobody_else_finds_it(name, circular, people):
    tick()
    send_mail()
    assert found_by(people[name], circular) == set()
    address = people[name].email
    letters = [letter for letter in mail.outbox if address in letter.to]
    assert not any(secret in letter.body for letter in letters for secret in SECRETS)


@pytest.mark.parametrize("name", READERS)
def test_who_may_does(name, circular, people):
    """The control of the test above."""
    assert {ANSWER, FILE, REASON} <= found_by(people[name], circular)


def test_a_committee_takes_out_what_lies_below_it_alone(circular, people, cast):
    client = Client()
    client.force_login(people["chief"])
    table = reverse("circulars:circular-table", args=[circular.pk])
    sheet = body(client.get(f"{table}?export=xlsx"))
    assert ANSWER in sheet
    assert "wu" not in sheet
    archive = body(client.get(reverse("circulars:circular-files", args=[circular.pk])))
    assert "隐语党支部/" in archive
    assert "wu" not in archive
    page = client.get(table)
    assert [row.name for row in page.context["object_list"]] == ["隐语党支部"]
    assert page.context["figures"][0].number == 1


def test_nothing_is_found_by_what_was_answered(circular, people):
    """Not even whether somebody answered so."""
    for user in people.values():
        if hasattr(user, "username"):
            client = Client()
            client.force_login(user)
            for name, arguments in (("list", []), ("table", [circular.pk])):
                page = reverse(f"circulars:circular-{name}", args=arguments)
                rows = getattr(client.get(f"{page}?q={ANSWER}"), "context", None) or {}
                assert not rows.get("object_list")


def test_answers_are_sealed_in_the_database(circular):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT answers FROM circulars_submission")
        assert not any(ANSWER in str(row) for row in cursor.fetchall())


def test_a_draft_is_seen_by_those_who_write_it_alone(cast, sun, people):
    made = make_circulars.circular(people["own"], questions=["做法"], by=sun)
    row = made.addressees.select_related("circular").get()
    given = {str(made.questions.get().pk): ANSWER}
    answers.keep_draft(row, answers=given, by=people["lin"])
    for name in ("sun", "leader", "chief", "wu"):
        assert ANSWER not in found_by(people[name], made), name
    assert ANSWER in found_by(people["lin"], made)
