"""The headline figures: each one is a named question to the rows, asked in one statement.

The same questions filter the lists that the figures open, so a figure never differs from its list.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alliance.models import Group, Seat
from members.models import Membership, Organization
from nanchuan.kernel.lines import Counted
from services.models import Need


@dataclass(frozen=True)
class Figure:
    key: str
    label: Promise
    value: int
    url: str


def questions(on: date | None = None) -> dict[str, QuerySet]:
    """Key → the rows that a figure counts, as of the end of a day (today unless told)."""
    organizations = Organization.objects.counted(on)
    needs = Need.objects
    return {
        "organizations": organizations,
        "committees": organizations.filter(kind=Organization.Kind.COMMITTEE),
        "general_branches": organizations.filter(kind=Organization.Kind.GENERAL_BRANCH),
        "branches": organizations.branches(),
        "members": Membership.objects.counted(on),  # one at a time for each person
        "groups": Group.objects.current(on),
        "enterprises": Seat.objects.enterprises(on).values("unit").distinct(),
        "needs_collected": needs.collected(on),
        "projects_matched": needs.matched(on),
        "needs_solved": needs.solved(on),
        "needs_auto_solved": needs.auto_solved(on),
    }


def count(on: date | None = None) -> dict[str, int]:
    """Key → number, in one statement."""
    keys, sql, parameters = _statement(on or timezone.localdate(), connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return dict(zip(keys, cursor.fetchone() or [0] * len(keys), strict=True))


@lru_cache(maxsize=4)
def _statement(on: date, vendor: str):
    """Keys and SQL. Putting it together takes longer than counting, so it is kept for the day."""
    columns = {
        key: Counted(rows.order_by() if key == "enterprises" else rows.order_by().values("pk"))
        for key, rows in questions(on).items()
    }
    # Any table with a row will do to hang the columns on.
    rows = ContentType.objects.order_by("pk").values_list(*columns.values())[:1]
    return list(columns), *rows.query.get_compiler(connection=connection).as_sql()


def figures(on: date | None = None) -> list[Figure]:
    """The figures of the home page in reading order, each with the list that it opens."""
    organizations = reverse("members:organization-list")
    needs = reverse("services:need-list")
    opened = {
        "organizations": (_("党组织"), organizations),
        "committees": (_("党委"), f"{organizations}?kind=committee"),
        "general_branches": (_("党总支"), f"{organizations}?kind=general_branch"),
        "branches": (_("党支部"), f"{organizations}?kind=branches"),
        "members": (_("党员"), f"{reverse('members:person-list')}?counted=1"),
        "groups": (_("联盟小组"), reverse("alliance:group-list")),
        "enterprises": (_("小组企业"), reverse("alliance:enterprise-list")),
        "needs_collected": (_("征集需求"), f"{needs}?figure=collected"),
        "projects_matched": (_("对接项目"), f"{needs}?figure=matched"),
        "needs_solved": (_("解决问题"), f"{needs}?figure=solved"),
        "needs_auto_solved": (_("到期自动确认"), f"{needs}?figure=auto_solved"),
    }
    values = count(on)
    return [Figure(key, label, values[key], url) for key, (label, url) in opened.items()]
