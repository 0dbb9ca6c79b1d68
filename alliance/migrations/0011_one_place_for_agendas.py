from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("alliance", "0010_agendas_and_checkins")]
    operations = [
        migrations.RemoveField(model_name="meeting", name="agenda"),
        migrations.RemoveField(model_name="invitation", name="attended"),
    ]
