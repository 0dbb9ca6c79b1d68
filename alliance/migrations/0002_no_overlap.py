from django.db import migrations

from nanchuan.kernel.exclusion import no_overlap


class Migration(migrations.Migration):
    dependencies = [("alliance", "0001_initial"), ("members", "0002_no_overlap")]
    operations = [
        no_overlap("alliance_seat", ["COALESCE({row}group_id, 0)", "unit_id"]),
        no_overlap("alliance_turn", ["group_id"]),
    ]
