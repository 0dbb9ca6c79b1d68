"""What a person pays is read by that person and by who keeps the dues of the branch: nobody else.

The canaries are the base and what it makes; every page, file, event and mail is searched for them.
"""

import io
import uuid
import zipfile
from datetime import timedelta
from decimal import Decimal

import pytest
from auditlog.models import LogEntry
from django.core import serializers
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from members import dues
from members.actions import dues_bases
from members.models import (
    DuesBase,
    DuesBill,
    DuesHandover,
    DuesPayment,
    DuesRelief,
    Organization,
    PartyMember,
)
from members.models.dues import keepers, kept_by
from nanchuan.kernel.models import Event
from nanchuan.kernel.policies import all_policies
from tests import make, make_dues
from tests.make_dues import month
from tests.portal.test_matrix import path_of

pytestmark = pytest.mark.django_db
BASE, OWED, RELIEVED = Decimal("7358.26"), "110.37", Decimal("91.37")
REASON = "患病住院的秘密"
CANARIES = ("7358.26", "7,358.26", OWED, "331.11", "91.37", REASON)
ELSEWHERE = ("admin:", "alliance:", "services:")  # nothing there knows of dues
OVERSEE = ("secretary", "above", "staff")
NOBODY = ("leader", "auditor", "admin", "member", "unit", "outside", "outside_keeper")


@pytest.fixture
def park():
    """A branch with a keeper who is not its secretary, and a member who owes and has paid."""
    root = make.organization(kind="committee")
    branch, other = make.organization(root), make.organization(root)
    keeper = make_dues.keeper(branch)
    person = make.member(branch, user=make.user(name="钱同志"), name="钱同志")
    base = dues_bases.set_base(person, kind="employed", amount=BASE, starts_on=month(5), by=keeper)
    make_dues.paid(DuesBill.objects.filter(month__lte=month(3)), keeper)
    relief = dues_bases.relieve(
        person,
        amount=RELIEVED,
        reason=REASON,
        starts_on=month(0),
        ends_on=month(-2),
        by=keeper,
    )
    people = {
        "self": person.user,
        "keeper": keeper,
        "secretary": make.secretary(branch).user,
        "above": make.secretary(root).user,
        "staff": make.staff(),
        "leader": make.staff("leader"),
        "auditor": make.staff("auditor"),
        "admin": make.staff("admin", is_staff=True),
        "member": make.member(branch, user=make.user()).user,
        "unit": make.liaison(make.unit(branch)),
        "outside": make.secretary(other).user,
        "outside_keeper": make_dues.keeper(other),
    }
    return {
        "people": people,
        "branch": branch,
        "person": person,
        "payment": DuesPayment.objects.get(),
        "relief": relief,
        "base": base,
    }


def pages(park):
    """Addresses of dues with what they are asked about."""
    branch, person, payment = park["branch"].pk, park["person"].pk, park["payment"].pk
    about = {
        "duesbranch-detail": branch,
        "duesbranch-ledger": branch,
        "duesbranch-handover": branch,
        "duesmember-detail": person,
        "duesmember-base": person,
        "duesmember-relief": person,
        "duespayment-detail": payment,
        "duespayment-reverse": payment,
    }
    return {name: reverse(f"members:{name}", args=[pk]) for name, pk in about.items()}


ANSWERS = {
    # page: keeper, the member, secretaries and staff, other members; all others see nothing
    "duesbranch-detail": (200, 404, 200, 404),
    "duesbranch-ledger": (200, 404, 200, 404),
    "duesbranch-handover": (200, 404, 403, 404),
    "duesmember-detail": (200, 404, 404, 404),
    "duesmember-base": (200, 404, 404, 404),
    "duesmember-relief": (200, 404, 404, 404),
    "duespayment-detail": (200, 200, 404, 404),
    "duespayment-reverse": (200, 403, 404, 404),
}


@pytest.mark.parametrize("page", ANSWERS)
def test_who_opens_which_page(client, park, page):
    keeper, own, oversee, others = ANSWERS[page]
    expected = {"keeper": keeper, "self": own, "member": others, "outside_keeper": others}
    expected |= dict.fromkeys(OVERSEE, oversee) | {"outside": others}
    url, policy = pages(park)[page], all_policies()[f"members:{page}"]
    for persona, user in park["people"].items():
        client.force_login(user)
        wanted = expected.get(persona, 404) if policy.admits(user) else 403
        assert client.get(url).status_code == wanted, persona


def test_no_verb_of_dues_is_for_anybody_but_the_keeper(client, park):
    person, payment = park["person"].pk, park["payment"].pk
    bill = DuesBill.objects.owed().first().pk
    today, once = timezone.localdate().isoformat(), uuid.uuid4
    typed = {
        "duesbranch-detail": {"bills": [bill], "way": "cash", "paid_on": today},
        "duesbranch-bill": {},
        "duesbranch-handover": {"quarter": "2026-01-01", "handed_on": today},
        "duesmember-base": {"kind": "employed", "amount": "1", "starts_on": "2026-11"},
        "duesmember-relief": {"amount": "0", "starts_on": "2026-11", "ends_on": "2026-11"},
        "duesrelief-end": {},
        "duespayment-print": {},
        "duespayment-reverse": {"reason": "x"},
    }
    about = {"duesmember": person, "duespayment": payment, "duesrelief": park["relief"].pk}
    before = Event.objects.count()
    for persona in ("self", *OVERSEE, *NOBODY):
        client.force_login(park["people"][persona])
        for page, facts in typed.items():
            pk = about.get(page.split("-")[0], park["branch"].pk)
            url = reverse(f"members:{page}", args=[pk])
            answer = client.post(url, facts | {"once": once()})
            assert answer.status_code in (403, 404), (persona, page)
    assert Event.objects.count() == before and DuesPayment.objects.count() == 1


def body_of(answer) -> str:
    raw = b"".join(answer) if answer.streaming else answer.content
    if raw[:2] == b"PK":  # Excel or Word
        parts = zipfile.ZipFile(io.BytesIO(raw))
        return " ".join(parts.read(name).decode(errors="replace") for name in parts.namelist())
    return raw.decode(errors="replace")


@pytest.mark.parametrize("persona", [*OVERSEE, *NOBODY])
def test_no_page_of_the_portal_shows_an_amount(client, park, persona):
    """Each page that opens for the persona, about the member, the branch or the payment."""
    user = park["people"][persona]
    client.force_login(user)
    numbers = {park["person"].pk, park["branch"].pk, park["payment"].pk}
    asked = 0
    for name, policy in all_policies().items():
        if not policy.admits(user) or "GET" not in policy.methods or name.startswith(ELSEWHERE):
            continue
        paths = {path_of(name, pk) for pk in numbers} - {None}
        # A page about no row is a list, which may be taken out too.
        exports = [f"{path}?export=xlsx" for path in paths if len(paths) == 1]
        for path in (*paths, *exports):
            page, asked = body_of(client.get(path)), asked + 1
            assert not [each for each in CANARIES if each in page], (name, path)
    assert asked > 20


def test_the_keeper_and_the_member_do_see_it(client, park):
    """The control of the test above."""
    client.force_login(park["people"]["keeper"])
    desk = client.get(pages(park)["duesbranch-detail"]).content.decode()
    ledger = body_of(client.get(pages(park)["duesbranch-ledger"] + "?export=xlsx"))
    detail = client.get(pages(park)["duesmember-detail"]).content.decode()
    assert OWED in desk and OWED in ledger and REASON in detail and "7358.26" in detail
    client.force_login(park["people"]["self"])
    own = client.get(reverse("members:dues-list")).content.decode()
    assert OWED in own and "7358.26" in own and "91.37" in own


def test_who_oversees_reads_who_is_open_and_nobody_else_does(client, park):
    for persona in OVERSEE:
        client.force_login(park["people"][persona])
        page = client.get(pages(park)["duesbranch-detail"]).content.decode()
        assert "钱同志" in page and f"{month(1):%Y-%m}" in page
        ledger = body_of(client.get(pages(park)["duesbranch-ledger"] + "?export=xlsx"))
        assert "已交" in ledger and "未交" in ledger
    client.force_login(park["people"]["leader"])
    assert "钱同志" not in client.get(reverse("members:dues-figures")).content.decode()


def test_who_oversees_does_not_learn_of_a_relief(client, park):
    dues_bases.end_relief(park["relief"], by=park["people"]["keeper"])
    client.force_login(park["people"]["secretary"])
    ledger = client.get(pages(park)["duesbranch-ledger"]).content.decode()
    assert "免交" not in ledger and "减免" not in ledger


def test_who_is_let_off_entirely_stands_in_no_line_of_others(client, park):
    """An empty line says as much as the word: months of who has no base are not billed at all."""
    keeper, free = park["people"]["keeper"], make.member(park["branch"], name="免交同志")
    make_dues.based(free)
    facts = {"amount": Decimal(0), "reason": REASON, "starts_on": month(0), "ends_on": month(-2)}
    dues_bases.relieve(free, by=keeper, **facts)
    url = pages(park)["duesbranch-ledger"]
    for persona in ("secretary", "staff"):
        client.force_login(park["people"][persona])
        assert "免交同志" not in client.get(url).content.decode()
    client.force_login(keeper)
    assert "免交同志" in client.get(url).content.decode()


def test_no_table_event_or_log_holds_an_amount(park):
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            cells = " ".join(str(cell) for row in cursor.fetchall() for cell in row)
        assert not [each for each in CANARIES if each in cells], table
    told = serializers.serialize("json", [*Event.objects.all(), *LogEntry.objects.all()])
    assert "钱同志" not in serializers.serialize(
        "json", Event.objects.filter(name__startswith="dues.")
    )
    assert not [each for each in CANARIES if each in told]


def test_the_admin_site_has_no_rows_of_dues(park):
    from django.contrib import admin

    for model in (DuesBase, DuesRelief, DuesBill, DuesPayment, DuesHandover):
        assert not admin.site.is_registered(model)


# ── Who keeps the dues ───────────────────────────────────────────────────────────────────────


def test_a_secretary_keeps_the_dues_only_where_no_post_does(cast):
    assert list(kept_by(cast.lin)) == [cast.lin_branch]
    keeper = make_dues.keeper(cast.lin_branch)
    assert list(kept_by(cast.lin)) == [] and list(kept_by(keeper)) == [cast.lin_branch]
    assert keepers().filter(organization=cast.lin_branch).get().member.user == keeper


def test_who_leads_a_group_keeps_nothing_of_its_members(client, park):
    """The branch collects for its groups; whoever holds a post in one is not the keeper."""
    group = make.organization(park["branch"], kind="party_group")
    person = make.member(group)
    make_dues.based(person)
    make_dues.billed(person)
    leader = make.secretary(group)
    assert list(kept_by(leader.user)) == []
    client.force_login(leader.user)
    for name in ("duesmember-detail", "duesmember-base"):
        assert client.get(reverse(f"members:{name}", args=[person.pk])).status_code == 404
    client.force_login(park["people"]["keeper"])
    page = client.get(reverse("members:duesmember-detail", args=[person.pk]))
    assert "43.21" in page.content.decode()


def test_rights_go_with_the_post(client, park):
    """The keeper of yesterday sees nothing more, and who follows sees what is kept here."""
    terms = park["people"]["keeper"].member.terms
    terms.update(ends_on=timezone.localdate() - timedelta(days=1))
    client.force_login(park["people"]["keeper"])
    for name, url in pages(park).items():
        assert client.get(url).status_code == 404, name
    client.force_login(park["people"]["secretary"])  # nobody else keeps them now
    assert OWED in client.get(pages(park)["duesbranch-detail"]).content.decode()


def test_the_old_branch_keeps_what_was_paid_to_it_and_no_more(park):
    """A member moves: the new keeper sees the base, not the receipts of the old branch."""
    person, new = park["person"], park["people"]["outside_keeper"]
    target = kept_by(new).get()
    yesterday = timezone.localdate() - timedelta(days=1)
    person.memberships.update(ends_on=yesterday, end_reason="transferred")
    person.memberships.create(organization=target, starts_on=timezone.localdate())
    assert DuesBase.objects.editable_by(new).exists()
    assert not DuesPayment.objects.visible_to(new).exists()
    assert not DuesBill.objects.open_to(new).exists()
    old = park["people"]["keeper"]
    assert not DuesBase.objects.visible_to(old).exists()
    assert DuesBill.objects.editable_by(old).exists()


# ── Numbers ──────────────────────────────────────────────────────────────────────────────────


def test_figures_say_how_many_and_hide_sums_of_a_few(client, park, monkeypatch):
    client.force_login(park["people"]["leader"])
    url = reverse("members:dues-figures")
    rows = {row["organization"].pk: row for row in client.get(url).context["rows"]}
    line = rows[park["branch"].pk]
    assert (line["due"], line["paid"], line["open"]) == (1, 0, 1)
    assert all(row["sum"] is None for row in rows.values())
    monkeypatch.setattr(dues, "FEWEST", 1)
    past = timezone.now() - timedelta(days=100)
    DuesPayment.objects.update(recorded_at=past)
    rows = {row["organization"].pk: row for row in client.get(url).context["rows"]}
    assert rows[park["branch"].pk]["sum"] == Decimal("331.11")


def test_figures_ask_no_more_for_more_branches(client, park, django_assert_max_num_queries):
    for _number in range(8):
        branch = make.organization()
        person = make.member(branch)
        make_dues.based(person)
        make_dues.paid([make_dues.billed(person)], make.user())
    client.force_login(park["people"]["staff"])
    url = reverse("members:dues-figures")
    client.get(url)
    with django_assert_max_num_queries(22):
        assert client.get(url).status_code == 200


def test_a_desk_asks_no_more_for_more_members(client, park, django_assert_max_num_queries):
    for _number in range(12):
        person = make.member(park["branch"])
        make_dues.based(person)
        make_dues.billed(person)
    client.force_login(park["people"]["keeper"])
    url = pages(park)["duesbranch-detail"]
    client.get(url)
    with django_assert_max_num_queries(28):
        assert client.get(url).status_code == 200
    assert PartyMember.objects.count() > 12 and Organization.objects.count() == 3


def test_a_number_that_no_row_can_have_is_nobody(client):
    client.force_login(make_dues.keeper(make.organization()))
    assert client.get(reverse("members:duesmember-detail", args=[10**30])).status_code == 404
