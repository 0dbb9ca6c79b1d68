from django.db import migrations


def move_contacts(apps, schema_editor):
    """The one contact of a unit becomes the first of its contacts."""
    contacts = apps.get_model("members", "UnitContact").objects
    for unit in apps.get_model("members", "Unit")._base_manager.all():
        if unit.contact_name or unit.contact_phone:
            contacts.create(
                unit=unit, name=unit.contact_name or "联系人", phone=unit.contact_phone
            )


class Migration(migrations.Migration):
    dependencies = [("members", "0007_person_reasons")]
    operations = [
        migrations.RunPython(move_contacts, migrations.RunPython.noop),
        migrations.RemoveField("unit", "contact_name"),
        migrations.RemoveField("unit", "contact_phone"),
    ]
