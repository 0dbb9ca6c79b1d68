"""Who lives elsewhere or is out of touch, and what the rules say after so many months."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from members.models import Absence, Rule
from nanchuan.kernel.models import Event
from nanchuan.kernel.periods import months_after
from tests import make

pytestmark = pytest.mark.django_db
LIST = reverse("members:absence-list")


def today():
    return timezone.localdate()


def away(member, kind="mobile", months=1, **facts):
    row = {"starts_on": months_after(today(), -months)} | facts
    return Absence.objects.create(member=member, kind=kind, **row)


def form_of(client, url):
    return client.get(url).context["form"]["once"].value()


def record(client, person, **typed):
    url = reverse("members:person-absence", args=[person.pk])
    row = {"kind": "mobile", "starts_on": today().isoformat(), "place": "示例省甲市", "note": ""}
    return client.post(url, row | {"once": form_of(client, url)} | typed)


def test_the_secretary_records_and_ends_an_absence(sign_in, cast):
    person, client = make.member(cast.lin_branch, name="张流动"), sign_in(cast.lin)
    answer = record(client, person)
    assert answer.status_code == 302 and answer.url == person.get_absolute_url()
    row = Absence.objects.get()
    assert (row.member, row.kind, row.place, row.ends_on) == (person, "mobile", "示例省甲市", None)
    assert "张流动" in client.get(LIST).content.decode()
    url = reverse("members:absence-end", args=[row.pk])
    facts = {"once": form_of(client, url), "ends_on": today().isoformat()}
    assert client.post(url, facts).status_code == 302
    row.refresh_from_db()
    assert row.ends_on == today()
    names = [event.name for event in Event.objects.filter(subject_id=person.pk).order_by("pk")]
    assert names == ["absence.recorded", "absence.ended"]
    assert "示例省甲市" not in str(list(Event.objects.values_list("facts", flat=True)))
    again = client.post(url, facts | {"once": form_of(client, url)})
    assert "已经结束" in again.content.decode()


@pytest.mark.parametrize(("typed", "sentence"), [
    ({"kind": ""}, "必填"), ({"kind": "lost"}, "lost"), ({"place": "长" * 101}, "100"),
    ({"starts_on": ""}, "必填"), ({"starts_on": "9999-12-31"}, "还没有到"),
    ({"starts_on": "0001-01-01"}, "1921"), ({"starts_on": "2026-02-30"}, "真实存在"),
    ({"note": "a\x00b"}, "空字符"),
])  # fmt: skip
def test_a_wrong_absence_is_a_sentence(sign_in, cast, typed, sentence):
    client = sign_in(cast.lin)
    assert sentence in record(client, cast.lin_member, **typed).content.decode()
    assert not Absence.objects.exists()


def test_the_same_is_not_recorded_twice(sign_in, cast):
    away(cast.lin_member)
    client = sign_in(cast.lin)
    assert "重叠" in record(client, cast.lin_member).content.decode()
    assert record(client, cast.lin_member, kind="out_of_touch").status_code == 302
    assert Absence.objects.count() == 2


def test_it_cannot_end_before_it_began_or_in_the_future(sign_in, cast):
    row, client = away(cast.lin_member), sign_in(cast.lin)
    url = reverse("members:absence-end", args=[row.pk])
    before = (row.starts_on - timedelta(days=1)).isoformat()
    for day, sentence in ((before, "不能更早"), ("9999-12-31", "还没有到"), ("", "必填")):
        answer = client.post(url, {"once": form_of(client, url), "ends_on": day})
        assert sentence in answer.content.decode()
    row.refresh_from_db()
    assert row.ends_on is None


def test_others_neither_find_nor_record_nor_end_it(sign_in, cast):
    row = away(cast.wu_member)
    client = sign_in(cast.lin)
    assert "wu" not in [each.member.name for each in client.get(LIST).context["object_list"]]
    for name, pk in (("person-absence", cast.wu_member.pk), ("absence-end", row.pk)):
        url = reverse(f"members:{name}", args=[pk])
        assert client.get(url).status_code == client.post(url).status_code == 404
    leader = sign_in(make.staff("leader"))
    assert leader.get(LIST).context["row_count"] == 1
    for name, pk in (("person-absence", cast.wu_member.pk), ("absence-end", row.pk)):
        assert leader.get(reverse(f"members:{name}", args=[pk])).status_code == 403
    for user in (make.staff("admin"), make.member(cast.wu_branch, user=make.user()).user):
        assert sign_in(user).get(LIST).status_code == 403


@pytest.mark.parametrize(("kind", "code", "words"), [
    ("mobile", Rule.Code.AWAY_MONTHS, "应当转接组织关系"),
    ("out_of_touch", Rule.Code.OUT_OF_TOUCH_MONTHS, "可以停止党籍"),
])  # fmt: skip
def test_after_the_months_of_the_rule_its_source_is_cited(sign_in, cast, kind, code, words):
    rule = Rule.objects.of(code)
    long = away(make.member(cast.lin_branch, name="已满"), kind, rule.value)
    begun = months_after(today(), -rule.value) + timedelta(days=1)
    short = away(make.member(cast.lin_branch, name="未满"), kind, starts_on=begun)
    client = sign_in(cast.lin)
    page = client.get(LIST)
    said = {row.member.name: row.advised for row in page.context["object_list"]}
    assert said["未满"] == ""
    assert words in said["已满"] and rule.citation in said["已满"]
    assert "党员教育管理工作条例" in page.content.decode()
    assert list(Absence.objects.overdue()) == [long]
    assert (long.months(), short.months()) == (rule.value, rule.value - 1)
    found = client.get(LIST, {"overdue": "1"}).context["object_list"]
    assert [row.member.name for row in found] == ["已满"]
    rule.value += 1
    rule.save()
    assert not Absence.objects.overdue().exists()


def test_advice_and_list_agree_on_every_day(cast):
    """Ends of months are where such things go wrong."""
    rules = Absence.rules()
    months = rules["mobile"].value
    for begins in (date(2025, 8, 29), date(2025, 8, 30), date(2025, 8, 31), date(2024, 2, 29)):
        Absence.objects.all().delete()
        row = away(cast.lin_member, starts_on=begins)
        end = months_after(begins, months)
        for shift in range(-4, 5):
            day = end + timedelta(days=shift)
            told = bool(row.advice(rules, day))
            assert told == Absence.objects.overdue(day).exists() == (row.months(day) >= months)


def test_filters_and_export_agree(sign_in, sun, cast):
    away(make.member(cast.lin_branch, name="林流动"), months=9)
    away(make.member(cast.wu_branch, name="吴失联"), "out_of_touch", months=2)
    away(make.member(cast.wu_branch, name="吴回来"), months=9, ends_on=today() - timedelta(days=1))
    gone = make.member(cast.lin_branch, name="转出者")
    away(gone, months=9)
    gone.memberships.update(ends_on=today() - timedelta(days=1), end_reason="transferred")
    client = sign_in(sun)
    for query, names in (
        ({}, ["林流动", "吴失联"]),
        ({"kind": "out_of_touch"}, ["吴失联"]),
        ({"organization": cast.lin_branch.pk}, ["林流动"]),
        ({"overdue": "1"}, ["林流动"]),
        ({"state": "ended"}, ["吴回来"]),
        ({"q": "wu"}, ["吴失联"]),
        ({"q": "wu", "state": "all"}, ["吴回来", "吴失联"]),
    ):
        page = client.get(LIST, query)
        assert [row.member.name for row in page.context["object_list"]] == names, query
        assert f'data-count="{len(names)}"' in page.content.decode()
        data = b"".join(client.get(LIST, query | {"export": "xlsx"}).streaming_content)
        rows = list(load_workbook(BytesIO(data)).worksheets[0].iter_rows(values_only=True))
        assert [row[0] for row in rows[1:]] == names
    for query in ({"kind": "x"}, {"organization": "9" * 30}, {"q": "13800001234"}, {"q": "\x00"},
                  {"state": "x"}, {"page": "99"}):  # fmt: skip
        assert client.get(LIST, query).status_code == 200


def test_the_list_does_not_ask_more_for_more_people(sign_in, sun, cast):
    from tests.members.test_query_counts import MOST, questions

    for user in (sun, cast.lin):
        client = sign_in(user)
        away(make.member(cast.lin_branch), months=9)
        urls = (LIST, f"{LIST}?overdue=1&q=d&organization={cast.lin_branch.pk}")
        few = [questions(client, url) for url in urls]
        for _number in range(15):
            away(make.member(cast.lin_branch), months=9)
        assert [questions(client, url) for url in urls] == few
        assert max(few) <= MOST, few
