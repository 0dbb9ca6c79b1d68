"""What is tidied up every night."""

from datetime import timedelta

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from nanchuan.kernel.models import FormToken, ImportBatch

KEEP_TOKENS = timedelta(days=2)


@shared_task
def tidy() -> None:
    """Forget expired sessions, forms that nobody will send a second time, and old imports."""
    call_command("clearsessions")
    FormToken.objects.filter(sent_at__lt=timezone.now() - KEEP_TOKENS).delete()
    ImportBatch.objects.forget_expired()
