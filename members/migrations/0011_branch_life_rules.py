import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0010_branch_life_so_far")]
    operations = [
        migrations.AlterField(
            "attendance",
            "organization",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="members.organization",
                verbose_name="所在党组织",
            ),
        ),
        migrations.AddConstraint(
            "activity",
            models.CheckConstraint(
                condition=models.Q(status="draft")
                | models.Q(host__isnull=False, submitted_at__isnull=False),
                name="activity_complete",
            ),
        ),
    ]
