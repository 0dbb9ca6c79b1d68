"""Committees from election to election, with their officers: one overdue, one extended, some due."""

from datetime import date, timedelta

from members import radar
from members.actions import committees
from members.models import Organization, Post
from nanchuan.accounts.models import User
from nanchuan.kernel.periods import months_after

# Months from today to the end of the term of each branch in turn; the rest is spread over years.
DUE_IN = [9, 20, 5, 31, 2, 14, 26, 0, 17, 34, 4, 11, 23, 8, 29, 1, 15, 32, 5, 19, 25, 12, 3, 28]
OVERDUE, EXTENDED = "示例企业八", "示例企业十二"
COMMITTEE_IN = 43  # months; committees serve five years
OFFICERS = ("书记", "组织委员", "宣传委员")
DAY = timedelta(days=1)


def load(made) -> None:
    posts = {post.name: post for post in Post.objects.all()}
    staff = User.objects.get(username="staff")
    for number, (unit, branch) in enumerate(made.branches.items()):
        people = [one for one in made.people[branch.pk] if one.pk not in made.recent]
        due_on = _due(made.today, unit, number)
        old = [people[0], people[3], people[2]]
        committee = _two_terms(made, branch, due_on, posts, (old, people[:3]), staff)
        if unit == EXTENDED:
            _extend(made, committee, staff)
    _upper(made, posts, staff)


def _due(today, unit, number) -> date:
    if unit == OVERDUE:
        return today - 18 * DAY
    if unit == EXTENDED:
        return months_after(today, -2)
    months = DUE_IN[number % len(DUE_IN)]
    return months_after(today, months) + (number % 9 + 2) * DAY


def _upper(made, posts, staff):
    """Committees and the general branch: their officers come from the branches below, and none
    of them has an account, so that the demo's personas keep their rights."""
    taken = set()
    kinds = [Organization.Kind.COMMITTEE, Organization.Kind.GENERAL_BRANCH]
    for number, organization in enumerate(Organization.objects.filter(kind__in=kinds)):
        people = [one for one in _below(made, organization) if one.pk not in taken][:4]
        taken |= {one.pk for one in people}
        is_committee = organization.kind == Organization.Kind.COMMITTEE
        months = COMMITTEE_IN + number if is_committee else 7
        due_on = months_after(made.today, months) + 5 * DAY
        _two_terms(made, organization, due_on, posts, (people[1:], people[:3]), staff)


def _below(made, organization):
    """Full members of the branches who hold no post there and have no account."""
    branches = [
        branch for branch in made.branches.values() if branch.path.startswith(organization.path)
    ]
    people = [one for branch in branches for one in made.people[branch.pk][4:7]]
    return [one for one in people if one.pk not in made.recent and one.user_id is None]


def _two_terms(made, organization, due_on, posts, officers, staff):  # noqa: PLR0913, PLR0917
    """The committee before, and the present one, elected in time or a little early."""
    years = radar.years_of(organization).value
    present = months_after(due_on, -12 * years) + DAY
    before = max(months_after(present, -12 * years), made.founded_on)
    first = made.random.randrange(1, 5)
    for number, (starts_on, people) in enumerate(zip((before, present), officers, strict=True)):
        elected = [
            (posts[name], one)
            for name, one in zip(OFFICERS, people, strict=True)
            if made.belongs_since(one) <= starts_on
        ]
        if not elected:
            continue
        committee = committees.elect(
            organization,
            elected_on=starts_on,
            starts_on=starts_on,
            number=first + number,
            due_on=radar.due_after(starts_on, years),
            officers=elected,
            by=staff,
            at=made.at((made.today - starts_on).days, 16),
        )
    return committee


def _extend(made, committee, staff):
    committees.extend(
        committee,
        to=months_after(committee.due_on, 6),
        reason="企业重组，班子人选尚未确定",
        document=f"示例党发〔{committee.due_on.year}〕9 号",
        by=staff,
        at=made.at((made.today - committee.due_on).days + 20, 10),
    )
