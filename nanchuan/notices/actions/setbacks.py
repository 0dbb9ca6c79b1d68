"""How long to leave something alone that went wrong: longer each time, never for good."""

from datetime import timedelta

FIRST = timedelta(seconds=30)
LONGEST = timedelta(hours=1)


def distance(failures: int) -> timedelta:
    """The time before the next attempt after so many failures (at least one)."""
    return min(FIRST * 2 ** min(failures - 1, 20), LONGEST)


def words_for(error: BaseException) -> str:
    """What staff read; the traceback stands in the log."""
    return f"{type(error).__name__}: {error}"[:300]
