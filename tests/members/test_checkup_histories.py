"""Whatever happens to branches, their people, rules and records: the check-up says what a slow
reading of the rows says, day by day."""

from random import Random

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.checkup.board import Board
from members.models import Organization
from tests.members.duty_histories import YEAR, History
from tests.members.slow_checkup import Slow

pytestmark = pytest.mark.django_db
MOST_QUESTIONS = 8


class Undone(Exception):
    pass


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_the_check_up_says_what_a_slow_reading_says(db, seed):
    with pytest.raises(Undone), transaction.atomic():
        history = History(Random(seed))
        organizations = list(Organization.objects.all())
        board = Board(organizations, YEAR, today=history.today)
        slow = Slow(YEAR, history.today)
        for organization in organizations:
            for code in board.layout:
                fast = [
                    (cell.stretch.first, cell.stretch.last, str(cell.state), cell.done, cell.asked)
                    for cell in board.cells(organization, code)
                ]
                asked = f"{organization.kind} {organization.pk} {code} on {history.today}"
                assert fast == slow.verdicts(organization, code), asked
        raise Undone


def test_the_number_of_questions_is_constant(db):
    history = History(Random(1))
    everywhere = list(Organization.objects.all())
    numbers = set()
    for organizations in (everywhere[:3], everywhere):
        with CaptureQueriesContext(connection) as asked:
            assert Board(organizations, YEAR, today=history.today).facts
        numbers.add(len(asked))
    assert len(numbers) == 1
    assert numbers.pop() <= MOST_QUESTIONS
