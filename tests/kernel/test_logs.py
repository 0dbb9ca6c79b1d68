"""Addresses that are keys stand in no log."""

import logging

import pytest

from nanchuan.kernel.logs import WithoutSecrets

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
