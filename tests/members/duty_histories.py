"""Random years of a small party committee: for comparing the check-up with the slow one."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from members.actions import organizations as acts
from members.actions import participations
from members.models import (
    Activity,
    ActivityKind,
    Attendance,
    DutyRule,
    Exemption,
    Membership,
    Organization,
    Participation,
    Placement,
)
from nanchuan.kernel.states import StepRefused
from tests import make

YEAR = 2025
BEGIN = date(YEAR - 1, 6, 1)
POSTS = ("书记", "副书记", "组织委员", "宣传委员")


class History:
    """A tree, people who move, rules that change, and records in every state."""

    def __init__(self, random):
        self.random, self.by = random, make.user()
        self.tree()
        self.people()
        self.posts()
        self.rules()
        self.move_branches()
        for _number in range(random.randint(0, 24)):
            self.record()
        self.merge()
        self.exempt()
        self.today = self.day(date(YEAR, 1, 1), date(YEAR + 1, 1, 20))

    def day(self, first=BEGIN, last=date(YEAR, 12, 31)):
        return first + timedelta(days=self.random.randint(0, (last - first).days))

    def tree(self):
        start = lambda: self.random.choice([BEGIN, BEGIN, self.day()])  # noqa: E731
        self.top = make.organization(kind="general_branch", starts_on=BEGIN)
        self.other = make.organization(kind="general_branch", starts_on=BEGIN)
        self.branches = [
            make.organization(self.top, kind=kind, starts_on=start())
            for kind in ("branch", "branch", "joint_branch")
        ]
        self.groups = [
            make.organization(branch, kind="party_group", starts_on=max(start(), branch.starts_on))
            for branch in self.branches[:2]
            for _number in range(self.random.randint(0, 2))
        ]
        self.everywhere = [self.top, self.other, *self.branches, *self.groups]

    def people(self):
        self.members = []
        for _number in range(self.random.randint(2, 9)):
            person = make.member(self.top, starts_on=BEGIN)
            person.memberships.all().delete()
            self.members.append(person)
            first = self.random.choice([BEGIN, BEGIN, self.day()])
            for _row in range(self.random.randint(1, 3)):
                last = self.random.choice([None, self.day(first)])
                Membership.objects.create(
                    member=person,
                    organization=self.random.choice([*self.branches, self.top]),
                    standing=self.random.choice(["full", "full", "probationary", "suspended"]),
                    starts_on=first,
                    ends_on=last,
                )
                if last is None or last >= date(YEAR, 12, 30):
                    break
                first = last + timedelta(days=self.random.choice([1, 1, 40]))
                if first > date(YEAR, 12, 31):
                    break

    def posts(self):
        for branch in self.branches:
            first = branch.starts_on
            for name in POSTS[: self.random.randint(0, 4)]:
                last = self.random.choice([None, None, self.day(first)])
                who = self.random.choice(self.members)
                make.term(branch, who, name, starts_on=first, ends_on=last)
                if last and self.random.random() < 0.5:
                    who = self.random.choice(self.members)
                    make.term(branch, who, name, starts_on=last + timedelta(days=1))

    def rules(self):
        """Some of them get a new version within the year."""
        for rule in DutyRule.objects.all():
            if self.random.random() < 0.6:
                continue
            on = self.random.choice([self.day(), date(YEAR, self.random.randint(1, 12), 1)])
            kept = {f.attname: getattr(rule, f.attname) for f in rule._meta.fields}
            kept.pop("id")
            rule.ends_on = on - timedelta(days=1)
            rule.save()
            changed = {
                "starts_on": on + timedelta(days=self.random.choice([0, 0, 20])),
                "every": self.random.choice(DutyRule.Every.values),
                "times": self.random.choice([0, 1, 1, 2]),
            }
            if rule.measure == "hours":
                changed |= {"times": self.random.choice([2, 5]), "lead_times": 6}
            if self.random.random() < 0.3:
                changed["kinds"] = ["branch"]
            DutyRule.objects.create(**kept | changed)

    def move_branches(self):
        if self.random.random() < 0.5:
            branch = self.random.choice(self.branches)
            on = self.day(branch.starts_on)
            try:
                acts.move(
                    Organization.objects.get(pk=branch.pk),
                    Organization.objects.get(pk=self.other.pk),
                    on=on,
                    by=self.by,
                )
            except StepRefused:
                return

    def merge(self):
        """A branch is dissolved, whatever it did before; its people go to another."""
        if self.random.random() < 0.4:
            gone, heir = self.random.sample(self.branches, 2)
            last = self.day(gone.starts_on)
            for row in Membership.objects.filter(organization=gone.pk):
                if row.starts_on > last:
                    Membership.objects.filter(pk=row.pk).update(organization=heir.pk)
                elif row.ends_on is None or row.ends_on > last:
                    Membership.objects.filter(pk=row.pk).update(ends_on=last)
                    row.pk, row.organization_id = None, heir.pk
                    row.starts_on = last + timedelta(days=1)
                    row.save(force_insert=True)
            Organization.objects.filter(pk=gone.pk).update(ends_on=last)

    def homes(self, organization, day):
        """Who belonged that day to an organization or to one that stood below it."""
        numbers, found = {organization.pk}, 0
        while len(numbers) > found:
            found = len(numbers)
            below = Placement.objects.current(day).filter(parent__in=numbers)
            numbers |= set(below.values_list("organization", flat=True))
        rows = Membership.objects.counted(day).filter(organization__in=numbers)
        return list(rows.values_list("member", "organization"))

    def record(self):
        day = self.day(date(YEAR, 1, 1))
        host = self.random.choice(self.everywhere)
        hours = self.random.choice([0, 1, 2, 4])
        at = self.random.choice([time(0, 5), time(15), time(23, 50)])
        activity = Activity.objects.create(
            organization=host,
            kind=self.random.choice(list(ActivityKind.objects.exclude(code="other"))),
            status=self.random.choice(
                ["submitted", "submitted", "verified", "returned", "withdrawn"]
            ),
            title="活动",
            starts_at=timezone.make_aware(datetime.combine(day, at)),
            host=self.random.choice(self.members),
            hours=hours,
            logged_by=self.by,
            submitted_at=timezone.now(),
            is_late=self.random.random() < 0.3,
        )
        parts = [host]
        for joint in self.random.sample(self.branches, self.random.randint(0, 2)):
            if joint.pk != host.pk:
                answer = self.random.choice(["confirmed", "confirmed", "asked", "declined"])
                Participation.objects.create(
                    activity=activity,
                    organization=joint,
                    answer=answer,
                    kind=activity.kind,
                    held_on=day,
                )
                if answer == "confirmed":
                    parts.append(joint)
        homes = {m: home for part in parts for m, home in self.homes(part, day)}
        for member, home in homes.items():
            presence = self.random.choice(["present", "present", "present", "leave", "absent"])
            Attendance.objects.create(
                activity=activity,
                member_id=member,
                organization_id=home,
                presence=presence,
                hours=hours if presence == "present" else 0,
            )
        participations.follow(activity)

    def exempt(self):
        for code in ("theme_day", "talk", "general_meeting", "study_hours"):
            if self.random.random() < 0.5:
                first = self.day()
                Exemption.objects.create(
                    organization=self.random.choice(self.branches),
                    code=code,
                    reason="停产检修",
                    starts_on=first,
                    ends_on=self.day(first),
                )
