"""Posts and kinds of activity that every party organization knows."""

from members.models import ActivityKind, Post
from nanchuan.kernel.seeds import seed

POSTS = [
    # name, leads the organization, held by one person at a time
    ("书记", True, True),
    ("副书记", False, False),
    ("组织委员", False, False),
    ("宣传委员", False, False),
    ("纪检委员", False, False),
    ("委员", False, False),
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


def plant(app_config) -> None:
    seed(
        app_config,
        Post,
        [
            {"name": name, "leads": leads, "sole": sole, "order": order}
            for order, (name, leads, sole) in enumerate(POSTS, 1)
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
