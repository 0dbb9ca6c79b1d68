"""What the workers do for orders when nobody asks. The rows say what is to be done."""

from celery import shared_task


@shared_task
def keep_orders() -> None:
    """Late steps are told upward, silent enterprises are taken to have confirmed. Every tick;
    done twice, nothing happens the second time."""
