"""Plain makers for test data: every argument has a sensible default."""

from datetime import date, timedelta
from itertools import count

from django.utils import timezone

from alliance.models import Group, Lead, Seat, Turn
from members.models import (
    ActivityKind,
    Liaison,
    Membership,
    Organization,
    OrganizationUnit,
    PartyMember,
    Post,
    Term,
    Unit,
)
from nanchuan.accounts.models import StaffPost, User
from services.actions import bookings, dispatching, filing, projects, resources, review, solving

_number = count(1)
LONG_AGO = date(2024, 1, 1)


def user(**kwargs):
    number = next(_number)
    defaults = {
        "username": f"user{number}",
        "name": f"用户{number}",
        "email": f"user{number}@example.invalid",
    }
    return User.objects.create(**defaults | kwargs)


def staff(role="staff", **kwargs):
    """Somebody with a post of the park office."""
    person = user(**kwargs)
    StaffPost.objects.create(user=person, role=role, starts_on=LONG_AGO)
    return person


def organization(parent=None, **kwargs):
    """An organization with its name and its placement since its founding, whatever its kind."""
    facts = {"name": f"第{next(_number)}党支部", "kind": "branch", "starts_on": LONG_AGO} | kwargs
    if parent is None:
        made = Organization.objects.add_root(facts)
    else:
        made = Organization.objects.add_child(Organization.objects.get(pk=parent.pk), facts)
    dates = {"starts_on": made.starts_on, "ends_on": made.ends_on}
    made.placements.create(parent=parent, **dates)
    made.names.create(name=made.name, short_name=made.short_name, **dates)
    return made


def unit(organization=None, **kwargs):
    """A unit, with its party organization if one is given."""
    made = Unit.objects.create(
        **{"name": f"示例企业{next(_number)}", "kind": "enterprise"} | kwargs
    )
    if organization:
        OrganizationUnit.objects.create(organization=organization, unit=made, starts_on=LONG_AGO)
    return made


def member(organization=None, standing="full", starts_on=LONG_AGO, **kwargs):
    """A party member whose membership is in force; `organization` is made if not given."""
    made = PartyMember.objects.create(
        **{"name": f"党员{next(_number)}", "gender": "female"} | kwargs
    )
    Membership.objects.create(
        member=made,
        organization=organization or globals()["organization"](),
        standing=standing,
        starts_on=starts_on,
    )
    return made


def post(name="书记", **kwargs):
    return Post.objects.get_or_create(name=name, defaults={"leads": True, "sole": True} | kwargs)[0]


def term(of, member=None, post_name="书记", **kwargs):
    """A member of the organization holds a post in it."""
    return Term.objects.create(
        organization=of,
        member=member or globals()["member"](of),
        post=post(post_name),
        **{"starts_on": LONG_AGO} | kwargs,
    )


def committee(of, **kwargs):
    """The first committee of an organization, elected long ago."""
    from members.models import CommitteeTerm

    defaults = {"number": 1, "elected_on": LONG_AGO, "starts_on": LONG_AGO}
    facts = defaults | {"due_on": timezone.localdate() + timedelta(days=400)} | kwargs
    return CommitteeTerm.objects.create(organization=of, **facts)


def secretary(of, **kwargs):
    """A member with an account who leads the given organization today."""
    number = next(_number)
    account = kwargs.pop("user", None) or user(name=kwargs.get("name", f"书记{number}"))
    person = member(of, user=account, **{"name": account.name} | kwargs)
    Term.objects.create(member=person, organization=of, post=post(), starts_on=LONG_AGO)
    return person


def liaison(of, **kwargs):
    """An account that speaks for a unit."""
    account = user(**kwargs)
    Liaison.objects.create(unit=of, user=account, starts_on=LONG_AGO)
    return account


def group(*seated, lead=None, **kwargs):
    """A chain group with seats for the given units in charter order."""
    number = next(_number)
    defaults = {"name": f"第{number}小组", "chain": f"产业链{number}", "starts_on": LONG_AGO}
    made = Group.objects.create(**defaults | kwargs)
    for order, sits in enumerate(seated, 1):
        sitting = seat(sits, made, order=order)
        if sits == lead:
            Lead.objects.create(group=made, seat=sitting, starts_on=LONG_AGO)
    return made


def seat(unit, group=None, **kwargs):
    return Seat.objects.create(unit=unit, group=group, **{"starts_on": LONG_AGO} | kwargs)


def turn(seat, **kwargs):
    """The present turn of a group, thirty days either way."""
    today = timezone.localdate()
    dates = {"starts_on": today - timedelta(days=30), "ends_on": today + timedelta(days=30)}
    return Turn.objects.create(group=seat.group, seat=seat, due_seat=seat, **dates | kwargs)


def activity_kind(code="theme_day", name="主题党日"):
    return ActivityKind.objects.get_or_create(code=code, defaults={"name": name})[0]


def meeting(group, by, **kwargs):
    """A meeting in ten days that the unit on turn has convened."""
    from alliance.actions.meetings import convene
    from alliance.models import MeetingKind

    starts_at = timezone.now() + timedelta(days=10)
    defaults = {
        "kind": MeetingKind.objects.first(),
        "title": f"第{next(_number)}次联席会议",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "place": "会议厅",
        "agenda": "通报情况",
    }
    return convene(group=group, by=by, **defaults | kwargs)


# ── Services ────────────────────────────────────────────────────────────────────────────────


def resource(of=None, to="available", **kwargs):
    """A resource that can be had at any time, or taken through the real steps to a status."""
    of = of or unit()
    defaults = {"category": "expert", "title": f"专家团队{next(_number)}", "content": "可上门指导"}
    reviewed = to in {"available", "paused"}
    made = resources.add(unit=of, by=None if reviewed else liaison(of), **defaults | kwargs)
    steps = {
        "returned": lambda: resources.send_back(made, reason="请补充", by=None),
        "paused": lambda: resources.pause(made, by=None),
        "withdrawn": lambda: resources.withdraw(made, by=None),
    }
    steps.get(to, lambda: None)()
    return made


def booking(of, unit, to="agreed", *, side="asked", need=None, at=None, **kwargs):
    """A booking of the resource `of` for a unit, taken through the real steps to a status."""
    when = {"by": None, "at": at}
    if side == "asked":
        made = bookings.ask(of, unit=unit, need=need, **when, **kwargs)
    else:
        made = bookings.offer(of, need=need, **when, **kwargs)
    steps = {
        "agreed": (bookings.agree,),
        "declined": (bookings.decline,),
        "cancelled": (bookings.cancel,),
        "used": (bookings.agree, bookings.use),
        "returned": (bookings.agree, bookings.give_back),
    }
    for step in steps.get(to, ()):
        step(made, **when)
    return made


def need(of, to="submitted", *, taken_by=None, office=None, at=None, **kwargs):
    """A need of a unit, taken through the real steps as far as the status `to`.

    `taken_by` is the responsible unit, by default a new one with a seat in the alliance.
    """
    person, office = liaison(of), office or staff()
    defaults = {
        "category": "technology",
        "title": f"需求{next(_number)}",
        "content": "缺少技术支持",
        "contact_name": "联系人",
        "contact_phone": "13800001234",
    }
    made = filing.file(unit=of, by=person, at=at, **defaults | kwargs)
    if taken_by is None:
        taken_by = unit()
        seat(taken_by)
    by_unit = {"unit": taken_by, "by": office, "at": at}
    reason = {"reason": "原因", "at": at}
    steps = {
        "submitted": lambda: None,
        "returned": lambda: review.send_back(made, by=office, **reason),
        "declined": lambda: review.decline(made, by=office, **reason),
        "appealed": lambda: review.appeal(made, by=person, **reason),
        "merged": lambda: review.merge(made, into=need(unit(), "published"), by=office, at=at),
        "withdrawn": lambda: filing.withdraw(made, by=person, **reason),
        "published": lambda: review.publish(made, by=office, at=at),
        "dispatched": lambda: dispatching.dispatch(made, **by_unit),
        "disputed": lambda: dispatching.object_to(made, by=liaison(taken_by), **reason),
        "accepted": lambda: dispatching.accept(made, **by_unit | {"by": None}),
        "in_progress": lambda: projects.start(
            made, name="对接项目", resources=[resource(at=at)], by=office, at=at
        ),
        "offered": lambda: solving.offer(made, text="已解决", by=office, at=at),
        "solved": lambda: solving.confirm(made, rating=5, by=person, at=at),
        "closed": lambda: solving.close(made, by=office, at=at),
    }
    for status in WAYS.get(to) or [*WAY[: WAY.index(to) + 1]]:
        steps[status]()
    return made


WAY = ("published", "dispatched", "accepted", "in_progress", "offered", "solved", "closed")
WAYS = {
    "submitted": ("submitted",),
    "returned": ("returned",),
    "declined": ("declined",),
    "appealed": ("declined", "appealed"),
    "merged": ("merged",),
    "withdrawn": ("withdrawn",),
    "disputed": ("dispatched", "disputed"),
}


def project(need=None, to="active", *, lead=None, resources=(), by=None, at=None, **kwargs):
    """A project that serves a need of somebody, or of an item without any, taken through the real
    steps to a status; what it serves is settled first where that has to be."""
    from services.models import Project

    if need is None:
        starts_on = timezone.localdate(at)
        number = f"项-0-{next(_number)}"
        lead = lead or unit()
        made = Project.objects.create(
            number=number, name=f"项目{number}", lead=lead, starts_on=starts_on, **kwargs
        )
        if to != "planned":
            projects.launch(made, by=None, at=at)
    else:
        chosen = list(resources) or [resource(at=at)]
        made = projects.start(need, name=f"项目{need.pk}", resources=chosen, by=by, at=at)
    when = {"by": None, "at": at}
    steps = {
        "done": (_settled, projects.close),
        "stopped": (lambda row, **when: projects.stop(row, reason="原因", **when),),
        "archived": (
            lambda row, **when: projects.stop(row, reason="原因", **when),
            projects.archive,
        ),
    }
    for step in steps.get(to, ()):
        step(made, **when)
    return made


def _settled(project, **when):
    """The needs that it serves are solved and confirmed."""
    for link in project.need_links.filter(left_at=None):
        if link.need.is_open:
            solving.offer(link.need, text="已解决", **when | {"by": staff()})
            solving.confirm(link.need, rating=5, **when)


def drive(*units, by=None, **kwargs):
    """A drive of this month to some units."""
    from services.actions import drives
    from services.models import Drive

    today = timezone.localdate()
    defaults = {
        "name": f"走访服务{next(_number)}",
        "aims": Drive.Aim.values,
        "starts_on": today - timedelta(days=10),
        "ends_on": today + timedelta(days=20),
    }
    return drives.start(units=units, by=by, **defaults | kwargs)


def cofiler(need, of):
    """A unit that asks for the same, and was let in."""
    from services.models import CoFiler

    now = timezone.now()
    return CoFiler.objects.create(need=need, unit=of, joined_at=now, admitted_at=now)


def assistance(need, of):
    """A unit that is to assist, with some days before it."""
    from services.models import Assistance

    return Assistance.objects.create(need=need, unit=of, due_at=timezone.now() + timedelta(days=3))


# ── Members ─────────────────────────────────────────────────────────────────────────────────


def activity(of, by=None, **kwargs):
    """An activity of yesterday with one member of the organization, who hosts it."""
    from members.actions.activities import log

    host = kwargs.pop("host", None) or member(of)
    defaults = {
        "kind": activity_kind(),
        "title": f"第{next(_number)}次主题党日",
        "starts_at": timezone.now() - timedelta(days=1),
        "place": "党员活动室",
        "members": [host],
        "text": "集中学习",
    }
    return log(of, by=by or user(), host=host, **defaults | kwargs)


def photo(name="合影.jpg", size=(120, 80), form="JPEG", **options):
    """An uploaded photo of one colour."""
    from io import BytesIO

    from django.core.files.uploadedfile import SimpleUploadedFile
    from PIL import Image

    file = BytesIO()
    Image.new("RGB", size, "red").save(file, form, **options)
    return SimpleUploadedFile(name, file.getvalue(), content_type="image/jpeg")


def transfer(member=None, *, target=None, by=None, **kwargs):
    """A waiting transfer: inside the park to `target`, without one to an organization outside."""
    from members.actions.transfers import request

    words = {"target": target} if target else {"target_name": "外地某党支部"}
    office = by or staff()
    return request(member or globals()["member"](), by=office, **words | kwargs)


def incoming(target, *, by=None, **kwargs):
    """Somebody on the way from outside to an organization of the park."""
    from members.actions.transfers import request_incoming

    defaults = {
        "source_name": "外地某党支部",
        "name": f"来人{next(_number)}",
        "gender": "male",
        "id_number": f"99990119900101{next(_number) % 1000:03d}X",
        "joined_on": date(2015, 7, 1),
    }
    return request_incoming(target, by=by or staff(), **defaults | kwargs)


# ── Files ───────────────────────────────────────────────────────────────────────────────────


def office_file(name="材料.docx", *, members=None, types=None, **more):
    """An uploaded Office file of the kind its name says: the smallest that has the structure."""
    from io import BytesIO
    from zipfile import ZIP_DEFLATED, ZipFile

    from django.core.files.uploadedfile import SimpleUploadedFile

    from nanchuan.kernel.documents import MAIN_PARTS, TYPES_PART

    main, content_type = MAIN_PARTS.get(name.rpartition(".")[2], MAIN_PARTS["docx"])
    part = f'<Override PartName="/{main}" ContentType="application/x.{content_type}"/>'
    if types is None:
        types = f'<?xml version="1.0" encoding="UTF-8"?><Types>{part}</Types>'
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for path, text in ({TYPES_PART: types, main: "<x/>"} | (members or {}) | more).items():
            if text is not None:
                archive.writestr(path, text)
    return SimpleUploadedFile(name, file.getvalue())


def pdf(name="材料.pdf", body=b""):
    """An uploaded PDF with a table of references and a trailer."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    head = b"%PDF-1.4\n" + body + b"\n"
    table = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 1 >>\n"
    end = b"startxref\n%d\n%%%%EOF\n" % len(head)
    return SimpleUploadedFile(name, head + table + end)


# ── Charter and systems ─────────────────────────────────────────────────────────────────────


def regulation(text="charter", settings=None, starts_on=None, **kwargs):
    """An adopted version of a text, from today unless told; `settings` differ from the defaults.

    A first day in the past is the day of its adoption too.
    """
    from datetime import datetime, time

    from alliance.actions import regulations

    starts_on = starts_on or timezone.localdate()
    at = min(timezone.now(), timezone.make_aware(datetime.combine(starts_on, time(9))))
    at, by = kwargs.pop("at", at), kwargs.pop("by", None)
    made = regulation_draft(text, settings, at=at, **kwargs)
    regulations.adopt(made, starts_on=starts_on, adopted_how="联席会议审议通过", by=by, at=at)
    return made


def regulation_draft(text="charter", settings=None, *, at=None, **kwargs):
    """A draft with two articles, or with those of `body`."""
    from alliance.actions import regulations

    made = regulations.draft(text, by=None, at=at)
    body = "第一章 总则\n第一条 为了加强联系，制定本章程。\n第二条 联盟按季轮值。"
    facts = {
        "title": made.title,
        "text": kwargs.pop("body", body),
        "settings": settings or {},
        "duties": [regulations.duty_facts(row) for row in made.duty_items.all()],
    }
    regulations.edit(made, by=None, at=at, **facts | kwargs)
    return made


# ── Turns ───────────────────────────────────────────────────────────────────────────────────


def begun(turn, at=None):
    """A turn whose duties and draft meeting are there."""
    from alliance.actions import duties

    duties.begin(turn, at=at)
    turn.refresh_from_db()
    assert turn.begun_at
    return turn


def hold(meeting, by=None, at=None):
    """A meeting that took place, with everybody who was invited."""
    from alliance.actions import meetings

    came = list(meeting.invitations.values_list("pk", flat=True))
    meetings.hold(meeting, attended=came, by=by, at=at or meeting.ends_at)


def next_turn(turn, seat=None, days=60):
    """The turn after another one, of a seat or of nobody."""
    starts_on = turn.ends_on + timedelta(days=1)
    return Turn.objects.create(
        group=turn.group,
        seat=seat,
        due_seat=seat,
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=days),
    )


def handover(turn, to="open"):
    """The handover of a turn that has begun, taken through the real steps as far as `to`."""
    from alliance.actions import handovers
    from alliance.models import Handover

    days = max((handovers.opens_on(turn) - timezone.localdate()).days, 0)
    handovers.open_due(at=timezone.now() + timedelta(days=days), group=turn.group)
    made = Handover.objects.get(turn=turn)
    if to == "open":
        return made
    steps = {
        "submitted": ("leaving", turn.seat),
        "received": ("arriving", made.arriving and made.arriving.seat),
        "done": ("office", None),
    }
    order = ["open", *steps]
    for status, (party, seat) in steps.items():
        if order.index(status) > order.index(made.status):
            by = liaison(seat.unit) if seat else staff()
            handovers.sign(made, party=party, name=by.name, by=by)
        if status == to:
            return made
    raise ValueError(to)


# ── The rota on paper and in the phone ──────────────────────────────────────────────────────


def assigned(turn, seat, origin="order", **kwargs):
    """A unit is given a turn, as `actions.turns` does it: the row, the turn, one more change."""
    from django.db.models import F

    from alliance.models import Assignment

    Turn.objects.filter(pk=turn.pk).update(
        seat=seat, due_seat=seat, origin=origin, sequence=F("sequence") + 1
    )
    turn.refresh_from_db()
    return Assignment.objects.create(turn=turn, seat=seat, origin=origin, **kwargs)


def feed(of, group=None, unit=None, once=None, **kwargs):
    """A calendar of somebody and the token of its address."""
    from uuid import uuid4

    from alliance.actions import feeds

    token = feeds.token_for(once or uuid4(), by=of)
    return feeds.subscribe(by=of, token=token, group=group, unit=unit, **kwargs), token


# ── Measures ────────────────────────────────────────────────────────────────────────────────


def clause(**kwargs):
    """An article of a charter in force."""
    from alliance.models import Regulation, Section

    charter, _made = Regulation.objects.get_or_create(
        text="charter",
        number=1,
        defaults={
            "title": "联盟章程",
            "status": "adopted",
            "starts_on": LONG_AGO,
            "adopted_at": timezone.now(),
        },
    )
    number = charter.sections.count() + 1
    facts = {"order": number, "level": 2, "label": f"第{number}条", "body": "成员单位互助"}
    return Section.objects.create(regulation=charter, **facts | kwargs)


def held_meeting(group, **kwargs):
    """A meeting of last week that was held."""
    from alliance.models import Meeting, MeetingKind

    starts_at = timezone.now() - timedelta(days=7)
    facts = {
        "kind": MeetingKind.objects.first(),
        "title": f"第{next(_number)}次联席会议",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "place": "会议厅",
        "status": "held",
        "held_at": starts_at + timedelta(hours=2),
    }
    convened_by = group.seats.first().unit
    return Meeting.objects.create(group=group, convened_by=convened_by, **facts | kwargs)


def resolution(meeting, **kwargs):
    """Something that a meeting resolved."""
    from alliance.models import Resolution

    number = next(_number)
    facts = {"number": f"议-2026-{number:04d}", "text": f"议定事项{number}"}
    return Resolution.objects.create(meeting=meeting, **facts | kwargs)


def action_item(of, meeting=None, **kwargs):
    """What a unit has to do because a meeting (of last week, unless given) resolved it."""
    from alliance.models import ActionItem

    if "resolution" not in kwargs:
        kwargs["resolution"] = resolution(meeting or held_meeting(of.seats.first().group))
    of_what = kwargs["resolution"]
    facts = {
        "number": f"{of_what.number}-{of_what.action_items.count() + 1}",
        "text": of_what.text,
        "due_on": timezone.localdate() + timedelta(days=14),
    }
    return ActionItem.objects.create(unit=of, **facts | kwargs)


def measure(of, to="in_progress", *, late=False, at=None, office=None, **kwargs):
    """A measure of a unit, taken through the real acts as far as the status `to`."""
    from alliance.actions import measures

    at = at or timezone.now()
    today = timezone.localdate(at)
    starts_on, due_on = today - timedelta(days=60), today + timedelta(days=60)
    if late:
        due_on = today - timedelta(days=5)
    facts = {
        "title": f"举措{next(_number)}",
        "content": "成员单位之间用工互助",
        "group": None,
        "starts_on": starts_on,
        "due_on": due_on,
    } | kwargs
    if "resolution" not in facts:
        facts["clause"] = facts.get("clause") or clause()
    made = measures.create(unit=of, by=office, at=at, **facts)
    if to == "dropped":
        measures.drop(made, reason="条件不具备", by=office, at=at)
    if to in ("reported", "done"):
        measures.report(made, effect="已建立互助队", by=office, at=at)
    if to == "done":
        measures.confirm(made, by=office, at=at)
    return made


# ── Action items ────────────────────────────────────────────────────────────────────────────


def item(of, to="in_progress", *, meeting=None, assisting=(), office=None, at=None, **kwargs):
    """An action item of a unit, taken through the real acts as far as the status `to`; with
    `asked` more time is asked for."""
    from alliance.actions import items

    made = action_item(of, meeting, **kwargs)
    made.assisting.set(assisting)
    if to == "asked":
        due_on = made.due_on + timedelta(days=10)
        items.extend(made, due_on=due_on, reason="设备未到", by=office, at=at)
    if to == "dropped":
        items.drop(made, reason="条件不具备", by=office, at=at)
    if to in ("reported", "done"):
        items.report(made, effect="已经办好", by=office, at=at)
    if to == "done":
        items.confirm(made, by=office, at=at)
    return made


# ── Minutes ─────────────────────────────────────────────────────────────────────────────────

MINUTES_STEPS = ("draft", "submitted", "approved", "published")


def minutes(meeting, to="draft", *, text="会议听取了情况通报。", by=None, at=None):
    """The minutes of a held meeting, taken through the real acts as far as the status `to`."""
    from alliance.actions import minutes as actions

    made = actions.start(meeting, by=by, at=at)
    write(made, {"opening": text}, by=by, at=at)
    steps = (actions.submit, actions.approve, actions.publish)
    for step in steps[: MINUTES_STEPS.index(to)]:
        step(made, by=by, at=at)
    return made


def write(minutes, typed, by=None, **kwargs):
    """Type into minutes what stands there now in mind."""
    from alliance.actions import minutes as actions

    minutes.refresh_from_db()
    base = dict.fromkeys(typed, minutes.head_id or 0)
    return actions.save(minutes, typed=typed, base=base, by=by, **kwargs)


# ── Series of meetings ──────────────────────────────────────────────────────────────────────


def series(group, by=None, **kwargs):
    """Three weekly meetings of a group, drafted; the first in a week."""
    from datetime import time

    from alliance.actions.series import create
    from alliance.models import MeetingKind, Series

    starts_on = timezone.localdate() + timedelta(days=7)
    defaults = {
        "kind": MeetingKind.objects.last(),
        "title": f"系列会议{next(_number)}",
        "rhythm": "weekly",
        "starts_on": starts_on,
        "until": starts_on + timedelta(days=14),
        "time": time(15),
    }
    return create(Series(group=group, **defaults | kwargs), by=by).series


# ── Ready answers ───────────────────────────────────────────────────────────────────────────


def answer(**kwargs):
    """A ready answer of the office that is valid without end."""
    from services.actions import answers

    facts = {"category": "finance", "question": "贴息贷款怎么申请", "answer": "向经发局提交申请表"}
    return answers.add(by=None, **facts | kwargs)
