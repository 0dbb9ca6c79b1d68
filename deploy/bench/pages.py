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

import crowd
import giving
import park
from alliance.models import (
    ActionItem,
    CheckIn,
    Duty,
    Group,
    Handover,
    Invitation,
    Measure,
    Meeting,
    MeetingKind,
    Minutes,
    Regulation,
    Swap,
    Turn,
)
from members.models import Activity, ActivityKind, Organization, PartyMember, Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import calendar, roles
from nanchuan.kernel.models import Event
from nanchuan.notices.models import Notice
from services.models import Booking, Need, Project, Resource

# CPU of a page, as a multiple of the floor's (docs/architecture.md).
LIMITS = {"list": 2.0, "detail": 2.0, "form": 2.0, "post": 1.5, "board": 2.5, "other": None}
CHINESE_SEARCH = 3.5
CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
STAFF, SECRETARY, NOBODY = park.STAFF, park.SECRETARY, None
FORM = "application/x-www-form-urlencoded"


@dataclass
class Page:
    """One page as one person sees it; `model` is the one whose rows stand beside the figure.

    Several addresses with spaces between are asked in turn: an act, and what puts it right again.
    Several things to send are sent one after the other: an act that cannot be done twice.
    """

    name: str
    kind: str
    who: int | None
    path: str
    model: type
    post: dict | list[dict] = field(default_factory=dict)
    limit: float | None = None
    is_look: bool = False  # only a part of the page is asked for, by htmx, and nothing is done
    is_kept: bool = False  # put together for the first who asks after a change, as others ask

    def __post_init__(self):
        self.limit = self.limit or LIMITS[self.kind]
        self.bodies = self.post if isinstance(self.post, list) else [self.post]
        self.status = 302 if self.bodies[0] and not self.is_look else 200


def pages():
    yield Page("home, staff", "board", STAFF, reverse("home"), Need)
    yield Page("home, secretary", "board", SECRETARY, reverse("home"), Need)
    yield Page("check-up", "board", STAFF, reverse("members:checkup-list"), Activity)
    yield from boards()
    yield from lists()
    yield from searches()
    yield from orders()
    yield from details()
    yield from forms()
    yield from posts()
    yield from meetings()
    yield Page("sign in", "other", NOBODY, reverse("account_login"), User)
    people = reverse("admin:members_partymember_changelist")
    yield Page("admin people", "other", STAFF, people, PartyMember)
    name = urlencode({"q": "建国"})
    yield Page("admin people, search", "other", STAFF, f"{people}?{name}", PartyMember)


def boards():
    everyone = "&".join(f"groups={pk}" for pk in Group.objects.values_list("pk", flat=True))
    for name, url, model, query in (
        ("rota", "rota", Turn, ""),
        ("rota, fairness", "rota-fairness", Turn, ""),
        ("rota, plan", "rota-plan", Turn, f"?year={park.TODAY.year + 2}&{everyone}"),
        ("rota, picture", "rota-picture", Turn, ""),
        ("groups", "group-list", Group, ""),
        ("alliance, picture", "alliance-picture", Group, ""),
        ("measures, board", "measure-board", Measure, ""),
        ("measures, board of units", "measure-board", Measure, "?by=unit"),
        ("measures, quarter", "measure-statement", Measure, ""),
    ):
        yield Page(name, "board", STAFF, reverse(f"alliance:{url}") + query, model)


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
        ("alliance units", STAFF, "alliance:unit-list", Unit, ""),
        ("rota, year", STAFF, "alliance:rota-year", Turn, ""),
        ("swaps", STAFF, "alliance:swap-list", Swap, ""),
        ("handovers", STAFF, "alliance:handover-list", Handover, ""),
        ("regulations", STAFF, "alliance:regulation-list", Regulation, ""),
        ("measures", STAFF, "alliance:measure-list", Measure, ""),
        ("measures, secretary", SECRETARY, "alliance:measure-list", Measure, ""),
        ("needs", STAFF, f"{services}need-list", Need, ""),
        ("needs, filtered", STAFF, f"{services}need-list", Need, "?status=closed&category=policy"),
        ("needs, figure", STAFF, f"{services}need-list", Need, "?figure=solved"),
        ("needs, secretary", SECRETARY, f"{services}need-list", Need, ""),
        *((name, who, f"{services}{url}", *more) for name, who, url, *more in giving.LISTS),
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
    ):
        query = urlencode({"q": word})
        yield Page(name, "list", STAFF, f"{url}?{query}", model, limit=CHINESE_SEARCH)
    for name, who, url, model, word in giving.SEARCHES:
        path = f"{reverse(f'services:{url}')}?{urlencode({'q': word})}"
        yield Page(name, "list", who, path, model, limit=CHINESE_SEARCH)


def orders():
    """Needs as staff and as a unit see them, by every way to look and to narrow."""
    needs, board = reverse("services:need-list"), reverse("services:need-kanban")
    for name, who, query in (
        ("urgent", STAFF, "?sort=urgent"),
        ("group", STAFF, "?group=1"),
        ("unit", STAFF, "?unit=1"),
        ("due", STAFF, "?due=risk"),
        ("rating", STAFF, "?rating=1"),
        ("long ago", STAFF, "?page=2000&count=all"),
        ("last page", STAFF, "?page=999999&count=all"),
        ("filtered, secretary", SECRETARY, "?status=closed&category=policy"),
        ("owed, secretary", SECRETARY, "?mine=owed&open=1"),
    ):
        yield Page(f"orders, {name}", "list", who, f"{needs}{query}", Need)
    for name, word in (("common", "贷款"), ("rare", "氦检"), ("absent", "龘龘")):
        for who in (STAFF, SECRETARY):
            query, whose = urlencode({"q": word}), "" if who == STAFF else ", secretary"
            path = f"{needs}?{query}"
            yield Page(f"orders, {name} word{whose}", "list", who, path, Need, limit=CHINESE_SEARCH)
    mine, desk = reverse("services:needs-mine"), reverse("services:needs-desk")
    for name, who, path in (
        ("board", STAFF, board),
        ("board, secretary", SECRETARY, board),
        ("mine", SECRETARY, f"{mine}?part=filed"),
        ("mine, owed", SECRETARY, f"{mine}?part=owed"),
        ("mine, to take", SECRETARY, f"{mine}?part=take"),
        ("desk", STAFF, f"{desk}?queue=review"),
        ("desk, to dispatch", STAFF, f"{desk}?queue=dispatch"),
        ("desk, at risk", STAFF, f"{desk}?queue=risk"),
        ("desk, asked", STAFF, f"{desk}?queue=extension"),
    ):
        yield Page(f"orders, {name}", "board", who, path, Need)
    gifts = reverse("services:resource-figures")
    yield Page("gifts, warm", "board", STAFF, gifts, Booking, is_kept=True)
    yield Page("gifts, secretary", "board", SECRETARY, gifts, Booking, is_kept=True)
    figures, rows = reverse("services:board"), reverse("services:board-rows")
    yield Page("board, warm", "board", STAFF, figures, Need, is_kept=True)
    yield Page("board, of a group", "board", STAFF, f"{figures}?group=1", Need, is_kept=True)
    yield Page("board, rows", "list", STAFF, f"{rows}?figure=closed", Need, is_kept=True)
    yield Page("board, open rows", "list", STAFF, f"{rows}?figure=open", Need, is_kept=True)


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
        ("booking", Booking.objects.exclude(need=None).latest("pk")),
        ("project", Project.objects.first()),
    ):
        yield Page(name, "detail", STAFF, subject.get_absolute_url(), type(subject))
    yield from league_details()


def league_details():
    charter = Regulation.objects.of("charter")
    present = Turn.objects.current().get(group=1)
    for name, who, url, subject in (
        ("group, secretary", SECRETARY, "group-detail", Group.objects.first()),
        ("alliance unit", STAFF, "unit-detail", present.seat.unit),
        ("turn", STAFF, "turn-detail", present),
        ("turn, secretary", SECRETARY, "turn-detail", present),
        ("handover", STAFF, "handover-detail", Handover.objects.filter(status="open").first()),
        ("handover, signed", STAFF, "handover-detail", Handover.objects.filter(status="done")[0]),
        ("regulation", STAFF, "regulation-detail", charter),
        ("regulation, compared", STAFF, "regulation-compare", charter),
        ("regulation, signatures", STAFF, "regulation-signatures", charter),
        ("measure", STAFF, "measure-detail", Measure.objects.filter(status="done").latest("pk")),
    ):
        page = reverse(f"alliance:{url}", args=[subject.pk])
        yield Page(name, "detail", who, page, type(subject))


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
    held = Meeting.objects.filter(status="convened").order_by("starts_at").first()
    page = reverse("alliance:meeting-hold", args=[held.pk])
    yield Page("meeting, held", "form", STAFF, page, Meeting)


def posts():
    now = timezone.localtime()
    people = list(own_branch().memberships.values_list("member", flat=True)[:8])
    activity = {
        "kind": ActivityKind.objects.first().pk,
        "starts_at": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "place": "党员活动室",
        "host": people[0],
        "text": park.TEXT,
    } | {f"presence-{number}": "present" for number in people}
    need = {
        "category": "policy",
        "urgency": "normal",
        "audience": "alliance",
        "title": "技改补贴申报条件不清楚",
        "content": park.TEXT,
        "contact_name": "李书记",
        "contact_phone": "13900000000",
    }
    for name, who, url, model, data in (
        ("activity POST", SECRETARY, "members:activity-create", Activity, activity),
        ("need POST", SECRETARY, "services:need-create", Need, need),
        ("meeting POST", STAFF, "alliance:meeting-create", Meeting, list(announcements())),
    ):
        yield Page(name, "post", who, reverse(url), model, data)
    yield from league_posts()


def announcements():
    """One after the other: at the time of another meeting its units have something else to do."""
    for day in range(21, 90):
        if not calendar.is_working_day(on := park.TODAY + timedelta(days=day)):
            continue
        for hour in (8, 11, 14, 17):
            yield {
                "group": 1,
                "kind": MeetingKind.objects.first().pk,
                "title": "第二季度联席会议",
                "starts_at": f"{on}T{hour:02}:00",
                "ends_at": f"{on}T{hour + 1:02}:00",
                "place": "园区会议厅",
                "agenda": "通报情况\n研究工作",
            }


def league_posts():
    """A duty is done and then owed again, over and over."""
    duty = Duty.objects.filter(turn__group=1, status="open", kind="theme_day").get()
    steps = [reverse(f"alliance:duty-{verb}", args=[duty.pk]) for verb in ("complete", "reopen")]
    done = {"note": "已联合各支部开展主题党日。"}
    yield Page("duty POST", "post", SECRETARY, " ".join(steps), Duty, done)
    measure = Measure.objects.filter(status="in_progress").first()
    note = {"text": "方案已商定,正在落实。", "percent": 60}
    page = reverse("alliance:measure-note", args=[measure.pk])
    yield Page("measure note POST", "post", STAFF, page, Measure, note)


def meetings():
    """Three hundred are invited: to one that was held, one that goes on, one that is coming."""
    held, going, coming = Meeting.objects.filter(group__name=crowd.NAME).order_by("starts_at")
    for name, who, verb, meeting in (
        ("meeting of 300, held", STAFF, "detail", held),
        ("meeting of 300, held, guest", SECRETARY, "detail", held),
        ("meeting of 300, coming", STAFF, "detail", coming),
        ("meeting of 300, coming, guest", SECRETARY, "detail", coming),
        ("meeting of 300, going on", STAFF, "detail", going),
        ("meeting of 300, agenda", STAFF, "topics", held),
        ("meeting of 300, agenda, guest", SECRETARY, "topics", held),
        ("meeting of 300, invited", STAFF, "invited", coming),
        ("meeting of 300, invited, guest", SECRETARY, "invited", coming),
        ("meeting of 300, who came", STAFF, "invited", held),
        ("meeting of 300, outcome", STAFF, "outcome", held),
        ("meeting of 300, outcome, guest", SECRETARY, "outcome", held),
        ("meeting of 300, records", STAFF, "records", held),
        ("screen of 300", STAFF, "screen", going),
        ("room of 300", STAFF, "room", held),
        ("arrivals of 300", STAFF, "arrivals", held),
    ):
        page = reverse(f"alliance:meeting-{verb}", args=[meeting.pk])
        yield Page(name, "detail", who, page, Invitation)
    screen = reverse("alliance:meeting-screen", args=[going.pk])
    yield Page("screen of 300, live", "detail", STAFF, screen, CheckIn, is_look=True)
    missing = going.invitations.filter(checkins=None).values_list("pk", flat=True)
    seats = [{"seat": pk} for pk in missing]
    yield Page("screen of 300, check-in POST", "post", STAFF, screen, CheckIn, seats)
    yield from minutes_and_items()
    look = next(announcements()) | {"look": 1}
    form = reverse("alliance:meeting-create")
    yield Page("meeting form, live", "form", STAFF, form, Meeting, look, is_look=True)
    for name, kind, url in (
        ("calendar", "board", "calendar"),
        ("calendar, list", "list", "calendar"),
        ("meetings, figures", "board", "meeting-figures"),
        ("meetings, kinds", "list", "kind-list"),
    ):
        query = "?view=list" if kind == "list" and url == "calendar" else ""
        yield Page(name, kind, STAFF, reverse(f"alliance:{url}") + query, Meeting)


def minutes_and_items():
    rows = Minutes.objects.order_by("pk")
    draft, large = rows.filter(status="draft").first(), rows.last()
    edit = reverse("alliance:minutes-edit", args=[draft.pk])
    item = ActionItem.objects.filter(unit__in=own_units(), status="in_progress").first()
    for name, kind, who, page, model in (
        ("minutes", "list", STAFF, reverse("alliance:minutes-list"), Minutes),
        ("minutes of 300", "detail", STAFF, large.get_absolute_url(), Minutes),
        ("minutes, edit", "form", STAFF, edit, Minutes),
        ("items", "list", STAFF, reverse("alliance:item-list"), ActionItem),
        ("items, secretary", "list", SECRETARY, reverse("alliance:item-list"), ActionItem),
        ("items, board", "board", STAFF, reverse("alliance:item-board"), ActionItem),
        ("items, mine", "board", SECRETARY, reverse("alliance:items-mine"), ActionItem),
        ("items, detail", "detail", SECRETARY, item.get_absolute_url(), ActionItem),
    ):
        yield Page(name, kind, who, page, model)
    page, note = reverse("alliance:item-note", args=[item.pk]), {"text": "方案已商定，正在落实。"}
    yield Page("items, note POST", "post", SECRETARY, page, ActionItem, note)


def own_units():
    return roles.places(User.objects.get(pk=SECRETARY), roles.UNIT)


def plan() -> list[dict]:
    """What the harness needs of each page, with its number of statements and of rows."""
    clients = {who: signed_in(who) for who in (STAFF, SECRETARY, NOBODY)}
    return [
        {
            "page": page.name,
            "kind": page.kind,
            "limit": page.limit,
            "path": page.path,
            "cookie": session(client),
            "sql": statements(client, page),
            "bodies": [urlencode(body, doseq=True) for body in page.bodies],
            "is_look": page.is_look,
            "is_kept": page.is_kept,
            "status": page.status,
            "rows": page.model._base_manager.count(),
        }
        for page in pages()
        for client in (clients[page.who],)
    ]


def signed_in(who):
    client = Client(SERVER_NAME="127.0.0.1")
    if who is not NOBODY:
        client.force_login(User.objects.get(pk=who))
    return client


def session(client) -> str:
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}" if name in client.cookies else ""


def statements(client, page) -> int:
    """SQL of the second visit, when what a process keeps (content types, templates) is there."""
    first, *others = page.path.split()
    for path in (first, *others):
        ask(client, page, path)
    with CaptureQueriesContext(connection) as captured:
        ask(client, page, first)
    asked = [query["sql"] for query in captured.captured_queries]
    for path in others:
        ask(client, page, path)
    return sum(not sql.startswith(CONTROL) for sql in asked)


def ask(client, page, path):
    headers = {"HX-Request": "true"} if page.is_look else {}
    if page.bodies[0]:
        body = page.bodies[0] if len(page.bodies) == 1 else page.bodies.pop(0)
        body = urlencode({**body, "once": uuid4()}, doseq=True)
        answer = client.post(path, body, content_type=FORM, headers=headers)
    else:
        answer = client.get(path, headers=headers)
    if answer.status_code != page.status:
        raise SystemExit(f"{page.name}: {path} answered {answer.status_code}")
