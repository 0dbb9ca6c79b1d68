"""What is tidied up every night."""

from datetime import timedelta

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from nanchuan.kernel.models import FormToken

KEEP_TOKENS = timedelta(days=2)


@shared_task
def tidy() -> None:
    """Forget expired sessions, and forms that nobody will send a second time."""
    call_command("clearsessions")
    FormToken.objects.filter(sent_at__lt=timezone.now() - KEEP_TOKENS).delete()
