"""A membership moves from one organization to another: asked for, received, or not."""

from datetime import date, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.urls import reverse
from django.utils import timezone

from members.actions import transfers as actions
from members.models import Membership, PartyMember, Rule, Term, Transfer
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make
from tests.members.test_query_counts import MOST, questions

pytestmark = pytest.mark.django_db
LIST = "/members/transfers/"
ID_NUMBER, PHONE = "99990119900101123X", "13800001234"


def today():
    return timezone.localdate()


def url(name, transfer):
    return reverse(f"members:transfer-{name}", args=[transfer.pk])


def send(client, path, **typed):
    """Open a form, fill it in, send it: with the token that the page gave."""
    page = client.get(path)
    assert page.status_code == 200, page.status_code
    form = page.context["form"]
    given = {name: field.value() for name, field in ((f.name, f) for f in form)}
    given = {name: value for name, value in given.items() if value is not None}
    return client.post(path, given | typed)


def errors(answer):
    return str(answer.context["form"].errors)


def text_of(answer):
    """A page as it is; of an Excel or Word file everything that is inside."""
    body = b"".join(answer) if answer.streaming else answer.content
    if not body.startswith(b"PK"):
        return body.decode()
    with ZipFile(BytesIO(body)) as file:
        return "".join(file.read(name).decode() for name in file.namelist() if ".xml" in name)


def days_of(person):
    rows = person.memberships.order_by("starts_on")
    return [(row.organization, row.starts_on, row.ends_on, row.standing) for row in rows]


@pytest.fixture
def person(cast):
    return make.member(cast.lin_branch, name="金丝雀", id_number=ID_NUMBER, phone=PHONE)


# ── Inside the park ─────────────────────────────────────────────────────────────────────────


def test_lin_sends_a_member_to_wu_who_receives(sign_in, cast, person):
    client = sign_in(cast.lin)
    start = client.get("/members/transfers/create/", {"direction": "inside", "q": "金丝"})
    assert "金丝雀" in start.content.decode()
    form = f"/members/transfers/inside/?member={person.pk}"
    answer = send(client, form, target=cast.wu_branch.pk, reason="工作变动")
    transfer = Transfer.objects.get()
    assert answer.url == transfer.get_absolute_url()
    assert (transfer.source, transfer.letter_on) == (cast.lin_branch, today())
    assert transfer.valid_until == today() + timedelta(days=89)
    assert person.current_membership().organization == cast.lin_branch  # until received
    client = sign_in(cast.wu)
    client = sign_in(cast.wu)
    answer = send(client, url("accept", transfer), effective_on=today())
    assert answer.status_code == 302
    assert days_of(person) == [
        (cast.lin_branch, make.LONG_AGO, today() - timedelta(days=1), "full"),
        (cast.wu_branch, today(), None, "full"),
    ]
    transfer.refresh_from_db()
    assert transfer.status == "accepted" and transfer.closed_at
    names = Event.objects.filter(name__startswith="transfer.").values_list("name", flat=True)
    assert list(names.order_by("pk")) == ["transfer.requested", "transfer.accepted"]


def test_no_target_is_chosen_by_oversight(sign_in, cast, person):
    client, form = sign_in(cast.lin), f"/members/transfers/inside/?member={person.pk}"
    page = client.get(form).content.decode()
    assert '<option value="" selected>请选择</option>' in page
    assert "target" in send(client, form).context["form"].errors
    assert not Transfer.objects.exists()


def test_probation_goes_on(cast):
    person = make.member(cast.lin_branch, standing="probationary")
    transfer = make.transfer(person, target=cast.wu_branch)
    actions.accept(transfer, effective_on=today(), by=cast.wu)
    assert [row.standing for row in person.memberships.all()] == ["probationary"] * 2


def test_posts_in_the_old_organization_end_with_it_and_those_above_both_ends_stay(cast):
    branch = make.organization(cast.lin_branch, kind="party_group", name="第一小组")
    person = make.member(cast.lin_branch, user=make.user())
    plain = {"member": person, "starts_on": make.LONG_AGO}
    seat = make.post("委员", leads=False, sole=False)
    for place in (cast.lin_branch, branch, cast.root):
        Term.objects.create(organization=place, post=seat, **plain)
    transfer = make.transfer(person, target=cast.wu_branch)
    actions.accept(transfer, effective_on=today(), by=cast.wu)
    ends = {term.organization: term.ends_on for term in person.terms.all()}
    yesterday = today() - timedelta(days=1)
    assert ends == {cast.lin_branch: yesterday, branch: yesterday, cast.root: None}
    assert {term.end_reason for term in person.terms.exclude(ends_on=None)} == {"left"}


def test_a_secretary_loses_the_rights_on_the_day(sign_in, sun, cast):
    transfer = make.transfer(cast.lin_member, target=cast.wu_branch, by=sun)
    actions.accept(transfer, effective_on=today(), by=cast.wu)
    assert sign_in(cast.lin).get(reverse("members:transfer-create")).status_code == 403


def test_the_day_may_lie_in_the_past_but_not_before_the_letter(sign_in, cast, person):
    letter_on = today() - timedelta(days=10)
    transfer = make.transfer(person, target=cast.wu_branch, letter_on=letter_on)
    client = sign_in(cast.wu)
    early = letter_on - timedelta(days=1)
    assert "不能早于介绍信" in errors(send(client, url("accept", transfer), effective_on=early))
    late = transfer.valid_until + timedelta(days=1)
    assert "不能晚于介绍信" in errors(send(client, url("accept", transfer), effective_on=late))
    assert send(client, url("accept", transfer), effective_on=letter_on).status_code == 302
    assert person.current_membership(letter_on).organization == cast.wu_branch
    assert person.current_membership(early).organization == cast.lin_branch


def test_the_day_may_lie_ahead_and_until_then_the_old_one_is_responsible(cast, person):
    transfer = make.transfer(person, target=cast.wu_branch)
    day = today() + timedelta(days=20)
    actions.accept(transfer, effective_on=day, by=cast.wu)
    assert person.current_membership().organization == cast.lin_branch
    assert person.current_membership(day).organization == cast.wu_branch


def test_the_day_lies_after_the_present_membership_began(cast):
    began = today() - timedelta(days=3)
    person = make.member(cast.lin_branch, starts_on=began)
    transfer = make.transfer(person, target=cast.wu_branch, letter_on=today() - timedelta(days=10))
    with pytest.raises(StepRefused, match="新的日期须在其后"):
        actions.accept(transfer, effective_on=began, by=cast.wu)
    transfer = Transfer.objects.get()
    assert transfer.is_waiting and person.memberships.count() == 1
    assert not Event.objects.filter(name="transfer.accepted").exists()


def test_a_post_that_began_later_stands_in_the_way(cast, person):
    make.term(cast.lin_branch, person, "组织委员", starts_on=today() - timedelta(days=1))
    letter_on = today() - timedelta(days=10)
    transfer = make.transfer(person, target=cast.wu_branch, letter_on=letter_on)
    with pytest.raises(StepRefused, match="才开始"):
        actions.accept(transfer, effective_on=letter_on, by=cast.wu)
    assert person.memberships.get().ends_on is None


def test_somebody_who_has_moved_meanwhile_is_not_taken_from_the_wrong_place(cast, person):
    from members.actions.people import move

    transfer = make.transfer(person, target=cast.wu_branch)
    move(person, cast.zhao_branch, on=today(), by=None, standing="full")
    with pytest.raises(StepRefused, match="已不在"):
        actions.accept(transfer, effective_on=today(), by=cast.wu)


def test_who_is_suspended_or_nowhere_or_already_there_is_not_sent(sign_in, sun, cast, person):
    suspended = make.member(cast.lin_branch, standing="suspended")
    with pytest.raises(StepRefused, match="停止党籍"):
        make.transfer(suspended, target=cast.wu_branch)
    with pytest.raises(StepRefused, match="没有在册"):
        make.transfer(PartyMember.objects.create(name="无", gender="male"), target=cast.wu_branch)
    with pytest.raises(StepRefused, match="已在"):
        make.transfer(person, target=cast.lin_branch)
    group = make.organization(cast.wu_branch, kind="party_group")
    with pytest.raises(StepRefused, match="党小组"):
        make.transfer(person, target=group)
    client = sign_in(sun)
    answer = client.get(f"/members/transfers/inside/?member={suspended.pk}", follow=True)
    assert "停止党籍" in answer.content.decode()


def test_one_waiting_transfer_at_a_time(sign_in, cast, person):
    make.transfer(person, target=cast.wu_branch)
    form = f"/members/transfers/inside/?member={person.pk}"
    answer = send(sign_in(cast.lin), form, target=cast.zhao_branch.pk)
    assert "已有一件等待接收的转接" in errors(answer)
    assert Transfer.objects.count() == 1


def test_a_double_click_is_one_transfer(sign_in, cast, person):
    client = sign_in(cast.lin)
    form = f"/members/transfers/inside/?member={person.pk}"
    once = client.get(form).context["form"]["once"].value()
    typed = {"once": once, "target": cast.wu_branch.pk, "letter_on": today()}
    first, second = client.post(form, typed), client.post(form, typed)
    assert first.url == second.url == Transfer.objects.get().get_absolute_url()


# ── From outside, and out ───────────────────────────────────────────────────────────────────


def arrival(cast, **facts):
    return {
        "source_name": "外地某党支部",
        "target": cast.lin_branch.pk,
        "letter_number": "外-7",
        "letter_on": today().isoformat(),
        "name": "来人",
        "gender": "male",
        "id_number": ID_NUMBER,
        "phone": PHONE,
        "standing": "full",
        "joined_on": "2015-07-01",
    } | facts


def test_lin_enters_who_comes_with_a_letter_and_receives(sign_in, cast):
    client = sign_in(cast.lin)
    send(client, "/members/transfers/incoming/", **arrival(cast))
    transfer = Transfer.objects.get()
    person = transfer.member
    assert (person.name, person.born_on) == ("来人", date(1990, 1, 1))
    assert person.memberships.count() == 0
    assert PartyMember.objects.counted().filter(pk=person.pk).count() == 0
    assert client.get(person.get_absolute_url()).status_code == 404  # not yet hers
    send(client, url("accept", transfer), effective_on=today())
    assert days_of(person) == [(cast.lin_branch, today(), None, "full")]
    assert client.get(person.get_absolute_url()).status_code == 200


def test_a_former_member_comes_back_as_the_same_person(sign_in, cast):
    former = make.member(cast.zhao_branch, name="来人", id_number=ID_NUMBER)
    former.memberships.update(ends_on=today() - timedelta(days=100), end_reason="transferred")
    client = sign_in(cast.lin)
    send(client, "/members/transfers/incoming/", **arrival(cast, ethnicity="汉族"))
    transfer = Transfer.objects.get()
    assert transfer.member == former
    former.refresh_from_db()
    assert (former.phone, former.ethnicity) == (PHONE, "汉族")  # what was not known yet
    send(client, url("accept", transfer), effective_on=today())
    assert former.current_membership().organization == cast.lin_branch


def test_a_number_of_somebody_out_of_reach_is_told_neutrally_and_counted(sign_in, cast):
    """Whether the person belongs to Zhao, was here under another name, or has died."""
    member = make.member(cast.zhao_branch, name="来人", id_number=ID_NUMBER)
    gone = make.member(cast.zhao_branch, name="来人", id_number="99990119900101222X")
    gone.memberships.update(ends_on=today() - timedelta(days=9), end_reason="deceased")
    other = make.member(cast.zhao_branch, name="别人", id_number="99990119900101333X")
    other.memberships.update(ends_on=today() - timedelta(days=9), end_reason="transferred")
    client, said = sign_in(cast.lin), set()
    for person in (member, gone, other):
        typed = arrival(cast, id_number=person.id_number)
        answer = send(client, "/members/transfers/incoming/", **typed)
        said.add(str(answer.context["form"].errors["id_number"]))
        page = answer.content.decode()
        assert cast.zhao_branch.name not in page and "别人" not in page
    assert len(said) == 1 and "暂时不能录入" in said.pop()
    assert Event.objects.filter(name="member.number_taken", by=cast.lin).count() == 3
    for _try in range(3):
        answer = send(client, "/members/transfers/incoming/", **arrival(cast))
    fresh = arrival(cast, id_number="99990119900101555X")
    answer = send(client, "/members/transfers/incoming/", **fresh)
    assert "核对的号码太多" in errors(answer)
    assert not Transfer.objects.exists()


def test_the_office_hears_where_the_person_is(sign_in, sun, cast):
    make.member(cast.zhao_branch, name="来人", id_number=ID_NUMBER)
    answer = send(sign_in(sun), "/members/transfers/incoming/", **arrival(cast))
    assert f"该同志是“{cast.zhao_branch}”的党员" in errors(answer)


def test_out_of_the_park_ends_with_the_slip(sign_in, cast, person):
    client = sign_in(cast.lin)
    form = f"/members/transfers/outgoing/?member={person.pk}"
    send(client, form, target_name="省外某支部")
    transfer = Transfer.objects.get()
    assert transfer.letter_number == f"转-{today().year}-0001"
    make.term(cast.root, person, "委员", starts_on=make.LONG_AGO)
    send(client, url("accept", transfer), effective_on=today(), answer="回执 3 号")
    row = person.memberships.get()
    assert (row.ends_on, row.end_reason) == (today() - timedelta(days=1), "transferred")
    assert person.terms.get().ends_on == today() - timedelta(days=1)
    assert PartyMember.objects.counted().filter(pk=person.pk).count() == 0


# ── The letter ──────────────────────────────────────────────────────────────────────────────


def test_the_last_day_of_a_letter_counts_and_the_next_does_not(cast, person):
    """90 days: the day of the letter is the first."""
    letter_on = today() - timedelta(days=89)
    transfer = make.transfer(person, target=cast.wu_branch, letter_on=letter_on)
    assert transfer.valid_until == today()
    assert actions.expire_overdue() == 0
    with pytest.raises(StepRefused, match="已经过期"):
        make.transfer(target=cast.wu_branch, letter_on=letter_on - timedelta(days=1))
    tomorrow = timezone.now() + timedelta(days=1)
    with pytest.raises(StepRefused, match="已经过期"):
        actions.accept(transfer, effective_on=today(), by=cast.wu, at=tomorrow)
    assert actions.expire_overdue(tomorrow) == 1
    transfer.refresh_from_db()
    assert transfer.status == "expired"
    assert person.current_membership().organization == cast.lin_branch


def test_a_setting_of_the_park_says_how_long(cast, person):
    Rule.objects.filter(code="letter_days").update(value=30)
    transfer = make.transfer(person, target=cast.wu_branch)
    assert transfer.valid_until == today() + timedelta(days=29)


def test_the_hourly_task_ends_what_is_over(cast, person):
    from members.tasks import expire_transfers

    transfer = make.transfer(person, target=cast.wu_branch)
    Transfer.objects.update(valid_until=today() - timedelta(days=1))
    expire_transfers()
    transfer.refresh_from_db()
    assert transfer.status == "expired"
    assert Event.objects.get(name="transfer.expired").by is None


def test_an_expired_letter_is_written_anew(sign_in, cast, person):
    old = make.transfer(person, target=cast.wu_branch, reason="工作变动", by=cast.lin)
    Transfer.objects.update(valid_until=today() - timedelta(days=1))
    client = sign_in(cast.lin)
    assert client.get(url("renew", old)).status_code == 302  # not yet
    actions.expire_overdue()
    send(client, url("renew", old))
    new = Transfer.objects.exclude(pk=old.pk).get()
    assert (new.target, new.reason, new.status) == (cast.wu_branch, "工作变动", "requested")
    assert new.letter_number != old.letter_number and new.valid_until > today()
    old.refresh_from_db()
    assert old.status == "expired"
    assert sign_in(cast.wu).get(url("renew", old)).status_code == 403


def test_who_came_from_outside_too_late_needs_not_be_typed_again(sign_in, cast):
    old = make.incoming(cast.lin_branch, by=cast.lin)
    Transfer.objects.update(valid_until=today() - timedelta(days=1))
    actions.expire_overdue()
    send(sign_in(cast.lin), url("renew", old), letter_number="外-8")
    new = Transfer.objects.exclude(pk=old.pk).get()
    assert (new.member, new.letter_number) == (old.member, "外-8")
    assert new.source_name == old.source_name


def test_declined_with_a_reason_cancelled_without(sign_in, cast, person):
    transfer = make.transfer(person, target=cast.wu_branch)
    client = sign_in(cast.wu)
    assert "请写明退回原因" in errors(send(client, url("decline", transfer), reason=" "))
    send(client, url("decline", transfer), reason="人不在本单位")
    transfer.refresh_from_db()
    assert (transfer.status, transfer.answer) == ("declined", "人不在本单位")
    again = make.transfer(person, target=cast.wu_branch)
    client = sign_in(cast.lin)
    client.post(url("cancel", again))
    again.refresh_from_db()
    assert again.status == "cancelled"
    answer = client.post(url("cancel", again), follow=True)
    assert "不能再办理" in answer.content.decode()


# ── Who sees and does what ──────────────────────────────────────────────────────────────────


def test_each_end_takes_its_own_steps_only(sign_in, cast, person):
    transfer = make.transfer(person, target=cast.wu_branch)
    lin, wu, zhao = ("lin", "wu", "zhao")
    may = {"accept": wu, "decline": wu, "cancel": lin}
    for name, who in may.items():
        for user in (lin, wu, zhao):
            answer = sign_in(getattr(cast, user)).post(url(name, transfer), {})
            expected = 404 if user == zhao else 403 if user != who else None
            if expected:
                assert answer.status_code == expected, (name, user)
    assert sign_in(cast.zhao).get(transfer.get_absolute_url()).status_code == 404


def test_the_receiving_side_sees_what_the_letter_carries_and_no_more(sign_in, cast, person):
    person.native_place, person.note = "籍贯金丝", "备注金丝"
    person.save()
    make.transfer(person, target=cast.wu_branch)
    transfer = Transfer.objects.get()
    client = sign_in(cast.wu)
    pages = [transfer.get_absolute_url(), url("accept", transfer), url("letter", transfer)]
    pages += [LIST, f"{LIST}?export=xlsx", "/", f"{LIST}?q=金丝雀"]
    for page in pages:
        body = text_of(client.get(page))
        for secret in (ID_NUMBER, PHONE, "1234", "123X", "籍贯金丝", "备注金丝", "1990-01-01"):
            assert secret not in body, (page, secret)
    assert "金丝雀" in client.get(transfer.get_absolute_url()).content.decode()
    assert client.get(person.get_absolute_url()).status_code == 404
    for q in ("1234", ID_NUMBER):
        assert "金丝雀" not in client.get("/members/people/", {"q": q}).content.decode()


def test_zhao_finds_nothing_of_it(sign_in, sun, cast, person):
    transfer = make.transfer(person, target=cast.wu_branch, reason="原因金丝")
    assert "原因金丝" in text_of(sign_in(sun).get(LIST, {"export": "xlsx"}))  # the control
    client = sign_in(cast.zhao)
    for query in ({}, {"q": "金丝雀"}, {"organization": cast.lin_branch.pk}, {"export": "xlsx"}):
        body = text_of(client.get(LIST, query))
        assert "原因金丝" not in body and transfer.get_absolute_url() not in body
    for direction in ("inside", "outgoing"):
        page = client.get("/members/transfers/create/", {"direction": direction})
        assert "金丝雀" not in page.content.decode()
        form = f"/members/transfers/{direction}/?member={person.pk}"
        assert client.get(form).status_code == 404


def test_the_person_sees_how_it_goes(sign_in, cast):
    person = make.member(cast.lin_branch, user=make.user())
    transfer = make.transfer(person, target=cast.wu_branch)
    client = sign_in(person.user)
    page = client.get(transfer.get_absolute_url()).content.decode()
    assert "第二十五条" in page and cast.lin_branch.name in page
    assert client.get(url("letter", transfer)).status_code == 403


def test_nobody_brings_people_into_a_branch_of_another(sign_in, cast):
    answer = send(
        sign_in(cast.lin), "/members/transfers/incoming/", **arrival(cast, target=cast.wu_branch.pk)
    )
    assert "target" in answer.context["form"].errors
    assert not PartyMember.objects.filter(name="来人").exists()


# ── List, home page, papers ─────────────────────────────────────────────────────────────────


def test_the_list_narrows_down(sign_in, sun, cast, person):
    waiting = make.transfer(person, target=cast.wu_branch)
    old = make.transfer(make.member(cast.zhao_branch))
    Transfer.objects.filter(pk=old.pk).update(requested_at=timezone.now() - timedelta(days=30))
    client = sign_in(sun)

    def found(**query):
        return {row.pk for row in client.get(LIST, query).context["object_list"]}

    assert found() == {waiting.pk, old.pk}
    assert found(direction="outgoing") == {old.pk}
    assert found(waiting=20) == {old.pk}
    assert found(organization=cast.wu_branch.pk) == {waiting.pk}
    assert found(q="jsq") == {waiting.pk}
    assert found(since=today()) == {waiting.pk}
    assert found(until=today() - timedelta(days=1)) == {old.pk}
    assert found(status="accepted") == set()


@pytest.mark.parametrize(
    "query",
    [
        {"since": "9999-12-31", "until": "0001-01-01"},
        {"waiting": "99999999999999999999"},
        {"organization": "99999999999999999999", "q": "x" * 400},
        {"status": "\x00", "q": "\x00"},
        {"waiting": "NaN"},
    ],
)
def test_nonsense_is_no_fault_of_the_page(sign_in, sun, cast, query):
    assert sign_in(sun).get(LIST, query).status_code == 200


@pytest.mark.parametrize("value", ["9999-12-31", "0001-01-01", "x", "", "2026-02-30"])
def test_impossible_days_get_a_sentence(sign_in, cast, person, value):
    transfer = make.transfer(person, target=cast.wu_branch)
    answer = send(sign_in(cast.wu), url("accept", transfer), effective_on=value)
    assert answer.context["form"].errors["effective_on"]
    form = f"/members/transfers/outgoing/?member={person.pk}"
    answer = send(sign_in(cast.lin), form, letter_on=value, target_name="外" * 101)
    assert {"letter_on", "target_name"} <= set(answer.context["form"].errors)
    typed = arrival(cast, letter_on=value, joined_on=value, full_member_on=value, id_number="\x00")
    answer = send(sign_in(cast.lin), "/members/transfers/incoming/", **typed)
    assert answer.status_code == 200 and not Transfer.objects.filter(source=None).exists()


@pytest.mark.parametrize("member", ["99999999999999999999", "x", "-1", "²"])
def test_a_person_who_cannot_be_is_not_found(sign_in, cast, member):
    for page in ("create", "inside", "outgoing"):
        path = f"/members/transfers/{page}/"
        assert sign_in(cast.lin).get(path, {"member": member}).status_code == 404


def test_home_says_who_must_act(sign_in, sun, cast, person):
    make.transfer(person, target=cast.wu_branch)
    leaving = make.transfer(make.member(cast.zhao_branch, name="外出者"))
    assert "金丝雀" in sign_in(cast.wu).get("/").content.decode()
    assert "金丝雀" not in sign_in(cast.lin).get("/").content.decode()
    assert "金丝雀" not in sign_in(sun).get("/").content.decode()  # Wu will see to it
    for user in (cast.zhao, sun):
        assert "外出者" in sign_in(user).get("/").content.decode()
    actions.cancel(leaving, by=cast.zhao)
    assert "外出者" not in sign_in(sun).get("/").content.decode()


def test_the_office_stands_in_for_a_branch_without_a_secretary(sign_in, sun, cast, person):
    make.transfer(person, target=make.organization(cast.root))
    assert "金丝雀" in sign_in(sun).get("/").content.decode()


def test_letter_and_slip_on_paper(sign_in, cast, person):
    transfer = make.transfer(person, target=cast.wu_branch)
    letter = text_of(sign_in(cast.lin).get(url("letter", transfer)))
    assert "金丝雀" in letter and transfer.letter_number in letter and "有效期至" in letter
    assert ID_NUMBER not in letter and PHONE not in letter
    client = sign_in(cast.wu)
    assert client.get(url("slip", transfer)).status_code == 404
    actions.accept(transfer, effective_on=today(), by=cast.wu)
    assert cast.wu_branch.name in text_of(client.get(url("slip", transfer)))
    assert Event.objects.filter(name="paper.exported").count() == 2


def test_pages_ask_a_constant_number_of_questions(sign_in, sun, cast, person):
    transfer = make.transfer(person, target=cast.wu_branch)
    pages = (LIST, transfer.get_absolute_url(), "/members/transfers/create/?direction=inside")
    for user in (sun, cast.lin):
        client = sign_in(user)
        few = [questions(client, page) for page in pages]
        for _number in range(12):
            make.transfer(make.member(cast.lin_branch), target=cast.wu_branch)
        assert [questions(client, page) for page in pages] == few
        assert max(few) <= MOST, few
    assert questions(client, f"{LIST}?organization={cast.lin_branch.pk}&q=x") <= MOST


def test_membership_ends_are_words(cast, person):
    transfer = make.transfer(person, target=cast.wu_branch)
    actions.accept(transfer, effective_on=today(), by=cast.wu)
    old = Membership.objects.get(member=person, ends_on__isnull=False)
    assert old.get_end_reason_display() == "转出"
