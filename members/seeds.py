"""Posts, kinds of activity and rules that every party organization knows."""

from datetime import date
from decimal import Decimal

from django.db.models.signals import post_migrate

from members.models import ActivityKind, DuesRate, DutyRule, KindRule, Organization, Post, Rule
from nanchuan.kernel.seeds import seed

POSTS = [
    # name, leads the organization, held by one person at a time, elected, keeps the dues
    ("书记", True, True, True),
    ("副书记", False, False, True),
    ("组织委员", False, False, True, True),
    ("宣传委员", False, False, True),
    ("纪检委员", False, False, True),
    ("委员", False, False, True),
    ("党小组组长", False, True, False),
]
EVERYBODY, COMMITTEE, CHOSEN = ActivityKind.Expected
FIRST_ITEM = "第一议题"
ACTIVITY_KINDS = [
    # code, name, who is expected, hours of study, whether votes are taken, usual agenda, private
    ("general_meeting", "支部党员大会", EVERYBODY, 0, True, "学习\n讨论和决定事项\n表决"),
    ("committee_meeting", "支部委员会会议", COMMITTEE, 0, True, "学习\n研究事项\n议决"),
    ("group_meeting", "党小组会", EVERYBODY, 1, False, "学习\n讨论\n布置工作"),
    ("party_lecture", "党课", EVERYBODY, 2, False, "讲课\n讨论"),
    ("theme_day", "主题党日", EVERYBODY, 2, False, "重温入党誓词\n主题活动\n交流"),
    (
        "organizational_life",
        "组织生活会",
        EVERYBODY,
        2,
        False,
        "对照检查\n批评和自我批评\n整改事项",
    ),
    ("appraisal", "民主评议党员", EVERYBODY, 0, True, "学习\n自评\n互评\n组织评定"),
    ("party_committee", "党委会", COMMITTEE, 0, True, f"{FIRST_ITEM}\n研究事项\n议决"),
    ("study_group", "理论学习中心组", COMMITTEE, 3, False, f"{FIRST_ITEM}\n专题学习\n研讨发言"),
    ("study", "第一议题学习", EVERYBODY, 1, False, f"{FIRST_ITEM}\n讨论"),
    ("talk", "谈心谈话", CHOSEN, 0, False, "", True),
    ("tea_talk", "交心茶座", CHOSEN, 0, False, "交流\n意见建议"),
    ("volunteer", "志愿服务", CHOSEN, 0, False, ""),
    ("other", "其他活动", CHOSEN, 0, False, ""),
]

BRANCH_WORK = ("中国共产党支部工作条例（试行）", date(2018, 10, 28))
TERMS = ("关于党的基层组织任期的意见", date(2018, 7, 1))
ELECTIONS = ("中国共产党基层组织选举工作条例", date(2020, 7, 13))
EDUCATION = ("中国共产党党员教育管理工作条例", date(2019, 5, 6))
DEVELOPMENT = ("中国共产党发展党员工作细则", date(2026, 5, 1))
APPRAISAL = ("民主评议党员", date(2018, 1, 1))
APPRAISAL_NOTE = "预备党员不评等次。文件全称和条款号请核对原文后补充。"
PARK = ("", date(2018, 1, 1))
BY_ORDER = "条款号按条文顺序推定，使用前请核对原文。"
SECOND_HAND = "2026 年 5 月修订，条款据转述，使用前请核对原文。"
RULES = [
    # rule, number, source, article, perhaps a note
    (Rule.Code.BRANCH_FEWEST, 3, BRANCH_WORK, "第四条"),
    (Rule.Code.BRANCH_MOST, 50, BRANCH_WORK, "第四条"),
    (Rule.Code.JOINT_MOST_UNITS, 5, BRANCH_WORK, "第五条"),
    (Rule.Code.COMMITTEE_FROM, 7, BRANCH_WORK, "第二十条", BY_ORDER),
    (Rule.Code.COMMITTEE_TERM, 5, TERMS, ""),
    (Rule.Code.BRANCH_TERM, 3, BRANCH_WORK, "第二十一条"),
    (Rule.Code.ELECTION_NOTICE, 6, BRANCH_WORK, "第二十一条"),
    (Rule.Code.ELECTION_SECOND, 3, PARK, ""),
    (Rule.Code.ELECTION_LAST, 1, PARK, ""),
    (Rule.Code.FULL_MEMBERS_STAND, 1, ELECTIONS, "第五条", "预备党员不参加表决，也不能被选举。"),
    (Rule.Code.EXTENSION_MOST, 12, BRANCH_WORK, "第二十一条"),
    (Rule.Code.OUT_OF_TOUCH_MONTHS, 6, EDUCATION, "第二十四条"),
    (Rule.Code.AWAY_MONTHS, 6, EDUCATION, "第二十五条"),
    (Rule.Code.PROBATION_MONTHS, 12, DEVELOPMENT, "第三十一条", SECOND_HAND),
    (Rule.Code.LETTER_DAYS, 90, PARK, ""),
    (Rule.Code.TRANSFER_CHASE_DAYS, 7, PARK, ""),
    (Rule.Code.LATE_ENTRY_DAYS, 7, PARK, ""),
    (Rule.Code.EXCELLENT_PART, 3, APPRAISAL, "", APPRAISAL_NOTE),
    (Rule.Code.DUES_FIRST, 3, PARK, ""),
    (Rule.Code.DUES_SECOND, 5, PARK, ""),
    (Rule.Code.DUES_LAST, 6, EDUCATION, "第三十一条"),
]
DUES = ("关于中国共产党党费收缴、使用和管理的规定", date(2008, 1, 1))
DUES_SOURCE = "文件为 2008 年，施行日期和条款号使用前请核对原文。"
DUES_RATES = [
    # kind, steps (highest base, per cent), amount, source, note
    (
        DuesRate.Kind.EMPLOYED,
        [["3000", "0.5"], ["5000", "1"], ["10000", "1.5"], [None, "2"]],
        None,
        DUES,
        DUES_SOURCE,
    ),
    (DuesRate.Kind.RETIRED, [["5000", "0.5"], [None, "1"]], None, DUES, DUES_SOURCE),
    (DuesRate.Kind.FIXED, [], Decimal("0.20"), PARK, "定额是园区的设定，使用前请核定。"),
]
KIND = Organization.Kind
KINDS = [
    # kind, kinds that may stand below it; its posts are those above
    (KIND.COMMITTEE, [KIND.COMMITTEE, KIND.GENERAL_BRANCH, KIND.BRANCH, KIND.JOINT_BRANCH]),
    (KIND.GENERAL_BRANCH, [KIND.BRANCH, KIND.JOINT_BRANCH]),
    (KIND.BRANCH, [KIND.PARTY_GROUP]),
    (KIND.JOINT_BRANCH, [KIND.PARTY_GROUP]),
    (KIND.PARTY_GROUP, []),
]
BRANCHES = [KIND.BRANCH, KIND.JOINT_BRANCH]
SUPERIORS = [KIND.COMMITTEE, KIND.GENERAL_BRANCH]
FIRST_ITEMS = ["study", "party_committee", "study_group"]


def _duty(code, name, activities, every, source, *article, **facts):
    title, starts_on = source
    own = {"title": title, "article": "".join(article), "starts_on": starts_on}
    return {"code": code, "name": name, "activities": activities, "every": every} | own | facts


_YEARLY, _MEASURE = DutyRule.Every.YEAR, DutyRule.Measure
DUTIES = [
    row | {"order": order, "kinds": row.get("kinds", BRANCHES)}
    for order, row in enumerate(
        [
            _duty(
                "general_meeting",
                "支部党员大会",
                ["general_meeting"],
                "quarter",
                BRANCH_WORK,
                "第十一条",
            ),
            _duty(
                "committee_meeting",
                "支部委员会会议",
                ["committee_meeting"],
                "month",
                BRANCH_WORK,
                "第十二条",
                condition="has_committee",
            ),
            _duty(
                "group_meeting",
                "党小组会",
                ["group_meeting"],
                "month",
                BRANCH_WORK,
                "第十三条",
                measure=_MEASURE.EACH_GROUP,
                condition="has_groups",
            ),
            _duty("theme_day", "主题党日", ["theme_day"], "month", BRANCH_WORK, "第十六条"),
            _duty(
                "party_lecture",
                "党课",
                ["party_lecture"],
                "quarter",
                PARK,
                note="条例没有规定党课次数，每季度一次是园区的做法。",
            ),
            _duty(
                "secretary_lecture",
                "书记讲党课",
                ["party_lecture"],
                _YEARLY,
                BRANCH_WORK,
                "第十六条",
                measure=_MEASURE.BY_SECRETARY,
            ),
            _duty(
                "organizational_life",
                "组织生活会",
                ["organizational_life"],
                _YEARLY,
                BRANCH_WORK,
                "第十七条",
                note="一般在第四季度召开。",
            ),
            _duty(
                "appraisal",
                "民主评议党员",
                ["appraisal"],
                _YEARLY,
                BRANCH_WORK,
                "第十八条",
                note=BY_ORDER,
            ),
            _duty(
                "talk",
                "谈心谈话",
                ["talk"],
                _YEARLY,
                BRANCH_WORK,
                "第十九条",
                note=BY_ORDER,
                measure=_MEASURE.EACH_MEMBER,
            ),
            _duty(
                "study_hours",
                "集中学习培训",
                [],
                _YEARLY,
                EDUCATION,
                "第二十条",
                note="书记的学时据转述，使用前请核对原文。",
                measure=_MEASURE.HOURS,
                times=32,
                lead_times=56,
            ),
            _duty("first_agenda", "第一议题学习", FIRST_ITEMS, "month", PARK, kinds=SUPERIORS),
        ],
        1,
    )
]
GROUP_POSTS = ["党小组组长"]


TABLES = [
    # model, the columns of its lines (a source is a title and the day it holds from), lines
    (Post, "name leads sole elected keeps_dues", POSTS),
    (DuesRate, "kind steps fixed source note", DUES_RATES),
    (ActivityKind, "code name expected hours takes_votes agenda is_private", ACTIVITY_KINDS),
    (Rule, "code value source article note", RULES),
]
ORDERED = (Post, ActivityKind)


def _rows(model, columns: str, lines) -> list[dict]:
    """Lines of values as rows; what a line leaves out keeps its default."""
    rows = [dict(zip(columns.split(), line, strict=False)) for line in lines]
    for order, row in enumerate(rows, 1):
        if source := row.pop("source", None):
            row["title"], row["starts_on"] = source
        if model in ORDERED:
            row["order"] = order
    return rows


def plant(app_config) -> None:
    for model, columns, lines in TABLES:
        seed(app_config, model, _rows(model, columns, lines))
    seed(app_config, DutyRule, DUTIES)
    post_migrate.connect(_kinds, sender=app_config, weak=False, dispatch_uid=KindRule._meta.label)


def _kinds(using, **kwargs):
    """After the posts that the rows speak of."""
    manager = KindRule._base_manager.using(using)
    if manager.exists():
        return
    rows = [KindRule(kind=kind, children=children) for kind, children in KINDS]
    for row in manager.bulk_create(rows):
        is_group = row.kind == KIND.PARTY_GROUP
        posts = Post.objects.using(using)
        posts = (
            posts.filter(name__in=GROUP_POSTS) if is_group else posts.exclude(name__in=GROUP_POSTS)
        )
        row.posts.set(posts)
