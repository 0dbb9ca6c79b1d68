"""Invented people: generated names, numbers that no place and no network gives out."""

from datetime import date, timedelta
from random import Random

from members.models import PartyMember
from nanchuan.portal.demo import park

NOWHERE = "999999"  # a region code that no place has
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_number(born_on: date, number: int) -> str:
    """Eighteen characters with a right check digit (GB 11643) and an impossible region."""
    stem = f"{NOWHERE}{born_on:%Y%m%d}{number % 1000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(stem, WEIGHTS, strict=True))
    return stem + "10X98765432"[total % 11]


def person(random: Random, number: int, today: date) -> PartyMember:
    """One invented member, not saved; `number` keeps ID number and phone unique."""
    name = random.choice(park.SURNAMES) + "".join(
        random.sample(park.GIVEN, random.choice((1, 2, 2)))
    )
    age = timedelta(days=random.randrange(24 * 365, 60 * 365))
    born_on = today - age
    joined_on = born_on + timedelta(days=random.randrange(20 * 365, 23 * 365))
    made = PartyMember(
        name=name,
        gender=random.choice(PartyMember.Gender.values),
        ethnicity=random.choice(park.ETHNICITIES),
        born_on=born_on,
        id_number=id_number(born_on, number),
        phone=f"100{number:08d}",
        education=random.choice(["master", "bachelor", "bachelor", "college", "college", "high"]),
        native_place=random.choice(park.PLACES),
        job=random.choice(park.JOBS),
        joined_on=joined_on,
        full_member_on=joined_on + timedelta(days=365),
    )
    made.spell()
    return made
