"""Kinds of meeting are data: the office sets their time line, invitation, agenda and reminders,
and sees what that changes for the meetings that come."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from alliance import timeline
from alliance.actions import kinds as actions
from alliance.actions import meetings
from alliance.actions.rights import NotYours
from alliance.models import Meeting, MeetingKind
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from nanchuan.notices.models import Reminder
from nanchuan.notices.tasks import tick
from tests import make

pytestmark = pytest.mark.django_db
LIST, CREATE = reverse("alliance:kind-list"), reverse("alliance:kind-create")
WEEK, DAY, HOUR = 7 * 24 * 60, 24 * 60, 60


@pytest.fixture
def kind(db):
    return MeetingKind.objects.first()


def edit(kind):
    return reverse("alliance:kind-edit", args=[kind.pk])


def typed(offsets=((7, DAY), (1, DAY), (2, HOUR)), items=(("研究议题", 30),), **changes):
    values = {
        "name": "现场观摩会",
        "duration": 90,
        "order": 20,
        "is_active": "on",
        "minutes_prefix": "联盟纪",
        "invited_kinds": ["enterprise"],
        "once": uuid.uuid4(),
        "offsets-TOTAL_FORMS": len(offsets) + 1,
        "offsets-INITIAL_FORMS": 0,
        "items-TOTAL_FORMS": len(items) + 1,
        "items-INITIAL_FORMS": 0,
    }
    for place, (number, unit) in enumerate(offsets):
        values |= {f"offsets-{place}-number": number, f"offsets-{place}-unit": unit}
    values[f"offsets-{len(offsets)}-unit"] = DAY
    for place, (title, minutes) in enumerate(items):
        values |= {f"items-{place}-title": title, f"items-{place}-minutes": minutes}
    return values | changes


def seen(client, kind):
    return client.get(edit(kind)).context["form"]["seen"].value()


def test_the_office_adds_a_kind_as_people_say_it(sign_in, sun):
    answer = sign_in(sun).post(CREATE, typed(topics_days=10, invite_days="", quorum_percent=66))
    assert answer.url == LIST
    made = MeetingKind.objects.get(name="现场观摩会")
    assert made.reminder_offsets == [WEEK, DAY, 2 * HOUR]
    assert actions.lines(made) == [("研究议题", 30)]
    assert (made.topics_days, made.invite_days, made.quorum_percent) == (10, None, 66)
    assert (made.invites_alliance, made.invited_kinds) == (False, ["enterprise"])
    assert Event.objects.get(name="meeting_kind.created").by == sun
    page = sign_in(sun).get(LIST).text
    for words in ("现场观摩会", "T-10 / T-7 / T-2 / T+3 / T+7", "66%", "7 天、1 天、2 小时"):
        assert words in page


def test_what_is_left_empty_shows_what_the_system_says(sign_in, sun, kind):
    make.regulation("meetings", {"topics_days": 12})
    page = sign_in(sun).get(edit(kind)).text
    assert 'placeholder="按制度：12"' in page
    assert 'placeholder="按制度：50"' in page


BAD = [
    ({"name": ""}, "请填写名称"),
    ({"name": "座谈交流"}, "已有这个名称"),
    ({"topics_days": 61}, "60"),
    ({"topics_days": 3}, "“会前多少个工作日确定议程并发通知”（7）不能大于"),
    ({"quorum_percent": 100}, "99"),
    ({"duration": 5}, "10"),
    ({"invited_kinds": []}, "至少选择一类单位"),
    ({"offsets": [(61, DAY)]}, "最多提前 60 天"),
    ({"offsets": [(0, DAY)]}, "1"),
    ({"offsets": [("x", DAY)]}, "整数"),
    ({"items": [("", 20)]}, "请写明议题"),
    ({"items": [("长" * 201, 20)]}, "200"),
]


@pytest.mark.parametrize(("changes", "words"), BAD)
def test_bad_input_is_explained_and_nothing_typed_is_lost(sign_in, sun, changes, words):
    page = sign_in(sun).post(CREATE, typed(**{"minutes_prefix": "留下的字"} | changes))
    assert page.status_code == 200
    assert words in page.text
    assert "留下的字" in page.text
    assert not MeetingKind.objects.filter(minutes_prefix="留下的字").exists()


def test_what_moves_for_coming_meetings_is_shown_before_it_is_kept(sign_in, cast, sun, kind):
    meeting = make.meeting(cast.group, by=cast.lin)  # the worker has not heard of it yet
    values = typed(name=kind.name, order=1, offsets=[(1, DAY), (1, HOUR)], follows_up="on")
    values["seen"] = seen(sign_in(sun), kind)
    page = sign_in(sun).post(edit(kind), values)
    told = page.context["preview"]
    assert [sentence.count("不再发送") for sentence in told] == [1, 1, 0]
    assert "会前 1 小时" in told[2]
    assert meeting.title in told[2]
    assert not Reminder.objects.exists()
    kind.refresh_from_db()
    assert kind.reminder_offsets == [WEEK, DAY, 2 * HOUR]
    answer = sign_in(sun).post(edit(kind), values | {"confirm": page.context["seal"]})
    assert answer.status_code == 302
    tick()
    rows = Reminder.objects.filter(rule="meeting.reminder", state="planned").order_by("due_at")
    assert [meeting.starts_at - row.due_at for row in rows] == [
        timedelta(days=1),
        timedelta(hours=1),
    ]


def test_without_coming_meetings_it_is_kept_at_once(sign_in, sun, kind):
    values = typed(name=kind.name, offsets=[(1, DAY)], seen=seen(sign_in(sun), kind))
    assert sign_in(sun).post(edit(kind), values).status_code == 302


def test_a_kind_out_of_use_is_offered_nowhere_new_but_its_meetings_go_on(sign_in, cast, sun, kind):
    meeting = make.meeting(cast.group, by=cast.lin)
    kind.is_active = False
    actions.save(kind, by=sun)
    client = sign_in(cast.lin)
    offered = client.get(reverse("alliance:meeting-create")).context["form"].fields["kind"]
    assert kind not in offered.queryset
    page = client.get(reverse("alliance:meeting-edit", args=[meeting.pk]))
    assert kind in page.context["form"].fields["kind"].queryset
    meetings.change(meeting, by=cast.lin, seen=meeting.sequence, place="别处")
    make.begun(cast.turn)
    assert not Meeting.objects.filter(status="draft", kind=kind).exists()


def test_one_kind_stays_in_use(sun):
    for kind in MeetingKind.objects.all()[1:]:
        kind.is_active = False
        actions.save(kind, by=sun)
    last = MeetingKind.objects.in_use().get()
    last.is_active = False
    with pytest.raises(StepRefused, match="至少要保留一种"):
        actions.save(last, by=sun)


def test_its_numbers_are_those_of_its_meetings(cast, kind):
    make.regulation("meetings", {"topics_days": 12, "quorum_percent": 60})
    kind.topics_days = 9
    actions.save(kind, by=None)
    rules = timeline.rules(make.meeting(cast.group, by=cast.lin))
    assert (rules.value("topics_days"), rules.value("quorum_percent")) == (9, 60)


# What a change would mean names meetings, which are not the administrator's to see.
PERSONAS = {"staff": True, "admin": False, "leader": False, "auditor": False}


@pytest.mark.parametrize(("persona", "may"), [*PERSONAS.items(), ("lin", False), ("zhao", False)])
def test_who_may_set_kinds(sign_in, cast, kind, persona, may):
    user = getattr(cast, persona, None) or make.staff(persona)
    client = sign_in(user)
    assert client.get(LIST).status_code == (403 if persona == "admin" else 200)
    for url in (CREATE, edit(kind)):
        answer = client.get(url)
        assert answer.status_code == (200 if may else 403)
        values = typed(name=uuid.uuid4().hex[:20])
        if may and url != CREATE:
            values["seen"] = answer.context["form"]["seen"].value()
        assert client.post(url, values).status_code == (302 if may else 403)
    if not may:
        with pytest.raises(NotYours):
            actions.save(kind, by=user)


def test_nobody_without_a_part_sees_the_list(sign_in, db):
    assert sign_in(make.user()).get(LIST).status_code == 403


def test_two_who_edit_at_once_choose(sign_in, sun, kind):
    client = sign_in(sun)
    memory = seen(client, kind)
    client.post(edit(kind), typed(name="先改的", seen=memory))
    page = client.post(edit(kind), typed(name="后改的", seen=memory, duration=100))
    assert "请逐项选择保留哪一个" in page.text
    kind.refresh_from_db()
    assert kind.name == "先改的"


def test_the_list_asks_as_many_questions_for_many_kinds_as_for_few(sign_in, sun):
    counts, client = [], sign_in(sun)
    for number in (1, 20):
        for each in range(number):
            made = MeetingKind.objects.create(name=f"类型{number}-{each}")
            made.items.create(title="议题")
        client.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_nothing_is_left_of_a_rehearsal(sign_in, cast, sun, kind):
    make.meeting(cast.group, by=cast.lin)
    before = Event.objects.count(), Reminder.objects.count(), timezone.localdate()
    values = typed(name=kind.name, offsets=[(3, HOUR)], seen=seen(sign_in(sun), kind))
    assert sign_in(sun).post(edit(kind), values).context["preview"]
    assert (Event.objects.count(), Reminder.objects.count(), timezone.localdate()) == before
