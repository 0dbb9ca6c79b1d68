"""Personal data is unreadable at rest and still found by whoever may look."""

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.exceptions import FieldError
from django.db import connection

from members.models import PartyMember
from nanchuan.kernel.fields import blind_index, mask_id_number, mask_phone, normalise
from tests import make

NUMBER, PHONE = "99999919900101123X", "10012345678"


@pytest.fixture
def person(db):
    return make.member(id_number=NUMBER, phone=PHONE)


def test_the_table_holds_no_plain_number(person):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM members_partymember WHERE id = %s", [person.pk])
        stored = " ".join(str(value) for value in cursor.fetchone())
    assert NUMBER not in stored
    assert PHONE not in stored
    assert "5678" not in stored
    assert PartyMember.objects.get(pk=person.pk).id_number == NUMBER


@pytest.mark.parametrize(
    "typed", [NUMBER, NUMBER.lower(), " 999999 19900101 123x ", "99999919900101123x"]
)
def test_it_is_found_however_it_is_typed(person, typed):
    assert PartyMember.objects.search(typed).get() == person


def test_the_last_four_of_a_phone_find_it(person):
    assert PartyMember.objects.search("5678").get() == person
    assert not PartyMember.objects.search("4567").exists()


def test_nobody_can_ask_the_column_itself():
    for lookup in ("id_number", "id_number__startswith", "phone__contains"):
        with pytest.raises(FieldError):
            PartyMember.objects.filter(**{lookup: "9"})


def test_one_number_belongs_to_one_person(person):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        make.member(id_number=NUMBER.lower())


def test_no_number_is_no_duplicate(db):
    make.member()
    make.member()


def test_a_new_key_writes_and_the_old_one_still_reads(person, settings):
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]
    assert PartyMember.objects.get(pk=person.pk).phone == PHONE
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    with pytest.raises(InvalidToken):
        PartyMember.objects.get(pk=person.pk)


def test_the_index_needs_the_key(settings):
    before = blind_index(NUMBER)
    settings.FIELD_HASH_KEY = "another"
    assert blind_index(NUMBER) != before
    assert blind_index("  ") is None


@pytest.mark.parametrize(
    ("plain", "masked"),
    [("99999919900101123X", "9****************X"), ("1", "*"), ("", "")],
)
def test_id_numbers_are_masked(plain, masked):
    assert mask_id_number(plain) == masked


@pytest.mark.parametrize(
    ("plain", "masked"),
    [("10012345678", "100****5678"), ("123456", "****56"), ("", "")],
)
def test_phones_are_masked(plain, masked):
    assert mask_phone(plain) == masked


def test_full_width_is_the_same():
    assert normalise("９９９９　9ｘ") == "99999X"
