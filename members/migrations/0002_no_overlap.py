from django.db import migrations

from nanchuan.kernel.exclusion import no_overlap


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial")]
    operations = [
        no_overlap("members_placement", ["organization_id"]),
        no_overlap("members_membership", ["member_id"]),
        no_overlap("members_term", ["organization_id", "post_id"], where="{row}sole"),
    ]
