"""What units of the invented park give, and who has it: some of it by hours, with days and hours,
some without end; of three bookings two hold their part."""

from datetime import time, timedelta

from nanchuan.portal.demo import park as words
from scale import NOW, SECRETARY, TODAY
from services.models import Booking, OpenTime, Resource

EACH = 3  # bookings
ADDED = NOW - timedelta(days=1100)
SPACING = 90  # minutes between two resources, and between two bookings
STATUSES = [
    Resource.Status.AVAILABLE,
    *[Resource.Status.AVAILABLE] * 16,
    Resource.Status.PAUSED,
    Resource.Status.SUBMITTED,
    Resource.Status.WITHDRAWN,
]
BOOKED = [
    Booking.Status.AGREED,
    Booking.Status.USED,
    Booking.Status.WAITING,
    Booking.Status.USED,
    Booking.Status.AGREED,
    Booking.Status.CANCELLED,
    Booking.Status.USED,
    Booking.Status.RETURNED,
    Booking.Status.DECLINED,
]
AGREED = (Booking.Status.AGREED, Booking.Status.USED, Booking.Status.RETURNED)
ENDED = (Booking.Status.USED, Booking.Status.RETURNED, Booking.Status.CANCELLED)


def is_timed(number):
    return number % 5 == 1


def resources(size, random):
    for number in range(1, size.resources + 1):
        _unit, category, title, content, quantity, conditions = random.choice(words.RESOURCES)
        at = NOW - timedelta(minutes=SPACING * (size.resources - number) + 600)
        status = STATUSES[number % len(STATUSES)]
        yield Resource(
            number=f"资-{TODAY.year}-{number:04}",
            unit_id=number % size.units + 1,
            category=category,
            title=title,
            content=content,
            quantity=quantity,
            conditions=conditions,
            capacity=None if number % 5 == 0 else number % 20 + 1,
            is_timed=is_timed(number),
            area=("全园区", "甘河片区", "")[number % 3],
            added_at=at,
            status=status,
            reviewed_at=None if status == Resource.Status.SUBMITTED else at,
        )


def opened(size):
    """Every other resource that goes by hours is open from Monday to Friday."""
    for number in range(1, size.resources + 1):
        if is_timed(number) and number % 2:
            for weekday in range(1, 6):
                yield OpenTime(
                    resource_id=number, weekday=weekday, opens_at=time(8), closes_at=time(18)
                )


def bookings(size):
    """Every other one is for a need."""
    whole = EACH * size.resources
    for number in range(1, whole + 1):
        resource = number % size.resources + 1
        at = NOW - timedelta(minutes=SPACING / EACH * (whole - number) + 300)
        begins = NOW + timedelta(hours=number % 1000 - 300) if is_timed(resource) else None
        status = BOOKED[number % len(BOOKED)]
        yield Booking(
            number=f"约-{TODAY.year}-{number:04}",
            resource_id=resource,
            giver_id=resource % size.units + 1,
            unit_id=(resource + 7) % size.units + 1,
            need_id=size.needs - number // 2 % size.needs if number % 2 else None,
            quantity=1,
            starts_at=begins,
            ends_at=begins and begins + timedelta(hours=2),
            side=Booking.Side.OFFERED if number % 4 == 1 else Booking.Side.ASKED,
            status=status,
            made_at=at,
            made_by_id=SECRETARY,
            agreed_at=at if status in AGREED else None,
            ended_at=at + timedelta(hours=1) if status in ENDED else None,
        )
