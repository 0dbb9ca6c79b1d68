"""What was filed before: others read its title and text already, and one unit was responsible."""

from django.db import migrations

from nanchuan.kernel.pieces import index_pieces


def fill(apps, editor):
    Need = apps.get_model("services", "Need")
    Dispatch = apps.get_model("services", "Dispatch")
    for need in Need.objects.select_related("unit").iterator():
        if need.reviewed_at:
            need.public_title, need.public_note = need.title, need.content[:500]
        need.words = " ".join(
            [need.number, need.title, need.content, need.unit.name, need.unit.short_name]
        ).lower()
        need.public_words = " ".join([need.number, need.public_title, need.public_note]).lower()
        need.save(update_fields=["public_title", "public_note", "words", "public_words"])
    taken = Need.objects.filter(accepted_by__isnull=False)
    Dispatch.objects.bulk_create(
        Dispatch(
            need=need,
            unit_id=need.accepted_by_id,
            how="dispatched",
            at=need.accepted_at,
            accepted_at=need.accepted_at,
            ended_at=need.accepted_at if need.status == "withdrawn" else None,
            end="withdrawn" if need.status == "withdrawn" else "",
        )
        for need in taken.iterator()
    )
    # Joining a project was taken as the first contact.
    links = apps.get_model("services", "ProjectNeed").objects
    for link in links.order_by("joined_at").iterator():
        Need.objects.filter(pk=link.need_id, contacted_at=None).update(contacted_at=link.joined_at)


class Migration(migrations.Migration):
    dependencies = [("services", "0004_orders")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        index_pieces("services_need", "words"),
        index_pieces("services_need", "public_words"),
    ]
