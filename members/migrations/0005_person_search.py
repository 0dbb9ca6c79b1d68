from django.db import migrations, models
from django.db.models import Q

from members.models.spelling import READINGS, spell
from nanchuan.kernel.pieces import index_pieces


def spell_surnames(apps, schema_editor):
    """Surnames with a reading of their own were spelt like the word until now."""
    people = apps.get_model("members", "PartyMember").objects
    found = Q()
    for surname in READINGS:
        found |= Q(name__startswith=surname)
    rows = list(people.filter(found).only("name"))
    for row in rows:
        pinyin, initials = spell(row.name)
        row.pinyin, row.initials = pinyin[:150], initials[:50]
    people.bulk_update(rows, ["pinyin", "initials"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("members", "0004_ledgers")]
    operations = [
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(
                fields=["member", "starts_on", "ends_on", "standing"], name="membership_of_member"
            ),
        ),
        index_pieces("members_partymember", "name"),
        migrations.RunPython(spell_surnames, migrations.RunPython.noop),
    ]
