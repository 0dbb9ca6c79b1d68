"""A line of the preview as a page shows it: numbers masked, reasons at their cells."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.importing.columns import LABELS, SECRET
from members.importing.judging import shown
from members.importing.lines import CHANGED, ERROR, NEW, SAME, STATES, WARNING
from nanchuan.kernel.fields import mask_id_number, mask_phone
from nanchuan.kernel.importing.models import ImportRow

WORDS = {
    NEW: gettext_lazy("新增"),
    SAME: gettext_lazy("没有变化"),
    CHANGED: gettext_lazy("更正"),
    WARNING: gettext_lazy("请核对"),
    ERROR: gettext_lazy("错误"),
}
MOST = 60  # letters of a cell on the page
SUMMARY = ("gender", "born_on", "id_number", "phone", "joined_on")


def tabs(counts: dict, state: str) -> list[dict]:
    """The states that occur, with the number of lines; errors first, they hold things up."""
    found = [
        {"state": each, "word": WORDS[each], "number": counts[each], "is_current": each == state}
        for each in (ERROR, WARNING, *[each for each in STATES if each not in (ERROR, WARNING)])
        if counts.get(each)
    ]
    everything = {"state": "", "word": _("全部"), "number": sum(counts.values())}
    return [everything | {"is_current": not state}, *found]


def shown_row(row: ImportRow, is_open: bool) -> dict:
    data = row.data
    facts = data["facts"]
    suggestion = data["suggestion"]
    return {
        "pk": row.pk,
        "number": row.number,
        "state": row.state,
        "word": WORDS[row.state],
        "name": facts.get("name") or cell_text(data, "name"),
        "place": facts.get("organization", ""),
        "matched": data["matched"],
        "person": data["person"],
        "summary": _summary(data) if data["act"] == NEW else [],
        "changes": [
            {"label": LABELS[field], "old": old, "new": new} for field, old, new in data["changes"]
        ],
        "notes": [_note(data, *note) for note in [*data["notes"], *data["findings"]]],
        "suggestion": is_open and suggestion and {"pk": suggestion[0], "name": suggestion[1]},
        "typed_place": facts.get("organization", ""),
    }


def _note(data, field, level, text) -> dict:
    value = cell_text(data, field) if field else ""
    value = "" if value and value in text else value
    return {"label": LABELS.get(field, ""), "value": value, "level": level, "text": text}


def _summary(data) -> list[str]:
    given = data["derived"] | data["facts"]
    words = [(LABELS[name], shown(name, given[name])) for name in SUMMARY if given.get(name)]
    return [_("%(label)s：%(value)s") % {"label": label, "value": value} for label, value in words]


def cell_text(data, name) -> str:
    """What was typed into a cell, masked if it is a number of a person."""
    cell = data["cells"].get(name, "")
    text = str(cell[0] if isinstance(cell, list) else cell)
    if name in SECRET:
        text = "".join(text.split())
        return (mask_id_number(text) if name == "id_number" else mask_phone(text)) if text else ""
    return text if len(text) <= MOST else f"{text[:MOST]}…"
