"""Words that nobody but the parties of a need may read are looked for on every way out: pages,
filters, searches, exports, calendars, notices, mails, sheets and suggestions."""

import io
import re
import uuid
import zipfile
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alliance.models import Group
from nanchuan.kernel import attaching
from nanchuan.kernel.handovers import sheet
from nanchuan.kernel.policies import all_policies
from nanchuan.kernel.uploads import read_document
from nanchuan.notices.tasks import send_mail, tick
from services.actions import dispatching, filing, projects, review, solving, work
from services.forms.need_filters import NeedFilter
from services.models import Need, NeedFile
from tests import make

pytestmark = pytest.mark.django_db

UNIT = "隐语单位己"
PHONE = "13800009876"
PRIVATE = {
    "title": "隐语标题甲",
    "content": "隐语内容乙",
    "contact": "隐语联系丙",
    "phone": PHONE,
    "masked phone": "138****9876",
    "file": "隐语文件丁",
    "note": "隐语内部戊",
    "reason": "隐语原因庚",
    "solution": "隐语方案辛",
    "unit": UNIT,
}
PUBLIC = "公开标题壬"
FACES = {"office": f"{PUBLIC}子", "group": f"{PUBLIC}丑", "alliance": f"{PUBLIC}寅"}
# What each reads of a published need of a unit of Lin's group, by its audience.
READS = {
    "office": {"sun": "whole", "leader": "whole", "auditor": "whole", "filer": "whole"},
    "group": {"wu": "face", "department": "face"},
    "alliance": {"wu": "face", "department": "face", "zhao": "face"},
}
READS["group"] |= READS["office"]
READS["alliance"] |= READS["office"]
NAMES = ("sun", "leader", "auditor", "filer", "wu", "zhao", "department", "stranger", "admin")


@pytest.fixture
def people(cast, sun):
    department = make.unit(kind="department")
    make.seat(department)
    unit = make.unit(make.organization(cast.root), name=UNIT, short_name=UNIT)
    make.seat(unit, cast.group)
    return {
        "sun": sun,
        "leader": make.staff("leader"),
        "auditor": make.staff("auditor"),
        "admin": make.staff("admin"),
        "filer": make.liaison(unit),
        "wu": cast.wu,
        "zhao": cast.zhao,
        "department": make.liaison(department),
        "stranger": make.liaison(make.unit()),
        "unit": unit,
    }


@pytest.fixture
def worked_on(cast, people):
    """A need on which a unit of no chain works, with everything that may stand beside one."""

    def made(audience, to="in_progress"):
        sun, unit, by = people["sun"], people["unit"], people["filer"]
        agency = make.unit(kind="agency")
        make.seat(agency)
        need = filing.file(
            unit=unit,
            by=by,
            audience=audience,
            category="finance",
            title=PRIVATE["title"],
            content=PRIVATE["content"],
            public_title=FACES[audience],
            contact_name=PRIVATE["contact"],
            contact_phone=PHONE,
        )
        file = read_document(make.pdf(f"{PRIVATE['file']}.pdf"))
        attaching.attach(NeedFile, [file], by=by, need=need)
        review.send_back(need, reason=PRIVATE["reason"], by=sun)
        filing.change(need, content=PRIVATE["content"], by=by)
        review.publish(need, by=sun)
        if to == "published":
            return need
        dispatching.accept(need, unit=agency, by=None)
        given = make.resource(cast.wu_unit)
        projects.start(need, name="对接", resources=[given], by=sun)
        work.note(need, text=PRIVATE["note"], is_public=False, by=sun)
        if to == "in_progress":
            return need
        solving.offer(need, text=PRIVATE["solution"], by=sun)
        solving.refuse(need, reason=PRIVATE["reason"], by=by)
        solving.offer(need, text=PRIVATE["solution"], by=sun)
        solving.confirm(need, rating=5, comment=PRIVATE["reason"], by=by)
        return need

    return made


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


# ── Every way out ───────────────────────────────────────────────────────────────────────────


def lists():
    """Pages of the services, the home page and the calendar that need no number."""
    names = [
        name
        for name, policy in all_policies().items()
        if name.startswith("services:") and "GET" in policy.methods
    ]
    for name in [*names, "home", "notices:inbox", "alliance:calendar", "alliance:bulletin-issue"]:
        try:
            yield name, reverse(name)
        except Exception:
            continue


def filters(people, cast, needs):
    """Each filter of the list with each of its values."""
    given = {
        "q": [*PRIVATE.values(), PRIVATE["title"][:2], *(need.number for need in needs)],
        "group": [cast.group.pk, cast.other_group.pk],
        "unit": [people["unit"].pk],
        "responsible": [need.accepted_by_id or people["unit"].pk for need in needs],
        "sort": ["due", "urgent", "new", "old"],
        "since": ["2020-01-01"],
        "until": ["2099-01-01"],
    }
    for name, each in NeedFilter.base_filters.items():
        values = given.get(name) or [key for key, _words in each.extra.get("choices", ())]
        for value in values:
            yield name, value


def of_the_need(need, people, cast):
    """Addresses that name it, or what it stands on."""
    for page in ("detail", "edit", "match", "invite"):
        yield f"need {page}", reverse(f"services:need-{page}", args=[need.pk])
    for page in ("suggestions", "units"):
        yield f"suggested {page}", reverse(f"services:need-{page}", args=[need.pk])
    yield "file", reverse("services:needfile-detail", args=[need.files.get().pk])
    unit = people["unit"]
    yield "unit", reverse("members:unit-detail", args=[unit.pk])
    yield "suited to the unit", reverse("services:unit-needs", args=[unit.pk])
    yield "unit of the alliance", reverse("alliance:unit-detail", args=[unit.pk])
    for organization in unit.organization_links.values_list("organization", flat=True):
        yield "organization", reverse("members:organization-detail", args=[organization])
    for group in (cast.group, cast.other_group):
        yield "group", reverse("alliance:group-detail", args=[group.pk])
        bulletin = reverse("alliance:bulletin-issue")
        yield "bulletin", f"{bulletin}?group={group.pk}"
        yield "calendar", f"{reverse('alliance:calendar')}?group={group.pk}"
    for project in need.projects.all():
        yield "project", project.get_absolute_url()
        for resource in project.resources.all():
            yield "resource", resource.get_absolute_url()
            yield "needs it serves", reverse("services:resource-needs", args=[resource.pk])


def text_of(response) -> str:
    """What a page or a file says, of a container what all its parts say."""
    body = b"".join(response) if response.streaming else response.content
    if body[:2] != b"PK":
        return body.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


TELLING = ("unit", "responsible", "group", "due")


def ways_out(client, needs, people, cast):
    """Each page, file and answer, with a word for where it was found."""
    for name, url in lists():
        yield name, client.get(url)
        for kind in ("xlsx", "docx") if name.endswith("-list") else ():
            yield f"{name} {kind}", client.get(url, {"export": kind})
    partial = {"hx-request": "true"}  # without the form, which repeats what was typed
    for name, value in filters(people, cast, needs):
        for page in ("need-list", "need-kanban") if name in TELLING else ("need-list",):
            answer = client.get(reverse(f"services:{page}"), {name: value}, headers=partial)
            yield f"{page} {name}={value}", answer
    for words in (PRIVATE["title"], f"{PRIVATE['content']} {UNIT}", *FACES.values()):
        typed = {"title": words, "category": "finance"}
        yield f"similar to {words}", client.post(reverse("services:need-similar"), typed)
    for need in needs:
        for name, url in of_the_need(need, people, cast):
            yield name, client.get(url)
        yield from acts(client, need)


def acts(client, need):
    """What each verb answers somebody who may not do it."""
    for verb in ("accept", "join", "offer", "confirm", "withdraw", "note", "reply"):
        sent = {"once": str(uuid.uuid4())}
        url = reverse(f"services:need-{verb}", args=[need.pk])
        answer = client.post(url, sent, follow=True) if verb != "join" else client.get(url)
        yield f"post {verb}", answer


def leaks(found, allowed=()):
    """Which private words stand in a text that should have none."""
    return [name for name, word in PRIVATE.items() if word in found and name not in allowed]


# Where a unit's name stands for reasons of its own: its pages, its group, choices of units.
OWN_NAME = ("unit", "unit of the alliance", "organization", "group", "home")
NAMED = re.compile(
    r"alliance:|services:(visit|drive|resource)|bulletin|calendar|need-create|(unit|responsible)="
)


@pytest.mark.parametrize("status", ["published", "solved"])
def test_nothing_but_the_public_face_gets_out(cast, people, worked_on, status):
    needs = {audience: worked_on(audience, status) for audience in READS}
    for name in NAMES:
        client = signed_in(people[name])
        reads = {audience: READS[audience].get(name, "nothing") for audience in READS}
        if "whole" in reads.values():
            assert PRIVATE["title"] in client.get(reverse("services:need-list")).text
            for need in needs.values():
                assert PRIVATE["content"] in client.get(need.get_absolute_url()).text
            continue
        for where, response in ways_out(client, needs.values(), people, cast):
            assert response.status_code < 500, where
            check(name, where, text_of(response), needs, reads)
        faces(client, needs, reads)


def check(name, where, text, needs, reads):
    typed = [key for key, word in PRIVATE.items() if where.endswith(f"={word}")]
    own = ["unit"] if where in OWN_NAME or NAMED.search(where) else []
    assert not leaks(text, [*typed, *own]), (name, where, leaks(text, [*typed, *own]))
    if where in ("unit", "unit of the alliance", "organization"):
        assert PUBLIC not in text, (name, where)
        assert not any(need.number in text for need in needs.values()), (name, where)
    for audience, need in needs.items():
        if reads[audience] == "nothing":
            face, number = FACES[audience], need.number
            assert face not in text or where == f"similar to {face}", (name, where)
            assert number not in text or where.endswith(f"={number}"), (name, where)


def faces(client, needs, reads):
    """What is there to be read is read."""
    for audience, need in needs.items():
        if reads[audience] == "face":
            page = client.get(need.get_absolute_url()).text
            assert FACES[audience] in client.get(reverse("services:need-list")).text
            assert FACES[audience] in page and "某企业" in page


@pytest.mark.parametrize("audience", ["group", "alliance"])
@pytest.mark.parametrize("name", ["wu", "zhao", "department"])
def test_no_search_or_filter_tells_what_the_public_face_does_not(
    cast, people, worked_on, audience, name
):
    """Whether a row is found is an answer too."""
    need = worked_on(audience)
    client = signed_in(people[name])
    url = reverse("services:need-list")

    def number(**query):
        return client.get(url, query).context["row_count"]

    for word in PRIVATE.values():
        assert number(q=word) == 0, word
        assert number(q=word[2:]) == 0, word
    reads = READS[audience].get(name)
    assert number(q=PUBLIC) == number() == (1 if reads else 0)
    for query in (
        {"unit": people["unit"].pk},
        {"responsible": need.accepted_by_id},
        {"due": "risk"},
        {"due": "overdue"},
        {"due": "soon"},
    ):
        # An impossible choice leaves the list as it was; the same with and without the need.
        before = number(**query)
        Need.objects.filter(pk=need.pk).update(due_at=timezone.now() - timedelta(days=9))
        assert number(**query) == before, query
    for group in Group.objects.visible_to(people[name]):
        # Who could see it only from its own group knows where it comes from.
        known = audience == "group" and name == "wu" and group == cast.group
        assert number(group=group.pk) == int(known), group


@pytest.mark.parametrize("audience", READS)
def test_notices_and_mails_say_no_more(cast, people, worked_on, audience):
    worked_on(audience, "solved")
    tick()
    send_mail()
    for person in (people[name] for name in NAMES):
        said = [f"{each.subject} {each.body}" for each in mail.outbox if person.email in each.to]
        inbox = signed_in(person).get(reverse("notices:inbox")).text
        reads = READS[audience].get(next(key for key, one in people.items() if one == person))
        if reads == "whole":
            continue
        for text in [*said, inbox]:
            assert not leaks(text), leaks(text)
            assert reads == "face" or PUBLIC not in text


@pytest.mark.parametrize("audience", ["group", "alliance"])
def test_calendars_tell_no_day_and_no_name(cast, people, worked_on, audience):
    need = worked_on(audience)
    for name in ("wu", "zhao", "department", "stranger"):
        _feed, token = make.feed(people[name])
        text = text_of(Client().get(reverse("alliance:feed-file", args=[token])))
        assert not leaks(text, ["unit"])
        assert need.number not in text and PUBLIC not in text


def test_the_handover_sheet_names_no_filer(cast, people, worked_on):
    worked_on("alliance")
    worked_on("group", "published")
    page = make.handover(make.begun(cast.turn)).get_absolute_url()
    for reader in (cast.wu, cast.lin):
        assert not leaks(signed_in(reader).get(page).text, ["unit"])
    told = str([section for section in sheet(cast.turn) if section["key"] == "needs"])
    assert not leaks(told)
    assert PUBLIC in told  # the one that asks the group


def test_refusals_and_the_trail_name_no_title(cast, people, worked_on):
    from nanchuan.kernel.models import Event

    need = worked_on("alliance")
    url = reverse("services:need-accept", args=[need.pk])
    sent = {"once": str(uuid.uuid4()), "unit": cast.wu_unit.pk}
    answer = signed_in(cast.wu).post(url, sent, follow=True)
    assert "接单" in answer.text and not leaks(answer.text)
    for event in Event.objects.filter(name__startswith="need."):
        assert not leaks(f"{event.subject_label} {event.facts}"), event


def test_a_unit_that_once_worked_on_it_reads_no_more_in_its_old_notices(cast, people, sun):
    need = make.need(people["unit"], "dispatched", taken_by=cast.wu_unit, title=PRIVATE["title"])
    tick()
    inbox = reverse("notices:inbox")
    assert PRIVATE["title"] in signed_in(cast.wu).get(inbox).text
    other = make.unit(kind="department")
    make.seat(other)
    dispatching.reassign(need, unit=other, reason="转办", by=sun)
    text = signed_in(cast.wu).get(inbox).text
    assert PRIVATE["title"] not in text and need.number in text


def test_the_admin_finds_nothing_for_who_is_no_office(cast, people, worked_on):
    worked_on("alliance")
    for name in NAMES[1:]:
        client = signed_in(people[name])
        changelist = client.get(
            reverse("admin:services_need_changelist"), {"q": "隐语"}, follow=True
        )
        assert not leaks(text_of(changelist)), name
