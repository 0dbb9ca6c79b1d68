"""When things happened in the demo."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

DAY = timedelta(days=1)


def moment(day: date, hour: int = 9) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour, 20)))
