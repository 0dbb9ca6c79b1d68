"""What is looked after every hour, so that a machine that was off at midnight catches up."""

from celery import shared_task

from members.actions import transfers


@shared_task
def expire_transfers() -> None:
    """Letters that nobody received while they were valid."""
    transfers.expire_overdue()
