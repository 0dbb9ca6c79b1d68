"""Staff enter organizations, units, people and posts in the admin site."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from members.models import Membership, Organization, PartyMember, Term
from nanchuan.kernel.models import Event
from tests import make

pytestmark = pytest.mark.django_db
ID_NUMBER = "999901199001011234"


def admin_url(name, *args):
    return reverse(f"admin:members_{name}", args=args)


def formsets(**given):
    """Empty management forms of every inline, with the rows that are given."""
    names = ("unit_links", "terms", "placements", "names", "changes")
    names += ("memberships", "organization_links", "liaisons")
    names += ("contacts", "instructors")
    data = {}
    for name in names:
        rows = given.get(name, [])
        stored = sum(1 for row in rows if row.get("id"))
        data |= {
            f"{name}-TOTAL_FORMS": len(rows),
            f"{name}-INITIAL_FORMS": stored,
            f"{name}-MIN_NUM_FORMS": 0,
            f"{name}-MAX_NUM_FORMS": 1000,
        }
        for number, row in enumerate(rows):
            data |= {f"{name}-{number}-{key}": value for key, value in row.items()}
    return data


def organization(**changes):
    return {
        "name": "示例新党支部",
        "short_name": "",
        "kind": "branch",
        "parent": "",
        "starts_on": "2025-01-01",
        "ends_on": "",
    } | changes


def person(**changes):
    return {
        "name": "张晓慧",
        "gender": "female",
        "ethnicity": "",
        "born_on": "",
        "id_number": "",
        "phone": "",
        "education": "",
        "native_place": "",
        "job": "",
        "note": "",
        "joined_on": "",
        "full_member_on": "",
        "user": "",
    } | changes


def problems(response):
    """Every sentence that a refused admin form shows."""
    assert response.status_code == 200
    context = response.context
    sentences = [str(context["adminform"].form.errors)]
    return " ".join(
        sentences + [str(each.formset.errors) for each in context["inline_admin_formsets"]]
    )


def test_an_organization_takes_its_place_in_the_tree(sign_in, sun, cast):
    facts = organization(parent=cast.root.pk)
    answer = sign_in(sun).post(admin_url("organization_add"), facts | formsets())
    assert answer.status_code == 302
    made = Organization.objects.get(name="示例新党支部")
    assert Organization.objects.get_parent(made) == cast.root
    placement = made.placements.get()
    assert (placement.parent, placement.starts_on) == (cast.root, date(2025, 1, 1))
    assert Event.objects.filter(name="organization.founded", by=sun).exists()
    assert not Organization.objects.find_problems()[0]


def test_an_organization_moves_from_a_day_on(sign_in, sun, cast):
    client = sign_in(sun)
    facts = organization(parent=cast.root.pk)
    client.post(admin_url("organization_add"), facts | formsets())
    office = make.organization(cast.root, name="机关党总支", kind="general_branch")
    made = Organization.objects.get(name="示例新党支部")
    below = Organization.objects.add_child(
        made, {"name": "下级", "kind": "party_group", "starts_on": date(2025, 2, 1)}
    )
    facts = organization(parent=office.pk, changed_on="2026-03-01")
    assert (
        client.post(admin_url("organization_change", made.pk), facts | formsets()).status_code
        == 302
    )
    made.refresh_from_db()
    below.refresh_from_db()
    office.refresh_from_db()
    assert made.path.startswith(office.path) and below.path.startswith(made.path)
    assert [(row.parent, row.ends_on) for row in made.placements.order_by("starts_on")] == [
        (cast.root, date(2026, 2, 28)),
        (office, None),
    ]
    assert made.placements.current(date(2026, 2, 28)).get().parent == cast.root


def test_a_new_name_in_the_admin_leaves_the_old_one_in_the_ledger(sign_in, sun, cast):
    facts = organization(name="林新党支部", parent=cast.root.pk, starts_on="2024-01-01")
    facts |= {"changed_on": "2025-05-01"}
    url = admin_url("organization_change", cast.lin_branch.pk)
    assert sign_in(sun).post(url, facts | formsets()).status_code == 302
    names = cast.lin_branch.names.order_by("starts_on").values_list("name", "ends_on")
    assert list(names) == [("lin党支部", date(2025, 4, 30)), ("林新党支部", None)]
    assert cast.lin_branch.changes.get().act == "renamed"


def test_in_the_admin_an_organization_ends_only_when_nothing_is_left(sign_in, sun, cast):
    client, empty = sign_in(sun), make.organization(cast.root, name="空支部")
    for branch, end in ((cast.lin_branch, None), (empty, date(2026, 1, 31))):
        facts = organization(name=branch.name, parent=cast.root.pk, starts_on="2024-01-01")
        facts["ends_on"] = "2026-01-31"
        answer = client.post(admin_url("organization_change", branch.pk), facts | formsets())
        if end is None:
            assert "还有党员 1 名" in problems(answer)
        branch.refresh_from_db()
        assert branch.ends_on == end
    assert empty.changes.get().on == date(2026, 2, 1)


def test_an_organization_moves_to_the_top(sign_in, sun, cast):
    client = sign_in(sun)
    facts = organization(name=cast.lin_branch.name, starts_on="2024-01-01", parent="")
    client.post(admin_url("organization_change", cast.lin_branch.pk), facts | formsets())
    cast.lin_branch.refresh_from_db()
    assert cast.lin_branch.depth == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "必填"),
        ({"kind": "club"}, "club"),
        ({"starts_on": "2026-02-30"}, "有效的日期"),
        ({"starts_on": "2025-01-02", "ends_on": "2025-01-01"}, "早于"),
        ({"name": "园区党委"}, "已存在"),
        ({"starts_on": "2020-01-01", "parent": "root"}, "还没有成立"),
    ],
)
def test_a_wrong_organization_is_told_at_its_field(sign_in, sun, cast, changes, sentence):
    if changes.get("parent"):
        changes = changes | {"parent": cast.root.pk}
    answer = sign_in(sun).post(admin_url("organization_add"), organization(**changes) | formsets())
    assert sentence in problems(answer)


def test_an_organization_cannot_stand_below_itself(sign_in, sun, cast):
    facts = organization(name="园区党委", kind="committee", starts_on="2024-01-01")
    for parent in (cast.root, cast.lin_branch):
        answer = sign_in(sun).post(
            admin_url("organization_change", cast.root.pk),
            facts | {"parent": parent.pk} | formsets(),
        )
        assert "它自己或它的下级" in problems(answer)
    tomorrow = timezone.localdate() + timedelta(days=1)
    facts = organization(name="x", starts_on="2024-01-01", changed_on=tomorrow, parent="")
    answer = sign_in(sun).post(
        admin_url("organization_change", cast.lin_branch.pk), facts | formsets()
    )
    assert "不能晚于今天" in problems(answer)


def test_a_person_is_entered_with_a_membership_and_a_post(sign_in, sun, cast):
    rows = formsets(
        memberships=[
            {"organization": cast.lin_branch.pk, "standing": "full", "starts_on": "2025-01-01"}
        ],
        terms=[
            {
                "organization": cast.lin_branch.pk,
                "post": make.post("委员", leads=False, sole=False).pk,
                "starts_on": "2025-02-01",
            }
        ],
    )
    facts = person(id_number="9999 0119 9001 0112 34", phone="138-0000-1234")
    assert sign_in(sun).post(admin_url("partymember_add"), facts | rows).status_code == 302
    made = PartyMember.objects.of_id_number(ID_NUMBER).get()
    assert (made.id_number, made.phone) == (ID_NUMBER, "13800001234")
    assert made.current_membership().organization == cast.lin_branch
    assert made.terms.count() == 1
    assert Event.objects.filter(name="member.enrolled", by=sun).exists()


def test_stored_numbers_are_never_shown_and_empty_keeps_them(sign_in, sun, cast):
    made = make.member(cast.lin_branch, name="张晓慧", id_number=ID_NUMBER, phone="13800001234")
    client, url = sign_in(sun), admin_url("partymember_change", made.pk)
    for page in (client.get(url), client.get(admin_url("partymember_changelist"))):
        text = page.content.decode()
        assert ID_NUMBER not in text and "13800001234" not in text
        assert "138****1234" in text
    client.post(url, person(job="工程师") | formsets())
    made.refresh_from_db()
    assert (made.job, made.id_number, made.phone) == ("工程师", ID_NUMBER, "13800001234")
    client.post(url, person(phone="-") | formsets())
    made.refresh_from_db()
    assert (made.id_number, made.phone) == (ID_NUMBER, "")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "必填"),
        ({"gender": ""}, "必填"),
        ({"id_number": "12345"}, "18 位"),
        ({"id_number": "999901199002301234"}, "真实存在"),
        ({"id_number": ID_NUMBER}, "已经登记"),
        ({"phone": "<script>"}, "只能包含数字"),
        ({"born_on": "2026-02-30"}, "有效的日期"),
        ({"note": "长" * 201}, "200"),
    ],
)
def test_a_wrong_person_is_told_at_the_field(sign_in, sun, cast, changes, sentence):
    make.member(cast.wu_branch, id_number=ID_NUMBER)
    answer = sign_in(sun).post(admin_url("partymember_add"), person(**changes) | formsets())
    assert sentence in problems(answer)


def test_a_membership_ends_and_the_next_begins_in_one_step(sign_in, sun, cast):
    made = make.member(cast.lin_branch, name="张晓慧")
    old = made.memberships.get()
    ended = {
        "id": old.pk,
        "organization": cast.lin_branch.pk,
        "standing": "full",
        "starts_on": old.starts_on,
        "ends_on": "2025-05-31",
        "end_reason": "changed",
    }
    begun = {"organization": cast.wu_branch.pk, "standing": "full", "starts_on": "2025-06-01"}
    url = admin_url("partymember_change", made.pk)
    overlapping = formsets(memberships=[ended, begun | {"starts_on": "2025-05-31"}])
    assert "重叠" in problems(sign_in(sun).post(url, person() | overlapping))
    rows = formsets(memberships=[ended, begun])
    assert sign_in(sun).post(url, person() | rows).status_code == 302
    assert made.current_membership().organization == cast.wu_branch


def test_a_second_secretary_is_refused_in_words(sign_in, sun, cast):
    other = make.member(cast.lin_branch)
    facts = {
        "organization": cast.lin_branch.pk,
        "post": make.post().pk,
        "member": other.pk,
        "starts_on": "2025-01-01",
        "ends_on": "",
    }
    answer = sign_in(sun).post(admin_url("term_add"), facts)
    assert "重叠" in str(answer.context["adminform"].form.errors)


def test_what_the_database_refuses_is_a_sentence(sign_in, sun, cast, monkeypatch):
    """Somebody else was faster between the form and the row."""
    other = make.member(cast.lin_branch)
    monkeypatch.setattr(Term, "clean", lambda self: None)
    facts = {
        "organization": cast.lin_branch.pk,
        "post": make.post().pk,
        "member": other.pk,
        "starts_on": "2025-01-01",
        "ends_on": "",
    }
    answer = sign_in(sun).post(admin_url("term_add"), facts, follow=True)
    assert answer.status_code == 200
    assert "没有保存" in answer.content.decode()
    assert not other.terms.exists()
    with pytest.raises(IntegrityError):  # the negative control: the rule stands in the database
        Term.objects.create(
            organization=cast.lin_branch, post=make.post(), member=other, starts_on="2025-01-01"
        )


def test_lists_search_and_autocomplete_open_for_staff_alone(sign_in, sun, cast):
    names = ["organization", "unit", "partymember", "term", "liaison", "post", "activitykind"]
    names.append("industrychain")
    pages = [admin_url(f"{name}_changelist") for name in names]
    pages += [admin_url(f"{name}_add") for name in names]
    pages += [
        admin_url("partymember_change", cast.lin_member.pk),
        admin_url("unit_change", cast.lin_unit.pk),
    ]
    pages += [admin_url("organization_change", cast.lin_branch.pk)]
    client = sign_in(sun)
    for page in pages:
        assert client.get(page).status_code == 200, page
    for user in (cast.lin, make.staff("admin"), make.staff("leader")):
        client = sign_in(user)
        for page in pages:
            assert client.get(page).status_code in (302, 403), (user, page)


def test_the_administrator_cannot_complete_names_of_people(sign_in, sun, cast):
    url = reverse("admin:autocomplete")
    query = {"app_label": "members", "model_name": "term", "field_name": "member", "term": "lin"}
    assert cast.lin_member.name in sign_in(sun).get(url, query).content.decode()
    assert sign_in(make.staff("admin")).get(url, query).status_code == 403


def test_a_whole_number_is_not_searched_in_an_address(sign_in, sun, cast):
    made = make.member(cast.lin_branch, name="张晓慧", id_number=ID_NUMBER)
    url = admin_url("partymember_changelist")
    page = sign_in(sun).get(url, {"q": ID_NUMBER}, follow=True).content.decode()
    assert "按号码查找" in page and made.name not in page
    assert made.name in sign_in(sun).get(url, {"q": "zxh"}).content.decode()
    for oracle in ("id_number__startswith", "phone__contains", "user__password__startswith"):
        answer = sign_in(sun).get(url, {oracle: "9"}, follow=True)
        assert answer.status_code in (200, 400)


def test_nothing_is_deleted_over_peoples_history(sign_in, sun, cast):
    url = admin_url("partymember_delete", cast.lin_member.pk)
    assert sign_in(sun).post(url, {"post": "yes"}).status_code == 403
    assert Membership.objects.filter(member=cast.lin_member).exists()
