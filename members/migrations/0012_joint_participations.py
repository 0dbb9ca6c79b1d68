from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0011_branch_life_rules")]
    operations = [
        migrations.AddIndex(
            "participation",
            models.Index(
                fields=["organization", "activity"],
                condition=models.Q(is_host=False),
                name="participation_joint",
            ),
        ),
        migrations.AddIndex(
            "activity",
            models.Index(
                fields=["status", "-starts_at", "-id"],
                condition=~models.Q(status="verified"),
                name="activity_unsettled",
            ),
        ),
    ]
