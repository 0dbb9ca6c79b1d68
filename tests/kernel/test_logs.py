"""Addresses that are keys stand in no log, and a denial takes one line."""

import logging

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from alliance.actions import minutes
from nanchuan.kernel.logs import DenialInOneLine, WithoutSecrets
from tests import make

TOKEN = "b3_x-Y" * 7


@pytest.mark.parametrize(
    "line",
    [
        f"/alliance/feeds/{TOKEN}.ics",
        f'"GET /alliance/feeds/{TOKEN}.ics HTTP/1.1" 200 1234',
        f"Not Found: /alliance/feeds/{TOKEN}.ics?x=1",
    ],
)
def test_the_token_of_a_calendar_is_taken_out(line):
    record = logging.makeLogRecord({"msg": "%s", "args": (line,)})
    assert WithoutSecrets().filter(record)
    assert record.getMessage() == line.replace(TOKEN, "***")


def test_other_lines_stay_as_they_are():
    record = logging.makeLogRecord({"msg": "%s: %s", "args": ("Not Found", "/alliance/feeds/")})
    assert WithoutSecrets().filter(record)
    assert (record.msg, record.args) == ("%s: %s", ("Not Found", "/alliance/feeds/"))


def test_every_way_out_has_the_filter():
    """Django's loggers have no handlers of their own, so each line passes the filter."""
    for name in ("django", "django.request", "django.server"):
        logger = logging.getLogger(name)
        assert logger.handlers == [] and logger.propagate, name
    from django.conf import settings

    for handler in settings.LOGGING["handlers"].values():
        assert "without_secrets" in handler["filters"]


def lines(caplog):
    """As the console writes them."""
    format_ = logging.Formatter("{levelname} {name} {message}", style="{").format
    return [format_(record) for record in caplog.records if record.name == "django.request"]


@pytest.mark.django_db
def test_a_denial_by_the_policy_is_one_line(client, cast, caplog):
    path = reverse("accounts:account-list")
    client.force_login(cast.wu)
    assert client.get(path, {"q": "秘密"}).status_code == 403
    rule = "admin,staff/visible"
    told = f"Denied: GET {path} user={cast.wu.pk} policy=accounts:account-list ({rule})"
    assert lines(caplog) == [f"WARNING django.request {told}"]


@pytest.mark.django_db
def test_a_denial_by_an_act_is_one_line(client, cast, caplog):
    """The policy lets both speakers of a unit in; only one of them handed the minutes in."""
    meeting = make.held_meeting(cast.group)
    draft = make.minutes(meeting, by=cast.lin)
    minutes.submit(draft, by=cast.lin)
    colleague = make.liaison(cast.lin_unit)
    client.force_login(colleague)
    path = f"/alliance/minutes/{draft.pk}/withdraw/"
    assert client.post(path, {"reason": "秘密"}).status_code == 403
    rule = "staff,unit/editable"
    told = f"POST {path} user={colleague.pk} policy=alliance:minutes-withdraw ({rule})"
    assert lines(caplog) == [f"WARNING django.request Denied: {told}"]


@pytest.mark.django_db
def test_nobody_writes_lines_of_their_own_into_the_log(rf):
    request = rf.get("/")
    request.path, request.resolver_match = "/x\n2026-11-26 ERROR", None
    try:
        raise PermissionDenied
    except PermissionDenied as denied:
        record = logging.makeLogRecord({"request": request, "exc_info": (1, denied, None)})
    assert DenialInOneLine().filter(record)
    assert record.getMessage().startswith("Denied: GET /x\\n2026-11-26")
    assert record.getMessage().endswith("user=- policy=- (none)")


def test_an_error_keeps_its_traceback(rf):
    record = logging.makeLogRecord({"request": rf.get("/"), "exc_info": (1, ValueError(), None)})
    assert DenialInOneLine().filter(record)
    assert record.exc_info
