"""Rows that an empty portal starts with; staff change, add and remove them afterwards."""

from django.db.models.signals import post_migrate


def seed(app_config, model, rows: list[dict]) -> None:
    """Fill the table of a model when it is empty, after every migration (and test flush)."""

    def fill(using, **kwargs):
        manager = model._base_manager.using(using)
        if not manager.exists():
            manager.bulk_create(model(**row) for row in rows)

    post_migrate.connect(fill, sender=app_config, weak=False, dispatch_uid=model._meta.label)
