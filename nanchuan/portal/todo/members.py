"""Of branch life and the roster: elections, transfers, appraisals, records, talks, dues."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members import dues as dues_kept
from members import radar
from members.models import Activity, Appraisal, Organization, Participation, Rectification, Transfer
from members.owing import owing
from nanchuan.kernel import roles
from nanchuan.kernel.together import Asker
from nanchuan.portal.todo.items import LONGEST_LIST, Item, until

MOST_COUNTED = 99
ELECTIONS_APART = 2  # more of them share a line
APPRAISING = {
    Appraisal.Status.SELF: _("填写自评"),
    Appraisal.Status.PEERS: _("参加互评"),
    Appraisal.Status.ORGANIZATION: _("组织评定"),
    Appraisal.Status.CONFIRMING: _("确认评定"),
    Appraisal.Status.CONFIRMED: _("公布等次"),
}


def elections(user) -> Asker:
    """Committees that are over, or will be soon, of the organizations that a person looks after."""
    if not roles.has_role(user, roles.STAFF, roles.SECRETARY):
        return []
    organizations = Organization.objects.counted().editable_by(user)
    steps = radar.steps_of((yield radar.notices()))
    rows = yield radar.due_soon(radar.with_over(organizations), steps)
    if len(rows) > ELECTIONS_APART:
        return [_many_elections(rows)]
    return [_election(row, radar.signal(row.committee_over, steps)) for row in rows]


def _election(organization, signal):
    text = gettext("%(organization)s换届") % {"organization": organization}
    url = organization.get_absolute_url()
    return Item(_("准备换届"), text, url, signal.status, signal.words)


def _many_elections(rows):
    over = sum(row.committee_over < timezone.localdate() for row in rows)
    near = gettext("%(number)d 个即将届满") % {"number": len(rows) - over}
    words = gettext("逾期 %(number)d 个") % {"number": over} if over else near
    text = gettext("换届：%(words)s") % {"words": near} if over else gettext("换届")
    status = "overdue" if over else "soon"
    return Item(_("查看"), text, reverse("members:committee-list"), status, words)


def transfers(user) -> Asker:
    """Members on their way whose reception is this person's to record."""
    if not roles.has_role(user, roles.STAFF, roles.SECRETARY):
        return []
    rows = Transfer.objects.visible_to(user).awaiting(user).named()
    rows = yield rows.order_by("requested_at", "pk")[:LONGEST_LIST]
    return [
        Item(
            verb=_("登记回执") if row.direction == Transfer.Direction.OUTGOING else _("接收"),
            text=str(row),
            url=row.get_absolute_url(),
            status=row.state_style,
            status_text=row.get_status_display(),
        )
        for row in rows
    ]


def joint(user) -> Asker:
    """What others held together with an own organization, which has not answered."""
    led = roles.places(user, roles.SECRETARY)
    if not led:
        return []
    asked = Participation.objects.to_answer().filter(organization__path__in=led)
    asked = asked.select_related("activity__kind").order_by("held_on", "pk")
    return [_asked(part) for part in (yield asked[:LONGEST_LIST])]


def returned(user) -> Asker:
    """Records of branch life that came back, to put right."""
    led = roles.places(user, roles.SECRETARY)
    if not led:
        return []
    rows = Activity.objects.filter(status=Activity.Status.RETURNED, organization__path__in=led)
    rows = rows.select_related("kind").order_by("starts_at")
    return [_returned(row) for row in (yield rows[:LONGEST_LIST])]


def to_verify(user) -> Asker:
    """How many records of branch life wait for this person's word."""
    if not roles.has_role(user, roles.STAFF, roles.SECRETARY):
        return []
    waiting = Activity.objects.waiting().verifiable_by(user).order_by()
    waiting = yield waiting.values_list("pk")[: MOST_COUNTED + 1]
    return _to_verify(len(waiting))


def _asked(part):
    words = gettext("联合开展，请确认")
    return Item(_("确认"), part.activity.marked, part.get_absolute_url(), "asked", words)


def _returned(row):
    words = row.get_status_display()
    return Item(_("更正"), row.marked, row.get_absolute_url(), row.status, words)


def _to_verify(number):
    if not number:
        return []
    shown = f"{MOST_COUNTED}+" if number > MOST_COUNTED else str(number)
    words = gettext("%(number)s 条待核实") % {"number": shown}
    url = reverse("members:activity-review")
    return [Item(_("核实"), gettext("组织生活记录"), url, "waiting", words)]


def talks(user) -> list[Item]:
    """One query but near the end of a period: members of own branches without their talk."""
    return [_talks(each) for each in owing(user)]


def _talks(owed):
    first, last = owed.cell.stretch.first, owed.cell.stretch.last
    words = {"organization": owed.organization, "duty": owed.name, "number": owed.cell.missing}
    text = gettext("%(organization)s%(duty)s：还差 %(number)d 人") % words
    url = reverse(
        "members:checkup-cell", args=[owed.organization.pk, owed.code, first.year, first.month]
    )
    return Item(_("看还差谁"), text, url, *until(last, "soon", ""))


def dues(user) -> Asker:
    """This month of the branches whose dues this person keeps."""
    if not roles.has_role(user, roles.MEMBER):
        return []
    return [_dues(row) for row in (yield dues_kept.to_keep(user)[:LONGEST_LIST])]


def _dues(organization):
    month = timezone.localdate().month
    words = {"organization": organization, "month": month}
    text = gettext("%(organization)s %(month)d 月党费") % words
    url = reverse("members:duesbranch-detail", args=[organization.pk])
    if not organization.bills:
        return Item(_("核定"), text, url, "waiting", gettext("还没有核定"))
    left = gettext("%(number)d 人未登记") % {"number": organization.open}
    return Item(_("登记缴纳"), text, url, "waiting", left)


def appraisals(user) -> Asker:
    """Appraisals whose next step is this person's."""
    if not roles.has_role(user, roles.STAFF, roles.SECRETARY, roles.MEMBER):
        return []
    rows = Appraisal.objects.awaiting(user).select_related("organization")
    rows = yield rows.order_by("organization_until", "pk")[:LONGEST_LIST]
    return [_appraisal(row) for row in rows]


def _appraisal(row):
    status, words = row.state_style, row.get_status_display()
    if row.until:
        status, words = until(row.until, "soon", words)
    return Item(APPRAISING[row.status], str(row), row.get_absolute_url(), status, words)


def rectifications(user) -> Asker:
    """What a meeting of organizational life asked of this person."""
    own = roles.places(user, roles.MEMBER)
    if not own:
        return []
    rows = Rectification.objects.open().filter(owner__in=own).select_related("meeting")
    rows = yield rows.order_by("due_on", "pk")[:LONGEST_LIST]
    return [_rectification(row) for row in rows]


def _rectification(row):
    status, words = until(row.due_on, "soon", "")
    url = reverse("members:rectification-finish", args=[row.pk])
    return Item(_("完成整改"), str(row), url, status, words)
