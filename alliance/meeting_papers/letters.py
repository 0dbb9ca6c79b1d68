"""What goes out before a meeting: the notice (会议通知) and the agenda (议程)."""

from datetime import date

from django.utils.translation import gettext as _

from alliance import clock as clocks
from alliance.meeting_papers.words import clock, groups_of, listed, time_words
from alliance.models import Meeting
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.papers import Paper, written


def notice(meeting: Meeting, *, sent_on: date | None, by) -> Paper:
    """A letter to the invited units, in the order of their seats. `sent_on` is when it went out;
    before that it is a draft without a date."""
    sheet = Paper(_("关于召开%(meeting)s的通知") % {"meeting": meeting.title}, by=by)
    if sent_on is None:
        sheet.paragraph(_("（草稿，尚未发出）"), indent=False)
    names = list(meeting.invitations.standing().values_list("unit_name", flat=True))
    sheet.addressee(listed(names))
    sheet.paragraph(_("现将召开%(meeting)s的有关事项通知如下。") % {"meeting": meeting.title})
    sheet.heading(_("一、时间"))
    sheet.paragraph(time_words(meeting))
    sheet.heading(_("二、地点"))
    sheet.paragraph(meeting.place)
    sheet.heading(_("三、议程"))
    for number, item in enumerate(meeting.items.select_related("unit"), 1):
        sheet.paragraph(f"{number}. {item.title}{_told_by(item)}")
    sheet.heading(_("四、回复"))
    sheet.paragraph(
        _(
            "请在会议开始（%(moment)s）前，通过平台回复是否参加；"
            "请假的写明原因，请人代会的写明代会人姓名和权限。"
        )
        % {"moment": time_words(meeting).rpartition(_("至"))[0]}
    )
    sheet.signature(meeting.convened_by.name, written(sent_on))
    return sheet


def agenda(meeting: Meeting, *, by) -> Paper:
    """Each line with the time that it comes on, as far as the minutes before it are known."""
    sheet = Paper(_("%(meeting)s议程") % {"meeting": meeting.title}, by=by)
    sheet.facts(
        [
            (_("时间"), time_words(meeting)),
            (_("地点"), meeting.place),
            (_("主持人"), meeting.chair),
            (_("记录人"), meeting.recorder),
            (_("召集单位"), meeting.convened_by.name),
            (_("联盟小组"), groups_of(meeting)),
        ],
        across=1,
    )
    items = list(meeting.items.select_related("unit").prefetch_related("files"))
    clocks.timed(meeting, items)
    columns = [
        Column(_("时间"), _period, 8),
        Column(_("议题"), lambda item: item.title, 18),
        Column(_("汇报单位"), lambda item: item.unit.name if item.unit else "", 15),
        Column(_("汇报人"), lambda item: item.presenter, 6),
    ]
    if any(item.files.all() for item in items):
        columns.append(Column(_("材料"), lambda item: listed(item.files.all()), 15))
    sheet.rows(columns, items)
    return sheet


def _period(item) -> str:
    """Nothing once a line before it has no minutes: then nobody knows."""
    if not item.is_exact:
        return ""
    return f"{clock(item.begins)}-{clock(item.ends)}" if item.ends else clock(item.begins)


def _told_by(item) -> str:
    who = " ".join(filter(None, (item.unit and item.unit.name, item.presenter)))
    return _("（%(who)s汇报）") % {"who": who} if who else ""
