"""Redis as the cache, and the database while Redis does not answer: pages go on, and so do the
limits on wrong passwords, which count on in the other place.

What was kept in one is not known in the other: nothing may be kept that a page cannot do without.
"""

import logging
import time

import redis
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache

logger = logging.getLogger(__name__)

SILENCE = 15  # seconds without an attempt after Redis failed
WAYS = (
    *("add", "get", "set", "touch", "delete", "has_key", "incr"),
    *("get_many", "set_many", "delete_many", "clear"),
)

_silent_until = 0.0


class FallingBackCache(RedisCache):
    """`caches["spare"]` answers in the place of a Redis that does not."""


def _either(way):
    def answer(self, *arguments, **options):
        global _silent_until  # noqa: PLW0603 — one for each process
        if time.monotonic() >= _silent_until:
            try:
                return getattr(RedisCache, way)(self, *arguments, **options)
            except (redis.RedisError, OSError) as error:
                _silent_until = time.monotonic() + SILENCE
                logger.warning("Redis does not answer (%s); the database keeps its things", error)
        return getattr(caches["spare"], way)(*arguments, **options)

    return answer


for _way in WAYS:
    setattr(FallingBackCache, _way, _either(_way))
