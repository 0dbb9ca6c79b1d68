"""Makers of appraisals: a branch of eight, and each step as people take it."""

from datetime import timedelta

from django.utils import timezone

from members.actions import appraisals, ballots
from members.models import Appraisal
from tests import make

STEPS = ("self", "peers", "organization", "confirming", "confirmed", "released", "closed")


def people(branch, number=7, **kwargs):
    """So many full members with accounts."""
    return [make.member(branch, user=make.user(), **kwargs) for _one in range(number)]


def days(first=10):
    today = timezone.localdate()
    names = ("self_until", "peers_until", "organization_until")
    return {name: today + timedelta(days=first * step) for step, name in enumerate(names, 1)}


def appraisal(branch, to="self", *, by=None, grades=None, **kwargs):
    """An appraisal of this year taken through the real steps to a status."""
    today = timezone.localdate()
    facts = {"year": today.year, "as_of": today} | days() | kwargs
    made = appraisals.begin(branch, by=by, **facts)
    for step in STEPS[1 : STEPS.index(to) + 1] if to in STEPS else ():
        take(made, step, by, grades)
    if to == "cancelled":
        appraisals.cancel(made, reason="重新组织", by=by)
    return made


def take(made: Appraisal, step, by, grades=None):
    steps = {
        "peers": lambda: appraisals.begin_peers(made, by=by),
        "organization": lambda: everybody_votes_and_it_ends(made, by),
        "confirming": lambda: grade_and_submit(made, by, grades),
        "confirmed": lambda: appraisals.confirm(made, by=by),
        "released": lambda: appraisals.release(made, by=by),
        "closed": lambda: appraisals.close(made, by=by),
    }
    steps[step]()


def everybody_votes_and_it_ends(made, by):
    if made.way == "portal":
        for row in made.appraisees.graded().select_related("member"):
            vote(made, row.member)
    appraisals.end_peers(made, by=by)


def vote(made, voter, grade="qualified", **others):
    """A ballot with one grade for all, or others by the name of the member."""
    rows = made.appraisees.graded().exclude(member=voter).select_related("member")
    ballots.cast(
        made, voter=voter, grades={row.pk: others.get(row.member.name, grade) for row in rows}
    )


def grade_and_submit(made, by, grades=None):
    """`grades` by name; the others are 合格."""
    grades = grades or {}
    rows = made.appraisees.taking_part().select_related("member")
    given = {row.pk: (grades.get(row.member.name, "qualified"), "评语") for row in rows}
    appraisals.grade(made, grades=given, by=by)
    appraisals.submit(made, by=by)


def life_meeting(branch, to="preparing", *, by=None, **kwargs):
    """A meeting of organizational life taken through the real steps to a status."""
    from members.actions import lifemeetings

    today = timezone.localdate()
    facts = {"theme": "年度组织生活会", "planned_on": today + timedelta(days=20)}
    facts |= {"opinions_until": today + timedelta(days=10)} | kwargs
    if to not in ("preparing", "cancelled"):
        facts |= {"opinions_until": today, "at": timezone.now() - timedelta(days=1)}
    meeting = lifemeetings.begin(branch, by=by, **facts)
    if to in ("ready", "held", "closed"):
        lifemeetings.open_box(meeting, by=by)
    if to in ("held", "closed"):
        lifemeetings.hold(meeting, activity=life_activity(branch), by=by)
    if to == "closed":
        lifemeetings.close(meeting, by=by)
    if to == "cancelled":
        lifemeetings.cancel(meeting, reason="改期", by=by)
    return meeting


def life_activity(branch):
    host = branch.memberships.first().member
    kind = make.activity_kind("organizational_life", "组织生活会")
    moment = timezone.now() - timedelta(minutes=5)
    return make.activity(branch, host=host, kind=kind, starts_at=moment, title="组织生活会")
