"""Branch life so far: most of it verified, some late, one returned, one held together."""

from datetime import timedelta

from members.actions import activities, participations, verifying
from members.models import Activity, ActivityKind, Organization, PartyMember, Term
from nanchuan.accounts.models import User
from nanchuan.portal.demo import park

LATE = 12  # days after which a busy branch writes it down
SETTLED = 21  # days after which the office has looked at it
REASONS = ("出差", "住院", "值夜班", "探亲休假")  # data

OF_A_QUARTER = (["theme_day", "party_lecture"], ["theme_day"], ["theme_day", "general_meeting"])
TEXTS = {
    "committee_meeting": "研究本月党建工作，议定主题党日安排。",
    "theme_day": "重温入党誓词，集中学习，到车间走访职工。",
    "party_lecture": "结合生产实际讲党课，会后讨论。",
    "general_meeting": "传达上级精神，讨论支部工作，听取党员意见。",
}


def load(made) -> None:
    made.kinds = {kind.code: kind for kind in ActivityKind.objects.all()}
    office = User.objects.get(username="staff")
    for order, (unit, branch) in enumerate(made.branches.items()):
        for record in _branch(made, order, unit, branch):
            days_ago = (made.today - record.held_on).days
            if days_ago > SETTLED:
                verifying.verify(record, by=office, at=made.at(days_ago - 15, 11))
    _steady(made, office)
    _committees(made, office)
    _together(made, office)
    _unfinished(made, office)


def _branch(made, order, unit, branch):
    """Each branch twice a quarter; the one that the source praises every month."""
    monthly = unit == "青海丽豪半导体材料有限公司"  # data
    days = range(8 + order % 20, 180, 30 if monthly else 45)
    for number, days_ago in enumerate(days):
        code, title, text = park.ACTIVITIES[(order + number) % len(park.ACTIVITIES)]
        late = order % 6 == 4 and number == 1
        quarter = ((made.today - timedelta(days=days_ago)).month - 1) // 3 + 1
        yield activities.log(
            organization=branch,
            kind=made.kinds[code],
            title=title.format(quarter=quarter),
            starts_at=made.at(days_ago, 15),
            place=f"{made.units[unit]}党员活动室"[:100],
            guests="",
            text=text,
            by=made.secretaries[unit],
            at=made.at(days_ago - LATE if late else days_ago, 17),
            **_who_came(made, branch, days_ago),
        )


def _steady(made, office):
    """The branches of the chains hold what each month asks for, but for one now and then."""
    units = [unit for _name, _chain, units in park.GROUPS for unit in units]
    for order, unit in enumerate(unit for unit in units if unit in made.secretaries):
        for month in range(1, made.today.month + 1):
            days_ago = (made.today - made.today.replace(month=month, day=10 + order)).days
            if days_ago < 1 or (order + month) % 6 == 0:
                continue
            for code in ("committee_meeting", *OF_A_QUARTER[month % 3]):
                record = _monthly(made, unit, code, days_ago)
                if days_ago > SETTLED:
                    verifying.verify(record, by=office, at=made.at(days_ago - 15, 11))


def _monthly(made, unit, code, days_ago):
    branch, came = made.branches[unit], _who_came(made, made.branches[unit], days_ago)
    if code == "committee_meeting":
        came = {"host": came["host"], "members": came["members"][:2]}
    return activities.log(
        branch,
        by=made.secretaries[unit],
        kind=made.kinds[code],
        text=TEXTS[code],
        starts_at=made.at(days_ago, 16),
        at=made.at(days_ago, 18),
        place="党员活动室",  # data
        **came,
    )


def _who_came(made, branch, days_ago) -> dict:
    """Nearly everybody who belonged to it then; the others on leave, once in a while absent."""
    people = sorted(made.people[branch.pk], key=lambda one: one.pk in made.recent)
    people = [one for one in people if one.pk not in made.recent or days_ago < 110]
    host, *others = people
    away = [one for one in others if made.random.random() > 0.88]
    return {
        "host": host,
        "members": [one for one in others if one not in away],
        "leaves": {one: REASONS[(one.pk + days_ago) % len(REASONS)] for one in away if one.pk % 5},
        "absent": [one for one in away if one.pk % 5 == 0],
    }


def _committees(made, office):
    """What only party committees hold, led by who leads them."""
    texts = {
        "party_committee": ("党委会：研究党建重点工作", "听取上月工作情况，研究下月安排。"),
        "study_group": ("理论学习中心组集中学习", "围绕高质量发展主题研讨交流。"),
    }
    committees = Organization.objects.current().filter(kind="committee", depth__gt=1)
    for number, committee in enumerate(committees[:2]):
        terms = Term.objects.current().filter(organization=committee).order_by("post__order")
        chief = PartyMember.objects.in_tree(committee.path, made.today - timedelta(days=15))
        chief = chief.filter(pk__in=terms.values("member")).counted().first()
        for code, (title, text) in texts.items() if chief else ():
            activities.log(
                committee,
                by=office,
                kind=made.kinds[code],
                title=title,
                text=text,
                starts_at=made.at(14 + number, 9),
                at=made.at(14 + number, 17),
                place="党委会议室",  # data
                host=chief,
                decisions=[{"text": "同意下月重点工作安排"}] if code == "party_committee" else (),
            )


def _together(made, office):
    """Three branches of one chain: the first held it, one has confirmed, one is still asked."""
    first, waiting, second = park.GROUPS[0][2][:3]
    host = made.branches[first]
    record = activities.log(
        host,
        by=made.secretaries.get(first, office),
        kind=made.kinds["theme_day"],
        title="链上同行：联合主题党日",  # data
        text="三家支部走进车间，交流节能改造做法，商定互派技术骨干。",  # data
        place="综合展厅",  # data
        starts_at=made.at(6, 15),
        at=made.at(5, 9),
        organizations=[made.branches[waiting], made.branches[second]],
        **_who_came(made, host, 6),
    )
    part = record.participations.get(organization=made.branches[second])
    people = made.people[made.branches[second].pk]
    came = [one for one in people if one.pk not in made.recent][:6]
    participations.confirm(
        part, by=made.secretaries.get(second, office), members=came, at=made.at(4, 10)
    )


def _unfinished(made, office):
    """One record went back, one was written twice, one is not finished yet."""
    waiting = Activity.objects.waiting().filter(participations__is_host=True)
    units = [unit for unit in made.branches if unit in made.secretaries]
    homes = [made.branches[unit] for unit in units]
    back = waiting.filter(organization=homes[1]).whole().first()
    if back:
        reason = "参加人员和照片对不上，请核对后补充签到照片。"  # data
        verifying.send_back(back, reason, by=office, at=made.at(1, 10))
    by, branch = made.secretaries[units[3]], homes[3]
    facts = {
        "kind": made.kinds["tea_talk"],
        "title": "交心茶座：新进员工谈适应",  # data
        "place": "职工之家",  # data
        "text": "听取新进员工对住宿和通勤的意见。",  # data
        "starts_at": made.at(7, 16),
    }
    for hour in (17, 18):
        people = {"host": _who_came(made, branch, 7)["host"]}
        record = activities.log(branch, by=by, at=made.at(7, hour), **facts, **people)
    verifying.withdraw(record, "重复记录。", by=by, at=made.at(6, 9))
    unit = park.GROUPS[1][2][1]
    activities.draft(
        made.branches[unit],
        by=made.secretaries.get(unit, office),
        kind=made.kinds["general_meeting"],
        starts_at=made.at(1, 15),
        at=made.at(0, 8),
        place="党员活动室",  # data
        text="传达上级会议精神。",  # data
    )
