"""Rows that are filled say what their template would have said."""

from django.template.loader import get_template
from django.utils.safestring import mark_safe

from nanchuan.kernel.slots import filled

ROW = "services/_need_row.html"
NAMES = ("url", "number", "heading", "signs", "unit_name", "unit", "category", "state")


def row(**values):
    return dict.fromkeys((*NAMES, "clock", "owner", "filed"), "") | values


def test_what_is_put_in_is_escaped_like_in_a_template():
    rows = [
        row(heading="<b>&'\"100%", signs=mark_safe("<i>50%</i>"), number=7),
        row(heading="%(number)s {{ unit }} \0unit\0", unit="x"),
    ]
    template = get_template(ROW)
    assert filled(ROW, rows) == "".join(template.render(each) for each in rows)


def test_without_rows_there_is_nothing():
    assert not filled(ROW, [])
