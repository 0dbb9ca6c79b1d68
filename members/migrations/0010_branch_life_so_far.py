from datetime import date

from django.db import migrations
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone


KINDS = {
    # code: (name, who is expected, hours of study, whether votes are taken, usual agenda)
    "general_meeting": ("支部党员大会", "everybody", 0, True, "学习\n讨论和决定事项\n表决"),
    "committee_meeting": ("支部委员会会议", "committee", 0, True, "学习\n研究事项\n议决"),
    "group_meeting": ("党小组会", "everybody", 1, False, "学习\n讨论\n布置工作"),
    "party_lecture": ("党课", "everybody", 2, False, "讲课\n讨论"),
    "theme_day": ("主题党日", "everybody", 2, False, "重温入党誓词\n主题活动\n交流"),
    "organizational_life": ("组织生活会", "everybody", 2, False, "对照检查\n批评\n整改事项"),
    "appraisal": ("民主评议党员", "everybody", 0, True, "学习\n自评\n互评\n组织评定"),
    "party_committee": ("党委会", "committee", 0, True, "第一议题\n研究事项\n议决"),
    "study_group": ("理论学习中心组", "committee", 3, False, "第一议题\n专题学习\n研讨发言"),
    "study": ("第一议题学习", "everybody", 1, False, "第一议题\n讨论"),
    "talk": ("谈心谈话", "chosen", 0, False, ""),
    "tea_talk": ("交心茶座", "chosen", 0, False, "交流\n意见建议"),
    "volunteer": ("志愿服务", "chosen", 0, False, ""),
    "other": ("其他活动", "chosen", 0, False, ""),
}
LATE_AFTER = 7  # days
BATCH = 5000


def fill(apps, editor):
    """What is there was handed in when it was logged, by the one organization that held it."""
    _know_kinds(apps)
    _know_lateness(apps)
    Activity = apps.get_model("members", "Activity")
    Activity.objects.update(submitted_at=F("logged_at"))
    _take_part(apps, Activity)
    _say_homes(apps, Activity)


def _know_kinds(apps):
    kinds = apps.get_model("members", "ActivityKind").objects
    if not kinds.exists():
        return  # a new portal: the seeds come after the migrations
    names = set(kinds.values_list("name", flat=True))
    for order, (code, facts) in enumerate(KINDS.items(), 1):
        name, expected, hours, takes_votes, agenda = facts
        known = {"expected": expected, "hours": hours, "takes_votes": takes_votes, "agenda": agenda}
        if not kinds.filter(code=code).update(**known) and name not in names:
            kinds.create(code=code, name=name, order=order, **known)


def _know_lateness(apps):
    rules = apps.get_model("members", "Rule").objects
    if rules.exists() and not rules.filter(code="late_entry_days").exists():
        rules.create(code="late_entry_days", value=LATE_AFTER, starts_on=date(2018, 1, 1))


def _take_part(apps, Activity):
    Participation = apps.get_model("members", "Participation")
    columns = ("pk", "organization", "kind", "starts_at", "logged_at")
    rows, late = [], []
    for pk, organization, kind, starts_at, logged_at in Activity.objects.values_list(
        *columns
    ).iterator(BATCH):
        held_on = timezone.localdate(starts_at)
        rows.append(
            Participation(
                activity_id=pk,
                organization_id=organization,
                kind_id=kind,
                held_on=held_on,
                answer="confirmed",
                is_host=True,
                counts=True,
            )
        )
        if (timezone.localdate(logged_at) - held_on).days > LATE_AFTER:
            late.append(pk)
    Participation.objects.bulk_create(rows, batch_size=BATCH)
    for start in range(0, len(late), BATCH):
        Activity.objects.filter(pk__in=late[start : start + BATCH]).update(is_late=True)


def _say_homes(apps, Activity):
    """Who took part belonged to the organization that held it, or to one below it."""
    Attendance = apps.get_model("members", "Attendance")
    Membership = apps.get_model("members", "Membership")
    held_by = Activity.objects.filter(pk=OuterRef("activity")).values("organization")[:1]
    Attendance.objects.update(organization=Subquery(held_by))
    wider = Attendance.objects.filter(activity__organization__numchild__gt=0)
    for row in wider.select_related("activity__organization").iterator(BATCH):
        day = timezone.localdate(row.activity.starts_at)
        homes = Membership.objects.filter(
            Q(ends_on=None) | Q(ends_on__gte=day),
            member=row.member_id,
            starts_on__lte=day,
            organization__path__startswith=row.activity.organization.path,
        )
        home = homes.values_list("organization", flat=True).first()
        if home and home != row.organization_id:
            Attendance.objects.filter(pk=row.pk).update(organization=home)


class Migration(migrations.Migration):
    dependencies = [("members", "0009_branch_life")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
