"""Take exactly the demo away, and with it what hangs on its rows."""

from collections import defaultdict
from functools import partial

from django.apps import apps
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.db import models, transaction

from members.models import Change, KeptYear
from nanchuan.kernel.appendonly import lifted
from nanchuan.portal.models import DemoRow

CHUNK = 500
Doomed = dict[type[models.Model], set]


def remove() -> tuple[int, int]:
    """Remove the demo; answers how many of its rows went, and how many that hung on them.

    Rows that users added stay unless they cannot stand without a demo row (an activity of a
    demo branch goes, an own organization with its own people stays).
    """
    with transaction.atomic(), lifted():
        own = _demo_rows()
        doomed = _with_dependants(own)
        files = _files(doomed)
        for model, pks in doomed.items():
            _release(model, pks, doomed)
        for model, pks in doomed.items():
            for chunk in _chunks(pks):
                rows = model._base_manager.filter(pk__in=chunk)
                rows._raw_delete(rows.db)
        DemoRow.objects.all().delete()
        KeptYear.objects.all().delete()  # what was reckoned of it
        Change.objects.fold()
        transaction.on_commit(lambda: [default_storage.delete(name) for name in files])
    demo = sum(map(len, own.values()))
    return demo, sum(map(len, doomed.values())) - demo


def _demo_rows() -> Doomed:
    doomed: Doomed = defaultdict(set)
    for kind, row in DemoRow.objects.values_list("kind", "row"):
        model = ContentType.objects.get_for_id(kind).model_class()
        doomed[model].add(model._meta.pk.to_python(row))
    for model, pks in doomed.items():  # rows that somebody has deleted meanwhile are gone
        doomed[model] = set(_existing(model, pks))
    return doomed


def _existing(model, pks):
    for chunk in _chunks(pks):
        yield from model._base_manager.filter(pk__in=chunk).values_list("pk", flat=True)


def _with_dependants(own: Doomed) -> Doomed:
    """Everything that points at a doomed row, and what points at that, until nothing is new."""
    doomed = defaultdict(set, {model: set(pks) for model, pks in own.items()})
    fresh = {model: set(pks) for model, pks in own.items()}
    while fresh:
        found: Doomed = defaultdict(set)
        for model in apps.get_models(include_auto_created=True):
            for lookup, kinds in _pointers(model):
                for target, pks in fresh.items():
                    if extra := kinds(target):
                        for chunk in _chunks(pks):
                            rows = model._base_manager.filter(**extra, **{lookup: chunk})
                            found[model] |= set(rows.values_list("pk", flat=True))
        fresh = {model: new for model, pks in found.items() if (new := pks - doomed[model])}
        for model, pks in fresh.items():
            doomed[model] |= pks
    return doomed


def _pointers(model):
    """The ways a row of a model can hang on another: (lookup, target → extra filter or None)."""
    if model is DemoRow:
        return
    for field in model._meta.fields:
        if isinstance(field, models.ForeignKey) and not _may_be_empty(field):
            related = field.related_model
            yield (
                f"{field.name}__in",
                lambda target, r=related: {"pk__isnull": False} if target is r else None,
            )
    for field in model._meta.private_fields:
        if isinstance(field, GenericForeignKey):
            yield f"{field.fk_field}__in", partial(_of_kind, field.ct_field)


def _if_it_is(related, target):
    return {"pk__isnull": False} if target is related else None


def _of_kind(name, target):
    """Nothing is about a row that only joins two others; asking would make it a kind."""
    if target._meta.auto_created:
        return None
    return {name: ContentType.objects.get_for_model(target)}


def _may_be_empty(field) -> bool:
    """Whether a row stands without this one: the actor of an event, the account of a person, the
    version of the charter that something began under."""
    spared = ("by", "actor", "charter", "regulation")
    return field.remote_field.on_delete is models.SET_NULL or (field.null and field.name in spared)


def _release(model, pks, doomed) -> None:
    """Rows that stay forget the doomed row; their plain-text labels still name it."""
    for other in apps.get_models(include_auto_created=True):
        for field in other._meta.fields:
            if (
                isinstance(field, models.ForeignKey)
                and field.related_model is model
                and _may_be_empty(field)
            ):
                for chunk in _chunks(pks):
                    rows = other._base_manager.filter(**{f"{field.name}__in": chunk})
                    rows.update(**{field.name: None})


def _files(doomed: Doomed) -> list[str]:
    names = []
    for model, pks in doomed.items():
        fields = [field.name for field in model._meta.fields if isinstance(field, models.FileField)]
        for name in fields:
            for chunk in _chunks(pks):
                names += model._base_manager.filter(pk__in=chunk).values_list(name, flat=True)
    return [name for name in names if name]


def _chunks(pks):
    rows = list(pks)
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
