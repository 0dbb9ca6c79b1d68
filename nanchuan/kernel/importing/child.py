"""Opens one workbook in a process of its own, so that a hostile file harms nobody else.

A few kilobytes can ask for any amount of memory. This process has little of it and little time,
imports nothing of the portal, reads the file from its standard input and answers with JSON:
{"sheets": [{"name", "rows", "merged", "cut"}]} or {"refused": reason}. A date is [iso].
"""

import json
import resource
import sys
from datetime import date, datetime, time, timedelta
from io import BytesIO

MEMORY = 1536 * 2**20
SECONDS = 30


def main(most_rows, most_columns, most_letters, most_sheets):
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import CalamineWorkbook, PasswordError  # noqa: PLC0415 - limits first

    limits = (most_rows, most_columns, most_letters)
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read()))
        sheets = [read_sheet(book, name, *limits) for name in book.sheet_names[:most_sheets]]
        answer = {"sheets": sheets}
    except PasswordError:
        answer = {"refused": "password"}
    except MemoryError:
        answer = {"refused": "large"}
    except Exception:  # the parser fails in many ways on broken files
        answer = {"refused": "broken"}
    json.dump(answer, sys.stdout)


def read_sheet(book, name, most_rows, most_columns, most_letters):
    sheet = book.get_sheet_by_name(name)
    lines = sheet.to_python(skip_empty_area=False, nrows=most_rows)
    return {
        "name": name[:100],
        "rows": [[plain(value, most_letters) for value in line[:most_columns]] for line in lines],
        "merged": sheet.merged_cell_ranges or [],
        "cut": sheet.end is not None and sheet.end[0] >= most_rows,
    }


def plain(value, most_letters):
    if isinstance(value, str):
        return value[: most_letters + 1]
    if isinstance(value, datetime | date):
        return [value.isoformat()]
    if isinstance(value, time | timedelta):
        return str(value)
    return value


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
