"""Reading the inbox."""

from django.utils import timezone

from nanchuan.notices.models import Notice


def read(notice: Notice) -> None:
    """The first time counts."""
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=timezone.now())


def read_all(*, by) -> int:
    """Mark everything in a person's inbox as read; returns how many were unread."""
    return Notice.objects.filter(recipient=by).unread().update(read_at=timezone.now())
