"""Staff keep the units: what they are, whom to call there, who guides them."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from members.models import IndustryChain, Instructor, Unit, UnitContact
from nanchuan.kernel.models import Event
from tests import make

pytestmark = pytest.mark.django_db
CREATE = reverse("members:unit-create")
PHONE = "13800001234"


def code(body="91999999MA0000001"):
    from members.models.units import credit_check_digit

    return body + credit_check_digit(body)


def edit_url(unit):
    return reverse("members:unit-edit", args=[unit.pk])


def problems(answer):
    assert answer.status_code == 200
    form = answer.context["form"]
    return f"{form.errors} {form.contacts.errors} {form.contacts.non_form_errors()}"


def sent(client, url, **typed):
    """Fill a page's form as a browser would, change what is typed, and send it."""
    page = client.get(url)
    assert page.status_code == 200
    form = page.context["form"]
    data = {}
    for each in (form, form.contacts.management_form, *form.contacts.forms):
        for field in each:
            value = field.value()
            data[field.html_name] = "" if value is None or value is False else str(value)
    return data | {name.replace("__", "-"): value for name, value in typed.items()}


def test_staff_enter_a_unit_with_whom_to_call(sign_in, sun):
    client = sign_in(sun)
    data = sent(
        client, CREATE, name="示例新材料公司", kind="enterprise", size="small", employees="120",
        new_chain="锂电", contacts__0__name="甲", contacts__0__phone="138-0000-1234",
    )  # fmt: skip
    answer = client.post(CREATE, data)
    unit = Unit.objects.get()
    assert answer.status_code == 302 and answer.url == unit.get_absolute_url()
    assert (unit.size, unit.employees, unit.chain.name) == ("small", 120, "锂电")
    assert unit.contacts.get().phone == PHONE
    page = client.get(answer.url).content.decode()
    assert "138****1234" in page and PHONE not in page and "锂电" in page
    event = Event.objects.get(name="unit.added")
    assert (event.subject, event.by) == (unit, sun)


@pytest.mark.parametrize("typed", [
    code(), code().lower(), f" {code()[:8]} {code()[8:]} ",
    code().translate({ord(c): ord(c) + 0xFEE0 for c in code()}),
])  # fmt: skip
def test_a_credit_code_is_taken_however_it_is_typed(sign_in, sun, typed):
    client = sign_in(sun)
    client.post(CREATE, sent(client, CREATE, name="甲", kind="enterprise", credit_code=typed))
    assert Unit.objects.get().credit_code == code()


@pytest.mark.parametrize(("typed", "sentence"), [
    ("123", "18 位"), (code()[:17] + ("0" if code()[17] != "0" else "1"), "校验位"),
    ("I" + code()[1:], "18 位"), ("9" * 60, "18 位"), (f"{code()}\x00", "18 位"),
    ("９" * 61, "18 位"),
])  # fmt: skip
def test_a_wrong_credit_code_is_told_at_its_field(sign_in, sun, typed, sentence):
    client = sign_in(sun)
    data = sent(client, CREATE, name="甲", kind="enterprise", credit_code=typed)
    answer = client.post(CREATE, data)
    assert sentence in str(answer.context["form"].errors["credit_code"])
    assert len(answer.context["form"].errors["credit_code"]) == 1
    assert not Unit.objects.exists()


def test_codes_are_of_one_unit_and_many_may_have_none(sign_in, sun):
    client = sign_in(sun)
    for name in ("甲", "乙"):
        client.post(CREATE, sent(client, CREATE, name=name, kind="department", credit_code=" "))
    assert list(Unit.objects.values_list("credit_code", flat=True)) == [None, None]
    make.unit(credit_code=code())
    again = sent(client, CREATE, name="丙", kind="enterprise", credit_code=code().lower())
    assert "已有单位使用这个统一社会信用代码" in problems(client.post(CREATE, again))
    same = sent(client, CREATE, name="甲", kind="enterprise")
    assert "已有这个名称的单位" in problems(client.post(CREATE, same))


@pytest.mark.parametrize("typed", [
    {"employees": "-1"}, {"employees": "9" * 30}, {"chain": "9" * 30}, {"kind": "bank"},
    {"name": "长" * 101}, {"name": "a\x00b"}, {"new_chain": "长" * 31},
    {"contacts-TOTAL_FORMS": ""},
    {"contacts-TOTAL_FORMS": "5000"}, {"contacts-0-phone": "<script>", "contacts-0-name": "甲"},
    {"contacts-0-phone": PHONE}, {"contacts-0-name": "长" * 51}, {"contacts-0-id": "9" * 30},
])  # fmt: skip
def test_impossible_values_are_sentences(sign_in, sun, typed):
    client = sign_in(sun)
    data = sent(client, CREATE, name="甲", kind="enterprise") | typed
    if "contacts-0-id" in typed:
        data |= {"contacts-INITIAL_FORMS": "1"}
    answer = client.post(CREATE, data)
    assert problems(answer)
    assert answer.context["form"].errors
    assert not Unit.objects.exists()


def test_a_number_without_a_name_is_told_at_its_row(sign_in, sun):
    client = sign_in(sun)
    data = sent(client, CREATE, name="甲", kind="enterprise", contacts__1__phone=PHONE)
    answer = client.post(CREATE, data)
    assert "请填写联系人的姓名" in str(answer.context["form"].contacts.errors[1])
    assert "请填写联系人的姓名" in answer.content.decode()


def test_contacts_change_and_go_and_their_numbers_are_never_shown(sign_in, sun):
    unit = make.unit()
    first = UnitContact.objects.create(unit=unit, name="甲", phone=PHONE)
    second = UnitContact.objects.create(unit=unit, name="乙", phone="13911112222")
    client, url = sign_in(sun), edit_url(unit)
    page = client.get(url).content.decode()
    assert PHONE not in page and "138****1234" in page
    data = sent(client, url, contacts__0__job="厂长", contacts__1__DELETE="on")
    assert client.post(url, data).status_code == 302
    first.refresh_from_db()
    assert (first.job, first.phone) == ("厂长", PHONE)
    assert not UnitContact.objects.filter(pk=second.pk).exists()
    assert Event.objects.get(name="unit.changed").facts == {"fields": ["contacts"]}


def test_saving_without_a_change_says_nothing(sign_in, sun):
    unit = make.unit(credit_code=code())
    UnitContact.objects.create(unit=unit, name="甲", phone=PHONE)
    client, url = sign_in(sun), edit_url(unit)
    assert client.post(url, sent(client, url)).status_code == 302
    assert not Event.objects.filter(name="unit.changed").exists()
    unit.refresh_from_db()
    assert unit.credit_code == code() and unit.contacts.get().phone == PHONE


def test_the_second_of_two_editors_chooses(sign_in, sun):
    unit = make.unit(address="一号路")
    contact = UnitContact.objects.create(unit=unit, name="甲", job="厂长")
    client, url = sign_in(sun), edit_url(unit)
    mine = sent(client, url, address="三号路", contacts__0__job="经理")
    Unit.objects.filter(pk=unit.pk).update(address="二号路")
    UnitContact.objects.filter(pk=contact.pk).update(job="主任")
    answer = client.post(url, mine)
    page = answer.content.decode()
    assert "二号路" in page and "三号路" in page and "主任" in page and "经理" in page
    data = {}
    for each in (answer.context["form"], answer.context["form"].contacts.management_form,
                 *answer.context["form"].contacts.forms):  # fmt: skip
        data |= {field.html_name: str(field.value() or "") for field in each}
    data |= {"keep_address": "mine", "contacts-0-keep_job": "theirs"}
    assert client.post(url, data).status_code == 302
    unit.refresh_from_db()
    contact.refresh_from_db()
    assert (unit.address, contact.job) == ("三号路", "主任")


def test_a_contact_that_somebody_took_away_is_a_sentence(sign_in, sun):
    unit = make.unit()
    contact = UnitContact.objects.create(unit=unit, name="甲")
    client, url = sign_in(sun), edit_url(unit)
    data = sent(client, url, address="二号路")
    contact.delete()
    assert client.post(url, data).status_code == 200


def test_a_double_click_makes_one_unit(sign_in, sun):
    client = sign_in(sun)
    data = sent(client, CREATE, name="甲", kind="enterprise", contacts__0__name="乙")
    first, second = client.post(CREATE, data), client.post(CREATE, data)
    assert first.url == second.url
    assert Unit.objects.count() == UnitContact.objects.count() == 1


def test_only_staff_edit_units(sign_in, cast):
    for user in (cast.lin, make.staff("leader"), make.staff("admin"), make.liaison(cast.lin_unit)):
        client = sign_in(user)
        for url in (CREATE, edit_url(cast.lin_unit)):
            assert client.get(url).status_code == client.post(url, {}).status_code == 403


# ── 党建指导员 ───────────────────────────────────────────────────────────────────────────────


def assign_url(unit):
    return reverse("members:unit-instructor", args=[unit.pk])


def assign(client, unit, **typed):
    page = client.get(assign_url(unit))
    once = page.context["form"]["once"].value()
    today = timezone.localdate().isoformat()
    return client.post(assign_url(unit), {"once": once, "starts_on": today, "note": ""} | typed)


def test_an_instructor_is_named_and_reaches_the_unit(sign_in, sun, cast):
    unit, client = make.unit(), sign_in(sun)
    assert "选派党建指导员" in client.get(unit.get_absolute_url()).content.decode()
    make.member(cast.lin_branch, name="张指导")
    assert assign(client, unit, who="zhangzhidao").status_code == 302
    assert unit.instructors.get().member.name == "张指导"
    page = client.get(unit.get_absolute_url()).content.decode()
    assert "张指导" in page and "仅有党建指导员" in page
    event = Event.objects.get(name="instructor.assigned")
    assert event.subject == unit and "张指导" not in str(event.facts)


def test_of_several_with_one_name_the_form_asks_which(sign_in, sun, cast):
    unit, client = make.unit(), sign_in(sun)
    people = [make.member(branch, name="张伟") for branch in (cast.lin_branch, cast.wu_branch)]
    answer = assign(client, unit, who="张伟")
    page = answer.content.decode()
    assert "请选择是哪一位" in page and "lin党支部" in page and "wu党支部" in page
    assign(client, unit, who="张伟", person=people[1].pk)
    assert unit.instructors.get().member == people[1]


@pytest.mark.parametrize(("typed", "sentence"), [
    ({"who": "没有这个人"}, "没有找到"), ({"who": ""}, "请填写党员的姓名"),
    ({"who": "离开者"}, "没有找到"), ({"who": "a\x00b"}, "空字符"),
    ({"starts_on": "9999-12-31"}, "还没有到"), ({"starts_on": "0001-01-01"}, "1921"),
    ({"starts_on": "2026-02-30"}, "真实存在"), ({"starts_on": "2023-06-01"}, "不是在册党员"),
    ({"note": "长" * 201}, "200"), ({"who": "张指导", "person": "9" * 30}, ""),
])  # fmt: skip
def test_a_wrong_instructor_is_a_sentence(sign_in, sun, cast, typed, sentence):
    make.member(cast.lin_branch, name="张指导")
    gone = make.member(cast.lin_branch, name="离开者")
    gone.memberships.update(ends_on=date(2024, 5, 1))
    unit, client = make.unit(), sign_in(sun)
    answer = assign(client, unit, **{"who": "张指导"} | typed)
    if sentence:
        assert sentence in answer.content.decode()
        assert not unit.instructors.exists()


def test_a_new_instructor_succeeds_the_old_one(sign_in, sun, cast):
    old, new = (make.member(cast.lin_branch, name=name) for name in ("旧指导", "新指导"))
    unit, client = make.unit(), sign_in(sun)
    first = Instructor.objects.create(unit=unit, member=old, starts_on=date(2025, 1, 1))
    assert "现任党建指导员是旧指导" in client.get(assign_url(unit)).content.decode()
    assert (
        "已从 2025-01-01 起"
        in assign(client, unit, who="新指导", starts_on="2025-01-01").content.decode()
    )
    assert (
        "已是该单位的"
        in assign(client, unit, who="旧指导", starts_on="2025-06-01").content.decode()
    )
    assert assign(client, unit, who="新指导", starts_on="2025-06-01").status_code == 302
    first.refresh_from_db()
    assert first.ends_on == date(2025, 5, 31)
    assert unit.instructors.current().get().member == new


def test_an_instructor_ends_on_a_last_day(sign_in, sun, cast):
    unit, client = make.unit(), sign_in(sun)
    row = Instructor.objects.create(unit=unit, member=cast.lin_member, starts_on=date(2025, 1, 1))
    url = reverse("members:instructor-end", args=[row.pk])
    for day, sentence in (("2024-12-31", "不能更早"), ("2999-01-01", "还没有到")):
        once = client.get(url).context["form"]["once"].value()
        answer = client.post(url, {"once": once, "ends_on": day})
        assert sentence in answer.content.decode()
    once = client.get(url).context["form"]["once"].value()
    assert client.post(url, {"once": once, "ends_on": "2025-03-01"}).status_code == 302
    row.refresh_from_db()
    assert row.ends_on == date(2025, 3, 1)
    once = client.get(url).context["form"]["once"].value()
    again = client.post(url, {"once": once, "ends_on": "2025-03-02"})
    assert "已经结束" in again.content.decode()


def test_names_of_instructors_are_for_the_park_and_the_unit(sign_in, sun, cast):
    Instructor.objects.create(unit=cast.wu_unit, member=make.member(name="张指导"),
                              starts_on=date(2025, 1, 1))  # fmt: skip
    url = cast.wu_unit.get_absolute_url()
    liaison, admin = make.liaison(cast.lin_unit), make.staff("admin")
    for user, sees in ((sun, True), (cast.wu, True), (liaison, False), (admin, False)):
        assert ("张指导" in sign_in(user).get(url).content.decode()) is sees


def test_chains_are_found_again_by_their_name(sign_in, sun):
    client = sign_in(sun)
    for name in ("甲", "乙"):
        client.post(CREATE, sent(client, CREATE, name=name, kind="enterprise", new_chain="光伏"))
    assert IndustryChain.objects.get().units.count() == 2


def test_the_page_does_not_ask_more_for_more_contacts(sign_in, sun, cast):
    from tests.members.test_query_counts import MOST, questions

    client, unit = sign_in(sun), cast.lin_unit
    urls = (unit.get_absolute_url(), edit_url(unit), assign_url(unit))
    few = [questions(client, url) for url in urls]
    for number in range(8):
        unit.contacts.create(name=f"{number}", phone=PHONE)
        make.unit(cast.lin_branch)
        day = date(2024, 2, 1 + number)
        Instructor.objects.create(unit=unit, member=make.member(), starts_on=day, ends_on=day)
    assert [questions(client, url) for url in urls] == few
    assert max(few) <= MOST, few


def test_an_organization_is_named_from_the_page_of_the_unit(sign_in, sun, cast):
    unit, client = make.unit(), sign_in(sun)
    url = reverse("members:unit-organization", args=[unit.pk])
    joint = make.organization(cast.root, kind="joint_branch", name="联合党支部")
    group = make.organization(joint, kind="party_group")
    for number in range(5):
        make.unit(joint, name=f"第{number}家")

    def send(**typed):
        facts = {"once": client.get(url).context["form"]["once"].value()}
        facts |= {"organization": joint.pk, "on": "2025-03-01"}
        return client.post(url, facts | typed, follow=True)

    for typed, sentence in (
        ({"on": "2023-01-01"}, "还没有成立"), ({"on": "2999-01-01"}, "还没有到"),
        ({"organization": group.pk}, "有效"), ({"organization": "9" * 30}, "有效"),
    ):  # fmt: skip
        assert sentence in send(**typed).content.decode()
        assert not unit.organizations.exists()
    page = send().content.decode()
    assert "联合党支部覆盖" in page and "2025-03-01" in page
    assert "覆盖 6 个单位，一般不超过 5 个（《中国共产党支部工作条例（试行）》第五条）" in page
    assert "已属于" in send().content.decode()
    for user in (cast.lin, make.staff("leader")):
        assert sign_in(user).get(url).status_code == 403


# ── Bulk entry ──────────────────────────────────────────────────────────────────────────────


def test_bulk_entry_takes_a_unit_with_contacts_and_its_instructor(sign_in, sun, cast):
    from tests.members.test_admin_entry import admin_url, formsets

    guide = make.member(cast.lin_branch, name="张指导")
    facts = {"name": "示例新厂", "short_name": "", "kind": "enterprise", "size": "", "chain": ""}
    facts |= {"credit_code": f" {code().lower()} ", "industry": "", "address": "", "employees": ""}
    rows = formsets(
        contacts=[{"name": "甲", "job": "", "phone": "138-0000-1234", "order": 0}],
        instructors=[{"member": guide.pk, "starts_on": "2025-01-01", "ends_on": "", "note": ""}],
    )
    client = sign_in(sun)
    assert client.post(admin_url("unit_add"), facts | rows).status_code == 302
    unit = Unit.objects.get(name="示例新厂")
    assert (unit.credit_code, unit.contacts.get().phone) == (code(), PHONE)
    assert unit.instructors.get().member == guide
    assert Event.objects.filter(name="unit.added", by=sun, subject_id=unit.pk).exists()
    page = client.get(admin_url("unit_change", unit.pk)).content.decode()
    assert PHONE not in page and "138****1234" in page
    second = {"unit": unit.pk, "member": cast.lin_member.pk, "starts_on": "2025-06-01"}
    answer = client.post(admin_url("instructor_add"), second | {"ends_on": "", "note": ""})
    assert "重叠" in str(answer.context["adminform"].form.errors)


def test_bulk_entry_of_instructors_absences_and_chains_is_for_staff(sign_in, sun, cast):
    from tests.members.test_admin_entry import admin_url

    for name in ("instructor", "absence", "industrychain"):
        for page in (admin_url(f"{name}_changelist"), admin_url(f"{name}_add")):
            assert sign_in(sun).get(page).status_code == 200
            for user in (cast.lin, make.staff("leader"), make.staff("admin")):
                assert sign_in(user).get(page).status_code == 403
