"""Agendas become rows, a line each; seats that came become check-ins that were noted by hand."""

from django.db import migrations

LAST_RESOLUTIONS = "通报上次议定事项办理情况"  # as the portal wrote it into drafts
FOLLOW_UP = "上次议定事项办理情况"
BATCH = 500


def kinds(apps, schema_editor):
    kinds = apps.get_model("alliance", "MeetingKind").objects
    first = kinds.order_by("order", "name").first()
    if first:
        kinds.filter(pk=first.pk).update(follows_up=True)


def agendas(apps, schema_editor):
    item = apps.get_model("alliance", "AgendaItem")
    rows = []
    for meeting in apps.get_model("alliance", "Meeting").objects.select_related("kind").iterator():
        lines = [line.strip() for line in meeting.agenda.splitlines() if line.strip()]
        for order, line in enumerate(lines, 1):
            waits = meeting.status in ("draft", "convened") and meeting.kind.follows_up
            written = waits and order == 1 and line == LAST_RESOLUTIONS
            title, kind = (FOLLOW_UP, "follow_up") if written else (line[:200], "ordinary")
            rows.append(item(meeting=meeting, order=order, title=title, kind=kind))
    item.objects.bulk_create(rows, BATCH)


def checkins(apps, schema_editor):
    meeting, checkin = apps.get_model("alliance", "Meeting"), apps.get_model("alliance", "CheckIn")
    invitation = apps.get_model("alliance", "Invitation")
    held = _registered(apps)
    for row in meeting.objects.filter(status="held").iterator():
        meeting.objects.filter(pk=row.pk).update(held_at=held.get(row.pk, row.ends_at))
    came = invitation.objects.filter(attended=True).select_related("meeting")
    rows = [
        checkin(
            meeting=row.meeting,
            invitation=row,
            unit_name=row.unit_name,
            way="hand",
            entered_at=held.get(row.meeting_id, row.meeting.ends_at),
        )
        for row in came.iterator()
    ]
    checkin.objects.bulk_create(rows, BATCH)


def _registered(apps) -> dict:
    """When each meeting was registered as held."""
    kind = apps.get_model("contenttypes", "ContentType").objects
    kind = kind.filter(app_label="alliance", model="meeting").first()
    events = apps.get_model("kernel", "Event").objects.filter(name="meeting.held")
    return dict(events.filter(subject_type=kind).values_list("subject_id", "happened_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("alliance", "0009_meetings_and_resolutions"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("kernel", "0001_initial"),
    ]
    operations = [
        migrations.RunPython(step, migrations.RunPython.noop)
        for step in (kinds, agendas, checkins)
    ]
