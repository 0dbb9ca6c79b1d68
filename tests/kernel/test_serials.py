import threading

import pytest
from django.db import connection, transaction

from nanchuan.kernel.models import Serial
from nanchuan.kernel.serials import next_number


def test_numbers_are_short_and_start_anew_each_year(db):
    with transaction.atomic():
        assert next_number("需", 2026) == "需-2026-0001"
        assert next_number("需", 2026) == "需-2026-0002"
        assert next_number("资", 2026) == "资-2026-0001"
        assert next_number("需", 2027) == "需-2027-0001"


def test_a_rollback_leaves_no_gap(db):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        next_number("需", 2026)
        1 / 0  # noqa: B018
    with transaction.atomic():
        assert next_number("需", 2026) == "需-2026-0001"


@pytest.mark.django_db(transaction=True)
def test_nobody_gets_the_same_number():
    taken = []

    def take():
        for _each in range(10):
            with transaction.atomic():
                taken.append(next_number("需", 2026))
        connection.close()

    threads = [threading.Thread(target=take) for _each in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [f"需-2026-{number:04d}" for number in range(1, 61)]
    assert Serial.objects.get(prefix="需", year=2026).last == 60
