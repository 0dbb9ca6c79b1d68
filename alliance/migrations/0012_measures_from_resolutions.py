"""A measure comes of a resolution that has a row of its own, not of words about a meeting."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q
from django.utils import timezone

PREFIX = "议"


def to_rows(apps, schema_editor):
    """The words of measures become resolutions, the same words of a meeting one of them."""
    model = apps.get_model("alliance", "Resolution")
    measures = apps.get_model("alliance", "Measure").objects
    steps = apps.get_model("alliance", "MeasureStep").objects.filter(what="created")
    created = dict(steps.order_by("-at").values_list("measure_id", "at"))
    made = {}
    rows = measures.filter(source="resolution").select_related("meeting").order_by("pk")
    for measure in rows.iterator():
        key = measure.meeting_id, measure.resolution_text
        if key not in made:
            held_on = timezone.localdate(measure.meeting.starts_at)
            made[key] = model.objects.create(
                meeting=measure.meeting,
                number=_next_number(apps, held_on.year),
                text=measure.resolution_text,
                entered_at=created.get(measure.pk) or timezone.now(),
                is_late_entry=True,
            )
        measures.filter(pk=measure.pk).update(resolution=made[key])
    _settle(schema_editor)


def to_words(apps, schema_editor):
    measures = apps.get_model("alliance", "Measure").objects
    rows = measures.filter(source="resolution").select_related("resolution")
    for measure in rows.iterator():
        text = measure.resolution.text[:300]
        meeting = measure.resolution.meeting_id
        measures.filter(pk=measure.pk).update(meeting=meeting, resolution_text=text)
    _settle(schema_editor)


def _next_number(apps, year) -> str:
    """As `kernel.serials` gives them out."""
    serials = apps.get_model("kernel", "Serial").objects
    serials.get_or_create(prefix=PREFIX, year=year)
    serials.filter(prefix=PREFIX, year=year).update(last=F("last") + 1)
    return f"{PREFIX}-{year}-{serials.get(prefix=PREFIX, year=year).last:04d}"


def _settle(schema_editor):
    """PostgreSQL alters no table of which rows wait for the check of a key."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):
    dependencies = [
        ("alliance", "0011_one_place_for_agendas"),
        ("kernel", "0002_import_batches"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="measure", name="measure_comes_from_somewhere"),
        migrations.RenameField("measure", "resolution", "resolution_text"),
        migrations.AddField(
            model_name="measure",
            name="resolution",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="measures",
                to="alliance.resolution",
                verbose_name="议定事项",
            ),
        ),
        migrations.AddField(
            model_name="measure",
            name="item",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="measures",
                to="alliance.actionitem",
                verbose_name="督办事项",
            ),
        ),
        migrations.RunPython(to_rows, to_words),
        migrations.RemoveField(model_name="measure", name="meeting"),
        migrations.RemoveField(model_name="measure", name="resolution_text"),
        migrations.AddConstraint(
            model_name="measure",
            constraint=models.CheckConstraint(
                condition=Q(clause__isnull=False, resolution=None, source="clause")
                | Q(clause=None, resolution__isnull=False, source="resolution"),
                name="measure_comes_from_somewhere",
                violation_error_message="请选择举措出自哪一条款，或哪次会议的议定事项。",
            ),
        ),
    ]
