from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def copy(apps, editor):
    """What the participations say from now on of their activities."""
    activity = apps.get_model("members", "Activity").objects.filter(pk=OuterRef("activity"))
    apps.get_model("members", "Participation").objects.update(
        is_late=Subquery(activity.values("is_late")), led_by=Subquery(activity.values("host"))
    )


class Migration(migrations.Migration):
    dependencies = [("members", "0018_appraisals")]
    operations = [
        migrations.RemoveIndex(model_name="participation", name="participation_counted"),
        migrations.AddField(
            "participation", "is_late", models.BooleanField(default=False, editable=False)
        ),
        migrations.AddField(
            "participation", "led_by", models.BigIntegerField(editable=False, null=True)
        ),
        migrations.RunPython(copy, migrations.RunPython.noop),
        migrations.AddIndex(
            "participation",
            models.Index(
                fields=["organization", "held_on", "kind", "activity", "is_late", "led_by"],
                condition=models.Q(counts=True),
                name="participation_counted",
            ),
        ),
        migrations.AddIndex(
            "attendance",
            models.Index(
                fields=["activity", "member", "hours"],
                condition=models.Q(presence="present"),
                name="attendance_present",
            ),
        ),
    ]
