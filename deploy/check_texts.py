"""Chinese interface text that does not go through gettext, in templates and in Python.

A string that is data, not a text for people, says so with a comment `# data` on its last line.
"""

import ast
import re
import sys
from pathlib import Path

CHINESE = re.compile(r"[\u3400-\u9fff]")
CODE = ("nanchuan", "members", "alliance", "services")
EXEMPT = {"migrations", "demo", "seeds", "spelling"}
GETTEXT = re.compile(r"_|[a-z]*gettext(_lazy|_noop)?")
DATA = re.compile(r"#\s*data\b")
TRANSLATED = re.compile(
    r"""
      {%-?\s*(?P<block>blocktrans(late)?|comment)\b.*?{%\s*end(?P=block)\s*%}
    | {%\s*trans(late)?\b.*?%}
    | {\#.*?\#} | <!--.*?-->
    | _\("[^"]*"\) | _\('[^']*'\)
    """,
    re.DOTALL | re.VERBOSE,
)


def texts_in_template(source):
    """Line numbers and lines on which Chinese is left once translated parts are blanked."""
    rest = TRANSLATED.sub(lambda found: "\n" * found.group().count("\n"), source)
    for number, line in enumerate(rest.splitlines(), 1):
        if CHINESE.search(line):
            yield number, line.strip()


def texts_in_python(source):
    finder = Finder(source.splitlines())
    finder.visit(ast.parse(source))
    return finder.found


class Finder(ast.NodeVisitor):
    """Chinese string constants outside docstrings and the arguments of gettext."""

    def __init__(self, lines):
        self.lines, self.found = lines, []

    def visit_Call(self, node):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        if GETTEXT.fullmatch(name):
            arguments = [each for each in arguments if not isinstance(each, ast.Constant)]
        for each in (node.func, *arguments):
            self.visit(each)

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Constant(self, node):
        text = node.value if isinstance(node.value, str) else ""
        if CHINESE.search(text) and not DATA.search(self.lines[node.end_lineno - 1]):
            self.found.append((node.lineno, text))


def offences():
    for path in sorted(
        path for end in ("html", "txt") for path in Path("templates").rglob(f"*.{end}")
    ):
        yield path, texts_in_template(path.read_text(encoding="utf-8"))
    for path in sorted(path for package in CODE for path in Path(package).rglob("*.py")):
        if not EXEMPT & {*path.parts, path.stem}:
            yield path, texts_in_python(path.read_text(encoding="utf-8"))


def main():
    lines = [
        f"{path}:{number}: {text[:70]}" for path, texts in offences() for number, text in texts
    ]
    print(*lines, sep="\n", end="\n" if lines else "")
    sys.exit(f"{len(lines)} texts outside gettext" if lines else 0)


if __name__ == "__main__":
    main()
