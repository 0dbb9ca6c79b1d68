"""The park office adds a kind of activity, changes what is usual, and retires it."""

import uuid

import pytest
from django.urls import reverse

from members.actions import activity_kinds
from members.models import ActivityKind
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db
LIST = reverse("members:activitykind-list")
CREATE = reverse("members:activitykind-create")


def typed(**changes):
    return {
        "once": uuid.uuid4(),
        "name": "现场观摩",
        "code": "field_visit",
        "expected": "everybody",
        "agenda": "参观\n交流",
        "hours": "1.5",
        "takes_votes": "",
        "order": "50",
    } | changes


def edit(kind):
    return reverse("members:activitykind-edit", args=[kind.pk])


def test_sun_adds_a_kind_that_secretaries_can_choose(sign_in, sun, cast):
    response = sign_in(sun).post(CREATE, typed(), follow=True)
    assert "已增加活动类型" in response.content.decode()
    kind = ActivityKind.objects.get(code="field_visit")
    assert (kind.name, kind.hours, kind.is_offered) == ("现场观摩", 1.5, True)
    assert Event.objects.get(name="activitykind.added").facts == {"code": "field_visit"}
    assert make.activity(cast.lin_branch, kind=kind).hours == 1.5


@pytest.mark.parametrize(("field", "value"), [("hours", "-1"), ("order", "99999")])
def test_the_admin_site_takes_no_such_number_either(sign_in, sun, field, value):
    sent = {name: typed()[name] for name in ("name", "code", "expected", "agenda")}
    sent |= {"hours": "1.5", "order": "50", "is_offered": "on"} | {field: value}
    answer = sign_in(sun).post(reverse("admin:members_activitykind_add"), sent)
    assert field in answer.context["adminform"].form.errors
    sent |= {"hours": "1.5", "order": "50"}
    assert sign_in(sun).post(reverse("admin:members_activitykind_add"), sent).status_code == 302
    assert ActivityKind.objects.get(code="field_visit").hours == 1.5


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "主题党日"),
        ("name", "长" * 31),
        ("code", "theme_day"),
        ("code", "中文"),
        ("code", ""),
        ("hours", "-1"),
        ("hours", "1000"),
        ("hours", "x"),
        ("order", "99999"),
        ("expected", "nobody"),
        ("agenda", "\x00"),
        ("agenda", "长" * 1001),
    ],
)
def test_bad_input_is_told_at_its_field(sign_in, sun, field, value):
    response = sign_in(sun).post(CREATE, typed(**{field: value}))
    assert list(response.context["form"].errors) == [field]
    assert not ActivityKind.objects.filter(code="field_visit").exists()


def change(client, kind, **facts):
    """Sends the page as it was opened, but for these facts."""
    seen = client.get(edit(kind)).context["form"]["seen"].value()
    return client.post(edit(kind), typed(seen=seen, **facts))


def test_a_kind_with_records_keeps_its_code(sign_in, sun, cast):
    kind = make.activity_kind()
    unused = ActivityKind.objects.get(code="tea_talk")
    make.activity(cast.lin_branch, kind=kind)
    change(sign_in(sun), kind, name="主题党日", code="other_code", hours="3")
    kind.refresh_from_db()
    assert (kind.code, kind.hours) == ("theme_day", 3)
    with pytest.raises(StepRefused, match="代码不能再改"):
        activity_kinds.change(kind, by=sun, code="other_code")
    change(sign_in(sun), unused, name="茶座", code="tea")
    unused.refresh_from_db()
    assert (unused.code, unused.name) == ("tea", "茶座")


@pytest.mark.parametrize("code", ["talk", "organizational_life"])
def test_a_kind_that_duties_ask_for_keeps_its_code_before_there_is_a_record(sign_in, sun, code):
    kind = ActivityKind.objects.get(code=code)
    change(sign_in(sun), kind, name=kind.name, code="other_code")
    kind.refresh_from_db()
    assert kind.code == code
    with pytest.raises(StepRefused, match="代码不能再改"):
        activity_kinds.change(kind, by=sun, code="other_code")


def test_the_admin_keeps_the_code_too(client, cast):
    kind = make.activity_kind()
    make.activity(cast.lin_branch, kind=kind)
    from django.contrib import admin

    page = admin.site._registry[ActivityKind]
    assert page.get_readonly_fields(None, kind) == ("code",)
    assert page.get_readonly_fields(None, ActivityKind.objects.get(code="tea_talk")) == ()


def test_a_retired_kind_keeps_its_records_and_can_come_back(sign_in, sun, cast):
    kind = ActivityKind.objects.get(code="volunteer")
    record = make.activity(cast.lin_branch, kind=kind)
    client = sign_in(sun)
    client.post(reverse("members:activitykind-retire", args=[kind.pk]))
    kind.refresh_from_db()
    assert not kind.is_offered
    assert "已停用" in client.get(LIST).content.decode()
    assert client.get(record.get_absolute_url()).status_code == 200
    client.post(reverse("members:activitykind-restore", args=[kind.pk]))
    kind.refresh_from_db()
    assert kind.is_offered
    assert Event.objects.filter(name="activitykind.changed").count() == 2


def test_only_the_office_keeps_the_kinds(sign_in, cast, sun):
    kind = make.activity_kind()
    for user in (cast.lin, make.staff("leader"), make.staff("auditor"), make.staff("admin")):
        client = sign_in(user)
        assert client.get(CREATE).status_code == 403
        assert client.post(edit(kind), typed()).status_code == 403
        url = reverse("members:activitykind-retire", args=[kind.pk])
        assert client.post(url).status_code == 403
    assert sign_in(make.staff("admin")).get(LIST).status_code == 200
    assert sign_in(sun).post(reverse("members:activitykind-retire", args=[999])).status_code == 404
