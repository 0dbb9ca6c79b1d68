"""Numbers at rest are unreadable, and are found by their index alone."""

import pytest
from django.db import IntegrityError, connection, transaction

from members.models import PartyMember
from nanchuan.kernel.fields import blind_index
from nanchuan.kernel.models import Event
from tests import make

pytestmark = pytest.mark.django_db
ID_NUMBER, PHONE = "99990119900101123X", "13800001234"


def every_cell(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return " ".join(str(cell) for row in cursor.fetchall() for cell in row)


def test_no_table_holds_a_number_in_the_clear(sign_in, sun, cast):
    person = make.member(cast.lin_branch, id_number=ID_NUMBER, phone=PHONE)
    cast.lin_unit.contacts.create(name="林联系", phone=PHONE)
    sign_in(sun).post("/members/people/find/", {"number": ID_NUMBER})
    for table in connection.introspection.table_names():
        cells = every_cell(table)
        assert ID_NUMBER not in cells and PHONE not in cells, table
    person.refresh_from_db()
    assert (person.id_number, person.phone) == (ID_NUMBER, PHONE)


def test_a_number_is_found_however_it_is_typed(cast):
    person = make.member(cast.lin_branch, id_number=ID_NUMBER, phone=PHONE)
    for words in (
        "99990119900101123x",
        "9999011990010 1123X",
        "138-0000-1234",
        "１３８００００１２３４",
    ):
        assert list(PartyMember.objects.search(words)) == [person]
    assert not PartyMember.objects.search("99990119900101123").exists()


def test_the_index_is_keyed(settings):
    before = blind_index(ID_NUMBER)
    settings.FIELD_HASH_KEY = "another key"
    assert blind_index(ID_NUMBER) != before


def test_one_id_number_has_one_owner(cast):
    make.member(cast.lin_branch, id_number=ID_NUMBER)
    with pytest.raises(IntegrityError), transaction.atomic():
        make.member(cast.wu_branch, id_number=ID_NUMBER.lower())


def test_events_hold_no_personal_data(cast):
    from members.actions import people

    facts = {"name": "秘密姓名", "gender": "male", "id_number": ID_NUMBER, "phone": PHONE}
    person = people.enrol(cast.lin_branch, by=cast.lin, **facts)
    people.amend(person, by=cast.lin, phone="13911112222")
    for event in Event.objects.all():
        assert not {"秘密姓名", ID_NUMBER, PHONE, "13911112222"} & set(
            map(str, event.facts.values())
        )
