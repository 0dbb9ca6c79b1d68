"""The pages that are measured: for whom, what is sent, and how many statements each costs."""

from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

import park
from alliance.models import Group, Meeting, MeetingKind, Turn
from members.models import Activity, ActivityKind, Organization, PartyMember, Unit
from nanchuan.accounts.models import User
from nanchuan.kernel.models import Event
from nanchuan.notices.models import Notice
from services.models import Need, Project, Resource

# CPU of a page, as a multiple of the floor's (docs/architecture.md).
LIMITS = {"list": 2.0, "detail": 2.0, "form": 2.0, "post": 1.5, "board": 2.5, "other": None}
CHINESE_SEARCH = 3.5
CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
STAFF, SECRETARY, NOBODY = park.STAFF, park.SECRETARY, None
FORM = "application/x-www-form-urlencoded"


@dataclass
class Page:
    """One page as one person sees it; `model` is the one whose rows stand beside the figure."""

    name: str
    kind: str
    who: int | None
    path: str
    model: type
    post: dict = field(default_factory=dict)
    limit: float | None = None

    def __post_init__(self):
        self.limit = self.limit or LIMITS[self.kind]


def pages():
    yield Page("home, staff", "board", STAFF, reverse("home"), Need)
    yield Page("home, secretary", "board", SECRETARY, reverse("home"), Need)
    yield Page("rota", "board", STAFF, reverse("alliance:rota"), Turn)
    yield Page("groups", "board", STAFF, reverse("alliance:group-list"), Group)
    yield from lists()
    yield from searches()
    yield from details()
    yield from forms()
    yield from posts()
    yield Page("sign in", "other", NOBODY, reverse("account_login"), User)
    people = reverse("admin:members_partymember_changelist")
    yield Page("admin people", "other", STAFF, people, PartyMember)
    name = urlencode({"q": "建国"})
    yield Page("admin people, search", "other", STAFF, f"{people}?{name}", PartyMember)


def lists():
    members, services = "members:", "services:"
    for name, who, url, model, query in (
        ("organizations", STAFF, f"{members}organization-list", Organization, ""),
        ("units", STAFF, f"{members}unit-list", Unit, ""),
        ("people", STAFF, f"{members}person-list", PartyMember, ""),
        ("people, last page", STAFF, f"{members}person-list", PartyMember, "?page=999999"),
        ("people, subtree", STAFF, f"{members}person-list", PartyMember, subtree()),
        ("people, secretary", SECRETARY, f"{members}person-list", PartyMember, ""),
        ("activities", STAFF, f"{members}activity-list", Activity, ""),
        ("activities, subtree", STAFF, f"{members}activity-list", Activity, subtree()),
        ("activities, secretary", SECRETARY, f"{members}activity-list", Activity, ""),
        ("meetings", STAFF, "alliance:meeting-list", Meeting, ""),
        ("needs", STAFF, f"{services}need-list", Need, ""),
        ("needs, filtered", STAFF, f"{services}need-list", Need, "?status=closed&category=policy"),
        ("needs, figure", STAFF, f"{services}need-list", Need, "?figure=solved"),
        ("needs, secretary", SECRETARY, f"{services}need-list", Need, ""),
        ("resources", STAFF, f"{services}resource-list", Resource, ""),
        ("projects", STAFF, f"{services}project-list", Project, ""),
        ("inbox", SECRETARY, "notices:inbox", Notice, ""),
        ("accounts", STAFF, "accounts:account-list", User, ""),
        ("trail", STAFF, "portal:event-list", Event, ""),
    ):
        yield Page(name, "list", who, reverse(url) + query, model)


def subtree():
    """A committee or general branch with what stands below it."""
    return f"?organization={Organization.objects.filter(depth=2, numchild__gt=0).first().pk}"


def searches():
    people = reverse("members:person-list")
    yield Page("people, pinyin", "list", STAFF, f"{people}?q=wangjian", PartyMember)
    yield Page("people, initials", "list", STAFF, f"{people}?q=wj", PartyMember)
    yield Page("people, sorted", "list", STAFF, f"{people}?q=wj&sort=-age", PartyMember)
    for name, url, model, word in (
        ("people, search", people, PartyMember, "建国"),
        ("activities, search", reverse("members:activity-list"), Activity, "党课"),
        ("needs, search", reverse("services:need-list"), Need, "贷款"),
        ("resources, search", reverse("services:resource-list"), Resource, "专家"),
    ):
        query = urlencode({"q": word})
        yield Page(name, "list", STAFF, f"{url}?{query}", model, limit=CHINESE_SEARCH)


def details():
    inner = Organization.objects.filter(depth=2, numchild__gt=0).first()
    branch = own_branch()
    coming = Meeting.objects.filter(group=1).latest("starts_at")
    for name, subject in (
        ("organization, committee", inner),
        ("organization, branch", branch),
        ("unit", Unit.objects.first()),
        ("person", PartyMember.objects.latest("pk")),
        ("activity", Activity.objects.latest("pk")),
        ("group", Group.objects.first()),
        ("meeting", coming),
        ("need", Need.objects.filter(status="closed").latest("pk")),
        ("resource", Resource.objects.first()),
        ("project", Project.objects.first()),
    ):
        yield Page(name, "detail", STAFF, subject.get_absolute_url(), type(subject))


def own_branch():
    return Organization.objects.get(memberships__member__user=SECRETARY)


def forms():
    for name, who, url, model in (
        ("person form", STAFF, "members:person-create", PartyMember),
        ("activity form", SECRETARY, "members:activity-create", Activity),
        ("need form", SECRETARY, "services:need-create", Need),
        ("meeting form", STAFF, "alliance:meeting-create", Meeting),
        ("resource form", SECRETARY, "services:resource-create", Resource),
    ):
        yield Page(name, "form", who, reverse(url), model)


def posts():
    now = timezone.localtime()
    people = list(own_branch().memberships.values_list("member", flat=True)[:8])
    activity = {
        "kind": ActivityKind.objects.first().pk,
        "starts_at": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "place": "党员活动室",
        "host": people[0],
        "members": people,
        "text": park.TEXT,
    }
    need = {
        "category": "policy",
        "urgency": "normal",
        "audience": "alliance",
        "title": "技改补贴申报条件不清楚",
        "content": park.TEXT,
        "contact_name": "李书记",
        "contact_phone": "13900000000",
    }
    meeting = {
        "group": 1,
        "kind": MeetingKind.objects.first().pk,
        "title": "第二季度联席会议",
        "starts_at": f"{now + timedelta(days=8):%Y-%m-%dT%H:%M}",
        "ends_at": f"{now + timedelta(days=8, hours=2):%Y-%m-%dT%H:%M}",
        "place": "园区会议厅",
        "agenda": "通报情况\n研究工作",
    }
    for name, who, url, model, data in (
        ("activity POST", SECRETARY, "members:activity-create", Activity, activity),
        ("need POST", SECRETARY, "services:need-create", Need, need),
        ("meeting POST", STAFF, "alliance:meeting-create", Meeting, meeting),
    ):
        yield Page(name, "post", who, reverse(url), model, data)


def plan() -> list[dict]:
    """What the harness needs of each page, with its number of statements and of rows."""
    clients = {who: signed_in(who) for who in (STAFF, SECRETARY, NOBODY)}
    return [
        {
            "page": page.name,
            "kind": page.kind,
            "limit": page.limit,
            "path": page.path,
            "post": urlencode(page.post, doseq=True),
            "cookie": session(client),
            "sql": statements(client, page),
            "rows": page.model._base_manager.count(),
        }
        for page in pages()
        for client in (clients[page.who],)
    ]


def signed_in(who):
    client = Client(SERVER_NAME="127.0.0.1")
    if who is not NOBODY:
        client.force_login(
            User.objects.get(pk=who), "allauth.account.auth_backends.AuthenticationBackend"
        )
    return client


def session(client) -> str:
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}" if name in client.cookies else ""


def statements(client, page) -> int:
    """SQL of the second visit, when what a process keeps (content types, templates) is there."""
    ask(client, page)
    with CaptureQueriesContext(connection) as captured:
        ask(client, page)
    return sum(not query["sql"].startswith(CONTROL) for query in captured.captured_queries)


def ask(client, page):
    if page.post:
        body = urlencode({**page.post, "once": uuid4()}, doseq=True)
        answer = client.post(page.path, body, content_type=FORM)
    else:
        answer = client.get(page.path)
    if answer.status_code != (302 if page.post else 200):
        raise SystemExit(f"{page.name}: {page.path} answered {answer.status_code}")
