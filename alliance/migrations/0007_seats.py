from django.db import migrations, models

from nanchuan.kernel.exclusion import no_overlap

ONE_SEAT = no_overlap("alliance_seat", ["COALESCE({row}group_id, 0)", "unit_id"])


class Migration(migrations.Migration):
    dependencies = [("alliance", "0006_regulations")]
    operations = [
        # SQLite writes a table anew for a column, and forgets its triggers.
        migrations.RunPython(ONE_SEAT.reverse_code, ONE_SEAT.code),
        migrations.AddField(
            model_name="seat",
            name="leave_reason",
            field=models.CharField(
                blank=True, default="", editable=False, max_length=200, verbose_name="退出原因"
            ),
            preserve_default=False,
        ),
        migrations.RunPython(ONE_SEAT.code, ONE_SEAT.reverse_code),
    ]
