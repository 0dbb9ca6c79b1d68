from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    dependencies = [("services", "0018_how_much_and_when")]

    operations = [
        migrations.AddIndex(
            model_name="project",
            index=models.Index(F("due_on").asc(), F("id").desc(), name="project_by_due"),
        ),
        migrations.AddIndex(
            model_name="commitment",
            index=models.Index(fields=["-committed_at", "-id"], name="commitment_newest"),
        ),
    ]
