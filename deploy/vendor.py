"""Copy the front-end files that pages use from node_modules into a folder that Django serves."""

import re
import shutil
import sys
from pathlib import Path

TABLER = "@tabler/core/dist"
TOM_SELECT = f"{TABLER}/libs/tom-select/dist"
FILES = {
    "tabler/tabler.min.css": f"{TABLER}/css/tabler.min.css",
    "tabler/tabler.min.js": f"{TABLER}/js/tabler.min.js",
    "tom-select/tom-select.min.js": f"{TOM_SELECT}/js/tom-select.base.min.js",
    "tom-select/tom-select.bootstrap5.min.css": f"{TOM_SELECT}/css/tom-select.bootstrap5.min.css",
    "icons/bootstrap-icons.min.css": "bootstrap-icons/font/bootstrap-icons.min.css",
    "icons/fonts/bootstrap-icons.woff2": "bootstrap-icons/font/fonts/bootstrap-icons.woff2",
    "icons/fonts/bootstrap-icons.woff": "bootstrap-icons/font/fonts/bootstrap-icons.woff",
}
# The manifest storage would look for the maps, which are not copied.
SOURCE_MAP = re.compile(rb"(/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S+)\s*$")


def copy(node_modules: Path, out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    for name, source in FILES.items():
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(SOURCE_MAP.sub(b"", (node_modules / source).read_bytes()))


if __name__ == "__main__":
    copy(Path(sys.argv[1]), Path(sys.argv[2]))
