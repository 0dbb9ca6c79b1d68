"""The pages on which projects are worked on, as people use them."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from PIL import Image

from nanchuan.kernel.models import FormToken
from services.actions import milestones, progress, project_money, projects
from services.models import (
    Commitment,
    Effect,
    Milestone,
    Money,
    ProgressNote,
    ProgressPhoto,
    Project,
    ProjectNeed,
    Risk,
)
from services.views.project_verbs import PARTS, PROJECT, noun_of
from tests import make

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def need(cast):
    """Asked by Lin's unit of the office only, owed by Wu's."""
    return make.need(
        cast.lin_unit, "accepted", taken_by=cast.wu_unit, audience="office", title="机密需求甲"
    )


@pytest.fixture
def project(cast, need):
    """Zhao's unit gives."""
    gift = make.resource(cast.zhao_unit, capacity=3, needs_consent=False)
    return make.project(need, resources=[gift])


def sent(client, row, verb, **typed):
    noun = noun_of(type(row))
    stem = "projects" if noun == "project" else f"projects/{noun}s"
    typed |= {"once": uuid.uuid4()}
    return client.post(f"/services/{stem}/{row.pk}/{verb}/", typed)


def test_each_form_opens_and_does_what_it_says(cast, sun, project, need, sign_in):
    client, other = sign_in(sun), make.need(cast.lin_unit, "accepted")
    page = f"/services/projects/{project.pk}/"
    for verb, look in PROJECT.items():
        if look.form and project.status in ("active",):
            assert client.get(f"{page}{verb}/").status_code == 200, verb
    day = TODAY.isoformat()
    gift = make.resource(capacity=2)
    for verb, typed in (
        ("plan", {"title": "到货", "due_on": day}),
        ("money", {"kind": "spent", "amount": "12.50", "on": day, "text": "运费"}),
        ("risk", {"text": "慢", "level": "low"}),
        ("effect", {"said_for": f"{need.pk}-{need.unit_id}", "text": "好用", "amount": "9"}),
        ("commit", {"resource": gift.pk, "quantity": 2}),
        ("commit", {"quantity": 1, "unit": cast.wu_unit.pk, "what": "两个人"}),
        ("assist", {"unit": cast.lin_unit.pk, "task": "试样"}),
        ("join", {"need": other.pk}),
        ("change", {"name": "新名称", "lead": cast.wu_unit.pk, "goal": "降本"}),
    ):
        answer = sent(client, project, verb, **typed)
        assert (answer.status_code, answer.url if answer.status_code == 302 else "") == (302, page)
    assert Money.objects.get().amount == Decimal("12.50")
    assert Effect.objects.get().on_behalf
    assert Commitment.objects.get(resource=gift).booking.quantity == 2
    project.refresh_from_db()
    assert (project.name, project.goal, project.need_links.count()) == ("新名称", "降本", 2)
    step, risk, line = Milestone.objects.get(), Risk.objects.get(), Money.objects.get()
    parts = (
        (step, "change", {"title": "到货二", "due_on": day}),
        (step, "done", {}),
        (risk, "handle", {"done": "已催", "level": "low"}),
        (risk, "close", {"done": "到了"}),
        (line, "cancel", {"reason": "写错"}),
        (Commitment.objects.get(resource=gift), "withdraw", {"reason": "不用"}),
        (ProjectNeed.objects.get(need=other), "leave", {"reason": "另办"}),
        (project.unit_links.get(unit=cast.lin_unit), "end", {}),
    )
    assert {type(row) for row, _verb, _typed in parts} == PARTS.keys()
    for row, verb, typed in parts:
        assert sent(client, row, verb, **typed).status_code == 302, verb
    assert sent(client, project, "stop", reason="不做了").status_code == 302
    assert sent(client, project, "reopen").status_code == 302
    project.refresh_from_db()
    assert project.status == "active"


def test_what_is_refused_keeps_what_was_typed(cast, project, sign_in):
    client = sign_in(cast.wu)
    answer = sent(client, project, "plan", title="很早的节点", due_on="2001-01-01")
    assert "很早的节点" in answer.content.decode()
    assert "期限不能早于项目的开始日期" in answer.content.decode()
    assert not FormToken.objects.exists() and not Milestone.objects.exists()


def test_the_page_offers_what_the_reader_may_do(cast, sun, project, sign_in):
    page = f"/services/projects/{project.pk}/"
    offered = {
        cast.wu: {"note", "plan", "commit", "join", "assist", "money", "risk", "change", "close"}
        | {"stop"},
        cast.lin: {"effect"},
        cast.zhao: {"commit"},
    }
    for user, verbs in offered.items():
        text = sign_in(user).get(page).content.decode()
        assert {verb for verb in PROJECT if f'"{page}{verb}/"' in text} == verbs


def test_a_photo_comes_without_what_the_camera_told_and_only_for_those_who_see_it(
    cast, project, sign_in
):
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    client = sign_in(cast.wu)
    answer = sent(
        client, project, "note", text="已到场", percent=40, photos=make.photo(exif=exif.tobytes())
    )
    assert answer.status_code == 302
    note, photo = ProgressNote.objects.get(), ProgressPhoto.objects.get()
    assert (note.percent, note.unit) == (40, cast.wu_unit)
    for name in ("image", "thumbnail"):
        stored = getattr(photo, name).open("rb").read()
        assert b"SecretCamera" not in stored
    address = f"/services/projects/photos/{photo.pk}/"
    assert client.get(address).status_code == 200
    assert client.get(f"{address}thumbnail/").status_code == 200
    outsider = make.liaison(make.unit())
    assert sign_in(outsider).get(address).status_code == 404
    assert sign_in(outsider).get(f"{address}thumbnail/").status_code == 404


def test_a_suggestion_is_chosen_beforehand(cast, need, sign_in):
    gift = make.resource()
    text = sign_in(cast.wu).get(f"/services/needs/{need.pk}/match/?resource={gift.pk}")
    assert f'value="{gift.pk}" checked' in " ".join(text.content.decode().split()) or (
        text.context["form"]["resources"].value() == [str(gift.pk)]
    )


def test_a_measure_is_carried_out_as_a_project(cast, sun, sign_in):
    measure = make.measure(cast.lin_unit)
    button = f"/services/projects/measures/{measure.pk}/"
    for user, shown in ((cast.lin, True), (cast.wu, False)):
        text = sign_in(user).get(measure.get_absolute_url()).content.decode()
        assert (button in text) is shown
    assert sign_in(cast.wu).post(button).status_code == 403
    for _ in range(2):
        sign_in(cast.lin).post(button)
    project = Project.objects.get()
    facts = (project.status, project.lead, project.measure, project.name)
    assert facts == ("planned", cast.lin_unit, measure, measure.title)


def test_who_gives_reads_neither_the_need_nor_money_risks_and_effects(
    cast, sun, need, project, sign_in
):
    project_money.write(
        project, kind="spent", amount=Decimal(4321), on=TODAY, text="机密款", by=cast.wu
    )
    project_money.raise_risk(project, text="机密风险", level="low", by=cast.wu)
    progress.state_effect(project, need=need, unit=cast.lin_unit, text="机密成效", by=cast.lin)
    text = sign_in(cast.zhao).get(project.get_absolute_url()).content.decode()
    told = [
        word for word in ("机密", need.number, "lin公司", "登记资金", "提出风险") if word in text
    ]
    assert told == []
    for user, seen in ((cast.zhao, (0, 0, 0, 1)), (cast.wu, (1, 1, 1, 1)), (sun, (1, 1, 1, 1))):
        models = (Money, Risk, Effect, Commitment)
        assert tuple(model.objects.visible_to(user).count() for model in models) == seen
    for user in (cast.lin,):
        assert Effect.objects.visible_to(user).count() == 1
        assert Money.objects.visible_to(user).count() == 0


def test_what_may_be_done_asks_as_much_of_three_needs_as_of_one(
    cast, sun, project, sign_in, django_assert_max_num_queries
):
    client = sign_in(cast.wu)
    for _ in range(3):
        other = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
        projects.project_needs.join(project, need=other, by=sun)
        milestones.plan(project, title="节点", due_on=TODAY + timedelta(days=9), by=sun)
    client.get(project.get_absolute_url())
    with django_assert_max_num_queries(24):
        client.get(project.get_absolute_url())


def test_hours_are_asked_of_what_goes_by_hours_and_of_nothing_else(cast, sun, project, sign_in):
    client, page = sign_in(sun), f"/services/projects/{project.pk}/commit/"
    hall, desk = make.resource(is_timed=True), make.resource()
    options = client.get(page).text
    assert f'value="{hall.pk}" data-timed' in options
    assert f'value="{desk.pk}" data-timed' not in options
    answer = sent(client, project, "commit", resource=hall.pk, quantity=1)
    assert answer.context["form"].errors.keys() == {"starts_at", "ends_at"}
    begins, ends = f"{TODAY + timedelta(3)}T10:00", f"{TODAY + timedelta(3)}T09:00"
    span = {"starts_at": begins, "ends_at": ends}
    answer = sent(client, project, "commit", resource=hall.pk, quantity=1, **span)
    assert answer.context["form"].errors.keys() == {"ends_at"}
    span |= {"starts_at": ends, "ends_at": begins}
    for gift in (hall, desk):  # hours of what has none are left aside
        answer = sent(client, project, "commit", resource=gift.pk, quantity=1, **span)
        assert answer.status_code == 302
    made = {row.resource: row.booking.starts_at for row in Commitment.objects.order_by("-pk")[:2]}
    assert made[hall] is not None and made[desk] is None


def test_nobody_is_asked_what_a_project_without_needs_brought(cast, sun, sign_in):
    project = Project.objects.create(
        number="项-2026-0900", name="自主", lead=cast.wu_unit, starts_on=TODAY, status="active"
    )
    client = sign_in(sun)
    url = f"/services/projects/{project.pk}/effect/"
    assert url not in client.get(project.get_absolute_url()).text
    assert client.get(url).status_code == 403


@pytest.mark.parametrize("day", ["9999-12-31", "2100-01-01", "0001-01-01", "2026-02-30"])
def test_a_plan_reaches_as_far_as_people_plan(cast, sun, project, sign_in, day):
    client = sign_in(sun)
    typed = {"title": "节点", "due_on": day, "name": project.name}
    for verb in ("plan", "change"):
        answer = sent(client, project, verb, **typed)
        assert (answer.status_code, bool(answer.context["form"].errors)) == (200, True), verb
        assert day in answer.text or day == "2026-02-30"
    assert not Milestone.objects.exists()
    assert client.get(f"/services/projects/{project.pk}/picture/").status_code == 200
