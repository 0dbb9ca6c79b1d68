"""Rows that an empty portal starts with; staff change, add and remove them afterwards."""

from collections.abc import Callable

from django.db.models.signals import post_migrate


def seed(app_config, model, rows: list[dict] | Callable[[], list[dict]]) -> None:
    """Fill the table of a model when it is empty, after every migration (and test flush).

    Rows that refer to others are given as a function, asked once those are there."""

    def fill(using, **kwargs):
        manager = model._base_manager.using(using)
        if not manager.exists():
            manager.bulk_create(model(**row) for row in (rows() if callable(rows) else rows))

    post_migrate.connect(fill, sender=app_config, weak=False, dispatch_uid=model._meta.label)
