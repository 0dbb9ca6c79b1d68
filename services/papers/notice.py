"""The dispatch notice (交办通知书): the office hands a need to a unit, in writing."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Regulation
from nanchuan.kernel.papers import Paper, written
from services.models import Clock, Dispatch
from services.papers.words import contact_words, day, listed, office_name, wanted

NOTICE = gettext_lazy("交办通知书")


def notice(dispatch: Dispatch, *, by) -> Paper:
    """Before the office has issued it, it is a draft without a number and a date."""
    need, issued_on = dispatch.need, day(dispatch.notice_at)
    title = _("关于交办%(number)s的通知") % {"number": need.number}
    sheet = Paper(title if issued_on else _("%(title)s（草稿）") % {"title": title}, by=by)
    sheet.red_head(
        _("%(park)s党建联盟交办通知书") % {"park": settings.PARK_NAME},
        number=dispatch.notice_number,
        issuer=office_name(),
        day=issued_on,
    )
    sheet.addressee(dispatch.unit.name)
    sheet.paragraph(_("现将下列需求交由你单位办理，请按要求落实，并在平台填写办理情况。"))
    sheet.heading(_("一、交办事项"))
    sheet.facts(_facts(need), across=1)
    sheet.heading(_("二、办理要求"))
    sheet.paragraph(dispatch.note)
    helping = [row.unit.name for row in need.assistances.all() if row.ended_at is None]
    if helping:
        sheet.paragraph(listed(helping), label=_("协办单位："))
    sheet.heading(_("三、办理期限"))
    sheet.facts(_limits(dispatch), across=1)
    sheet.heading(_("四、异议"))
    sheet.paragraph(_objection_words(need))
    sheet.signature(office_name(), written(issued_on))
    copies = [(_("抄送"), listed(helping))] if helping else []
    sheet.imprint(office_name(), issued_on, copies=copies)
    return sheet


def _facts(need):
    yield _("需求编号"), need.number
    yield _("提出单位"), need.unit.name
    yield _("类别"), need.get_category_display()
    yield _("紧急程度"), need.get_urgency_display()
    yield _("需求"), need.title
    yield _("具体情况"), need.content
    yield from wanted(need)
    yield _("联系人"), contact_words(need)
    yield _("提出日期"), written(day(need.filed_at))


def _limits(dispatch):
    """The day where the clock of this dispatch runs or ran; else how many days there will be."""
    charter = dispatch.need.charter or Regulation()
    clocks = {
        clock.kind: clock
        for clock in dispatch.need.clocks.all()
        if clock.unit_id in (None, dispatch.unit_id) and clock.started_at >= dispatch.at
    }
    for kind in (Clock.Kind.ACCEPT, Clock.Kind.CONTACT, Clock.Kind.SOLVE):
        clock = clocks.get(kind)
        words = written(day(clock.due_at)) if clock else _days_words(dispatch.need, kind, charter)
        yield kind.label, words


def _days_words(need, kind, charter) -> str:
    if kind == Clock.Kind.ACCEPT:
        return ""
    name = "complex_days" if kind == Clock.Kind.SOLVE and need.is_complex else f"{kind}_days"
    days = min(charter.value(name), charter.value("longest_days"))
    return _("接单后 %(days)d 个工作日内") % {"days": days}


def _objection_words(need) -> str:
    days = (need.charter or Regulation()).value("objection_days")
    return _(
        "认为不属于本单位职责的，请在收到之日起 %(days)d 个工作日内通过平台提出异议并说明理由，"
        "由办公室裁定。"
    ) % {"days": days}
