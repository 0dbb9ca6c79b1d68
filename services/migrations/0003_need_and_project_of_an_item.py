import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alliance', '0013_item_steps'),
        ('services', '0002_need_charter'),
    ]

    operations = [
        migrations.AddField(
            model_name='need',
            name='item',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='needs', to='alliance.actionitem', verbose_name='督办事项'),
        ),
        migrations.AddField(
            model_name='project',
            name='item',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='projects', to='alliance.actionitem', verbose_name='督办事项'),
        ),
    ]
