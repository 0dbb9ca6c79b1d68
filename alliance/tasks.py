"""What the workers do for the alliance when nobody asks. The rows say what is to be done."""

from celery import shared_task

from alliance.actions import duties, handovers, turns


@shared_task
def keep_rota() -> None:
    """Swaps that came too late lapse, turns of today begin, those that end soon open their
    handover. Every hour, so that a machine that was off at midnight catches up; done twice,
    nothing happens the second time."""
    turns.lapse_swaps()
    duties.begin_due()
    handovers.open_due()
