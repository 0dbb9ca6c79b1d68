"""Wu answers on a page whether the own branch took part in what Lin's recorded."""

import uuid

import pytest
from django.urls import reverse

from members.actions import verifying
from members.models import Activity, Participation
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def part(cast):
    record = make.activity(
        cast.lin_branch, by=cast.lin, host=cast.lin_member, organizations=[cast.wu_branch]
    )
    return record.participations.get(is_host=False)


def answer(client, part, *members):
    typed = {"once": uuid.uuid4(), "members": [each.pk for each in members]}
    return client.post(part.get_absolute_url(), typed)


def decline(client, part):
    return client.post(reverse("members:part-decline", args=[part.pk]))


def test_wu_ticks_the_own_members(sign_in, cast, part):
    other, stranger = make.member(cast.wu_branch), make.member(cast.lin_branch)
    client = sign_in(cast.wu)
    page = client.get(part.get_absolute_url()).content.decode()
    assert other.name in page and stranger.name not in page
    assert answer(client, part, other).url == part.activity.get_absolute_url()
    part.refresh_from_db()
    assert (part.answer, part.counts) == ("confirmed", True)
    assert set(part.activity.members.all()) == {cast.lin_member, other}
    assert "更改答复" in client.get(part.activity.get_absolute_url()).content.decode()


def test_nobody_of_another_branch_can_be_ticked(sign_in, cast, part):
    response = answer(sign_in(cast.wu), part, cast.zhao_member)
    assert "members" in response.context["form"].errors
    response = answer(sign_in(cast.wu), part)
    assert "至少一人" in response.content.decode()
    part.refresh_from_db()
    assert part.answer == "asked"


def test_wu_says_that_nobody_came(sign_in, cast, part):
    decline(sign_in(cast.wu), part)
    part.refresh_from_db()
    assert (part.answer, part.counts) == ("declined", False)


def test_who_declined_reads_the_question_and_no_more(sign_in, cast, part):
    record, plain = part.activity, make.member(cast.wu_branch, user=make.user()).user
    Activity.objects.filter(pk=record.pk).update(text="隐语正文", place="隐语地点")
    address, listed = record.get_absolute_url(), reverse("members:activity-list")
    client = sign_in(cast.wu)
    assert "隐语正文" in client.get(address).content.decode()
    page = client.post(reverse("members:part-decline", args=[part.pk]), follow=True)
    assert page.redirect_chain[-1][0] == part.get_absolute_url()
    text = page.content.decode()
    assert record.title in text and cast.lin_branch.name in text and "隐语" not in text
    assert address not in text
    for user in (cast.wu, plain):
        assert sign_in(user).get(address).status_code == 404
        assert record.title not in sign_in(user).get(listed).content.decode()
    assert sign_in(plain).get(part.get_absolute_url()).status_code == 403
    assert sign_in(cast.zhao).get(part.get_absolute_url()).status_code == 404
    answer(sign_in(cast.wu), part, cast.wu_member)
    assert "隐语正文" in sign_in(plain).get(address).content.decode()


def test_who_declined_sees_nothing_once_it_is_withdrawn(sign_in, cast, part):
    decline(sign_in(cast.wu), part)
    verifying.withdraw(Activity.objects.get(pk=part.activity_id), "没有开", by=cast.lin)
    assert sign_in(cast.wu).get(part.get_absolute_url()).status_code == 404


ANSWERS = {"lin": 403, "zhao": 404, "plain": 403, "leader": 403, "sun": 302}


@pytest.mark.parametrize("who", ANSWERS)
def test_only_who_speaks_for_it_answers(sign_in, cast, sun, part, who):
    told = ANSWERS[who]
    users = {
        "lin": cast.lin,
        "zhao": cast.zhao,
        "plain": make.member(cast.wu_branch, user=make.user()).user,
        "leader": make.staff("leader"),
        "sun": sun,
    }
    client = sign_in(users[who])
    assert client.get(part.get_absolute_url()).status_code == (200 if told == 302 else told)
    assert answer(client, part, cast.wu_member).status_code == told
    assert decline(client, part).status_code == told
    host = Participation.objects.get(activity=part.activity_id, is_host=True)
    assert decline(sign_in(sun), host).status_code == 404


def test_it_is_too_late_when_the_record_is_withdrawn(sign_in, cast, sun, part):
    client = sign_in(sun)
    assert client.get(part.get_absolute_url()).status_code == 200
    verifying.withdraw(part.activity, "没有开", by=cast.lin)
    page = client.get(part.get_absolute_url(), follow=True).content.decode()
    assert "不用答复" in page
    assert decline(client, part).status_code == 302
    part.refresh_from_db()
    assert part.answer == "asked"
    assert sign_in(cast.wu).get(part.get_absolute_url()).status_code == 404


def test_the_list_shows_late_and_joint_ones_and_is_narrowed_by_state(sign_in, cast, sun, part):
    from datetime import timedelta

    from django.utils import timezone

    late = make.activity(cast.zhao_branch, starts_at=timezone.now() - timedelta(days=30))
    verifying.verify(late, by=sun)
    url = reverse("members:activity-list")

    def shown(user, **query):
        return [row.pk for row in sign_in(user).get(url, query).context["object_list"]]

    assert shown(sun) == [part.activity_id, late.pk]
    assert shown(sun, status="verified") == shown(sun, late="yes") == [late.pk]
    assert shown(sun, joint="yes") == [part.activity_id]
    assert shown(cast.wu) == shown(cast.wu, joint="yes") == [part.activity_id]
    assert shown(sun, status="nonsense", late="x") == shown(sun)
    page = sign_in(sun).get(url).content.decode()
    assert page.count("badge late-entry") == 1 and "已核实" in page
