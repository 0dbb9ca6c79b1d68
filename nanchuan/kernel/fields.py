"""Personal data at rest: encrypted text, a keyed hash to find it by, and its masked form."""

import hashlib
import hmac
import json
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])  # the first key writes, every key reads


def box() -> MultiFernet:
    """What seals and opens personal data with the keys of the settings."""
    return _box(tuple(settings.FIELD_KEYS))


def normalise(value: str) -> str:
    """Full-width to half-width, no spaces or hyphens, upper case: what the eye calls the same."""
    text = unicodedata.normalize("NFKC", value or "").upper()
    return "".join(character for character in text if not (character.isspace() or character == "-"))


def blind_index(value: str) -> str | None:
    """A keyed hash (64 hex digits) for exact look-ups; None for nothing.

    The same value gives the same hash, and without the key nobody can try all ID numbers.
    """
    text = normalise(value)
    if not text:
        return None
    return hmac.new(settings.FIELD_HASH_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def mask_id_number(value: str) -> str:
    """First character and last, e.g. 6****************X."""
    hidden = "*" * (len(value) - 2)
    return f"{value[0]}{hidden}{value[-1]}" if hidden else "*" * len(value)


def mask_phone(value: str) -> str:
    """138****0000 for a mobile number; the last two digits of anything shorter."""
    if len(value) >= len("13800000000"):
        return f"{value[:3]}{'*' * (len(value) - 7)}{value[-4:]}"
    return "*" * max(len(value) - 2, 0) + value[-2:]


class EncryptedTextField(models.TextField):
    """Text that the database holds encrypted. It can be asked only whether it is null."""

    def from_db_value(self, value, expression, connection):
        if value in (None, ""):
            return value
        return box().decrypt(value.encode()).decode()

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        if value in (None, ""):
            return value
        return box().encrypt(value.encode()).decode()

    def get_lookup(self, name):
        return super().get_lookup(name) if name == "isnull" else None


class SealedJSONField(EncryptedTextField):
    """Facts that the database holds encrypted, as JSON; {} for none."""

    def __init__(self, **kwargs):
        kwargs.setdefault("default", dict)
        super().__init__(**kwargs)

    def from_db_value(self, value, expression, connection):
        text = super().from_db_value(value, expression, connection)
        return json.loads(text) if text else {}

    def get_prep_value(self, value):
        text = json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder) if value else ""
        return super().get_prep_value(text)


class SealedFileField(models.BinaryField):
    """A whole file that the database holds encrypted; b"" for none."""

    def from_db_value(self, value, expression, connection):
        return box().decrypt(bytes(value)) if value else b""

    def get_db_prep_value(self, value, connection, prepared=False):
        sealed = box().encrypt(bytes(value)) if value else b""
        return super().get_db_prep_value(sealed, connection, prepared)


class BlindIndexField(models.CharField):
    """The blind index of another field of the row, kept by itself: `BlindIndexField("phone")`.

    `tail=4` indexes only the last four characters, to search by the ending of a number.
    """

    def __init__(self, of: str = "", tail: int = 0, **kwargs):
        self.of, self.tail = of, tail
        kwargs.setdefault("max_length", 64)
        kwargs.update(null=True, editable=False)
        super().__init__(**kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"of": self.of, "tail": self.tail}

    def pre_save(self, model_instance, add):
        source = normalise(getattr(model_instance, self.of) or "")
        value = blind_index(source[-self.tail :] if self.tail else source)
        setattr(model_instance, self.attname, value)
        return value


LONGEST_NUMBER = 18  # digits that a database can hold


def is_number(text: str) -> bool:
    """Whether what stands in an address can be the number of a row."""
    return text.isdecimal() and len(text) <= LONGEST_NUMBER


class SealedMoneyField(EncryptedTextField):
    """Yuan and cents that the database holds encrypted: a Decimal, never a float; None for none.

    Every amount takes up the same room, so its length tells nothing either.
    """

    def to_python(self, value):
        return None if value in (None, "") else in_cents(value)

    def from_db_value(self, value, expression, connection):
        return self.to_python(super().from_db_value(value, expression, connection))

    def get_prep_value(self, value):
        if value is None:
            return None
        return box().encrypt(str(in_cents(value)).encode()).decode()


CENT = Decimal("0.01")


def in_cents(value) -> Decimal:
    """An amount of money, half a cent rounded up (四舍五入). Raises TypeError for a float."""
    if isinstance(value, float):
        raise TypeError("money is no float")
    return Decimal(value).quantize(CENT, ROUND_HALF_UP)
