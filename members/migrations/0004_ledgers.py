from django.db import migrations

from nanchuan.kernel.exclusion import no_overlap


def open_ledgers(apps, schema_editor):
    """What stood before has its name of today since its founding."""
    names = apps.get_model("members", "OrganizationName").objects
    changes = apps.get_model("members", "OrganizationChange").objects
    for row in apps.get_model("members", "Organization")._base_manager.all():
        names.create(
            organization=row, name=row.name, short_name=row.short_name, starts_on=row.starts_on
        )
        changes.create(organization=row, act="founded", on=row.starts_on, after=row.name)


class Migration(migrations.Migration):
    dependencies = [("members", "0003_organizations_and_roster")]
    operations = [
        no_overlap("members_organizationname", ["organization_id"]),
        no_overlap("members_committeeterm", ["organization_id"]),
        no_overlap("members_absence", ["member_id", "kind"]),
        no_overlap("members_instructor", ["unit_id"]),
        no_overlap("members_rule", ["code"]),
        migrations.RunPython(open_ledgers, migrations.RunPython.noop),
    ]
