"""A list is taken back: its needs are gone, but only while nothing happened to them since."""

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext as _

from nanchuan.kernel import fieldlog
from nanchuan.kernel.importing.models import ImportRow
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from services.models import Clock, Dispatch, Need, NeedNote, Pause, Remark, Solution

MOST_SAID = 20  # reasons; who has read these looks at the needs themselves
OWN = (Clock, Pause, Remark, NeedNote, Solution, Dispatch)  # what the import itself made


def take_back(rows: list[ImportRow], *, by, at: datetime) -> dict[str, int]:
    """Runs in a transaction. Raises StepRefused with what happened since, to which need."""
    undos = {row.undo["need"]: row.undo for row in rows if row.undo}
    locked = Need.objects.select_for_update(of=("self",)).filter(pk__in=undos).order_by("pk")
    needs = {need.pk: need for need in locked}
    if refusals := _refusals(undos, needs):
        raise StepRefused(
            _("有 %(number)d 条需求之后又有变化，整批都没有撤销：\n%(said)s")
            % {"number": len(refusals), "said": "\n".join(refusals[:MOST_SAID])}
        )
    fieldlog.log_many(fieldlog.DELETE, [(need, None) for need in needs.values()], by=by)
    for model in OWN:
        _delete(model.objects.filter(need__in=needs))
    _delete(Need.objects.filter(pk__in=needs))
    return {"new": len(needs)}


def _refusals(undos, needs) -> list[str]:
    last, used = _last_events(needs), _used(needs)
    found = []
    for pk, undo in undos.items():
        need = needs.get(pk)
        if need is None:
            found.append(_("有一条需求已被删除。"))
            continue
        reasons = [_("之后又有办理")] if last.get(pk) != undo["event"] else []
        if reasons := reasons + used.get(pk, []):
            words = {"name": need.number, "reasons": _("、").join(reasons)}
            found.append(_("%(name)s：%(reasons)s。") % words)
    return found


def _last_events(needs) -> dict[int, int]:
    """But for papers that were taken out, which change nothing."""
    kind = ContentType.objects.get_for_model(Need)
    rows = Event.objects.filter(subject_type=kind, subject_id__in=needs)
    rows = rows.exclude(name="paper.exported")
    return dict(rows.order_by("pk").values_list("subject_id", "pk"))


def _used(needs) -> dict[int, list[str]]:
    """Rows of other tables that point at the needs: what they are called, by need."""
    found: dict[int, list[str]] = {}
    for relation in Need._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ForeignObjectRel) or relation.many_to_many:
            continue
        other, name = relation.related_model, relation.field.name
        if other in OWN:
            continue
        rows = other._base_manager.filter(**{f"{name}__in": needs}).order_by()
        for key in rows.values_list(name, flat=True).distinct():
            words = _("有“%(kind)s”记录") % {"kind": other._meta.verbose_name}
            found.setdefault(key, []).append(words)
    return found


def _delete(rows) -> None:
    """Without a question for each row what hangs on it: that was asked already, and the database
    refuses what would be left hanging."""
    rows._raw_delete(rows.db)
