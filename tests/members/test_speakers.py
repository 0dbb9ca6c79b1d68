"""Speakers of a unit: exactly those whom the roles let speak for it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.models import Liaison, OrganizationUnit, Term, Unit
from members.speakers import speakers
from nanchuan.accounts.models import User
from nanchuan.kernel import roles
from tests import make

YESTERDAY = timezone.localdate() - timedelta(days=1)
pytestmark = pytest.mark.django_db


def test_the_secretary_and_the_liaison_speak_each_once(cast):
    liaison = make.liaison(cast.lin_unit)
    Liaison.objects.create(unit=cast.lin_unit, user=cast.lin, starts_on=YESTERDAY)
    assert set(speakers([cast.lin_unit])) == {cast.lin, liaison}
    assert speakers([cast.lin_unit]).count() == 2


def test_others_do_not_speak_for_the_unit(cast, sun):
    make.member(cast.lin_branch, user=make.user())
    assert set(speakers([cast.lin_unit])) == {cast.lin}
    assert set(speakers([cast.lin_unit, cast.wu_unit])) == {cast.lin, cast.wu}
    assert not speakers([]).exists()


@pytest.mark.parametrize("rows", [Term, OrganizationUnit])
def test_an_ended_term_or_link_ends_the_voice(cast, rows):
    rows.objects.filter(organization=cast.lin_branch).update(ends_on=YESTERDAY)
    assert set(speakers([cast.lin_unit])) == set()
    assert set(speakers([cast.lin_unit], on=YESTERDAY)) == {cast.lin}


def test_an_ended_liaison_and_a_disabled_account_do_not_speak(cast):
    liaison = make.liaison(cast.wu_unit)
    liaison.liaisons.update(ends_on=YESTERDAY)
    assert set(speakers([cast.wu_unit])) == {cast.wu}
    User.objects.filter(pk=cast.wu.pk).update(is_active=False)
    assert set(speakers([cast.wu_unit])) == set()


def test_speakers_are_those_whom_the_roles_know(cast):
    """The two questions must never disagree."""
    shared = make.unit(cast.lin_branch)  # a joint branch: one secretary, two units
    make.liaison(shared)
    for unit in Unit.objects.all():
        by_role = {u for u in User.objects.all() if unit.pk in roles.places(u, roles.UNIT)}
        assert by_role == set(speakers(Unit.objects.filter(pk=unit.pk)))
