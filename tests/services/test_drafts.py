"""What is typed is kept for its writer alone, until it is filed or given up."""

import threading
import uuid
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from nanchuan.kernel.states import StepRefused
from services.actions import drafts
from services.models import Need, NeedDraft
from tests import make

CREATE, SAVE = reverse("services:need-create"), reverse("services:needdraft-save")
NEED = {
    "category": "staff",
    "title": "招两名技术员",
    "content": "三月底前到岗",
    "urgency": "urgent",
    "audience": "group",
    "contact_name": "王主任",
    "contact_phone": "0971-8123456",
}


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def lin(cast):
    return signed_in(cast.lin)


def typed(**changes):
    return {"once": str(uuid.uuid4())} | NEED | changes


@pytest.mark.django_db
def test_what_was_typed_is_there_again_on_another_day_and_telephone(cast, lin):
    once = str(uuid.uuid4())
    assert "草稿已保存" in lin.post(SAVE, typed(once=once, title="招")).text
    lin.post(SAVE, typed(once=once))
    draft = NeedDraft.objects.get()
    again = signed_in(cast.lin)
    page = again.get(CREATE)
    assert NEED["title"] in page.text and f"?draft={draft.pk}" in page.text
    page = again.get(CREATE, {"draft": draft.pk})
    form = page.context["form"]
    for name in ("category", "title", "content", "urgency", "audience", "contact_name"):
        assert form[name].value() == NEED[name]
    assert NEED["contact_phone"] not in page.text


@pytest.mark.django_db
def test_filing_uses_the_number_that_was_typed_and_lets_the_draft_go(cast, lin):
    data = typed()
    lin.post(SAVE, data)
    lin.post(SAVE, data | {"contact_phone": ""})  # the page does not show it again
    lin.post(CREATE, data | {"contact_phone": ""})
    assert Need.objects.get().contact_phone == NEED["contact_phone"]
    assert not NeedDraft.objects.exists()


@pytest.mark.django_db
def test_what_arrives_after_filing_keeps_no_draft(cast, lin):
    data = typed()
    lin.post(CREATE, data)
    lin.post(SAVE, data)
    assert not NeedDraft.objects.exists()
    assert lin.post(CREATE, data).url == Need.objects.get().get_absolute_url()


@pytest.mark.django_db
def test_nobody_else_reads_goes_on_with_or_deletes_a_draft(cast, sun, lin):
    lin.post(SAVE, typed(title="隐语草稿"))
    draft = NeedDraft.objects.get()
    for person in (cast.wu, make.liaison(cast.lin_unit), sun):
        client = signed_in(person)
        page = client.get(CREATE, {"draft": draft.pk}, follow=True)
        assert "隐语草稿" not in page.text
        discard = reverse("services:needdraft-discard", args=[draft.pk])
        assert client.post(discard).status_code == 404
    assert NeedDraft.objects.exists()


@pytest.mark.django_db
def test_another_s_form_keeps_its_own_draft(cast, lin):
    """The token of a form is no key to what another has typed."""
    once = str(uuid.uuid4())
    lin.post(SAVE, typed(once=once, title="林的"))
    signed_in(cast.wu).post(SAVE, typed(once=once, title="吴的"))
    assert [row.typed["title"] for row in NeedDraft.objects.order_by("pk")] == ["林的", "吴的"]


@pytest.mark.django_db
def test_the_database_does_not_hold_what_was_typed_in_the_clear(cast, lin):
    lin.post(SAVE, typed(title="隐语草稿"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT typed FROM services_needdraft")
        assert "隐语" not in str(cursor.fetchone()[0])


@pytest.mark.django_db
def test_a_sixth_draft_is_refused_and_none_of_the_five_is_lost(cast, lin):
    for number in range(drafts.MOST):
        lin.post(SAVE, typed(title=f"第{number}份"))
    assert "已有 5 份" in lin.post(SAVE, typed(title="第六份")).text
    assert NeedDraft.objects.count() == drafts.MOST
    assert "第六份" not in str([row.typed for row in NeedDraft.objects.all()])


@pytest.mark.django_db
@pytest.mark.parametrize("changes", [{"once": "x"}, {"once": ""}, {"content": "长" * 9000}])
def test_a_draft_that_cannot_be_kept_says_so(cast, lin, changes):
    assert "没有保存" in lin.post(SAVE, typed(**changes)).text
    assert not NeedDraft.objects.exists()


@pytest.mark.django_db
def test_an_empty_form_is_no_draft(cast, lin):
    lin.post(SAVE, typed(title="", content=" "))
    assert not NeedDraft.objects.exists()


@pytest.mark.django_db
def test_a_draft_is_given_up(cast, lin):
    lin.post(SAVE, typed())
    url = reverse("services:needdraft-discard", args=[NeedDraft.objects.get().pk])
    assert "已删除草稿" in lin.post(url, follow=True).text
    assert not NeedDraft.objects.exists()


@pytest.mark.django_db
def test_without_javascript_looking_for_similar_cases_keeps_what_was_typed(cast, lin):
    make.answer(question="怎么招技术员", answer="联系人社部门")
    page = lin.post(CREATE, typed(look="1"))
    assert not Need.objects.exists()
    for words in (NEED["title"], NEED["content"], "怎么招技术员", "技术员"):
        assert words in page.text
    assert not page.context["form"].errors


def _at_once(tasks):
    gate, errors = threading.Barrier(len(tasks)), []

    def run(task):
        try:
            gate.wait()
            task()
        except StepRefused as refusal:
            errors.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[task]) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.django_db(transaction=True)
def test_many_requests_of_one_form_keep_one_draft(cast):
    for _ in range(10):
        once = str(uuid.uuid4())
        _at_once([partial(drafts.keep, {"title": "招"}, once=once, by=cast.lin)] * 4)
        assert NeedDraft.objects.count() == 1
        NeedDraft.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_forms_that_are_kept_at_once_are_never_more_than_five(cast):
    tokens = [str(uuid.uuid4()) for _ in range(8)]
    refused = _at_once(
        [partial(drafts.keep, {"title": "招"}, once=once, by=cast.lin) for once in tokens]
    )
    assert NeedDraft.objects.count() == drafts.MOST
    assert len(refused) == len(tokens) - drafts.MOST


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time by itself")
def test_without_the_line_one_form_would_keep_several(cast, monkeypatch):
    monkeypatch.setattr(drafts, "_line_up", lambda by: None)
    for _ in range(30):
        once = str(uuid.uuid4())
        _at_once([partial(drafts.keep, {"title": "招"}, once=once, by=cast.lin)] * 4)
        if NeedDraft.objects.count() > 1:
            return
        NeedDraft.objects.all().delete()
    pytest.fail("the line keeps nothing apart")
