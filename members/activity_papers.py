"""Papers of an activity: its record (活动记录) and the sheet to sign in on (签到表).

What nobody wrote down stays empty. Talks have no papers: that they took place is all there is.
"""

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import answers
from members.actions.attendances import part_of
from members.models import (
    Activity,
    Attendance,
    Organization,
    Participation,
    PartyMember,
    Study,
    StudyMaterial,
    Suggestion,
)
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.papers import Paper, written
from nanchuan.kernel.templatetags.ui import weekday

RECORD, SHEET = gettext_lazy("活动记录"), gettext_lazy("签到表")
ROOM = 10  # millimetres, for a name written by hand
SPARE = 4  # lines for whoever comes unasked
Presence = Attendance.Presence

SHEET_COLUMNS = [
    Column(gettext_lazy("姓名"), lambda line: line[0], 6),
    Column(gettext_lazy("单位"), lambda line: line[1], 18),
    Column(gettext_lazy("职务"), lambda line: line[2], 8),
    Column(gettext_lazy("联系电话"), lambda _line: "", 9),
    Column(gettext_lazy("到会时间"), lambda _line: "", 6),
    Column(gettext_lazy("签名"), lambda _line: "", 10),
    Column(gettext_lazy("备注"), lambda _line: "", 8),
]


def dressed(rows, by):
    """Activities with all that their record says, in a few questions."""
    seen = StudyMaterial.objects.visible_to(by).order_by().values("pk")
    studies = Study.objects.filter(material__in=seen).select_related("material")
    return rows.select_related("organization", "kind", "host").prefetch_related(
        Prefetch("participations", Participation.objects.select_related("organization")),
        Prefetch("studies", studies.defer("material__text"), to_attr="chosen"),
        Prefetch("suggestions", Suggestion.objects.order_by("pk")),
        "decisions",
    )


def record(activity: Activity, *, by) -> Paper:
    """What was written down of an activity (of `dressed` ones), with room to sign below."""
    sheet = Paper(_("%(title)s记录") % {"title": activity.title}, by=by)
    sheet.facts(head(activity), across=1)
    write_record(sheet, activity, by=by)
    sheet.signature(_("主持人（签字）：________"), _("记录人（签字）：________"))
    return sheet


def head(activity: Activity):
    """Names and what they are, as the record and the handbook have them."""
    yield _("党组织"), activity.organization.name
    yield _("活动类型"), str(activity.kind)
    yield _("时间"), moment(activity)
    yield _("地点"), activity.place
    yield _("主持人"), activity.host.name if activity.host else ""
    yield _("列席人员"), activity.guests
    if activity.is_late:
        yield _("补录"), _("提交于%(day)s") % {"day": written(_day(activity.submitted_at))}


def write_record(sheet: Paper, activity: Activity, *, by, level: int = 1) -> None:
    """Who came, what was studied, what was done, what was decided; each part in its place."""
    parts = [
        (_("到会情况"), lambda: _attendance(sheet, activity, by)),
        (_("学习内容"), lambda: _materials(sheet, activity)),
        (_("活动内容"), lambda: _text(sheet, activity)),
        (_("议决事项"), lambda: _decisions(sheet, activity)),
    ]
    for place, (title, write) in enumerate(parts, 1):
        sheet.heading(_numbered(place, title, level), level)
        write()


def _numbered(place, title, level):
    numbers = (_("一、"), _("二、"), _("三、"), _("四、"))
    return f"{numbers[place - 1]}{title}" if level == 1 else f"{place}. {title}"


def moment(activity: Activity) -> str:
    """2026年11月23日（周一）14:30."""
    starts = timezone.localtime(activity.starts_at)
    return _("%(day)s（%(weekday)s）%(clock)s") % {
        "day": written(starts.date()),
        "weekday": weekday(starts),
        "clock": f"{starts:%H:%M}",
    }


def _day(at):
    return timezone.localdate(at) if at else None


def _attendance(sheet, activity, by):
    """Of each organization what the page shows the reader, too."""
    rows = sorted(activity.participations.all(), key=lambda part: not part.is_host)
    for part in answers.of(activity, rows, by):
        if part.answer != part.Answer.CONFIRMED:
            continue
        numbers = _("应到 %(expected)d 人，实到 %(present)d 人。") % {
            "expected": part.expected,
            "present": part.came,
        }
        name = part.organization.name if len(rows) > 1 else ""
        sheet.paragraph(numbers, label=_("%(word)s：") % {"word": name} if name else "")
        if part.is_named:
            _names(sheet, part)


def _names(sheet, part):
    leaves = [
        _("%(name)s（%(why)s）") % {"name": name, "why": why} if why else name
        for name, why in part.leaves
    ]
    named = {Presence.PRESENT: part.people, Presence.LEAVE: leaves, Presence.ABSENT: part.absent}
    for presence, names in named.items():
        if names or presence == Presence.PRESENT:
            sheet.paragraph(_("、").join(names), label=_("%(word)s：") % {"word": presence.label})


def _materials(sheet, activity):
    for place, study in enumerate(activity.chosen, 1):
        material = study.material
        about = filter(None, (material.source, written(material.published_on)))
        sheet.paragraph(
            _("%(place)d. 《%(title)s》（%(about)s）")
            % {
                "place": place,
                "title": material.title.strip("《》"),  # data
                "about": _("，").join(about),
            }
        )


def _text(sheet, activity):
    sheet.paragraph(activity.text)
    for suggestion in activity.suggestions.all():
        sheet.paragraph(suggestion.text, label=_("意见建议："))
        if suggestion.outcome:
            sheet.paragraph(suggestion.outcome, label=_("办理情况："))


def _decisions(sheet, activity):
    for place, decision in enumerate(activity.decisions.all(), 1):
        sheet.item(place, decision.text)
        if decision.is_voted:
            sheet.paragraph(_vote(decision), label=_("表决："))


def _vote(decision):
    counts = {
        name: getattr(decision, name) for name in ("entitled", "in_favour", "against", "abstained")
    }
    words = _(
        "应到会有表决权 %(entitled)s 人；赞成 %(in_favour)s，反对 %(against)s，弃权 %(abstained)s。"
    )
    passed = {True: _("通过。"), False: _("未通过。"), None: ""}[decision.is_passed]
    return words % {name: _number(number) for name, number in counts.items()} + passed


def _number(number) -> str:
    """What was not counted stays empty."""
    return "" if number is None else str(number)


def sign_in_sheet(activity: Activity, *, by) -> Paper:
    """To be signed by hand: from a draft or a plan with everybody who is expected, later with
    those who were noted. Telephones are written by hand."""
    sheet = Paper(_("%(title)s签到表") % {"title": activity.title}, landscape=True, by=by)
    lines, is_held = expected(activity), activity.is_standing
    come = _own(activity).filter(presence=Presence.PRESENT).count()
    sheet.facts(
        [
            (_("会议"), activity.title),
            (_("时间"), moment(activity)),
            (_("地点"), activity.place),
            (_("主持人"), activity.host.name if activity.host else ""),
            (_("记录人"), ""),
            (_("应到人数"), str(len(lines)) if lines else ""),
            (_("实到人数"), str(come) if is_held else ""),
            (_("缺席人数"), str(len(lines) - come) if is_held else ""),
        ],
        across=2,
    )
    sheet.rows(SHEET_COLUMNS, [*lines, *[("", "", "")] * SPARE], height=ROOM)
    return sheet


def expected(activity: Activity) -> list[tuple[str, str, str]]:
    """Name, unit and post of everybody whom the host noted; before anybody was, of whom the kind
    expects. Others that took part have sheets of their own."""
    day, organization = activity.held_on, activity.organization
    noted = _own(activity).order_by().values("member")
    people = PartyMember.objects.filter(pk__in=noted)
    if not noted.exists():
        people = _expected(activity.kind, organization, day)
    rows = people.with_place(day).with_post_order(day)
    rows = sorted(rows, key=lambda one: (one.post_order or 10**6, one.pinyin, one.pk))
    units = _units(organization, day)
    return [(one.name, units.get(one.in_id, ""), one.post_name or "") for one in rows]


def _own(activity):
    return activity.attendances.filter(part_of(activity, activity.organization))


def _expected(kind, organization, day):
    everybody = PartyMember.objects.in_tree(organization.path, day).counted(day)
    if kind.expected == kind.Expected.EVERYBODY:
        return everybody
    if kind.expected == kind.Expected.COMMITTEE:
        holders = organization.terms.current(day).order_by().values("member")
        return PartyMember.objects.filter(pk__in=holders)
    return PartyMember.objects.none()


def _units(organization, day) -> dict[int, str]:
    """What the only unit of each organization is called; of a joint branch it is not known whose
    a member is."""
    rows = Organization.objects.filter(path__startswith=organization.path).with_units(day)
    named = rows.values_list("pk", "unit_names")
    return {pk: names[0] for pk, names in named if names and len(names) == 1}
