"""Loaded by `make test` before the settings: a Redis database for each process that tests."""

import os
from urllib.parse import urlsplit, urlunsplit

worker = os.environ.get("PYTEST_XDIST_WORKER", "")
if worker and (url := os.environ.get("REDIS_URL")):
    parts = urlsplit(url)
    # A Redis has 16 of them; counted down from the one that was named.
    number = (int(parts.path.strip("/") or 0) - int(worker.removeprefix("gw"))) % 16
    os.environ["REDIS_URL"] = urlunsplit(parts._replace(path=f"/{number}"))
