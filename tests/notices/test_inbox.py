import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from alliance.models import Meeting, MeetingKind
from members.models import Unit
from nanchuan.notices.inbox import unread
from nanchuan.notices.models import Notice, Reminder
from tests import make

pytestmark = pytest.mark.django_db
INBOX = reverse("notices:inbox")


def notify(recipient, subject, moment="now", rule="drill.note"):
    reminder = Reminder.objects.create(
        rule=rule, subject=subject, moment=moment, due_at=timezone.now(), state="done"
    )
    return Notice.objects.create(recipient=recipient, reminder=reminder)


def open_url(notice):
    return reverse("notices:notice-open", args=[notice.pk])


def is_read(notice):
    return Notice.objects.get(pk=notice.pk).read_at is not None


def test_an_empty_inbox_says_what_will_be_here(sign_in, lin):
    page = sign_in(lin).get(INBOX).content.decode()
    assert "还没有消息" in page
    assert "全部标为已读" not in page


def test_notices_are_listed_newest_first_with_their_state(sign_in, lin, subject):
    notify(lin, subject, "first")
    second = notify(lin, subject, "second")
    client = sign_in(lin)
    client.get(open_url(second))
    page = client.get(INBOX).content.decode()
    assert page.index("时刻 second") < page.index("时刻 first")
    assert ("全部 2" in page, "未读 1" in page) == (True, True)


def test_unread_ones_can_be_seen_alone(sign_in, lin, subject):
    client = sign_in(lin)
    client.get(open_url(notify(lin, subject, "first")))
    notify(lin, subject, "second")
    page = client.get(INBOX, {"show": "unread"}).content.decode()
    assert "时刻 second" in page
    assert "时刻 first" not in page


def test_another_persons_notice_does_not_exist(sign_in, lin, wu, subject):
    notice = notify(lin, subject)
    client = sign_in(wu)
    assert client.get(open_url(notice)).status_code == 404
    assert client.post(open_url(notice)).status_code == 404
    assert "演练" not in client.get(INBOX).content.decode()
    client.post(reverse("notices:inbox-read-all"))
    assert not is_read(notice)


def test_strangers_are_asked_to_sign_in(client, lin, subject):
    notice = notify(lin, subject)
    for url in (INBOX, open_url(notice)):
        answer = client.get(url)
        assert answer.status_code == 302
        assert "/account/login/" in answer["Location"]
    assert not is_read(notice)


@pytest.mark.parametrize("method", ["get", "post"])
def test_opening_reads_and_leads_to_the_subject(sign_in, lin, subject, method):
    notice = notify(lin, subject)
    answer = getattr(sign_in(lin), method)(open_url(notice))
    assert (answer.status_code, answer["Location"]) == (302, f"/drills/{subject.pk}/")
    assert is_read(notice)


@pytest.mark.parametrize("headers", [{"sec-purpose": "prefetch;prerender"}, {"x-moz": "prefetch"}])
def test_fetching_ahead_reads_nothing(sign_in, lin, subject, headers):
    notice = notify(lin, subject)
    sign_in(lin).get(open_url(notice), headers=headers)
    assert not is_read(notice)


def test_asking_for_the_head_reads_nothing(sign_in, lin, subject):
    notice = notify(lin, subject)
    sign_in(lin).head(open_url(notice))
    assert not is_read(notice)


def test_the_first_reading_counts(sign_in, lin, subject):
    notice = notify(lin, subject)
    client = sign_in(lin)
    client.get(open_url(notice))
    first = Notice.objects.get().read_at
    client.get(open_url(notice))
    assert Notice.objects.get().read_at == first


def test_all_can_be_read_at_once(sign_in, lin, wu, subject):
    notices = [notify(lin, subject, str(number)) for number in range(3)]
    others = Notice.objects.create(recipient=wu, reminder=notices[0].reminder)
    client = sign_in(lin)
    assert client.get(reverse("notices:inbox-read-all")).status_code == 405
    page = client.post(reverse("notices:inbox-read-all"), follow=True).content.decode()
    assert "已将 3 条消息标为已读" in page
    assert all(map(is_read, notices))
    assert not is_read(others)


def test_a_subject_out_of_sight_shows_a_neutral_line_and_no_link(sign_in, subject):
    outsider = make.user()
    notice = notify(outsider, subject)
    client = sign_in(outsider)
    page = client.get(INBOX).content.decode()
    assert "您现在已不能查看" in page
    assert str(subject) not in page
    assert open_url(notice) not in page
    answer = client.get(open_url(notice))
    assert answer["Location"] == INBOX


def test_a_rule_that_fails_or_is_gone_does_not_close_the_inbox(
    sign_in, lin, subject, rule, monkeypatch
):
    notify(lin, subject, "gone", rule="no.such")
    notify(lin, subject, "sound")

    def title(subject, reminder):
        raise RuntimeError("drill")

    client = sign_in(lin)
    assert "时刻 sound" in client.get(INBOX).content.decode()
    monkeypatch.setattr(rule, "title", title)
    answer = client.get(INBOX)
    assert (answer.status_code, answer.content.decode().count("您现在已不能查看")) == (200, 2)


def test_texts_are_escaped(sign_in, lin, subject, rule, monkeypatch):
    monkeypatch.setattr(rule, "title", lambda subject, reminder: "<script>drill</script>")
    notify(lin, subject)
    assert "<script>drill" not in sign_in(lin).get(INBOX).content.decode()


def test_long_inboxes_have_pages(sign_in, lin, subject):
    for number in range(30):
        notify(lin, subject, str(number))
    client = sign_in(lin)
    first = client.get(INBOX)
    assert len(first.context["lines"]) == 25
    assert len(client.get(INBOX, {"page": 2}).context["lines"]) == 5
    assert len(client.get(INBOX, {"page": "x"}).context["lines"]) == 25
    assert len(client.get(INBOX, {"page": 99}).context["lines"]) == 5
    part = client.get(INBOX, {"page": 2}, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()


def count_queries(client):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(INBOX).status_code == 200
    return len(queries)


def test_the_number_of_queries_does_not_grow_with_the_rows(sign_in, lin, cast):
    """With two kinds of subject, each row about another one."""
    client = sign_in(lin)
    client.get(INBOX)
    numbers = []
    for rows in (2, 22):
        for number in range(rows):
            notify(lin, make.unit(), f"{rows}-{number}")
            notify(lin, meeting(cast), f"{rows}-{number}", rule="meeting.notice")
        numbers.append(count_queries(client))
    assert numbers[0] == numbers[1] <= 12


def meeting(cast):
    kind, _made = MeetingKind.objects.get_or_create(name="联席会议")
    return Meeting.objects.create(
        group=cast.group,
        kind=kind,
        title="例会",
        starts_at=timezone.now(),
        ends_at=timezone.now() + timezone.timedelta(hours=1),
        place="会议室",
        convened_by=cast.lin_unit,
    )


def test_unread_notices_are_counted_by_one_indexed_query(lin, subject, django_assert_num_queries):
    for number in range(3):
        notify(lin, subject, str(number))
    Notice.objects.filter(pk=Notice.objects.first().pk).update(read_at=timezone.now())
    with django_assert_num_queries(1) as queries:
        assert list(unread(lin)) == [(2,)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_seqscan = off")
        explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
        cursor.execute(f"{explain} {queries.captured_queries[0]['sql']}")
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "notice_unread" in plan


def test_the_number_stands_in_the_top_bar(sign_in, lin, subject):
    notify(lin, subject)
    assert 'data-unread="1"' in sign_in(lin).get(INBOX).content.decode()


def test_units_as_subjects_are_seen_by_the_cast(lin, subject):
    """What the tests above rest on."""
    assert Unit.objects.visible_to(lin).filter(pk=subject.pk).exists()
