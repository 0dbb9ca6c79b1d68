"""The cast never changes: Lin chairs, Wu sits, Zhao is outside, Sun is the park office."""

import os
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection
from django.utils import translation
from hypothesis import HealthCheck, settings

from nanchuan.kernel import calendar
from nanchuan.portal.demo import load as demo
from services import shelves
from tests import make, migrated, quick_flush, recordings

# A busy machine is slow at times: that is no fault of the code under test. Where everything is
# demanded the examples are the same each time; new ones are tried at every desk.
settings.register_profile(
    "patient",
    deadline=None,
    derandomize=os.environ.get("DEMAND_ALL") == "1",
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("patient")
migrated.use()


def pytest_configure():
    """Each test client makes a portal of its own, which would look through all static files once
    more: they are found when they are asked for."""
    django_settings.WHITENOISE_AUTOREFRESH = True


def pytest_collection_modifyitems(items):
    """Real processes and browsers on a busy machine may be late once, and the summary says so;
    what fails twice is a fault. The negative control of a race shows the fault by chance: on such
    a machine its two may miss each other in every round. Those who want the demo park share one
    worker, where it is loaded once."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("demo"))
        if item.get_closest_marker("services") or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))
        elif item.name.startswith("test_without_") and _races(item):
            item.add_marker(pytest.mark.flaky(reruns=2))


def _races(item) -> bool:
    database = item.get_closest_marker("django_db")
    return database is not None and database.kwargs.get("transaction", False)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """Nobody needs what a test committed after the power failed: no commit waits for the disk."""
    given = connection.settings_dict["OPTIONS"]
    if connection.vendor == "postgresql" and "options" in given:  # a pooler hands none on
        given["options"] += " -c synchronous_commit=off"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, django_db_keepdb):
    """Whatever an earlier run left in a kept database is cleared away first."""
    with django_db_blocker.unblock():
        if django_db_keepdb and not demo.is_empty():
            call_command("flush", verbosity=0, interactive=False)
        quick_flush.use()


@pytest.fixture(autouse=True)
def the_park_decided_nothing_of_its_days():
    """What one test did to the working calendar another one does not see, and no test is asked for
    it: a test that changes rows itself calls `calendar.forget()`."""
    shared = calendar._shared
    shared.calendar, shared.stamp, shared.looked_at = calendar.NOTHING_DECIDED, None, float("inf")


@pytest.fixture(autouse=True)
def nobody_spoke_before():
    """A request in English leaves its language to whatever runs next in the same thread."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def nothing_was_read_before():
    """Rows of one test stand under the same keys as those of another one."""
    shelves.forget()


@pytest.fixture(autouse=True)
def no_quiet_hours(settings):
    """A test says the same at night; those of the quiet hours choose them."""
    settings.QUIET_HOURS = ""


def _make_cast():
    root = make.organization(name="园区党委", kind="committee")
    people = {}
    for name in ("lin", "wu", "zhao"):
        branch = make.organization(root, name=f"{name}党支部")
        unit = make.unit(branch, name=f"{name}公司")
        person = make.secretary(branch, name=name)
        people[name] = person.user
        people[f"{name}_branch"], people[f"{name}_unit"] = branch, unit
        people[f"{name}_member"] = person
    group = make.group(people["lin_unit"], people["wu_unit"], lead=people["lin_unit"])
    other = make.group(people["zhao_unit"], lead=people["zhao_unit"])
    turn = make.turn(group.seats.get(unit=people["lin_unit"]))
    return SimpleNamespace(root=root, group=group, other_group=other, turn=turn, **people)


the_cast = recordings.Recording(_make_cast)


@pytest.fixture
def cast(db, monkeypatch):
    """Three branch secretaries of three enterprises, and their group and turn.

    Lin's unit leads the group and is on turn, Wu's unit sits in it, Zhao's in another one.
    """
    return the_cast(monkeypatch)


@pytest.fixture
def lin(cast):
    return cast.lin


@pytest.fixture
def wu(cast):
    return cast.wu


@pytest.fixture
def zhao(cast):
    return cast.zhao


@pytest.fixture
def sun(db):
    return make.staff(name="sun")


@pytest.fixture
def sign_in(client):
    """Sign a user in and return the client."""

    def signed_in(user):
        client.force_login(user)
        return client

    return signed_in
