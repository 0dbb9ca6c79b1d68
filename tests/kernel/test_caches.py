"""The cache while Redis does not answer, and when it is back."""

import pytest
import redis
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache

from nanchuan.kernel import caches as ours

pytestmark = pytest.mark.django_db
NOBODY = "redis://127.0.0.1:1/0"  # no one listens on this port


@pytest.fixture(autouse=True)
def listening(monkeypatch):
    monkeypatch.setattr(ours, "_silent_until", 0.0)


@pytest.fixture
def cache(settings):
    given = {**settings.CACHES, "spare": settings.IN_DATABASE}
    settings.CACHES = given
    return ours.FallingBackCache(NOBODY, {})


def test_without_redis_everything_is_kept_in_the_database(cache):
    assert cache.get("a") is None
    cache.set("a", 1)
    assert cache.get("a") == 1
    assert cache.incr("a") == 2
    assert not cache.add("a", 3)
    assert cache.get_or_set("b", lambda: 4) == 4
    assert cache.get_many(["a", "b"]) == {"a": 2, "b": 4}
    assert "b" in cache
    cache.delete("b")
    assert "b" not in cache
    assert caches["spare"].get("a") == 2


def test_one_attempt_and_then_silence_for_a_while(cache, monkeypatch):
    asked = []

    def fail(self, *arguments, **options):
        asked.append(arguments)
        raise redis.TimeoutError("drill")

    monkeypatch.setattr(RedisCache, "get", fail)
    for _each in range(5):
        cache.get("a")
    assert len(asked) == 1
    monkeypatch.setattr(ours, "_silent_until", 0.0)
    monkeypatch.setattr(RedisCache, "get", lambda self, *arguments, **options: "from Redis")
    assert cache.get("a") == "from Redis"


def test_a_mistake_of_ours_is_not_taken_for_a_silent_redis(cache, monkeypatch):
    def fail(self, *arguments, **options):
        raise TypeError("drill")

    monkeypatch.setattr(RedisCache, "get", fail)
    with pytest.raises(TypeError):
        cache.get("a")


def test_no_way_into_the_cache_is_forgotten():
    """Whatever RedisCache does over its own line is done in the other place as well."""
    public = {name for name, made in vars(RedisCache).items() if callable(made)}
    own = {"__init__", "get_backend_timeout"}
    assert public - own == set(ours.WAYS)
