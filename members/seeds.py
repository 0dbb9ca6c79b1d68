"""Posts, kinds of activity and rules that every party organization knows."""

from datetime import date

from django.db.models.signals import post_migrate

from members.models import ActivityKind, KindRule, Organization, Post, Rule
from nanchuan.kernel.seeds import seed

POSTS = [
    # name, leads the organization, held by one person at a time, elected
    ("书记", True, True, True),
    ("副书记", False, False, True),
    ("组织委员", False, False, True),
    ("宣传委员", False, False, True),
    ("纪检委员", False, False, True),
    ("委员", False, False, True),
    ("党小组组长", False, True, False),
]
ACTIVITY_KINDS = [
    ("general_meeting", "支部党员大会"),
    ("committee_meeting", "支部委员会会议"),
    ("group_meeting", "党小组会"),
    ("party_lecture", "党课"),
    ("theme_day", "主题党日"),
    ("organizational_life", "组织生活会"),
    ("study", "第一议题学习"),
    ("talk", "谈心谈话"),
    ("volunteer", "志愿服务"),
    ("other", "其他活动"),
]

BRANCH_WORK = ("中国共产党支部工作条例（试行）", date(2018, 10, 28))
TERMS = ("关于党的基层组织任期的意见", date(2018, 7, 1))
ELECTIONS = ("中国共产党基层组织选举工作条例", date(2020, 7, 13))
EDUCATION = ("中国共产党党员教育管理工作条例", date(2019, 5, 6))
DEVELOPMENT = ("中国共产党发展党员工作细则", date(2026, 5, 1))
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
]
KIND = Organization.Kind
EVERY_BRANCH = ["general_meeting", "committee_meeting", "party_lecture", "theme_day"]
BRANCH_DUTIES = [*EVERY_BRANCH, "organizational_life", "talk"]
KINDS = [
    # kind, kinds that may stand below it, duties; its posts are those above
    (
        KIND.COMMITTEE,
        [KIND.COMMITTEE, KIND.GENERAL_BRANCH, KIND.BRANCH, KIND.JOINT_BRANCH],
        ["study"],
    ),
    (KIND.GENERAL_BRANCH, [KIND.BRANCH, KIND.JOINT_BRANCH], ["study"]),
    (KIND.BRANCH, [KIND.PARTY_GROUP], BRANCH_DUTIES),
    (KIND.JOINT_BRANCH, [KIND.PARTY_GROUP], BRANCH_DUTIES),
    (KIND.PARTY_GROUP, [], ["group_meeting"]),
]
GROUP_POSTS = ["党小组组长"]


def plant(app_config) -> None:
    seed(
        app_config,
        Post,
        [
            {"name": name, "leads": leads, "sole": sole, "elected": elected, "order": order}
            for order, (name, leads, sole, elected) in enumerate(POSTS, 1)
        ],
    )
    seed(
        app_config,
        ActivityKind,
        [
            {"code": code, "name": name, "order": order}
            for order, (code, name) in enumerate(ACTIVITY_KINDS, 1)
        ],
    )
    seed(
        app_config,
        Rule,
        [
            {
                "code": code,
                "value": value,
                "title": source[0],
                "article": article,
                "starts_on": source[1],
                "note": "".join(note),
            }
            for code, value, source, article, *note in RULES
        ],
    )
    post_migrate.connect(_kinds, sender=app_config, weak=False, dispatch_uid=KindRule._meta.label)


def _kinds(using, **kwargs):
    """After the posts and kinds of activity that the rows speak of."""
    manager = KindRule._base_manager.using(using)
    if manager.exists():
        return
    rows = [KindRule(kind=kind, children=children) for kind, children, _duties in KINDS]
    for row, (kind, _children, duties) in zip(manager.bulk_create(rows), KINDS, strict=True):
        is_group = kind == KIND.PARTY_GROUP
        posts = Post.objects.using(using)
        posts = (
            posts.filter(name__in=GROUP_POSTS) if is_group else posts.exclude(name__in=GROUP_POSTS)
        )
        row.posts.set(posts)
        row.duties.set(ActivityKind.objects.using(using).filter(code__in=duties))
