"""The handover sheet on paper (轮值交接单): what is handed over and who signed."""

from itertools import count

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Handover, Signature
from alliance.numerals import numeral
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.papers import Paper, written

SHEET = gettext_lazy("轮值交接单")
BLANK_DAY = gettext_lazy("____年____月____日")


def handover_paper(handover: Handover, sheet: dict, signatures: list[Signature], *, by) -> Paper:
    """From the sheet as it is shown; signatures stand on it once all three are there."""
    done = handover.status == Handover.Status.DONE
    paper = Paper(_("%(group)s轮值交接单") % {"group": sheet["group"]}, by=by)
    if not done:
        paper.paragraph(_("（未完成签字）"), indent=False)
    paper.facts(_facts(handover, sheet))
    titles = map(numeral, count(1))
    for section in sheet["sections"]:
        paper.heading(
            _("%(number)s、%(title)s") % {"number": next(titles), "title": section["title"]}
        )
        _lines(paper, section["lines"])
    _materials(paper, sheet, titles)
    paper.heading(_("%(number)s、签字") % {"number": next(titles)})
    _signatures(paper, sheet, {row.party: row for row in signatures} if done else {})
    return paper


def _facts(handover, sheet):
    yield _("联盟小组"), sheet["group"]
    yield _("轮值时间"), sheet["period"]
    yield _("移交单位"), sheet["leaving"]
    yield _("接任单位"), sheet["arriving"] or _("待定")
    yield _("轮值结束"), written(handover.turn.ends_on)
    yield _("完成交接"), written(handover.done_at and timezone.localdate(handover.done_at)) or "—"


def _lines(paper, lines):
    if not lines:
        paper.paragraph(_("无。"))
        return
    columns = [
        Column(_("事项"), lambda line: line["text"], 40),
        Column(_("目前情况"), lambda line: line["state"], 18),
    ]
    paper.rows(columns, lines)


def _materials(paper, sheet, titles):
    paper.heading(_("%(number)s、移交材料") % {"number": next(titles)})
    named = [
        *sheet["materials"],
        *(_("附件：%(name)s") % {"name": name} for name in sheet["files"]),
    ]
    if named:
        paper.rows([Column(_("材料"), lambda name: name, 50)], named)
    else:
        paper.paragraph(_("无。"))
    paper.heading(_("%(number)s、说明") % {"number": next(titles)})
    paper.paragraph(sheet["remarks"] or _("无。"))


def _signatures(paper, sheet, standing):
    names = {
        Signature.Party.LEAVING: sheet["leaving"],
        Signature.Party.ARRIVING: sheet["arriving"] or _("待定"),
        Signature.Party.OFFICE: "",
    }
    rows = [(party, names[party], standing.get(party)) for party in Signature.Party]
    columns = [
        Column(_("签字方"), lambda row: str(row[0].label), 12),
        Column(_("单位"), lambda row: row[1], 18),
        Column(_("签字人"), lambda row: row[2].name if row[2] else "", 12),
        Column(_("日期"), lambda row: _day(row[2]), 18),
    ]
    paper.rows(columns, rows, numbered=False)


def _day(signature) -> str:
    return written(timezone.localdate(signature.at)) if signature else str(BLANK_DAY)
