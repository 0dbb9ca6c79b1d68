from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alliance", "0013_item_steps"),
    ]

    operations = [
        migrations.AddField(
            model_name="minutes",
            name="returned",
            field=models.CharField(
                blank=True, editable=False, max_length=200, verbose_name="退回原因"
            ),
        ),
        migrations.AddField(
            model_name="minutesrevision",
            name="page",
            field=models.UUIDField(editable=False, null=True),
        ),
    ]
