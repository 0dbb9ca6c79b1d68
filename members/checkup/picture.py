"""The heat map as a table: a row for each duty, a cell for each period, put together as text,
because a page holds more than a thousand cells and a template takes its time for each."""

from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from members.checkup import words
from members.checkup.judging import State
from members.checkup.kept import KeptBoard, read

HERE = "\0"  # stands for the address of a row's cells
MOST_ROWS = 10_000  # that look different and are remembered, some ten megabytes


def draw(board: KeptBoard) -> SafeString:
    """The body of the table; addresses are relative to the page of the heat map."""
    language = get_language()
    months = {code: tuple(each.months for each in found) for code, found in board.layout.items()}
    names = {
        code: f'<th scope="row" class="heat-duty">{escape(board.name(code))}</th>'
        for code in board.layout
    }
    lines = []
    for organization in board.organizations:
        codes = board.duties_of(organization)
        head = _head(organization, max(len(codes), 1))
        if not codes:
            empty = escape(words.WHYS[words.Why.OTHER_KIND])
            lines.append(f'<tr>{head}<td colspan="13" class="heat-none">{empty}</td></tr>')
        for code in codes:
            row = _row(months[code], board.written(organization, code), language)
            row = row.replace(HERE, f"{organization.pk}/{code}/{board.year}/")
            lines.append(f"<tr>{head}{names[code]}{row}</tr>")
            head = ""
    return mark_safe("".join(lines))


@lru_cache(maxsize=MOST_ROWS)
def _row(months, written, _language) -> str:
    """Most rows of a page look like others, or as they did before."""
    cells = read([None] * len(months), written)
    return "".join(_cell(*each) for each in zip(months, cells, strict=True))


def _head(organization, height) -> str:
    name, short = escape(organization.name), escape(str(organization))
    return (
        f'<th scope="rowgroup" rowspan="{height}" class="heat-name">'
        f'<a href="{organization.pk}/" title="{name}">{short}</a></th>'
    )


def _cell(months, cell) -> str:
    """What has not begun has no page."""
    span = f' colspan="{len(months)}"' if len(months) > 1 else ""
    opened = f'<td{span} class="heat heat-{cell.state}">'
    if cell.state == State.AHEAD:
        return f"{opened}</td>"
    label, brief = escape(words.LABELS[cell.state]), escape(words.brief(cell))
    return f'{opened}<a title="{label}" href="{HERE}{months[0]}/">{brief}</a></td>'
