import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alliance', '0012_measures_from_resolutions'),
        ('members', '0008_unit_contacts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ItemStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('reported', '报告完成'), ('confirmed', '确认办结'), ('returned', '退回继续办理'), ('dropped', '不再办理'), ('reopened', '重新办理'), ('extended', '同意延期'), ('reassigned', '调整责任单位')], max_length=10, verbose_name='变动')),
                ('status', models.CharField(choices=[('in_progress', '办理中'), ('reported', '待确认'), ('done', '已办结'), ('dropped', '不再办理')], max_length=12, verbose_name='状态')),
                ('due_on', models.DateField(verbose_name='完成期限')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='原因')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='时间')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='alliance.actionitem', verbose_name='督办事项')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.unit', verbose_name='责任单位')),
            ],
            options={
                'verbose_name': '督办事项变动',
                'verbose_name_plural': '督办事项变动',
                'ordering': ['at', 'pk'],
                'indexes': [models.Index(fields=['item', 'at'], name='item_step_of')],
            },
        ),
    ]
