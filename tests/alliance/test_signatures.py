"""Member units read and sign what is adopted; those missing are reminded, and nobody else."""

from datetime import datetime, time, timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from docx import Document as WordFile
from python_calamine import CalamineWorkbook

from alliance.actions import regulations
from alliance.actions import signatures as actions
from alliance.actions.rights import NotYours
from alliance.models import Regulation, SignOff
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from nanchuan.notices.models import Notice, Reminder
from nanchuan.notices.tasks import send_mail, tick
from nanchuan.portal.todo import todo
from tests import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def today():
    return timezone.localdate()


@pytest.fixture
def version(cast):
    return make.regulation()


def of(regulation, unit):
    return regulation.sign_offs.get(unit=unit)


def url(sign_off, verb):
    return reverse(f"alliance:signoff-{verb}", args=[sign_off.pk])


def signed(regulation, unit, by=None):
    row = of(regulation, unit)
    actions.read(row, by=by)
    actions.sign(row, name="某人", by=by)
    return row


def typed(sign_off, **changes):
    prefix = f"sign-{sign_off.pk}-"
    values = {"name": "林书记", "for_unit": "on"} | changes
    return {prefix + name: value for name, value in values.items()}


# ── Being asked ─────────────────────────────────────────────────────────────────────────────


def test_every_unit_with_a_seat_that_day_is_asked_once(cast):
    wide, left, joins = make.unit(), make.unit(), make.unit()
    make.seat(wide)
    make.seat(cast.lin_unit)  # sits in a group and in the whole alliance
    make.seat(left, cast.group, ends_on=today() - DAY)
    make.seat(joins, cast.group, starts_on=today() + DAY)
    version = make.regulation()
    asked = version.sign_offs.values_list("unit", flat=True)
    assert sorted(asked) == sorted(
        unit.pk for unit in (cast.lin_unit, cast.wu_unit, cast.zhao_unit, wide)
    )


def test_the_due_day_is_a_setting_of_the_charter_in_force(cast):
    assert of(make.regulation(settings={"sign_days": 5}), cast.wu_unit).due_on == today() + 5 * DAY
    assert of(make.regulation("rota"), cast.wu_unit).due_on == today() + 5 * DAY


def test_a_unit_that_joins_later_is_asked_for_what_is_not_over_each_once(cast, sun):
    make.regulation(starts_on=today() - 9 * DAY)
    now = make.regulation(starts_on=today() - DAY, at=timezone.now() - 2 * DAY)
    coming = make.regulation("rota", starts_on=today() + DAY)
    make.regulation_draft("meetings")
    joiner = make.unit()
    make.seat(joiner)
    assert {row.regulation for row in regulations.ask_to_sign(joiner, by=sun)} == {now, coming}
    assert actions.ask_to_sign(joiner, by=sun) == []
    assert joiner.sign_offs.count() == 2


# ── Reading and signing ─────────────────────────────────────────────────────────────────────


def test_a_unit_reads_to_the_end_then_signs(sign_in, cast, version):
    row, client = of(version, cast.lin_unit), sign_in(cast.lin)
    text = client.get(version.get_absolute_url()).content.decode()
    assert "已阅读全文" in text and "sign-hint" in text
    client.post(url(row, "read"))
    text = client.get(version.get_absolute_url()).content.decode()
    assert f'value="{cast.lin.get_full_name()}"' in text and "我代表lin公司签字" in text
    client.post(url(row, "sign"), typed(row))
    row.refresh_from_db()
    assert (row.read_by, row.signed_by, row.signed_name) == (cast.lin, cast.lin, "林书记")
    assert row.signed_at >= row.read_at
    text = client.get(version.get_absolute_url()).content.decode()
    assert "lin公司由林书记于" in text and "sign-hint" not in text


def test_a_signature_without_the_tick_is_asked_for_again_with_what_was_typed(
    sign_in, cast, version
):
    row, client = of(version, cast.lin_unit), sign_in(cast.lin)
    client.post(url(row, "read"))
    answer = client.post(url(row, "sign"), typed(row, name="别的名字", for_unit=""))
    text = answer.content.decode()
    assert "请勾选，确认是代表单位签字" in text and 'value="别的名字"' in text
    row.refresh_from_db()
    assert row.signed_at is None


def test_nobody_signs_before_reading_or_twice(cast, version):
    row = of(version, cast.lin_unit)
    with pytest.raises(StepRefused, match="请先阅读全文"):
        actions.sign(row, name="林", by=cast.lin)
    signed(version, cast.lin_unit, cast.lin)
    with pytest.raises(StepRefused, match="已经签过字"):
        actions.sign(row, name="另一个人", by=cast.lin)
    row.refresh_from_db()
    assert row.signed_name == "某人"


def test_reading_twice_keeps_the_first_moment(cast, version):
    row = of(version, cast.lin_unit)
    actions.read(row, by=cast.lin)
    first = row.read_at
    actions.read(row, by=cast.lin)
    row.refresh_from_db()
    assert row.read_at == first
    assert Event.objects.filter(name="sign_off.read").count() == 1


STATES = ("asked", "read", "signed", "over", "withdrawn")


def in_state(cast, state):
    """Lin's row of a version in a state."""
    version = make.regulation(starts_on=today() + 9 * DAY if state == "withdrawn" else None)
    if state in ("read", "over", "withdrawn"):
        actions.read(of(version, cast.lin_unit), by=None)
    if state == "signed":
        signed(version, cast.lin_unit)
    if state == "withdrawn":
        regulations.withdraw(version, reason="x", by=None)
    if state == "over":
        Regulation.objects.filter(pk=version.pk).update(
            starts_on=today() - 9 * DAY, ends_on=today() - DAY
        )
    return of(version, cast.lin_unit)


DONE = {("asked", "read"), ("read", "read"), ("signed", "read"), ("read", "sign")}


@pytest.mark.parametrize("act", ["read", "sign"])
@pytest.mark.parametrize("state", STATES)
def test_each_act_in_each_state_by_everybody(cast, sun, state, act):
    row = in_state(cast, state)
    names = {"name": "某"} if act == "sign" else {}
    do = getattr(actions, act)
    others = [cast.wu, cast.zhao, sun, make.user(), *map(make.staff, ("leader", "admin"))]
    for user in others:
        with pytest.raises(NotYours):
            do(SignOff.objects.get(pk=row.pk), by=user, **names)
    if (state, act) in DONE:
        do(row, by=cast.lin, **names)
        return
    sentence = {"over": "失效，不再签字", "withdrawn": "已作废，不再签字"}
    with pytest.raises(StepRefused, match=sentence.get(state, "签过字|请先阅读全文")):
        do(row, by=cast.lin, **names)


def test_the_pages_answer_the_own_speakers_only(sign_in, cast, version, sun):
    row = of(version, cast.lin_unit)
    expected = {sun: 403, make.staff("leader"): 403, cast.wu: 404, make.user(): 403}
    for user, status in expected.items():
        for verb in ("read", "sign"):
            assert sign_in(user).post(url(row, verb), typed(row)).status_code == status
    row.refresh_from_db()
    assert row.read_at is None
    both = make.liaison(cast.lin_unit)
    assert sign_in(both).post(url(row, "read")).status_code == 302


def test_whoever_speaks_for_two_units_signs_for_each(sign_in, cast, version):
    from members.models import Liaison

    Liaison.objects.create(unit=cast.wu_unit, user=cast.lin, starts_on=make.LONG_AGO)
    client = sign_in(cast.lin)
    assert client.get(version.get_absolute_url()).content.decode().count("signatures/") == 2
    for unit in (cast.lin_unit, cast.wu_unit):
        row = of(version, unit)
        client.post(url(row, "read"))
        client.post(url(row, "sign"), typed(row))
    assert version.sign_offs.missing().count() == 1


def test_what_is_missing_comes_first_and_stands_among_the_things_to_do(sign_in, cast, version):
    client = sign_in(cast.lin)
    listing = reverse("alliance:regulation-list")
    assert "等您签字" in client.get(listing).content.decode()
    (item,) = [each for each in todo(cast.lin) if each.verb == "签字"]
    assert item.url == f"{version.get_absolute_url()}#sign" and item.status_text == "还有 10 天"
    signed(version, cast.lin_unit)
    assert "等您签字" not in client.get(listing).content.decode()
    assert not [each for each in todo(cast.lin) if each.verb == "签字"]


def test_a_late_signature_says_by_how_many_days(sign_in, cast, version):
    version.sign_offs.update(due_on=today() - 2 * DAY)
    (item,) = [each for each in todo(cast.lin) if each.verb == "签字"]
    assert (item.status, item.status_text) == ("overdue", "逾期 2 天")
    text = sign_in(cast.lin).get(reverse("alliance:regulation-list")).content.decode()
    assert "逾期 2 天" in text


# ── The table of the office ─────────────────────────────────────────────────────────────────


def table(client, version, **query):
    return client.get(reverse("alliance:regulation-signatures", args=[version.pk]), query)


@pytest.fixture
def mixed(cast, version):
    """Lin signed, Wu read and is late, Zhao left the alliance."""
    signed(version, cast.lin_unit)
    actions.read(of(version, cast.wu_unit), by=None)
    version.sign_offs.filter(unit=cast.wu_unit).update(due_on=today() - DAY)
    cast.zhao_unit.seats.update(ends_on=today() - DAY)
    return version


@pytest.mark.parametrize(
    ("state", "units"),
    [
        ("", {"lin", "wu", "zhao"}),
        ("signed", {"lin"}),
        ("missing", {"wu"}),
        ("read", {"wu"}),
        ("late", {"wu"}),
        ("left", {"zhao"}),
    ],
)
def test_the_table_is_filtered_by_how_far_the_units_are(sign_in, sun, mixed, state, units):
    shown = table(sign_in(sun), mixed, state=state).context["object_list"]
    assert {row.unit_name.removesuffix("公司") for row in shown} == units


def test_the_table_says_who_has_signed_who_has_read_and_who_is_late(sign_in, sun, mixed):
    text = table(sign_in(sun), mixed).content.decode()
    assert "逾期 1 天未签" in text and "已退出联盟，不再要求" in text and "某人" in text
    count = sign_in(sun).get(mixed.get_absolute_url()).context["count"]
    counted = {name: count[name] for name in ("all", "signed", "missing", "read", "late")}
    assert counted == {"all": 3, "signed": 1, "missing": 1, "read": 1, "late": 1}


def test_the_table_leaves_as_excel_and_word_exactly_as_filtered(sign_in, sun, mixed):
    client = sign_in(sun)
    sheet = BytesIO(b"".join(table(client, mixed, state="signed", export="xlsx").streaming_content))
    rows = CalamineWorkbook.from_filelike(sheet).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows] == ["单位", "lin公司"] and rows[1][6] == "某人"
    paper = BytesIO(b"".join(table(client, mixed, export="docx").streaming_content))
    words = [cell.text for row in WordFile(paper).tables[0].rows for cell in row.cells]
    assert "wu公司" in words and "逾期 1 天未签" in words


# ── Reminders ───────────────────────────────────────────────────────────────────────────────


def run():
    tick()
    send_mail()


def told(user):
    rows = Notice.objects.filter(recipient=user).order_by("pk")
    return list(rows.values_list("reminder__rule", flat=True))


def planned(row, rule):
    rows = Reminder.objects.filter(rule=rule, subject_id=row.pk, state="planned")
    return sorted(rows.values_list("due_at", flat=True))


def pass_to(rule, subject):
    """As if the first moment of a rule had come: the database's clock decides, so it moves."""
    rows = Reminder.objects.filter(rule=rule, subject_id=subject.pk, state="planned")
    first = rows.order_by("due_at").first()
    Reminder.objects.filter(pk=first.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    tick()
    return first


def test_the_speakers_of_each_unit_hear_at_once_and_the_missing_again(cast, version, mailoutbox):
    run()
    assert told(cast.lin) == told(cast.wu) == told(cast.zhao) == ["sign_off.asked"]
    notice = Notice.objects.filter(recipient=cast.lin).get()
    assert sorted(mail.to[0] for mail in mailoutbox) == sorted(
        user.email for user in (cast.lin, cast.wu, cast.zhao)
    )
    assert notice.reminder.rule == "sign_off.asked"
    signed(version, cast.lin_unit)
    run()
    for unit in (cast.lin_unit, cast.wu_unit):
        row = of(version, unit)
        if planned(row, "sign_off.chase"):
            pass_to("sign_off.chase", row)
    assert told(cast.lin) == ["sign_off.asked"]
    assert told(cast.wu) == ["sign_off.asked", "sign_off.chase"]


def test_chases_come_as_the_charter_says_and_once_on_the_due_day(cast):
    version = make.regulation(settings={"sign_days": 7, "sign_chase_days": 2})
    run()
    row = of(version, cast.wu_unit)
    chases = [timezone.localdate(at) - today() for at in planned(row, "sign_off.chase")]
    assert chases[:4] == [2 * DAY, 4 * DAY, 6 * DAY, 8 * DAY] and len(chases) == 6
    morning = timezone.make_aware(datetime.combine(row.due_on, time(9)))
    assert planned(row, "sign_off.due") == [morning]


def test_a_chase_on_the_due_day_gives_way_to_its_own_words(cast):
    version = make.regulation(settings={"sign_days": 6, "sign_chase_days": 3})
    run()
    row = of(version, cast.wu_unit)
    days = [timezone.localdate(at) for at in planned(row, "sign_off.chase")]
    assert row.due_on not in days and today() + 3 * DAY in days


def test_a_signature_that_came_silences_its_reminders(cast, version):
    run()
    row = signed(version, cast.wu_unit)
    run()
    assert not Reminder.objects.filter(
        subject_id=row.pk, rule__startswith="sign_off", state="planned"
    )


def test_a_version_that_is_withdrawn_falls_silent_and_says_so_once(cast, sun):
    coming = make.regulation(starts_on=today() + 9 * DAY)
    run()
    regulations.withdraw(coming, reason="条款有误", by=sun)
    run()
    assert told(cast.wu) == ["sign_off.asked", "regulation.withdrawn"]
    assert not Reminder.objects.filter(rule__startswith="sign_off", state="planned").exists()
    assert not Reminder.objects.filter(rule="regulation.overdue", state="planned").exists()


def test_what_no_longer_holds_is_not_said_even_if_its_time_comes(cast, version):
    """A unit that left, a version that is over: nobody wants their signature any more."""
    run()
    cast.wu_unit.seats.update(ends_on=today() - DAY)
    pass_to("sign_off.chase", of(version, cast.wu_unit))
    Regulation.objects.filter(pk=version.pk).update(
        starts_on=today() - 9 * DAY, ends_on=today() - DAY
    )
    pass_to("sign_off.chase", of(version, cast.zhao_unit))
    assert told(cast.wu) == told(cast.zhao) == ["sign_off.asked"]


def test_a_unit_that_joins_later_hears_too(cast, version, sun):
    joiner = make.unit()
    person = make.liaison(joiner)
    make.seat(joiner)
    actions.ask_to_sign(joiner, by=sun)
    run()
    assert told(person) == ["sign_off.asked"]
    assert planned(of(version, joiner), "sign_off.due")


def test_the_office_hears_when_the_time_is_over_and_somebody_is_missing(cast, version, sun):
    run()
    signed(version, cast.lin_unit)
    assert told(sun) == []
    reminder = pass_to("regulation.overdue", version)
    assert timezone.localdate(reminder.due_at) == today() + 11 * DAY
    assert told(sun) == ["regulation.overdue"]
    from nanchuan.notices.rules import rule_named

    words = rule_named("regulation.overdue").body(version, reminder)
    assert words == "已签字 1 家，未签字 2 家：wu公司、zhao公司。"


def test_the_office_hears_nothing_when_all_have_signed(cast, version, sun):
    run()
    for unit in (cast.lin_unit, cast.wu_unit, cast.zhao_unit):
        signed(version, unit)
    pass_to("regulation.overdue", version)
    assert told(sun) == []


def test_one_button_reminds_exactly_the_missing_once_a_day(sign_in, cast, version, sun):
    run()
    signed(version, cast.lin_unit)
    client, path = sign_in(sun), reverse("alliance:regulation-remind", args=[version.pk])
    assert "已提醒 2 家未签字的单位" in client.post(path, follow=True).content.decode()
    run()
    assert told(cast.lin) == ["sign_off.asked"]
    assert told(cast.wu) == told(cast.zhao) == ["sign_off.asked", "sign_off.reminder"]
    assert "今天都提醒过了" in client.post(path, follow=True).content.decode()
    run()
    assert told(cast.wu).count("sign_off.reminder") == 1
    assert actions.remind(version, by=sun, at=timezone.now() + DAY) == 2
    for unit in (cast.wu_unit, cast.zhao_unit):
        signed(version, unit)
    assert "没有需要提醒的单位" in client.post(path, follow=True).content.decode()


def test_only_the_office_reminds(cast, version):
    for user in (cast.lin, make.staff("leader"), make.user()):
        with pytest.raises(NotYours):
            actions.remind(version, by=user)


def test_a_version_adopted_long_ago_is_not_made_up_for_at_once(cast):
    make.regulation(starts_on=today() - 60 * DAY)
    run()
    assert len(told(cast.wu)) <= 1  # the present chase, none of those before it


def test_a_chase_after_the_due_day_says_how_late_the_signature_is(cast, version):
    from nanchuan.notices.rules import rule_named

    run()
    row = of(version, cast.wu_unit)
    rule, reminders = rule_named("sign_off.chase"), Reminder.objects.filter(subject_id=row.pk)
    first, last = reminders.get(moment="chase-1"), reminders.get(moment="chase-4")
    assert rule.title(row, first) == f"还没有签字：{version}"
    assert rule.title(row, last) == f"签字逾期 2 天：{version}"
    assert "wu公司" in rule.body(row, first) and str(row.due_on) in rule.body(row, first)


def test_a_unit_that_has_left_signs_no_more(cast, version):
    row = of(version, cast.wu_unit)
    actions.read(row, by=cast.wu)
    cast.group.seats.filter(unit=cast.wu_unit).update(ends_on=today() - DAY)
    with pytest.raises(StepRefused, match="已退出联盟"):
        actions.sign(row, name="某人", by=cast.wu)
