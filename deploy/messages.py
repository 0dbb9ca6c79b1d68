"""The English catalog: `update` takes in the texts of the source, `check` finds what it lacks,
`compile` makes the file that Django reads. GNU gettext is not needed.
"""

import io
import re
import sys
from collections import Counter
from pathlib import Path

import polib

CATALOG = Path("locale/en/LC_MESSAGES/django.po")
CODE = ("nanchuan", "members", "alliance", "services")
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
PLACEHOLDER = re.compile(r"%%|%\(\w+\)[-#0+\d.]*[a-zA-Z]|%[-#0+\d.]*[a-zA-Z]|{[^{}]*}")
METADATA = {
    "Language": "en",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}


def sources():
    """Each file with texts for people, and its text as Python code."""
    from django.conf import settings
    from django.utils.translation.template import templatize

    settings.configure()
    for path in sorted(path for package in CODE for path in Path(package).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path, path.read_text(encoding="utf-8")
    for path in sorted(
        path for end in ("html", "txt") for path in Path("templates").rglob(f"*.{end}")
    ):
        pseudo_code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        yield path, "\n".join(map(str.strip, pseudo_code.splitlines()))  # indents mean nothing here


def extracted():
    """The messages of the source as catalog entries without translations."""
    from babel.messages.extract import extract

    found = {}
    for path, code in sources():
        for _line, texts, comments, context in extract(
            "python", io.BytesIO(code.encode()), KEYWORDS, ["Translators:"]
        ):
            text, plural = texts if isinstance(texts, tuple) else (texts, "")
            entry = found.setdefault((context, text), polib.POEntry(msgid=text, msgctxt=context))
            entry.msgid_plural = entry.msgid_plural or plural
            entry.comment = entry.comment or "\n".join(comments)
            if (str(path), "") not in entry.occurrences:
                entry.occurrences.append((str(path), ""))
    return found


def update():
    """Rewrite the catalog in the order of the source; what is translated stays so."""
    known = {(entry.msgctxt, entry.msgid): entry for entry in read()} if CATALOG.exists() else {}
    catalog = polib.POFile(wrapwidth=100)
    catalog.metadata = METADATA
    for key, entry in extracted().items():
        if entry.msgid_plural:
            entry.msgstr_plural = {0: "", 1: ""}
        if (old := known.get(key)) and bool(old.msgid_plural) == bool(entry.msgid_plural):
            entry.msgstr, entry.msgstr_plural = old.msgstr, old.msgstr_plural
        catalog.append(entry)
    CATALOG.parent.mkdir(parents=True, exist_ok=True)
    catalog.save(str(CATALOG))
    print(f"{len(catalog)} messages, {len(catalog.untranslated_entries())} untranslated: {CATALOG}")


def faults():
    catalog = {(entry.msgctxt, entry.msgid): entry for entry in read()}
    source = extracted()
    yield from (f"missing: {text}" for _context, text in source.keys() - catalog.keys())
    yield from (f"no longer in the source: {text}" for _context, text in catalog.keys() - source)
    for entry in catalog.values():
        if entry.obsolete or entry.fuzzy or not entry.translated():
            yield f"untranslated: {entry.msgid}"
        elif not same_placeholders(entry):
            yield f"other placeholders: {entry.msgid}"


def same_placeholders(entry):
    """A plural may leave a placeholder to one of its forms, as "one" does for the number."""
    if not entry.msgid_plural:
        return placeholders(entry.msgid) == placeholders(entry.msgstr)
    asked = set(placeholders(entry.msgid_plural)) | set(placeholders(entry.msgid))
    said = [set(placeholders(text)) for text in entry.msgstr_plural.values()]
    return said[-1] == asked and all(each <= asked for each in said)


def placeholders(text):
    return Counter(PLACEHOLDER.findall(text))


def check():
    lines = sorted(faults())
    print(*lines, sep="\n", end="\n" if lines else "")
    sys.exit(f"{len(lines)} faults in {CATALOG}: `make messages`, then translate." if lines else 0)


def compile_catalog():
    read().save_as_mofile(str(CATALOG.with_suffix(".mo")))


def read():
    return polib.pofile(str(CATALOG))


if __name__ == "__main__":
    {"update": update, "check": check, "compile": compile_catalog}[sys.argv[1]]()
