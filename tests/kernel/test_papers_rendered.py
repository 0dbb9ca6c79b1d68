"""What LibreOffice makes of a paper, measured in the picture.

The fonts of the standard are not here, so the letters are those of another font.
"""

import shutil
import subprocess
from datetime import date

import pytest
from PIL import Image

from nanchuan.kernel.papers import Paper

DOTS = 5  # to a millimetre
TOOLS = ("soffice", "pdftoppm")

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason=f"needs {' and '.join(TOOLS)}"
)


def pages(paper, folder):
    """Each page of a paper as a picture."""
    source = folder / "paper.docx"
    with paper.file() as made:
        made.seek(0)
        source.write_bytes(made.read())
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    convert = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, source]
    draw = ["pdftoppm", "-r", str(DOTS * 25.4), folder / "paper.pdf", folder / "page"]
    for command in (convert, draw):
        subprocess.run(list(map(str, command)), check=True, capture_output=True, timeout=120)
    return [Image.open(path) for path in sorted(folder.glob("page-*.ppm"))]


def red_bands(page):
    """Top, bottom, left and right of what is red, band by band, in millimetres."""
    _red, green, _blue = page.split()
    red = Image.eval(green, lambda level: 255 * (level < 128))
    coloured = Image.eval(page.convert("HSV").split()[1], lambda level: 255 * (level > 128))
    both = Image.composite(red, Image.new("L", page.size), coloured)
    top = 0
    while box := both.crop((0, top, *page.size)).getbbox():
        first = top + box[1]
        last = first
        while both.crop((0, last, page.width, last + DOTS)).getbbox():
            last += DOTS
        left, _top, right, _bottom = both.crop((0, first, page.width, last)).getbbox()
        yield first / DOTS, last / DOTS, left / DOTS, right / DOTS
        top = last


def test_the_red_head_lies_where_the_standard_puts_it(tmp_path):
    paper = Paper("第三次联席会议纪要")
    paper.red_head("联席会议纪要", number="〔2026〕3号", issuer="办公室", day=date(2026, 11, 23))
    paper.paragraph("正文")
    paper.imprint("办公室", date(2026, 11, 23))
    (page,) = pages(paper, tmp_path)
    mark, line = red_bands(page)
    assert mark[0] == pytest.approx(37 + 35, abs=1.5)  # the text begins 37 mm down the sheet
    assert sum(mark[2:]) / 2 == pytest.approx(28 + 156 / 2, abs=1.5)
    assert line[2:] == pytest.approx((28, 28 + 156), abs=0.6)
