"""What earlier talks said moves into sealed notes; what is left says only that they took place."""

from django.db import migrations
from django.db.models import Q
from django.utils import timezone


TALK = "talk"
STEP = 4  # letters of a path for each level of the tree
BATCH = 500


def seal(apps, editor):
    kinds = apps.get_model("members", "ActivityKind").objects.filter(code=TALK)
    kinds.update(is_private=True)
    kind = kinds.first()
    if kind is None:
        return  # a new portal: the seeds come after the migrations
    talks = apps.get_model("members", "Activity").objects.filter(kind=kind)
    rows, keys = apps.get_model("members", "TalkNote"), []
    for talk in talks.select_related("organization").iterator(BATCH):
        said = [talk.title if talk.title != kind.name else "", talk.text]
        rows.objects.create(
            activity=talk, superior=_superior(apps, talk), content="\n".join(filter(None, said))
        )
        keys.append(talk.pk)
    talks.update(title=kind.name, text="", place="", guests="")
    _forget_changes(apps, keys, kind.name)


def _superior(apps, talk):
    """The organization itself, or the one above if who led it that day took part."""
    day = timezone.localdate(talk.starts_at)
    led = apps.get_model("members", "Term").objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=day),
        organization=talk.organization,
        post__leads=True,
        starts_on__lte=day,
        member__attendances__activity=talk,
    )
    if not led.exists():
        return talk.organization
    above = talk.organization.path[:-STEP]
    return apps.get_model("members", "Organization").objects.filter(path=above).first()


def _forget_changes(apps, keys, name):
    """The log of field changes keeps what was typed, too."""
    secret = {"title", "text", "place", "guests"}
    entries = apps.get_model("auditlog", "LogEntry").objects.filter(
        content_type__app_label="members", content_type__model="activity"
    )
    for start in range(0, len(keys), BATCH):
        for entry in entries.filter(object_id__in=keys[start : start + BATCH]):
            changes = entry.changes or {}
            entry.changes = {key: value for key, value in changes.items() if key not in secret}
            entry.object_repr = name
            entry.serialized_data = None
            entry.save(update_fields=["changes", "object_repr", "serialized_data"])


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0015_studies_and_talks"),
        ("auditlog", "0017_add_actor_email"),
    ]
    operations = [migrations.RunPython(seal, migrations.RunPython.noop)]
