"""Two of the office change one draft: what the first changed stands where the second did not touch
it, and where both did, the second is asked."""

import uuid

import pytest
from django.urls import reverse

from nanchuan.circulars.actions import circulars, publishing
from nanchuan.circulars.models import Circular
from tests import make, make_circulars

pytestmark = pytest.mark.django_db


def edit(client, draft, seen, **typed):
    facts = {"kind": "notice", "title": draft.title, "text": draft.text, "once": str(uuid.uuid4())}
    page = reverse("circulars:circular-edit", args=[draft.pk])
    return client.post(page, facts | {"seen": seen} | typed, follow=True)


def mark_of(client, draft):
    page = client.get(reverse("circulars:circular-edit", args=[draft.pk]))
    return page.context["form"]["seen"].value()


def test_two_of_the_office_who_change_one_draft(sign_in, sun):
    draft = make_circulars.draft(by=sun, due_at=make_circulars.days(5), title="旧题", text="旧文")
    client = sign_in(sun)
    mark = mark_of(client, draft)
    due = {"due_at": f"{make_circulars.days(8):%Y-%m-%d}T10:00"}
    circulars.change(draft, by=make.staff(), title="别人的题", needs_receipt=True)
    answer = edit(client, draft, mark, title="旧题", text="我的文", **due)
    draft.refresh_from_db()
    assert (draft.title, draft.text, draft.needs_receipt) == ("别人的题", "我的文", True)

    mark = mark_of(client, draft)
    circulars.change(draft, by=make.staff(), text="别人的文", needs_receipt=False)
    answer = edit(client, draft, mark, text="我又写", needs_receipt="on", **due)
    page = answer.content.decode()
    assert "刚改过：正文" in page and "别人的文" in page and "我又写" in page
    draft.refresh_from_db()
    assert (draft.text, draft.needs_receipt) == ("别人的文", False)
    mark = answer.context["form"]["seen"].value()
    edit(client, draft, mark, text="我又写", keep_text="mine", **due)
    draft.refresh_from_db()
    assert draft.text == "我又写"


def test_a_moment_and_a_yes_are_asked_in_words(sign_in, sun):
    draft = make_circulars.draft(by=sun, due_at=make_circulars.days(5))
    client = sign_in(sun)
    mark = mark_of(client, draft)
    other = make_circulars.days(7).replace(hour=2, minute=0, second=0, microsecond=0)
    circulars.change(draft, by=make.staff(), due_at=other, needs_receipt=True)
    Circular.objects.filter(pk=draft.pk).update(needs_submission=True)
    answer = edit(client, draft, mark, due_at=f"{make_circulars.days(9):%Y-%m-%d}T10:00")
    page = answer.content.decode()
    assert "用已保存的：" in page and " 10:00" in page
    assert "True" not in page and "+00:00" not in page


def test_a_draft_that_went_out_meanwhile_keeps_what_was_typed(sign_in, cast, sun):
    draft = make_circulars.draft(cast.lin_branch, by=sun)
    client = sign_in(sun)
    mark = mark_of(client, draft)
    publishing.publish(draft, by=sun)
    page = edit(client, draft, mark, text="我的文").content.decode()
    assert "已经发布的通知不能再修改" in page and "我的文" in page
