"""The demo comes once, refuses what is not its own, and goes without a trace."""

import json

import pytest
from django.core.management import CommandError
from django.urls import reverse

from members.models import Change, PartyMember, Unit
from nanchuan.accounts.models import User
from nanchuan.kernel.models import Event
from nanchuan.portal.demo import park
from nanchuan.portal.models import DemoRow
from services.actions import filing, review
from services.models import Need
from tests import make
from tests.portal.demo import counts, load, run

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture
def demo(db, var, monkeypatch):
    """The demo park, for a test that changes it."""
    load(monkeypatch, var)
    return json.loads((var / "demo-accounts.json").read_text())


def test_loading_twice_changes_nothing(demo, var):
    before, file = counts(), (var / "demo-accounts.json").read_text()
    assert "没有改变" in run("demo")
    assert counts() == before
    assert (var / "demo-accounts.json").read_text() == file


def test_a_seed_makes_a_park_and_each_installation_a_password(var, db, monkeypatch):
    # Who would have heard of it is most of the work, and changes no name.
    monkeypatch.setattr("nanchuan.portal.demo.load.suppress", lambda **moment: None)
    seen, passwords = [], set()
    for seed in (1, 1, 2):
        run("demo", seed=seed)
        seen.append(list(PartyMember.objects.order_by("pk").values_list("name", flat=True)))
        passwords |= {a["password"] for a in json.loads((var / "demo-accounts.json").read_text())}
        run("demo", "--remove")
    assert seen[0] == seen[1] != seen[2]
    assert len(passwords) == 3


def test_it_refuses_a_database_with_other_data(var, db):
    make.organization()
    with pytest.raises(CommandError, match="其他数据"):
        run("demo")
    assert run("demo", "--if-empty") == ""
    assert not DemoRow.objects.exists()


def test_a_ribbon_says_that_it_is_a_demo(demo, client):
    client.force_login(User.objects.get(username="member"))
    assert "演示数据" in client.get("/").content.decode()
    client.logout()
    assert "演示数据" in client.get(reverse("account_login")).content.decode()
    run("demo", "--remove")
    assert "演示数据" not in client.get(reverse("account_login")).content.decode()


def test_removal_leaves_what_was_there_before_and_nothing_else(var, db, monkeypatch):
    Change.objects.fold()  # one mark stands for all that was written
    before = counts()
    load(monkeypatch, var)
    run("demo", "--remove")
    after = {label: number for label, number in counts().items() if number != before[label]}
    assert after == {}
    assert not (var / "demo-accounts.json").exists()


def test_removal_spares_what_people_added_beside_it(demo):
    own = make.organization(name="自己的党支部")
    unit = make.unit(own, name="自己的企业")
    make.seat(unit)
    sun = make.staff()
    lin = make.secretary(own)
    staff = User.objects.get(username="staff")
    kept = filing.file(
        unit=unit,
        category="policy",
        title="自己的需求",
        content="内容",
        urgency="normal",
        contact_name="联系人",
        contact_phone="10000000000",
        by=lin.user,
    )
    review.publish(kept, by=staff)
    run("demo", "--remove")
    assert set(Unit.objects.all()) == {unit}
    assert set(User.objects.all()) == {sun, lin.user}
    assert Need.objects.get() == kept
    event = Event.objects.get(name="need.published")
    assert event.by is None
    assert event.by_label == str(staff)


def test_removal_takes_what_hangs_on_the_demo(demo):
    """A need that somebody filed for a demo enterprise cannot stand without it."""
    unit = Unit.objects.get(name=park.GROUPS[0][2][0])
    staff = make.staff()
    filing.file(
        unit=unit,
        category="policy",
        title="试填的需求",
        content="内容",
        urgency="normal",
        contact_name="联系人",
        contact_phone="10000000000",
        by=staff,
    )
    run("demo", "--remove")
    assert not Need.objects.exists()
    assert User.objects.get() == staff
