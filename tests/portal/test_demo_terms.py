"""The elections of the demo park are a believable spread."""

import pytest

from members import radar
from members.models import CommitteeTerm, Organization, Term
from tests.portal.demo import load, run

pytestmark = pytest.mark.xdist_group("demo")


def test_some_are_due_one_is_over_one_is_extended(db, var, monkeypatch):
    load(monkeypatch, var)
    steps = radar.notice_steps()
    rows = radar.with_over(Organization.objects.counted())
    assert rows.filter(committee_over=None).count() == 0
    number = {
        state: rows.filter(radar.state_filter(state, steps)).count() for state in ("overdue", "1")
    }
    assert number["overdue"] == 1
    assert number["1"] >= 1
    assert rows.filter(radar.state_filter("6", steps)).count() >= 6
    assert CommitteeTerm.objects.exclude(extended_to=None).count() == 1
    assert CommitteeTerm.objects.filter(ends_on=None).count() == 48
    assert CommitteeTerm.objects.count() > 90
    leading = Term.objects.leading()
    assert leading.count() == 48
    run("demo", "--remove")
    assert not CommitteeTerm.objects.exists()
