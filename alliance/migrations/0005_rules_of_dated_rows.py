from django.db import migrations

from nanchuan.kernel.exclusion import no_overlap

ONE_SEAT = no_overlap("alliance_seat", ["COALESCE({row}group_id, 0)", "unit_id"])
ONE_TURN = no_overlap("alliance_turn", ["group_id"])


class Migration(migrations.Migration):
    dependencies = [("alliance", "0004_leads_and_places")]
    operations = [
        # SQLite writes a table anew for a column, and forgets its triggers.
        migrations.RunPython(ONE_SEAT.reverse_code, ONE_SEAT.code),
        migrations.RunPython(ONE_TURN.reverse_code, ONE_TURN.code),
        migrations.RemoveConstraint(model_name="seat", name="seat_one_lead_per_group"),
        migrations.RemoveField(model_name="seat", name="leads"),
        migrations.RunPython(ONE_SEAT.code, ONE_SEAT.reverse_code),
        migrations.RunPython(ONE_TURN.code, ONE_TURN.reverse_code),
        no_overlap("alliance_lead", ["group_id"]),
    ]
