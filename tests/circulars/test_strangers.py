"""Whoever has no business with a circular gets nothing and changes nothing; whoever has, breaks
nothing by what is typed."""

import json
import uuid

import pytest
from django.core import serializers
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from members.models import Unit
from nanchuan.circulars import models
from nanchuan.circulars.actions import answers, circulars, publishing, receivers
from nanchuan.circulars.models import Addressee, Circular, Target
from nanchuan.kernel.models import Event
from nanchuan.kernel.policies import all_policies
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.uploads import read_document
from tests import make, make_circulars

pytestmark = pytest.mark.django_db

ROWS = [
    getattr(models, name)
    for name in ("Circular", "Addressee", "Submission", "SubmissionFile", "Extension", "Question")
] + [models.CircularFile, models.Target, models.Numbering]
HUGE = "长" * (1024 * 1024 // 3)
NUL = "前\x00后"
NAMES = sorted(name for name in all_policies() if name.startswith("circulars:"))


def stored():
    """All that there is of circulars, except who has read one."""
    rows = json.loads(serializers.serialize("json", [row for m in ROWS for row in m.objects.all()]))
    for row in rows:
        for name in ("read_at", "read_by", "read_name", "answers"):
            row["fields"].pop(name, None)
    return rows


@pytest.fixture
def sent(cast, sun):
    """What Lin's branch handed in, with files, and asks more time for."""
    asked = ["做法", {"text": "总结", "kind": "file", "is_required": False}]
    made = make_circulars.circular(cast.lin_branch, questions=asked, needs_receipt=True, by=sun)
    made.files.create(name="附件.pdf", file="x", size=1, kind="pdf")
    row = made.addressees.select_related("circular").get()
    answers.ask_for_time(row, until=make_circulars.days(9), reason="忙", by=cast.lin)
    files = [(None, read_document(make.office_file("机密.docx")))]
    make_circulars.submitted(row, cast.lin, files=files)
    return made


def addresses(circular):
    """name → its address for the rows of this circular."""
    row = circular.addressees.get()
    numbers = {
        "circular": circular,
        "addressee": row,
        "extension": row.extensions.get(),
        "question": circular.questions.first(),
        "circularfile": circular.files.get(),
        "submissionfile": row.submissions.get().files.get(),
    }
    for name in NAMES:
        noun = name.partition(":")[2].partition("-")[0]
        try:
            yield name, reverse(name)
        except NoReverseMatch:
            yield name, reverse(name, args=[numbers[noun].pk])


def typed(**more):
    until = timezone.localtime(make_circulars.days(20)).strftime("%Y-%m-%dT%H:%M")
    return {"once": str(uuid.uuid4()), "reason": "原因", "until": until, "title": "题"} | more


def strangers(cast):
    """And what each gets to see of the circular's own page."""
    other = make.unit()
    return {
        "a secretary beside": cast.wu,
        "a member without a post": make.member(cast.wu_branch, user=make.user()).user,
        "the account of a unit": make.liaison(other),
        "the administrator": make.staff("admin"),
        "somebody without a role": make.user(),
    }


OPEN = {"circulars:circular-list"}


def test_strangers_get_nothing_by_any_address(cast, sent):
    before, wrong = stored(), []
    for who, user in strangers(cast).items():
        client = Client()
        client.force_login(user)
        for name, path in addresses(sent):
            for answer in (client.get(path), client.post(path, typed())):
                words = answer.content.decode() if not answer.streaming else "a file"
                if name not in OPEN and answer.status_code not in (403, 404, 405):
                    wrong.append((who, name, answer.status_code))
                if sent.title in words or "机密" in words or "a file" in words:
                    wrong.append((who, name, "told"))
    assert wrong == []
    assert stored() == before


def test_who_may_only_read_changes_nothing(cast, sent):
    fellow = make.member(cast.lin_branch, user=make.user()).user
    chief = make.secretary(cast.root).user
    before, wrong = stored(), []
    for user in (fellow, chief, make.staff("auditor"), make.staff("leader")):
        client = Client()
        client.force_login(user)
        for name, path in addresses(sent):
            answer = client.post(path, typed())
            if answer.status_code not in (403, 404, 405):
                wrong.append((user, name, answer.status_code))
    assert wrong == []
    assert stored() == before


@pytest.mark.parametrize("number", [10**30, 2**63, 2**31, 0, -1, "abc", "%00", "1e9", "１"])
def test_numbers_that_nobody_has_are_not_found(cast, sun, sent, number):
    for user in (sun, cast.lin):
        client = Client()
        client.force_login(user)
        for name, path in addresses(sent):
            parts = path.split("/")
            places = [place for place, part in enumerate(parts) if part.isdecimal()]
            if not places:
                continue
            parts[places[0]] = str(number)
            for answer in (client.get("/".join(parts)), client.post("/".join(parts), typed())):
                assert answer.status_code in (403, 404, 405), (name, answer.status_code)


FIELDS = ["kind", "text", "choices", "source", "pattern", "due_at", "seen", "removed", "confirm"]
FIELDS += ["organizations", "posts", "park", "next", "once", "reason", "until", "title"]


@pytest.mark.parametrize("state", ["draft", "published"])
@pytest.mark.parametrize("words", [NUL, "=cmd|'<script>" + "𠮷" * 3000], ids=["nul", "long"])
def test_whatever_is_typed_breaks_nothing(cast, sun, sent, words, state):
    Circular.objects.filter(pk=sent.pk).update(status=state)
    Addressee.objects.filter(circular=sent).update(status="open")
    names = [*FIELDS, *(f"q{each.pk}" for each in sent.questions.all())]
    facts = dict.fromkeys(names, words)
    query = dict.fromkeys(["q", "state", "only", "year", "page", "looked", "kind", "status"], words)
    for user in (sun, cast.lin):
        client = Client()
        client.force_login(user)
        for _name, path in addresses(sent):
            with transaction.atomic():
                for given in (facts, facts | typed(), facts | typed() | {"draft": words}):
                    assert client.post(path, given).status_code < 500, path
                assert client.get(path, query).status_code < 500, path
                transaction.set_rollback(True)


def test_a_text_of_a_megabyte_is_too_long_and_comes_back(cast, sun, sent, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024
    row, question = sent.addressees.get(), sent.questions.first()
    Addressee.objects.filter(pk=row.pk).update(status="returned")
    draft = make_circulars.draft(by=sun)
    row.extensions.all().delete()
    for user, name, pk, field in (
        (cast.lin, "addressee-answer", row.pk, f"q{question.pk}"),
        (cast.lin, "addressee-later", row.pk, "reason"),
        (sun, "circular-edit", draft.pk, "text"),
        (sun, "circular-ask", draft.pk, "choices"),
        (sun, "circular-recall", sent.pk, "reason"),
        (sun, "circular-numbering", None, "pattern"),
    ):
        client = Client()
        client.force_login(user)
        path = reverse(f"circulars:{name}", args=[pk] if pk else [])
        answer = client.post(path, typed(kind="notice", text="字") | {field: HUGE})
        assert answer.status_code == 200, name
        assert answer.context["form"].errors[field], name
        assert HUGE in answer.content.decode(), name


MOMENTS = ["0001-01-01T00:00", "9999-12-31T23:59", "2026-13-40T99:99", "\x00"]


@pytest.mark.parametrize("until", MOMENTS)
def test_a_time_that_cannot_be_is_told_where_it_was_typed(cast, sun, sent, until):
    row = sent.addressees.get()
    Addressee.objects.filter(pk=row.pk).update(status="open")
    sent.addressees.get().extensions.all().delete()
    draft = make_circulars.draft(by=sun)
    for user, name, pk, field in (
        (sun, "circular-edit", draft.pk, "due_at"),
        (sun, "circular-create", None, "due_at"),
        (sun, "circular-extend", sent.pk, "until"),
        (sun, "addressee-extend", row.pk, "until"),
        (cast.lin, "addressee-later", row.pk, "until"),
    ):
        client = Client()
        client.force_login(user)
        path = reverse(f"circulars:{name}", args=[pk] if pk else [])
        facts = typed(kind="collection", text="字") | {field: until}
        answer = client.post(path, facts)
        assert answer.status_code == 200, name
        assert answer.context["form"].errors[field], name


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_can_be_answered(cast, sun, day):
    made = make_circulars.circular(cast.lin_branch, questions=[{"text": "日", "kind": "date"}])
    row, name = made.addressees.get(), f"q{made.questions.get().pk}"
    client = Client()
    client.force_login(cast.lin)
    page = reverse("circulars:addressee-answer", args=[row.pk])
    assert client.post(page, typed(**{name: day})).status_code == 302
    client.force_login(sun)
    table = reverse("circulars:circular-table", args=[made.pk])
    assert client.get(row.get_absolute_url()).status_code == 200
    assert client.get(f"{table}?export=xlsx").status_code == 200


def test_numbers_of_all_kinds(cast, sun):
    made = make_circulars.circular(cast.lin_branch, questions=[{"text": "数", "kind": "number"}])
    row, name = made.addressees.get(), f"q{made.questions.get().pk}"
    lin, office = Client(), Client()
    lin.force_login(cast.lin)
    office.force_login(sun)
    page = reverse("circulars:addressee-answer", args=[row.pk])
    table = reverse("circulars:circular-table", args=[made.pk])
    for number in ("1e400", "1e-400", "NaN", "Infinity", "-0", "１２", "1" * 5000):
        assert lin.post(page, typed(**{name: number})).status_code in (200, 302), number
        assert office.get(f"{table}?export=xlsx").status_code == 200
        Addressee.objects.filter(pk=row.pk).update(status="open")
        row.submissions.all().delete()


def test_what_is_not_of_the_form_is_not_taken(cast, sun, sent):
    """Fields of the row, of another circular's questions, of another's files."""
    other = make_circulars.circular(cast.lin_branch, questions=["做法"], by=sun)
    row, foreign = other.addressees.get(), sent.questions.first()
    client = Client()
    client.force_login(cast.lin)
    own = other.questions.get()
    facts = typed(
        **{f"q{own.pk}": "三项", f"q{foreign.pk}": "混入"},
        status="accepted",
        version="9",
        by=sun.pk,
        addressee=sent.addressees.get().pk,
        submission="1",
        due_at="2030-01-01T00:00",
    )
    client.post(reverse("circulars:addressee-answer", args=[row.pk]), facts)
    made = other.addressees.get().submissions.get()
    assert made.answers == {str(own.pk): "三项"}
    assert (made.status, made.version, made.by) == ("submitted", 1, cast.lin)
    row = other.addressees.get()
    assert (row.status, row.due_at) == ("submitted", other.due_at)


def test_an_editor_of_a_draft_sets_no_more_than_its_fields(sun, cast):
    draft = make_circulars.draft(cast.lin_branch, by=sun)
    client = Client()
    client.force_login(sun)
    facts = typed(kind="notice", text="字", status="published", number="伪造1号", year="2026")
    facts |= {"serial": "1", "replaces": "1", "by": "1", "published_at": "2026-01-01T00:00"}
    page = reverse("circulars:circular-edit", args=[draft.pk])
    facts["seen"] = client.get(page).context["form"]["seen"].value()
    assert client.post(page, facts).status_code == 302
    draft.refresh_from_db()
    assert draft.title == "题"
    assert (draft.status, draft.number, draft.by, draft.replaces) == ("draft", None, sun, None)


@pytest.mark.parametrize("state", ["closed", "archived", "recalled", "replaced"])
def test_files_of_what_ended_are_for_those_who_had_them(cast, sun, state):
    made = make_circulars.circular(cast.lin_branch, needs_receipt=True, by=sun)
    file = read_document(make.office_file("附件.docx"))
    Circular.objects.filter(pk=made.pk).update(status="draft")
    circulars.change(Circular.objects.get(pk=made.pk), by=sun, files=[file])
    Circular.objects.filter(pk=made.pk).update(status=state)
    path = reverse("circulars:circularfile-take", args=[made.files.get().pk])
    for user, status in ((cast.lin, 200), (cast.wu, 404), (make.user(), 403)):
        client = Client()
        client.force_login(user)
        assert client.get(path).status_code == status


def test_a_receipt_that_nobody_asked_for_is_not_given(cast, sun):
    made = make_circulars.circular(cast.lin_branch, by=sun)
    row = made.addressees.select_related("circular").get()
    client = Client()
    client.force_login(cast.lin)
    page = client.post(reverse("circulars:addressee-confirm", args=[row.pk]), follow=True)
    assert "不需要回执" in page.content.decode()
    assert made.addressees.get().confirmed_at is None


def test_nothing_is_handed_in_that_nobody_asked_for(cast, sun):
    made = make_circulars.circular(cast.lin_branch, needs_receipt=True, by=sun)
    row = made.addressees.select_related("circular").get()
    for act in (answers.submit, answers.keep_draft):
        with pytest.raises(StepRefused, match="不需要报送"):
            act(row, answers={}, by=cast.lin)
    client = Client()
    client.force_login(cast.lin)
    upload = SimpleUploadedFile("总结.docx", make.office_file("总结.docx").read())
    page = reverse("circulars:addressee-answer", args=[row.pk])
    assert client.post(page, typed(files=upload)).status_code == 200
    assert not row.submissions.exists()


def test_two_thousand_receivers(cast, sun):
    draft = make_circulars.draft(by=sun, needs_receipt=True)
    for number in range(2000):
        make.unit(name=f"第{number}家公司")
    targets = [Target(kind=Target.Kind.UNIT, unit=unit) for unit in Unit.objects.all()]
    receivers.choose(draft, targets, by=sun)
    client = Client()
    client.force_login(sun)
    for name in ("receivers", "publish", "detail"):
        page = reverse(f"circulars:circular-{name}", args=[draft.pk])
        assert client.get(page).status_code == 200
    publishing.publish(draft, by=sun)
    assert draft.addressees.count() == len(targets) > 2000
    for name in ("detail", "table", "remind"):
        page = reverse(f"circulars:circular-{name}", args=[draft.pk])
        assert client.get(page).status_code == 200
    assert publishing.remind(draft, by=sun) == len(targets)
    table = reverse("circulars:circular-table", args=[draft.pk])
    assert client.get(f"{table}?export=xlsx").status_code == 200
    assert Event.objects.filter(name="circular.reminded").count() == 1
