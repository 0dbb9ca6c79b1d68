"""Members of one chain compete: a need is seen by those whom its filer chose, nowhere else."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from nanchuan.kernel.models import Event
from services import panels
from services.actions import dispatching, filing, projects, review, solving
from services.models import Need, Project
from tests import make

pytestmark = pytest.mark.django_db

TITLE, CONTENT, CONTACT = "隐语标题甲", "隐语内容乙", "隐语联系人丙"
CANARIES = (TITLE, CONTENT, CONTACT, "13800009876")
# Who reads a published need of Lin's unit by its audience, besides Lin and the office.
READERS = {
    "office": set(),
    "group": {"wu", "department"},
    "alliance": {"wu", "zhao", "department"},
}
OUTSIDERS = ("wu", "zhao", "department", "stranger")


@pytest.fixture
def people(cast, sun):
    department = make.unit(kind="department")
    make.seat(department)
    return {
        "sun": sun,
        "lin": cast.lin,
        "wu": cast.wu,
        "zhao": cast.zhao,
        "department": make.liaison(department),
        "stranger": make.liaison(make.unit()),
    }


def hidden_need(cast, to, audience="office", **kwargs):
    return make.need(
        cast.lin_unit,
        to,
        audience=audience,
        title=TITLE,
        content=CONTENT,
        contact_name=CONTACT,
        contact_phone="13800009876",
        **kwargs,
    )


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("audience", READERS)
@pytest.mark.parametrize("status", Need.Status.values)
def test_who_reaches_a_need_by_audience_and_status(cast, people, audience, status):
    need = hidden_need(cast, status, audience)
    public = status in Need.PUBLISHED
    for name, user in people.items():
        seen = name in {"sun", "lin"} or (public and name in READERS[audience])
        assert Need.objects.visible_to(user).contains(need) == seen, name
        assert signed_in(user).get(need.get_absolute_url()).status_code == (200 if seen else 404), (
            name
        )


@pytest.mark.parametrize("audience", READERS)
def test_the_units_that_are_asked_are_those_that_may_look(cast, people, audience):
    """The notice and the page ask the same question in two directions."""
    from members.speakers import speakers

    need = hidden_need(cast, "published", audience)
    told = set(speakers(need.audience_units()))
    assert told == {people[name] for name in READERS[audience]}


def test_a_unit_that_left_the_alliance_sees_no_more_needs(cast, people):
    hidden_need(cast, "published", "alliance")
    cast.group.seats.filter(unit=cast.wu_unit).update(ends_on=make.LONG_AGO)
    assert not Need.objects.visible_to(cast.wu).exists()
    assert Need.objects.visible_to(cast.zhao).exists()


def test_an_administrator_who_speaks_for_a_unit_sees_no_other_chain(cast):
    from nanchuan.accounts.models import StaffPost

    hidden_need(cast, "published", "group")
    StaffPost.objects.create(user=cast.zhao, role="admin", starts_on=make.LONG_AGO)
    assert not Need.objects.visible_to(cast.zhao).exists()


def every_page(client, need, project, resource):
    """All pages of services that a unit can open, with every filter that might tell."""
    needs_url = reverse("services:need-list")
    yield client.get(needs_url)
    for query in (
        {"q": TITLE},
        {"q": need.number},
        {"status": need.status},
        {"category": need.category},
        {"figure": "collected"},
        {"figure": "matched"},
        {"figure": "solved"},
        {"mine": "todo"},
        {"mine": "takeable"},
        {"status": "x", "group": "999999"},
    ):
        yield client.get(needs_url, query)
    yield client.get(needs_url, headers={"hx-request": "true"})
    yield client.get(reverse("services:need-create"))
    for path in ("detail", "edit", "match"):
        yield client.get(reverse(f"services:need-{path}", args=[need.pk]))
    for verb in ("accept", "offer", "reopen", "confirm", "publish"):
        yield client.post(reverse(f"services:need-{verb}", args=[need.pk]), follow=True)
    yield client.get(reverse("services:resource-list"))
    yield client.get(resource.get_absolute_url())
    yield client.get(reverse("services:project-list"))
    yield client.get(reverse("services:project-list"), {"q": TITLE})
    yield client.get(project.get_absolute_url())
    yield client.get(reverse("services:project-note", args=[project.pk]))


def test_an_office_only_need_appears_on_no_page_of_others(cast, people):
    """Although Wu's own resource serves it, and Wu may look at the project."""
    agency = make.unit(kind="agency")
    make.seat(agency)
    need = hidden_need(cast, "accepted", taken_by=agency, office=people["sun"])
    given = make.resource(cast.wu_unit)
    form = signed_in(people["sun"]).get(reverse("services:need-match", args=[need.pk]))
    name = form.context["form"]["name"].value()
    assert TITLE not in name  # what is suggested as a name is seen by the giving units
    project = projects.start(need, name=name, resources=[given], by=people["sun"])
    solving.offer(need, text=f"{CONTENT}已办", by=people["sun"])
    solving.confirm(need, rating=5, comment=CONTENT, by=cast.lin)
    solving.reopen(need, reason=CONTENT, by=cast.lin)
    for outsider in OUTSIDERS:
        client = signed_in(people[outsider])
        for response in every_page(client, need, project, given):
            page = response.text
            for canary in CANARIES:
                if canary == TITLE and f'value="{TITLE}"' in page:
                    page = page.replace(TITLE, "")  # what the reader typed into the search
                assert canary not in page, (outsider, response.request["PATH_INFO"])
            assert need.number not in page.replace(f'value="{need.number}"', "").replace(
                f"：{need.number}<", ""
            ), (outsider, response.request["PATH_INFO"])
    wu = signed_in(cast.wu)
    assert wu.get(project.get_absolute_url()).status_code == 200
    assert "不向贵单位公开" in wu.get(project.get_absolute_url()).text
    assert TITLE in signed_in(cast.lin).get(project.get_absolute_url()).text


def test_lists_count_only_what_is_seen(cast, people):
    hidden_need(cast, "closed", "office")
    make.need(cast.lin_unit, "closed", audience="alliance")
    for name, seen in {"sun": 2, "lin": 2, "wu": 1, "zhao": 1, "stranger": 0}.items():
        for figure in ("", "collected", "matched", "solved"):
            response = signed_in(people[name]).get(
                reverse("services:need-list"), {"figure": figure}
            )
            assert f'data-count="{seen}"' in response.text, (name, figure)


def test_others_read_a_public_need_without_contact_reasons_solutions_or_names(cast, people):
    need = make.need(
        cast.lin_unit,
        "offered",
        taken_by=cast.zhao_unit,
        contact_name=CONTACT,
        contact_phone="13800009876",
    )
    solving.refuse(need, reason="隐语原因", by=cast.lin)
    solving.offer(need, text="隐语方案", by=cast.zhao)
    outside = signed_in(cast.wu).get(need.get_absolute_url()).text
    inside = signed_in(cast.zhao).get(need.get_absolute_url()).text
    for word in (CONTACT, "138****9876", "隐语原因", "隐语方案"):
        assert word not in outside
        assert word in inside
    assert "办理记录" not in outside


def test_telephone_numbers_are_masked_on_every_page_for_everybody(cast, people):
    phone = "13800009876"
    need = hidden_need(cast, "accepted", "alliance", taken_by=cast.wu_unit)
    returned = hidden_need(cast, "returned")
    resource = make.resource(cast.wu_unit, contact_name="王", contact_phone=phone)
    cast.lin_unit.contacts.create(name="林", phone=phone)
    cast.wu_member.phone = phone
    cast.wu_member.save()
    paths = [
        need.get_absolute_url(),
        reverse("services:need-match", args=[need.pk]),
        returned.get_absolute_url(),
        reverse("services:need-edit", args=[returned.pk]),
        reverse("services:need-create"),
        resource.get_absolute_url(),
        reverse("services:resource-edit", args=[resource.pk]),
    ]
    masked = 0
    for user in (people["sun"], cast.lin, cast.wu):
        for path in paths:
            page = signed_in(user).get(path).text
            assert phone not in page
            masked += "138****9876" in page
    assert masked >= 10


def test_no_event_tells_what_was_typed(cast, people):
    need = hidden_need(cast, "submitted")
    review.send_back(need, reason="隐语原因", by=people["sun"])
    filing.change(need, content=CONTENT + "补", contact_name=CONTACT + "二", by=cast.lin)
    for event in Event.objects.all():
        for word in (CONTENT, CONTACT, "隐语原因", "13800009876"):
            assert word not in str(event.facts)


def test_a_project_is_seen_by_those_who_take_part(cast, people):
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    given = make.resource(cast.zhao_unit)
    project = projects.start(need, name="项目", resources=[given], by=cast.wu)
    for name, seen in {
        "sun": True,
        "lin": True,
        "wu": True,
        "zhao": True,
        "department": False,
        "stranger": False,
    }.items():
        assert Project.objects.visible_to(people[name]).exists() == seen, name
        response = signed_in(people[name]).get(project.get_absolute_url())
        assert response.status_code == (200 if seen else 404), name
    note = reverse("services:project-note", args=[project.pk])
    typed = {"text": "已办", "percent": "10", "once": str(uuid.uuid4())}
    for name, code in {"zhao": 403, "lin": 403, "department": 404, "wu": 302}.items():
        assert signed_in(people[name]).post(note, typed).status_code == code, name


def test_nobody_learns_by_a_figure_how_what_others_asked_was_confirmed(cast, people):
    """Neither from the rows of a figure, nor from those that it leaves out, nor from a number."""
    need = make.need(cast.lin_unit, "solved", audience="group", taken_by=cast.zhao_unit)
    need.solutions.update(automatically=True, rating=None)
    url, found, numbers = reverse("services:need-list"), {}, {}
    for name in ("wu", "zhao", "lin", "sun"):
        found[name] = [
            list(signed_in(people[name]).get(url, {"figure": figure}).context["object_list"])
            for figure in ("solved", "auto_solved")
        ]
        panel = panels.needs_of_a_group(cast.group, people[name], timezone.localdate())
        numbers[name] = panel.facts["figures"][1][1]
    assert found["wu"] == [[need], []]
    assert all(found[name] == [[], [need]] for name in ("zhao", "lin", "sun"))
    assert numbers == {"wu": 1, "zhao": 0, "lin": 0, "sun": 0}


def test_the_filer_is_not_told_what_units_report_to_each_other(cast, people):
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.zhao_unit)
    make.assistance(need, cast.wu_unit)
    dispatching.finish_help(need, result="隐语协办情况", by=cast.wu)
    for name, reads in {"lin": False, "wu": True, "zhao": True, "sun": True}.items():
        page = signed_in(people[name]).get(need.get_absolute_url()).text
        assert ("隐语协办情况" in page) == reads, name
