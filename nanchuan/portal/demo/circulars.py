"""Circulars in every state: read, confirmed, handed in, returned, late and not answered at all."""

from datetime import timedelta

from alliance.models import Group
from nanchuan.accounts.models import User
from nanchuan.circulars.actions import answers, circulars, publishing, receivers
from nanchuan.circulars.models import Target
from nanchuan.portal.demo import park

Kind = Target.Kind
FORM = (
    {"text": "党组织名称", "source": "name"},
    {"text": "书记姓名", "source": "secretary"},
    {"text": "党员人数", "kind": "number", "source": "members"},
    {"text": "党员先锋岗数量", "kind": "number"},
    {"text": "主要做法", "is_required": False},
)
DONE = "设立党员先锋岗，党员带头攻关（示例）。"


def load(made) -> None:
    office = User.objects.get(username="staff")
    _archived(made, office)
    _closed(made, office)
    _replaced(made, office)
    _recalled(made, office)
    _running_notice(made, office)
    _running_form(made, office)
    _draft(made, office)


def _send(made, office, days_ago, targets, questions=(), **facts):
    at = made.at(days_ago, 9)
    circular = circulars.draft(by=office, at=at, **facts)
    receivers.choose(circular, targets, by=office, at=at)
    for question in questions:
        circulars.ask(circular, by=office, at=at, **question)
    publishing.publish(circular, by=office, at=at + timedelta(hours=1))
    return circular


def _pairs(made, circular):
    """Each branch to which it went, with its secretary."""
    leads = _leads(made)
    for row in circular.addressees.select_related("circular", "organization", "unit"):
        if row.organization_id in leads:
            yield row, leads[row.organization_id]


def _archived(made, office):
    circular = _send(
        made,
        office,
        210,
        [Target(kind=Kind.PARK)],
        kind="document",
        title="关于印发园区党建工作要点的通知（示例）",
        text="现将工作要点印发给你们，请结合实际抓好落实。",
        needs_receipt=True,
    )
    for number, (row, secretary) in enumerate(_pairs(made, circular)):
        answers.confirm(row, by=secretary, at=made.at(209 - number % 5, 11))
    publishing.close(circular, by=office, at=made.at(180))
    publishing.archive(circular, by=office, at=made.at(170))


def _closed(made, office):
    circular = _send(
        made,
        office,
        60,
        [Target(kind=Kind.ALLIANCE)],
        kind="notice",
        title="关于国庆假期值班安排的通知（示例）",
        text="请各单位安排好值班，遇有突发情况及时报告。",
    )
    for unit, secretary in list(made.secretaries.items())[:30]:
        rows = circular.addressees.filter(unit=made.units[unit]).select_related("circular")
        answers.read(rows, by=secretary, at=made.at(59))
    publishing.close(circular, by=office, at=made.at(50))


def _replaced(made, office):
    first = _send(
        made,
        office,
        30,
        [Target(kind=Kind.GROUP, group_id=pk) for pk in _groups()],
        kind="notice",
        title="关于召开联盟工作推进会的通知（示例）",
        text="会议时间：周三下午三点。地点：园区党群服务中心。",
        needs_receipt=True,
    )
    second = publishing.replace(first, by=office, at=made.at(29))
    text = "会议改到周四下午三点。地点：园区党群服务中心。"
    circulars.change(second, by=office, at=made.at(29, 14), text=text)
    publishing.publish(second, by=office, at=made.at(29, 15))
    publishing.close(second, by=office, at=made.at(20))


def _groups():
    return Group.objects.order_by("order").values_list("pk", flat=True)[:1]


def _recalled(made, office):
    circular = _send(
        made,
        office,
        16,
        [Target(kind=Kind.PARK)],
        kind="notice",
        title="关于党建知识竞赛报名的通知（示例）",
        text="请各支部组织报名。",
    )
    publishing.recall(circular, reason="竞赛改期，另行通知。", by=office, at=made.at(15))


def _running_notice(made, office):
    circular = _send(
        made,
        office,
        4,
        [Target(kind=Kind.PARK)],
        kind="notice",
        title="关于开展冬季安全生产党员先锋行动的通知（示例）",
        text="请各支部对照清单开展一次自查，发现问题及时报告，党员要走在前面。",
        needs_receipt=True,
        due_at=made.at(-3, 17),
    )
    known = park.GROUPS[0][2][1]
    for number, (row, secretary) in enumerate(_pairs(made, circular)):
        if secretary == made.secretaries[known] or number % 4 == 0:
            continue
        answers.read([row], by=secretary, at=made.at(3, 10))
        if number % 4 != 1:
            answers.confirm(row, by=secretary, at=made.at(2, 11))


def _running_form(made, office):
    """Due the day before yesterday: some in time, one late, one sent back, one asks for more time."""
    circular = _send(
        made,
        office,
        12,
        [Target(kind=Kind.PARK)],
        questions=FORM,
        kind="collection",
        title="关于报送党员先锋岗情况的通知（示例）",
        text="请填写党员先锋岗情况。平台已有的内容已经填好，核对即可。",
        needs_submission=True,
        due_at=made.at(2, 17),
    )
    questions = list(circular.questions.all())
    late = 0
    for number, (row, secretary) in enumerate(_pairs(made, circular)):
        if number % 5 == 0:
            continue
        given = [row.name, secretary.name, "15", str(number % 6 + 1), DONE]
        given = {str(each.pk): value for each, value in zip(questions, given, strict=True)}
        hour = made.at(1, 8) if number % 5 == 1 and not late else made.at(3 + number % 6, 15)
        late += number % 5 == 1
        answers.submit(row, answers=given, by=secretary, at=hour)
        if number % 5 == 2:
            answers.accept(row, by=office, at=made.at(1))
        elif number == 3:
            answers.send_back(row, reason="先锋岗数量请再核实。", by=office, at=made.at(1))
    waiting = circular.addressees.filter(status="open", organization__in=_leads(made))
    row = waiting.select_related("circular").order_by("-order").first()
    answers.ask_for_time(
        row,
        until=made.at(-5, 17),
        reason="书记外出培训，周末返回。",
        by=_leads(made)[row.organization_id],
        at=made.at(1, 9),
    )


def _leads(made):
    return {branch.pk: made.secretaries[unit] for unit, branch in made.branches.items()}


def _draft(made, office):
    circular = circulars.draft(
        by=office,
        at=made.at(1, 16),
        kind="document",
        title="关于做好年度组织生活会准备工作的通知（示例）",
        text="请各支部提前做好谈心谈话和意见征集。",
        needs_receipt=True,
        due_at=made.at(-20, 17),
    )
    receivers.choose(circular, [Target(kind=Kind.PARK)], by=office, at=made.at(1, 16))
