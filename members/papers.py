"""Papers about organizations (党组织概况): what stood on a day, from dated rows."""

from collections import Counter, defaultdict
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import (
    Activity,
    Membership,
    Organization,
    OrganizationUnit,
    PartyMember,
    Placement,
)
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.fields import mask_phone
from nanchuan.kernel.papers import Paper, written

OVERVIEW = gettext_lazy("党组织概况")
MOST_ACTIVITIES = 100
AGES = ((35, gettext_lazy("35 岁及以下")), (45, gettext_lazy("36—45 岁")))
AGES += ((55, gettext_lazy("46—55 岁")), (60, gettext_lazy("56—60 岁")))
OLDER = gettext_lazy("61 岁及以上")
UNBROKEN = "\u00a0"  # a space that holds a number and its words together
UNKNOWN = gettext_lazy("未登记")


def overview(organization: Organization, *, on: date, by) -> Paper:
    """What is known of an organization as it stood on a day, on A4 sheets."""
    sheet = Paper(_("%(name)s概况") % {"name": _named(organization, on)}, by=by)
    sheet.paragraph(_("截至 %(day)s。") % {"day": written(on)})
    sheet.heading(_("一、基本情况"))
    sheet.facts(_facts(organization, on), across=1)
    sheet.heading(_("二、班子成员"))
    _officers(sheet, organization, on)
    sheet.heading(_("三、党员情况"))
    _people(sheet, organization, on)
    sheet.heading(_("四、近一年组织生活"))
    _activities(sheet, organization, on, by)
    sheet.heading(_("五、沿革"))
    _ledger(sheet, organization, on)
    return sheet


def write_overview(sheet: Paper, organization: Organization, on: date) -> None:
    """What it is and who leads it, as the overview and the handbook have it."""
    sheet.facts(_facts(organization, on), across=1)
    _officers(sheet, organization, on)


def below(organization: Organization, on: date) -> set[int]:
    """The numbers of an organization and of all that stood under it on a day."""
    rows = Organization.objects.current(on)
    if on == timezone.localdate():
        return set(rows.filter(path__startswith=organization.path).values_list("pk", flat=True))
    children, found, waiting = defaultdict(set), set(), {organization.pk}
    for child, parent in Placement.objects.current(on).values_list("organization", "parent"):
        children[parent].add(child)
    while waiting:
        found |= waiting
        waiting = set().union(*(children[pk] for pk in waiting)) - found
    return found


def _named(organization, on):
    then = organization.names.current(on).first()
    return then.name if then else organization.name


def _superior(organization, on):
    placed = organization.placements.current(on).select_related("parent").first()
    parent = placed.parent if placed else None
    if placed is None and on == timezone.localdate():
        parent = Organization.objects.get_parent(organization)
    return _named(parent, on) if parent else ""


def _facts(organization, on):
    units = OrganizationUnit.objects.current(on).filter(organization=organization)
    names = units.order_by("pk").values_list("unit__name", flat=True)
    committee = organization.committee_terms.current(on).first()
    yield _("名称"), _named(organization, on)
    yield _("类别"), organization.get_kind_display()
    yield _("上级党组织"), _superior(organization, on) or "—"
    yield _("所属单位"), _("、").join(names) or "—"
    yield _("成立日期"), written(organization.starts_on)
    if organization.ends_on:
        yield _("撤销日期"), written(organization.ends_on)
    yield _("本届委员会"), _committee(committee) if committee else "—"


def _committee(term):
    words = _("第 %(number)d 届，%(elected)s选举产生，%(due)s届满") % {
        "number": term.number,
        "elected": written(term.elected_on),
        "due": written(term.due_on),
    }
    if term.extended_to:
        words += _("，延期至%(day)s") % {"day": written(term.extended_to)}
    return words


def _officers(sheet, organization, on):
    terms = organization.terms.current(on).select_related("post", "member")
    columns = [
        Column(_("职务"), lambda row: row.post.name, 12),
        Column(_("姓名"), lambda row: row.member.name, 10),
        Column(_("性别"), lambda row: row.member.get_gender_display(), 6),
        Column(_("任职日期"), lambda row: row.starts_on, 12),
        Column(_("联系电话"), lambda row: mask_phone(row.member.phone), 14),
    ]
    _table(sheet, columns, terms.order_by("post__order", "starts_on", "pk"), _("没有任职记录。"))


def _people(sheet, organization, on):
    rows = Membership.objects.current(on).filter(organization__in=below(organization, on))
    people = list(
        rows.values_list("standing", "member__gender", "member__born_on", "member__education")
    )
    counted = [row for row in people if row[0] in Membership.COUNTED]
    sheet.paragraph(
        _("本级和下级共有党员 %(number)d 名，停止党籍 %(suspended)d 名。")
        % {"number": len(counted), "suspended": len(people) - len(counted)}
    )
    groups = [
        (_("党员类别"), [Membership.Standing(row[0]).label for row in counted]),
        (_("性别"), [PartyMember.Gender(row[1]).label for row in counted]),
        (_("年龄"), [_age_band(row[2], on) for row in counted]),
        (
            _("学历"),
            [PartyMember.Education(row[3]).label if row[3] else UNKNOWN for row in counted],
        ),
    ]
    sheet.facts([(name, _tally(words)) for name, words in groups if words], across=1)


def _age_band(born_on, on):
    if born_on is None:
        return UNKNOWN
    age = on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
    return next((words for most, words in AGES if age <= most), OLDER)


def _tally(words):
    """正式党员 12 名，预备党员 1 名: as the choices are ordered."""
    numbers = Counter(map(str, words))
    known = [
        *Membership.Standing.labels,
        *PartyMember.Gender.labels,
        *(label for _most, label in AGES),
        OLDER,
        *PartyMember.Education.labels,
        UNKNOWN,
    ]
    order = [str(word) for word in known if str(word) in numbers]
    line = _("，").join(
        _("%(word)s %(number)d 名") % {"word": word, "number": numbers[word]} for word in order
    )
    return line.replace(" ", UNBROKEN)


def _activities(sheet, organization, on, by):
    since = on - timedelta(days=365)
    rows = Activity.objects.visible_to(by).standing().filter(organization=organization)
    rows = rows.filter(starts_at__date__gt=since, starts_at__date__lte=on).newest()
    columns = [
        Column(_("日期"), lambda row: timezone.localdate(row.starts_at), 12),
        Column(_("类型"), lambda row: row.kind.name, 12),
        Column(_("主题"), lambda row: row.title, 30),
        Column(_("参加人数"), lambda row: row.taking_part, 10),
        Column(_("补录"), lambda row: row.late_word, 8),
    ]
    number = rows.count()
    shown = rows.select_related("kind").defer("text").with_attendance()[:MOST_ACTIVITIES]
    _table(sheet, columns, shown, _("近一年没有组织生活记录。"))
    if number > MOST_ACTIVITIES:
        sheet.paragraph(
            _("共 %(number)d 次，这里列出最近 %(most)d 次。")
            % {"number": number, "most": MOST_ACTIVITIES}
        )


def _ledger(sheet, organization, on):
    columns = [
        Column(_("日期"), lambda row: row.on, 12),
        Column(_("事项"), lambda row: row.get_act_display(), 12),
        Column(_("原为"), lambda row: row.before, 20),
        Column(_("现为"), lambda row: row.after or str(row.other or ""), 20),
        Column(_("批复文号"), lambda row: row.document, 14),
    ]
    rows = organization.changes.filter(on__lte=on).select_related("other")
    _table(sheet, columns, rows, _("没有沿革记录。"))


def _table(sheet, columns, rows, nothing):
    if rows := list(rows):
        sheet.rows(columns, rows)
    else:
        sheet.paragraph(nothing)
