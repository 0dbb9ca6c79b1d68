from django.db import migrations, models

from nanchuan.kernel.exclusion import no_overlap

ONE_HOME = no_overlap("members_membership", ["member_id"])


class Migration(migrations.Migration):
    dependencies = [("members", "0006_term_posts_and_rules")]
    operations = [
        # SQLite writes the table anew for a column, and forgets its triggers.
        migrations.RunPython(ONE_HOME.reverse_code, ONE_HOME.code),
        migrations.AddField(
            model_name="membership",
            name="end_note",
            field=models.CharField(blank=True, max_length=200, verbose_name="变更说明"),
        ),
        migrations.RunPython(ONE_HOME.code, ONE_HOME.reverse_code),
    ]
