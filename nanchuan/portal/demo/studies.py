"""What is studied, and talks: materials are plainly invented, and what was said says nothing."""

from datetime import timedelta

from members.actions import studies, talks
from members.models import Activity, Study, StudyMaterial
from nanchuan.accounts.models import User

MATERIALS = [
    # days since, kind, title, source, what it says
    (40, StudyMaterial.Kind.SPEECH, "示例讲话：把支部建在产业链上", "示例日报", "示例正文。"),
    (
        75,
        StudyMaterial.Kind.DOCUMENT,
        "示例文件：关于做好园区党建工作的通知",
        "示例机关",
        "示例正文。",
    ),
    (120, StudyMaterial.Kind.ARTICLE, "示例文章：党员先锋岗怎样带班组", "示例杂志", "示例正文。"),
    (200, StudyMaterial.Kind.RULE, "示例条例：支部工作学习提纲", "示例出版社", ""),
    (300, StudyMaterial.Kind.BOOK, "示例读本：企业党建问答", "示例出版社", ""),
]
STUDIED = ("study", "party_lecture")
SAID = "示例内容：了解近况，听取对支部工作的意见。"
TALKS = 3  # of each secretary


def load(made) -> None:
    library = [_add(made, days, *facts) for days, *facts in MATERIALS]
    held = Activity.objects.filter(kind__code__in=STUDIED).order_by("starts_at", "pk")
    Study.objects.bulk_create(
        Study(activity=activity, material=library[order % len(library)])
        for order, activity in enumerate(held)
    )
    for order, (unit, branch) in enumerate(made.branches.items()):
        _talks(made, branch, made.secretaries[unit], 10 + order % 40)


def _add(made, days, *facts):
    kind, title, source, text = facts
    on = made.today - timedelta(days=days)
    where = "" if text else "园区党群服务中心书架"
    facts = {"kind": kind, "title": title, "source": source, "text": text, "where": where}
    return studies.add(
        by=User.objects.get(username="staff"), published_on=on, at=made.at(days - 1), **facts
    )


def _talks(made, branch, secretary, days_ago):
    people = [one for one in made.people[branch.pk] if one.pk not in made.recent]
    partners = [one for one in people if one != secretary.member][:TALKS]
    for number, partner in enumerate(partners):
        days = days_ago + number * 30
        talks.log(
            lead=secretary.member,
            other=partner,
            starts_at=made.at(days, 16),
            content=SAID,
            by=secretary,
            at=made.at(days, 17),
        )
