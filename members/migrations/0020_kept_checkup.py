from django.db import migrations, models

COPY = """
    UPDATE members_attendance
    SET counted_on = CASE WHEN part.counts THEN part.held_on END,
        counted_kind = part.kind_id,
        counted_late = part.is_late
    FROM members_participation AS part
    WHERE part.activity_id = members_attendance.activity_id AND part.is_host
"""


def _key():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


def unwatch(apps, editor):
    """The tables that triggers write to are about to go."""
    from members.checkup import watch

    watch.take()


class Migration(migrations.Migration):
    dependencies = [("members", "0019_checkup_reads")]
    operations = [
        migrations.RemoveIndex(model_name="attendance", name="attendance_present"),
        migrations.AddField(
            "attendance", "counted_on", models.DateField(editable=False, null=True)
        ),
        migrations.AddField(
            "attendance", "counted_kind", models.BigIntegerField(editable=False, null=True)
        ),
        migrations.AddField(
            "attendance", "counted_late", models.BooleanField(default=False, editable=False)
        ),
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
        migrations.AddIndex(
            "attendance",
            models.Index(
                fields=["member", "counted_on", "counted_kind", "hours", "counted_late"],
                condition=models.Q(presence="present", counted_on__isnull=False),
                name="attendance_counted",
            ),
        ),
        migrations.CreateModel(
            "Change",
            [
                ("id", _key()),
                ("organization", models.BigIntegerField(null=True)),
                ("member", models.BigIntegerField(null=True)),
                ("mark", models.BigIntegerField()),
            ],
            options={
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        fields=["organization"],
                        condition=models.Q(organization__isnull=False),
                        name="change_of_organization",
                    ),
                    models.Index(
                        fields=["member"],
                        condition=models.Q(member__isnull=False),
                        name="change_of_member",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            "KeptYear",
            [
                ("id", _key()),
                ("organization", models.BigIntegerField()),
                ("year", models.IntegerField()),
                ("asked", models.CharField(max_length=32)),
                ("marks", models.BigIntegerField()),
                ("found", models.TextField()),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=["organization", "year"], name="kept_year_once")
                ],
            },
        ),
        migrations.RunPython(migrations.RunPython.noop, unwatch),
    ]
