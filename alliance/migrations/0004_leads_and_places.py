from django.db import migrations
from django.utils import timezone


def carry_over(apps, schema_editor):
    """Who leads is a dated row of its own; every planned turn is its unit's own place; a meeting
    belongs to the turn of its day."""
    leads, seats = apps.get_model("alliance", "Lead"), apps.get_model("alliance", "Seat")
    for seat in seats._base_manager.filter(leads=True).exclude(group=None).order_by("starts_on"):
        leads._base_manager.create(
            group_id=seat.group_id, seat=seat, starts_on=seat.starts_on, ends_on=seat.ends_on
        )
    turns, given = apps.get_model("alliance", "Turn"), apps.get_model("alliance", "Assignment")
    for turn in turns._base_manager.all():
        turns._base_manager.filter(pk=turn.pk).update(due_seat=turn.seat_id)
        given._base_manager.create(turn=turn, seat_id=turn.seat_id, origin="order")
    for meeting in apps.get_model("alliance", "Meeting")._base_manager.all():
        day = timezone.localdate(meeting.starts_at)
        rows = turns._base_manager.filter(group_id=meeting.group_id, starts_on__lte=day)
        if turn := rows.filter(ends_on__gte=day, seat__unit=meeting.convened_by_id).first():
            meeting.turn = turn
            meeting.save(update_fields=["turn"])


class Migration(migrations.Migration):
    dependencies = [("alliance", "0003_charter_rota_and_measures")]
    operations = [migrations.RunPython(carry_over, migrations.RunPython.noop)]
