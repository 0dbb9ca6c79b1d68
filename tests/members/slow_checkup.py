"""The check-up once more, as one would do it by hand: day by day, a question for everything.

It shares no line with `members.checkup`; the two are compared on random histories.
"""

from datetime import date, timedelta

from django.utils import timezone

from members.models import (
    Activity,
    Attendance,
    DutyRule,
    Exemption,
    Membership,
    Organization,
    Participation,
    Placement,
    Term,
)

LENGTH = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


def days(first, last):
    found = []
    while first <= last:
        found.append(first)
        first += timedelta(days=1)
    return found


def holds(row, day):
    return row.starts_on <= day and (row.ends_on is None or day <= row.ends_on)


class Slow:
    """What `year` looks like on the day `today`, for one organization after the other."""

    def __init__(self, year, today):
        self.today = today
        self.year = days(date(year, 1, 1), date(year, 12, 31))
        self.rules = list(DutyRule.objects.all())
        self.memberships = [row for row in Membership.objects.all() if row.standing != "suspended"]
        self.terms = list(Term.objects.select_related("post"))
        self.placements = list(Placement.objects.select_related("organization"))
        self.exemptions = list(Exemption.objects.all())
        self.activities = list(Activity.objects.select_related("kind"))
        self.parts = list(Participation.objects.all())
        self.attendances = list(Attendance.objects.all())

    def version(self, code, day):
        for rule in self.rules:
            if rule.code == code and holds(rule, day):
                return rule
        return None

    def periods(self, code):
        """(first day, last day, version, whether it is a whole period) through the year."""
        found, left = [], list(self.year)
        while left:
            rule = self.version(code, left[0])
            length = LENGTH[rule.every] if rule else 1
            number = (left[0].month - 1) // length
            own = [day for day in left if (day.month - 1) // length == number]
            whole = [day for day in self.year if (day.month - 1) // length == number]
            found.append((own[0], own[-1], rule, rule is None or own == whole))
            left = left[len(own) :]
        return found

    def verdicts(self, organization: Organization, code: str):
        return [
            (*period[:2], *self.verdict(organization, code, period))
            for period in self.periods(code)
        ]

    def verdict(self, organization, code, period):  # noqa: C901, PLR0911
        first, last, rule, whole = period
        nothing = ("not_asked", 0, 0)
        if not all(holds(organization, day) for day in days(first, last)):
            return nothing
        if rule is None or not whole or rule.times == 0 or organization.kind not in rule.kinds:
            return nothing
        if first > self.today:
            return ("ahead", 0, 0)
        run = [day for day in days(first, last) if day <= self.today]
        if rule.condition == "has_committee" and not (
            self.has_committee(organization, run[0]) and self.has_committee(organization, run[-1])
        ):
            return nothing
        groups = [
            g for g in self.groups(organization, run[0]) if g in self.groups(organization, run[-1])
        ]
        if (rule.condition == "has_groups" or rule.measure == "each_group") and not groups:
            return nothing
        is_branch = organization.kind in ("branch", "joint_branch")
        personal = rule.measure in ("each_member", "hours")
        here = self.members(organization, run[-1])
        if not here and (is_branch or personal):
            return nothing
        if rule.measure == "each_group":
            tally = [self.did(group, rule, run) for group in groups]
        elif personal:
            whole_time = [m for m in here if self.is_member(m, run[0])]
            if not whole_time:
                return nothing
            tally = [self.person_did(m, organization, rule, run) for m in whole_time]
        else:
            done, in_time = self.did(organization.pk, rule, run)
            return self.state(organization, code, last, (done, in_time, rule.times))
        if personal and rule.measure == "hours":
            asked = [self.hours_asked(m, organization, rule, run[-1]) for m in whole_time]
            done = sum(a >= hours for (a, _), hours in zip(tally, asked, strict=True))
            in_time = sum(b >= hours for (_, b), hours in zip(tally, asked, strict=True))
        else:
            done = sum(a >= rule.times for a, _ in tally)
            in_time = sum(b >= rule.times for _, b in tally)
        return self.state(organization, code, last, (done, in_time, len(tally)))

    def state(self, organization, code, last, counted):
        done, in_time, asked = counted
        if done >= asked:
            return ("met" if in_time >= asked else "late", done, asked)
        for row in self.exemptions:
            if row.organization_id == organization.pk and row.code == code and holds(row, last):
                return ("exempt", done, asked)
        return ("due" if last >= self.today else "missed", done, asked)

    def has_committee(self, organization, day):
        holders = set()
        for term in self.terms:
            if term.organization_id == organization.pk and term.post.elected and holds(term, day):
                holders.add(term.member_id)
        return len(holders) > 2

    def leads(self, member, organization_id, day):
        return any(
            term.member_id == member
            and term.organization_id == organization_id
            and term.post.leads
            and holds(term, day)
            for term in self.terms
        )

    def groups(self, organization, day):
        return [
            row.organization_id
            for row in self.placements
            if row.parent_id == organization.pk
            and row.organization.kind == "party_group"
            and holds(row, day)
            and holds(row.organization, day)
        ]

    def members(self, organization, day):
        return [
            row.member_id
            for row in self.memberships
            if row.organization_id == organization.pk and holds(row, day)
        ]

    def is_member(self, member, day):
        return any(row.member_id == member and holds(row, day) for row in self.memberships)

    def held_on(self, activity):
        return timezone.localtime(activity.starts_at).date()

    def did(self, organization_id, rule, run):
        """How many records count for an organization, and how many of them were not late."""
        done = in_time = 0
        for activity in self.activities:
            if activity.status not in ("submitted", "verified"):
                continue
            if activity.kind.code not in rule.activities or self.held_on(activity) not in run:
                continue
            took_part = any(
                part.activity_id == activity.pk
                and part.organization_id == organization_id
                and (part.is_host or part.answer == "confirmed")
                for part in self.parts
            )
            day = self.held_on(activity)
            if rule.measure == "by_secretary":
                took_part = took_part and self.leads(activity.host_id, organization_id, day)
            if took_part:
                done += 1
                in_time += not activity.is_late
        return done, in_time

    def person_did(self, member, organization, rule, run):
        """Records (or hours) of one person wherever the person was, and those not late."""
        done = in_time = 0
        for activity in self.activities:
            if activity.status not in ("submitted", "verified"):
                continue
            if rule.activities and activity.kind.code not in rule.activities:
                continue
            if self.held_on(activity) not in run:
                continue
            for row in self.attendances:
                if row.activity_id == activity.pk and row.member_id == member:
                    if row.presence != "present":
                        continue
                    worth = row.hours if rule.measure == "hours" else 1
                    done += worth
                    in_time += 0 if activity.is_late else worth
        return done, in_time

    def hours_asked(self, member, organization, rule, day):
        if rule.lead_times is not None and self.leads(member, organization.pk, day):
            return rule.lead_times
        return rule.times
