"""What happened to a group or a unit in the alliance: the events of several kinds of row."""

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet

from nanchuan.kernel.models import Event

MOST = 50


def trail(*rows: QuerySet) -> QuerySet[Event]:
    """The latest events of all the rows, newest first. Ask only for rows the reader may see."""
    about = Q(pk__in=[])
    for each in rows:
        kind = ContentType.objects.get_for_model(each.model)
        about |= Q(subject_type=kind, subject_id__in=each.order_by().values("pk"))
    return Event.objects.filter(about).order_by("-happened_at", "-id")[:MOST]
