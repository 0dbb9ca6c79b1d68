"""Several of the office say at the same moment that a suggestion is wrong, or take that back."""

import pytest
from django.db import IntegrityError, connection

from nanchuan.kernel import roles
from nanchuan.kernel.models import Event
from services.actions import remarks
from services.models import Need, Resource, SuggestionRemark
from tests import make
from tests.races import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 6


@pytest.fixture
def suggestion(cast, sun):
    roles.grants(sun)  # shared between the threads
    return make.need(cast.lin_unit, "published", office=sun), make.resource(cast.wu_unit)


def doubt(suggestion, by):
    need, resource = (
        model.objects.get(pk=row.pk)
        for model, row in zip((Need, Resource), suggestion, strict=True)
    )
    return remarks.doubt(need, resource=resource, why="不对", is_other_matter=False, by=by)


def test_of_several_remarks_at_once_one_stands_and_the_others_hear_why(suggestion, sun):
    results = at_once(*[lambda: doubt(suggestion, sun)] * MANY)
    assert {str(each) for each in refusals(results)} == {
        "已经有人指出过这条推荐不对。要改写意见，请先收回原来的。"
    }
    assert len(refusals(results)) == MANY - 1
    assert SuggestionRemark.objects.standing().count() == 1
    assert Event.objects.filter(name="need.suggestion_doubted").count() == 1


def test_it_is_taken_back_once(suggestion, sun):
    made = doubt(suggestion, sun)

    def trust():
        remarks.trust(SuggestionRemark.objects.get(pk=made.pk), by=sun)

    assert len(refusals(at_once(*[trust] * MANY))) == MANY - 1
    assert Event.objects.filter(name="need.suggestion_trusted").count() == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time by itself")
def test_without_the_lock_somebody_hears_of_the_database(suggestion, sun, monkeypatch):
    """The negative control: only the constraint stands in the way."""
    monkeypatch.setattr(remarks, "hold", lambda need: None)
    with pytest.raises(IntegrityError):
        at_once(*[lambda: doubt(suggestion, sun)] * MANY)
