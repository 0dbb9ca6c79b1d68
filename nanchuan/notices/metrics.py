"""The facts of the machinery in the text format of Prometheus, version 0.0.4.

Labels hold names of channels' kinds, queues and windows; nothing that anybody typed.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from nanchuan.notices.machinery import Machinery, machinery, sent_ever
from nanchuan.notices.recent import SPANS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OUTCOMES = ("sent", "failed", "missed")
Samples = Iterable[tuple[dict[str, str], float]]


def exposition() -> str:
    return "".join(
        line
        for name, kind, meaning, samples in _families(machinery(), sent_ever())
        for line in _family(f"nanchuan_{name}", kind, meaning, samples)
    )


def _families(found: Machinery, totals: dict[str, int]) -> Iterator[tuple]:
    """The name of each, its kind, what it means, its samples."""
    yield from _of_works(found)
    yield from _of_queues(found)
    yield from _of_deliveries(found, totals)
    yield from _of_channels(found)


def _gauge(name: str, meaning: str, samples: Samples) -> tuple:
    return name, "gauge", meaning, samples


def _of_works(found: Machinery) -> Iterator[tuple]:
    beats = [({"work": each.work.name}, each) for each in found.heartbeats]
    yield _gauge(
        "heartbeat_age_seconds",
        "Since a kind of work was last looked for.",
        [(work, each.age.total_seconds()) for work, each in beats if each.age is not None],
    )
    yield _gauge(
        "heartbeat_overdue",
        "1 if a kind of work stands still that the portal needs.",
        [(work, each.is_overdue) for work, each in beats],
    )
    yield _gauge(
        "events_waiting",
        "What happened and was not turned into reminders yet.",
        [({}, found.events)],
    )
    yield _gauge(
        "events_age_seconds",
        "Since the oldest of them; 0 if there is none.",
        [({}, found.events_age.total_seconds())],
    )
    yield _gauge("events_failed", "Events that were given up.", [({}, found.events_dead)])


def _of_queues(found: Machinery) -> Iterator[tuple]:
    queues = [({"channel": each.name, "queue": each.queue}, each) for each in found.flows]
    yield _gauge(
        "queue_age_seconds",
        "Since the oldest message that is not sent was due; 0 if none is.",
        [(label, each.age.total_seconds()) for label, each in queues],
    )
    yield _gauge(
        "queue_due",
        "Messages (inbox: reminders) that are due and not sent.",
        [(label, each.due) for label, each in queues],
    )
    yield _gauge(
        "queue_waiting",
        "Messages (inbox: reminders) that are not sent, due or not.",
        [(label, each.waiting) for label, each in queues],
    )


def _of_deliveries(found: Machinery, totals: dict[str, int]) -> Iterator[tuple]:
    flows = [({"channel": each.name}, each) for each in found.flows]
    yield (
        "deliveries_sent_total",
        "counter",
        "Messages sent since the portal began: rows, which are kept.",
        [(label, totals.get(each.name, 0)) for label, each in flows],
    )
    yield _gauge(
        "deliveries_failed",
        "Messages (inbox: reminders) given up and not sent again.",
        [(label, each.dead) for label, each in flows],
    )
    yield _gauge(
        "deliveries_recent",
        "What was sent, failed or missed in the window that ends now.",
        [
            ({**label, "outcome": outcome, "window": span}, each.recent.number(outcome, span))
            for label, each in flows
            for outcome in OUTCOMES
            for span in SPANS
        ],
    )
    lateness = [(label, each.recent.lateness) for label, each in flows]
    yield _gauge(
        "delivery_lateness_p99_seconds",
        "99 of 100 messages of the last 24 hours left at most so long after they were due.",
        [(label, _seconds(late)) for label, late in lateness if late],
    )


def _of_channels(found: Machinery) -> Iterator[tuple]:
    flows = [({"channel": each.name}, each) for each in found.flows]
    channels = [(label, each.channel) for label, each in flows if each.channel]
    yield _gauge(
        "channel_last_success_timestamp_seconds",
        "When a channel last took a message.",
        [(label, each.succeeded_at.timestamp()) for label, each in flows if each.succeeded_at],
    )
    yield _gauge(
        "channel_on",
        "1 if an administrator switched the channel on.",
        [(label, channel.is_on) for label, channel in channels],
    )
    yield _gauge(
        "channel_stopped",
        "1 if the channel stands still until an administrator mends it.",
        [(label, bool(channel.fault)) for label, channel in channels],
    )


def _seconds(late: timedelta) -> float:
    return float("inf") if late == timedelta.max else late.total_seconds()


def _family(name: str, kind: str, meaning: str, samples: Samples) -> Iterator[str]:
    yield f"# HELP {name} {meaning}\n"
    yield f"# TYPE {name} {kind}\n"
    for labels, value in samples:
        said = ",".join(f'{label}="{text}"' for label, text in labels.items())
        number = "+Inf" if value == float("inf") else f"{float(value):.15g}"
        yield f"{name}{{{said}}} {number}\n" if said else f"{name} {number}\n"
