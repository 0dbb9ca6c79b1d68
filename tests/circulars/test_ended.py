"""What ended is said to have ended, and is unread nowhere."""

import pytest
from django.urls import reverse

from nanchuan.circulars.actions import answers, publishing
from tests import make_circulars

pytestmark = pytest.mark.django_db

ENDED = {
    "closed": "已截止",
    "archived": "已归档",
    "recalled": "已撤回",
    "replaced": "已被替代",
}


def ended(cast, sun, state, **facts):
    """Ended before Lin had opened it."""
    made = make_circulars.circular(cast.lin_branch, by=sun, state=state, **facts)
    for later in type(made).objects.filter(replaces=made):
        publishing.recall(later, reason="错", by=sun)
    return made


@pytest.mark.parametrize("state", ENDED)
@pytest.mark.parametrize(
    "asked", [{}, {"needs_receipt": True}, {"questions": ["做法"]}], ids=["read", "receipt", "form"]
)
def test_it_says_what_it_is_and_counts_as_unread_nowhere(sign_in, cast, sun, state, asked):
    word = ENDED[state]
    made = ended(cast, sun, state, **asked)
    row = made.addressees.select_related("circular").get()
    assert row.state == ("left", word)
    client = sign_in(cast.lin)
    page = reverse("circulars:circular-list")
    shown = client.get(page).content.decode()
    assert word in shown and "未读" not in shown and "未报送" not in shown
    for narrowed in ("open", "late"):
        assert made not in client.get(page, {"only": narrowed}).context["object_list"]
    assert made.title not in [item.text for item in client.get("/").context["todo"]]
    detail = client.get(row.get_absolute_url()).content.decode()
    assert "未读" not in detail and "未确认" not in detail
    office, table = sign_in(sun), reverse("circulars:circular-table", args=[made.pk])
    for narrowed in ("unread", "unconfirmed", "missing", "late"):
        assert list(office.get(table, {"state": narrowed}).context["object_list"]) == []
    assert list(office.get(table).context["object_list"]) == [row]


def test_while_it_runs_it_is_unread(sign_in, cast, sun):
    """The control of the test above."""
    made = make_circulars.circular(cast.lin_branch, by=sun)
    row = made.addressees.get()
    client = sign_in(cast.lin)
    assert "未读" in client.get(reverse("circulars:circular-list")).content.decode()
    assert made.title in [item.text for item in client.get("/").context["todo"]]
    table = reverse("circulars:circular-table", args=[made.pk])
    found = sign_in(sun).get(table, {"state": "unread"}).context["object_list"]
    assert list(found) == [row]


def test_what_was_done_before_it_ended_stays_said(cast, sun):
    made = make_circulars.circular(cast.lin_branch, needs_receipt=True, by=sun)
    row = made.addressees.select_related("circular").get()
    answers.read([row], by=cast.lin)
    assert row.state == ("soon", "已读")
    publishing.close(made, by=sun)
    row = made.addressees.select_related("circular").get()
    assert row.state == ("confirmed", "已读")
    made = make_circulars.circular(cast.lin_branch, questions=["做法"], by=sun)
    make_circulars.submitted(made.addressees.get(), cast.lin)
    publishing.recall(made, reason="错", by=sun)
    assert made.addressees.get().state == ("submitted", "待审核")
