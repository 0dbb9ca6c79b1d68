"""Who hears of a record: its writer, and the organizations that are to answer."""

import pytest
from django.urls import reverse

from members.actions import activities, participations, verifying
from members.models import Activity
from nanchuan.kernel import roles
from nanchuan.portal.todo import todo
from tests import make
from tests.members.test_transfer_notices import rules_heard, settle

pytestmark = pytest.mark.django_db


def test_the_writer_and_the_secretary_hear_what_became_of_it(cast, sun):
    record = make.activity(cast.lin_branch, by=cast.lin)
    verifying.send_back(record, "照片不清楚", by=sun)
    settle()
    assert rules_heard(cast.lin) == ["activity.returned"]
    assert rules_heard(sun) == rules_heard(cast.wu) == []
    activities.submit(record, by=cast.lin)
    verifying.verify(record, by=sun)
    settle()
    assert rules_heard(cast.lin) == ["activity.returned", "activity.verified"]


def test_what_was_put_right_meanwhile_is_not_told(cast, sun):
    record = make.activity(cast.lin_branch, by=cast.lin)
    verifying.send_back(record, "照片不清楚", by=sun)
    activities.submit(record, by=cast.lin)
    settle()
    assert rules_heard(cast.lin) == []


def test_each_secretary_is_asked_once(cast):
    record = make.activity(cast.lin_branch, by=cast.lin, organizations=[cast.wu_branch])
    settle()
    assert rules_heard(cast.wu) == ["activity.asked"]
    activities.change(
        Activity.objects.get(pk=record.pk),
        by=cast.lin,
        title="更正",
        organizations=[cast.wu_branch, cast.zhao_branch],
    )
    settle()
    assert rules_heard(cast.wu) == rules_heard(cast.zhao) == ["activity.asked"]


def test_a_draft_asks_nobody_and_what_is_withdrawn_no_more(cast):
    facts = {"kind": make.activity_kind(), "organizations": [cast.wu_branch]}
    when = make.activity(cast.lin_branch).starts_at
    activities.draft(cast.lin_branch, by=cast.lin, starts_at=when, **facts)
    record = make.activity(cast.lin_branch, by=cast.lin, organizations=[cast.wu_branch])
    verifying.withdraw(record, "没有开", by=cast.lin)
    settle()
    assert rules_heard(cast.wu) == []


def waits(user):
    roles.forget(user)
    return [(str(item.verb), item.text, item.url) for item in todo(user)]


def test_what_waits_stands_on_the_first_page(cast, sun):
    record = make.activity(
        cast.lin_branch, by=cast.lin, title="联合党日", organizations=[cast.wu_branch]
    )
    part = record.participations.get(is_host=False)
    answer, desk = part.get_absolute_url(), reverse("members:activity-review")
    assert ("确认", "联合党日", answer) in waits(cast.wu)
    assert ("核实", "组织生活记录", desk) in waits(sun)
    assert desk not in [url for _verb, _text, url in waits(cast.lin)]
    participations.confirm(part, by=cast.wu, members=[cast.wu_member])
    assert answer not in [url for _verb, _text, url in waits(cast.wu)]
    verifying.send_back(Activity.objects.get(pk=record.pk), "补照片", by=sun)
    assert ("更正", "联合党日", record.get_absolute_url()) in waits(cast.lin)
    assert desk not in [url for _verb, _text, url in waits(sun)]
