from django.db import migrations


def carry_over(apps, schema_editor):
    """Who leads is a dated row of its own; every planned turn is its unit's own place."""
    leads, seats = apps.get_model("alliance", "Lead"), apps.get_model("alliance", "Seat")
    for seat in seats._base_manager.filter(leads=True).exclude(group=None).order_by("starts_on"):
        leads._base_manager.create(
            group_id=seat.group_id, seat=seat, starts_on=seat.starts_on, ends_on=seat.ends_on
        )
    turns, given = apps.get_model("alliance", "Turn"), apps.get_model("alliance", "Assignment")
    for turn in turns._base_manager.all():
        turns._base_manager.filter(pk=turn.pk).update(due_seat=turn.seat_id)
        given._base_manager.create(turn=turn, seat_id=turn.seat_id, origin="order")


class Migration(migrations.Migration):
    dependencies = [("alliance", "0003_charter_rota_and_measures")]
    operations = [migrations.RunPython(carry_over, migrations.RunPython.noop)]
