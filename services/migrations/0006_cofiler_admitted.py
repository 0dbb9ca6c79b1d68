"""Who joined a need by itself reads the whole of it only after its filer agreed."""

from django.db import migrations, models
from django.db.models import F


def admit(apps, editor):
    apps.get_model("services", "CoFiler").objects.update(admitted_at=F("joined_at"))


class Migration(migrations.Migration):
    dependencies = [("services", "0005_orders_of_before")]

    operations = [
        migrations.AddField(
            model_name="cofiler",
            name="admitted_at",
            field=models.DateTimeField(null=True, verbose_name="同意加入时间"),
        ),
        migrations.RunPython(admit, migrations.RunPython.noop),
    ]
