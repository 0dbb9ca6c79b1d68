"""A line of the preview as a page shows it: numbers masked, reasons at their cells."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nanchuan.kernel.importing.importers import Importer
from nanchuan.kernel.importing.lines import CHANGED, ERROR, NEW, SAME, STATES, WARNING
from nanchuan.kernel.importing.models import ImportRow

WORDS = {
    NEW: gettext_lazy("新增"),
    SAME: gettext_lazy("没有变化"),
    CHANGED: gettext_lazy("更正"),
    WARNING: gettext_lazy("请核对"),
    ERROR: gettext_lazy("错误"),
}
MOST = 60  # letters of a cell on the page


def tabs(counts: dict, state: str) -> list[dict]:
    """The states that occur, with the number of lines; errors first, they hold things up."""
    found = [
        {"state": each, "word": WORDS[each], "number": counts[each], "is_current": each == state}
        for each in (ERROR, WARNING, *[each for each in STATES if each not in (ERROR, WARNING)])
        if counts.get(each)
    ]
    everything = {"state": "", "word": _("全部"), "number": sum(counts.values())}
    return [everything | {"is_current": not state}, *found]


def shown_row(importer: Importer, row: ImportRow, is_open: bool) -> dict:
    data, labels = row.data, importer.labels
    facts, suggestion = data["facts"], data["suggestion"]
    place = facts.get(importer.place, "")
    return {
        "pk": row.pk,
        "number": row.number,
        "state": row.state,
        "word": WORDS[row.state],
        "name": facts.get(importer.name) or cell_text(importer, data, importer.name),
        "place": place,
        "matched": data["matched"],
        "known": data.get("known"),
        "summary": importer.summary(data) if data["act"] == NEW else [],
        "changes": [
            {"label": labels[field], "old": old, "new": new} for field, old, new in data["changes"]
        ],
        "notes": [_note(importer, data, *note) for note in [*data["notes"], *data["findings"]]],
        "suggestion": is_open and suggestion and {"pk": suggestion[0], "name": suggestion[1]},
        "typed_place": place,
    }


def _note(importer, data, field, level, text) -> dict:
    value = cell_text(importer, data, field) if field else ""
    value = "" if value and value in text else value
    return {"label": importer.labels.get(field, ""), "value": value, "level": level, "text": text}


def cell_text(importer: Importer, data: dict, name: str) -> str:
    """What was typed into a cell, masked if it is a number of a person."""
    cell = data["cells"].get(name, "")
    text = str(cell[0] if isinstance(cell, list) else cell)
    if name in importer.secret:
        text = "".join(text.split())
        return importer.secret[name](text) if text else ""
    return text if len(text) <= MOST else f"{text[:MOST]}…"
