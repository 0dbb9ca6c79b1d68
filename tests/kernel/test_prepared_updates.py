"""An update that is put together once writes what `update()` would."""

import pytest
from django.db.models import F

from members.models import Unit
from nanchuan.kernel.prepared import prepared_update
from tests import make

pytestmark = pytest.mark.django_db


@prepared_update(int, str)
def lengthen(pk, address):
    rows = Unit.objects.filter(pk=pk, address=address)
    return rows, {"employees": F("employees") + 1, "industry": "软件%"}


def written():
    rows = Unit.objects.order_by("pk")
    return list(rows.values_list("address", "employees", "industry"))


def test_it_finds_its_rows_and_no_others():
    here, there = make.unit(), make.unit()
    Unit.objects.update(address="一号'楼\\", employees=5)
    assert lengthen(here.pk, "二号楼") == 0
    assert lengthen(here.pk, "一号'楼\\") == 1
    assert lengthen(here.pk, "一号'楼\\") == 1
    assert written() == [("一号'楼\\", 7, "软件%"), ("一号'楼\\", 5, "")]
    assert lengthen(there.pk + 1, "一号'楼\\") == 0


@pytest.mark.parametrize("pk", [10**30, -(10**30), 0, -1])
def test_of_an_impossible_key_there_is_nothing(pk):
    make.unit()
    assert lengthen(pk, "") == 0


def test_what_it_is_asked_with_must_get_there():
    @prepared_update(int, str)
    def forgetful(pk, _address):
        return Unit.objects.filter(pk=pk), {"employees": 1}

    with pytest.raises(LookupError, match="does not use"):
        forgetful(1, "x")
