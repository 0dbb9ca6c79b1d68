"""Appraisals and a meeting of organizational life: last year's is released, this year's is at the
peers, and the meeting has items to be put right."""

from datetime import date, timedelta

from members.actions import activities, appraisals, ballots, lifemeetings
from members.models import ActivityKind, Grade
from nanchuan.accounts.models import User
from nanchuan.portal.demo import park

OWN = "能按时参加组织生活，岗位上带头完成任务；理论学习还不够系统，联系群众还不够多。"
COMMENTS = ("积极参加组织生活，完成任务好。", "表现稳定，希望多参与支部工作。")
OPINIONS = (
    "希望主题党日多安排到车间现场。",
    "建议每季度公开一次党费使用情况。",
    "倒班的同志参加学习不方便，能不能分两场。",
)
ITEMS = (
    ("倒班党员分两场学习", 40, "已按早晚两班安排"),
    ("每季度公示党费使用情况", -20, ""),
    ("主题党日每季度一次到车间", 6, ""),
)
CHECK = "学习上不够深入，遇到急难任务有畏难情绪；今后每周安排固定时间学习。"


def load(made) -> None:
    known = park.GROUPS[0][2][1]  # where the persona of the secretary and of the member is at home
    branch, secretary = made.branches[known], made.secretaries[known]
    last = _released(made, branch, secretary)
    _at_the_peers(made, branch, secretary)
    _life(made, branch, secretary, last)


def _begin(made, branch, by, *, days_ago, steps, **facts):
    dates = [made.today + timedelta(days=step) for step in steps]
    days = dict(zip(appraisals.DAYS, dates, strict=True))
    return appraisals.begin(branch, by=by, at=made.at(days_ago, 9), **facts, **days)


def _released(made, branch, secretary):
    """Last year's, through every step."""
    office = User.objects.get(username="staff")
    last_year = made.today.year - 1
    begun = (made.today - date(last_year, 12, 1)).days
    steps = (10 - begun, 20 - begun, 30 - begun)
    as_of = date(last_year, 12, 1)
    row = _begin(made, branch, secretary, year=last_year, as_of=as_of, days_ago=begun, steps=steps)
    people = list(row.appraisees.select_related("member"))
    for place, each in enumerate(people):
        grade = Grade.EXCELLENT if place % 5 == 0 else Grade.QUALIFIED
        appraisals.hand_in(each, text=OWN, grade=grade, at=made.at(begun - 5 - place % 4))
    appraisals.begin_peers(row, by=secretary, at=made.at(begun - 11))
    _vote(made, row, everybody=True)
    appraisals.end_peers(row, by=secretary, at=made.at(begun - 21))
    graded = list(row.appraisees.graded())
    best = len(graded) // 3 - 1
    given = {
        each.pk: (Grade.EXCELLENT if place < best else Grade.QUALIFIED, COMMENTS[place >= best])
        for place, each in enumerate(graded)
    }
    given |= {each.pk: ("", COMMENTS[0]) for each in people if each.pk not in given}
    appraisals.grade(row, grades=given, by=secretary, at=made.at(begun - 24))
    appraisals.submit(row, by=secretary, at=made.at(begun - 25))
    appraisals.confirm(row, by=office, at=made.at(begun - 27))
    appraisals.release(row, by=secretary, at=made.at(begun - 28))
    return row


def _at_the_peers(made, branch, secretary):
    as_of = max(made.today - timedelta(days=12), date(made.today.year, 1, 1))
    facts = {"year": made.today.year, "as_of": as_of, "days_ago": (made.today - as_of).days}
    row = _begin(made, branch, secretary, steps=(-3, 5, 15), **facts)
    for place, each in enumerate(row.appraisees.select_related("member")):
        if place % 6 != 5:
            appraisals.hand_in(each, text=OWN, grade=Grade.QUALIFIED, at=made.at(9 - place % 4))
    appraisals.begin_peers(row, by=secretary, at=made.at(2))
    _vote(made, row, everybody=False)


def _vote(made, row, *, everybody):
    """Of this year's the personas have not voted yet."""
    people = list(row.appraisees.graded().select_related("member").order_by("pk"))
    waiting = [each for each in people if everybody or each.member.user_id is None]
    for place, each in enumerate(waiting):
        if not everybody and place % 3 == 0:
            continue
        others = [one.pk for one in people if one.pk != each.pk]
        grades = {pk: made.random.choice(["excellent", "qualified", "qualified"]) for pk in others}
        ballots.cast(row, voter=each.member, grades=grades)


def _life(made, branch, secretary, appraisal):
    """Held two months ago; one item done, one late, one to come."""
    meeting = lifemeetings.begin(
        branch,
        theme="年度组织生活会",
        planned_on=made.today - timedelta(days=60),
        opinions_until=made.today - timedelta(days=68),
        appraisal=appraisal,
        by=secretary,
        at=made.at(85, 9),
    )
    for part in meeting.parts.select_related("member"):
        lifemeetings.write(part, check_list=CHECK, at=made.at(72))
    for text in OPINIONS:
        lifemeetings.suggest(meeting, text=text)
    lifemeetings.open_box(meeting, by=secretary, at=made.at(67))
    people = [part.member for part in meeting.parts.select_related("member")]
    record = activities.log(
        branch,
        kind=ActivityKind.objects.get(code="organizational_life"),
        title="年度组织生活会",
        starts_at=made.at(60, 14),
        place="党员活动室",
        host=secretary.member,
        members=[one for one in people if one.pk not in made.recent],
        guests="",
        text="通报会前准备，逐人对照检查，开展批评和自我批评，列出整改事项。",
        by=secretary,
        at=made.at(60, 17),
    )
    lifemeetings.hold(meeting, activity=record, by=secretary, at=made.at(60, 18))
    for place, (text, due, outcome) in enumerate(ITEMS):
        item = lifemeetings.add_item(
            meeting,
            text=text,
            owner=people[place],
            due_on=made.today + timedelta(days=due),
            by=secretary,
            at=made.at(59),
        )
        if outcome:
            lifemeetings.finish_item(item, outcome=outcome, by=secretary, at=made.at(10))
