import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Q, Subquery


def name_givers(apps, schema_editor):
    booking, resource = (apps.get_model("services", name) for name in ("Booking", "Resource"))
    unit = resource.objects.filter(pk=OuterRef("resource")).values("unit")
    booking.objects.update(giver=Subquery(unit))


def giver(**facts):
    return models.ForeignKey(
        db_index=False,
        editable=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="members.unit",
        verbose_name="提供单位",
        **facts,
    )


class Migration(migrations.Migration):
    # The rows change and then the table does: PostgreSQL does not do both at once.
    atomic = False

    dependencies = [
        ("members", "0018_appraisals"),
        ("services", "0019_lists_of_projects"),
    ]

    operations = [
        migrations.AddField(model_name="booking", name="giver", field=giver(null=True)),
        migrations.RunPython(name_givers, migrations.RunPython.noop),
        migrations.AlterField(model_name="booking", name="giver", field=giver()),
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(fields=["giver", "-made_at", "-id"], name="booking_of_giver"),
        ),
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(
                fields=["giver"],
                condition=Q(status="waiting", side="asked"),
                name="booking_asked_of",
            ),
        ),
    ]
