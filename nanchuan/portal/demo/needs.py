"""Needs of the demo: 26 collected and matched, 22 of them solved by the enterprises' own word; on
the way each act of the loop happens at least once, at its true moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.portal.demo import park
from services.actions import (
    dispatching,
    filing,
    progress,
    project_needs,
    projects,
    remarks,
    review,
    solving,
    work,
)
from services.models import Need, Project, Resource

RETURNED, OVERRULED, HELD, EXTENDED, REFUSED = 2, 5, 8, 11, 14
REASSIGNED, HELPED, APPEALED, NOT_CLOSED = 17, 18, 20, 21
JOINED = {14: 10}  # a need that joins the project of an earlier one
NAMES = {10: "原料采购和边角料利用对接项目"}  # data
PERCENT = {10: (30, 50, 60), 14: (70, 85, 100)}
LONG_TERM, SILENT, FREE_AGAIN, OFFERED = 22, 23, 24, 25  # the four that are not solved


@dataclass
class Order:
    """One of the needs, who takes part in it, and on which day it began."""

    number: int
    need: Need
    title: str
    begins: int  # days ago
    filer: User
    helper: User
    resource: Resource


class Loop:
    """The acts that the needs of the demo go through."""

    def __init__(self, made):
        self.made = made
        self.staff = User.objects.get(username="staff")
        self.projects: dict[int, Project] = {}

    def at(self, order: Order, after: int, hour: int = 10) -> datetime:
        """Some days after it began."""
        return self.made.at(order.begins - after, hour)

    def other(self, order: Order) -> tuple[Unit, User]:
        """A company of the park that did not give the resource, and who speaks for it."""
        names = (name for name in park.OWN_COMPANIES if name != order.resource.unit.name)
        name = next(names)
        return self.made.units[name], self.made.secretaries[name]

    # ── Review ──────────────────────────────────────────────────────────────────────────────

    def review(self, order: Order) -> None:
        if order.number == RETURNED:
            review.send_back(
                order.need, reason="请补充数量和时间。", by=self.staff, at=self.at(order, 0, 11)
            )
            filing.change(
                order.need,
                content=f"{order.need.content}希望一个月内解决。",
                by=order.filer,
                at=self.at(order, 0, 14),
            )
        if order.number == APPEALED:
            self._appeal(order)
        if order.number == OVERRULED or order.number % 3 == 1:
            self._dispatch(order)
            return
        review.publish(
            order.need,
            public_title=order.title,
            is_complex=order.number == EXTENDED,
            by=self.staff,
            at=self.at(order, 0, 15),
        )

    def _appeal(self, order):
        need = order.need
        review.decline(
            need, reason="属于企业自主经营事项。", by=self.staff, at=self.at(order, 0, 11)
        )
        review.appeal(
            need,
            reason="同链另外两家企业也有同样困难，单靠一家谈不下来。",
            by=order.filer,
            at=self.at(order, 0, 13),
        )
        review.rule_appeal(
            need,
            is_upheld=True,
            answer="情况属实，按共性困难办理。",
            by=self.staff,
            at=self.at(order, 0, 14),
        )

    def _dispatch(self, order):
        dispatching.dispatch(
            order.need,
            unit=order.resource.unit,
            note="请三个工作日内联系企业。",
            public_title=order.title,
            by=self.staff,
            at=self.at(order, 0, 15),
        )

    # ── Which unit has it ───────────────────────────────────────────────────────────────────

    def accept(self, order: Order) -> None:
        need, unit, helper = order.need, order.resource.unit, order.helper
        if order.number == OVERRULED:
            dispatching.object_to(
                need,
                reason="本单位今年没有这方面的安排。",
                by=helper,
                at=self.at(order, 0, 16),
            )
            dispatching.rule(
                need,
                is_upheld=False,
                ruling="属于贵单位职责，请按现有条件办理。",
                by=self.staff,
                at=self.at(order, 0, 17),
            )
            return
        if order.number == REASSIGNED:
            first, its_user = self.other(order)
            dispatching.accept(need, unit=first, by=its_user, at=self.at(order, 0, 16))
            dispatching.reassign(
                need,
                unit=unit,
                reason="由有资源的单位办理更快。",
                by=self.staff,
                at=self.at(order, 0, 17),
            )
        dispatching.accept(need, unit=unit, by=helper, at=self.at(order, 1))

    # ── Work ────────────────────────────────────────────────────────────────────────────────

    def work(self, order: Order) -> None:
        need, helper = order.need, order.helper
        work.contact(
            need, text="已电话联系企业，约定上门时间。", by=helper, at=self.at(order, 2, 9)
        )
        project = self.projects[order.number] = self._project(order)
        for step, phrase in enumerate(park.PHRASES[: 3 if order.number < park.SOLVED else 2]):
            progress.note(
                project,
                text=phrase,
                percent=PERCENT.get(order.number, (30, 60, 100))[step],
                by=helper,
                at=self.at(order, 3 + step * 2, 14),
            )
        note = {HELD: self._hold, EXTENDED: self._extend, HELPED: self._help}
        note.get(order.number, self._note)(order)

    def _project(self, order) -> Project:
        by, at = order.helper, self.at(order, 2)
        if order.number in JOINED:
            project = self.projects[JOINED[order.number]]
            project_needs.join(project, need=order.need, by=by, at=at)
            return project
        name = NAMES.get(order.number) or f"{order.title}对接项目"[:80]
        return projects.start(order.need, name=name, resources=[order.resource], by=by, at=at)

    def _note(self, order):
        work.note(
            order.need,
            text="与企业对接人核对了需要的数量和时间。",
            by=order.helper,
            at=self.at(order, 4, 11),
        )

    def _hold(self, order):
        begins = self.at(order, 3, 15)
        work.hold(
            order.need,
            reason="企业停产检修，暂不能上门。",
            expected_on=timezone.localdate(begins) + timedelta(days=3),
            by=self.staff,
            at=begins,
        )
        work.resume(order.need, by=order.helper, at=self.at(order, 6, 9))

    def _extend(self, order):
        at = self.at(order, 4, 11)
        work.ask_extension(order.need, days=5, reason="设备到货推迟一周。", by=order.helper, at=at)
        work.decide_extension(
            order.need, is_granted=True, answer="同意。", by=self.staff, at=at + timedelta(hours=3)
        )

    def _help(self, order):
        at, (unit, user) = self.at(order, 3, 9), self.other(order)
        dispatching.ask_help(order.need, units=[unit], by=self.staff, at=at)
        dispatching.finish_help(
            order.need,
            result="提供了两间培训教室。",
            by=user,
            at=self.at(order, 5, 16),
        )

    # ── Solved, or how far ──────────────────────────────────────────────────────────────────

    def finish(self, order: Order) -> None:
        unsolved = {
            LONG_TERM: self._long_term,
            SILENT: self._silent,
            FREE_AGAIN: self._free_again,
            OFFERED: self._offered,
        }
        unsolved.get(order.number, self._solved)(order)

    def _offer(self, order, at):
        solving.offer(
            order.need,
            text=f"已通过“{order.resource.title}”帮助解决：{order.need.content[:40]}",
            public_summary=f"通过“{order.resource.title}”对接解决。",
            by=order.helper,
            at=at,
        )

    def _solved(self, order):
        need, offered = order.need, self.at(order, 8, 16)
        if order.number == REFUSED:
            self._offer(order, self.at(order, 7, 9))
            solving.refuse(need, reason="只解决了一半。", by=order.filer, at=self.at(order, 7, 16))
        self._offer(order, offered)
        solving.confirm(
            need,
            rating=self.made.random.choice((4, 5, 5)),
            comment=self.made.random.choice(park.COMMENTS),
            by=order.filer,
            at=self.at(order, 9, 11),
        )
        if order.number != NOT_CLOSED:
            solving.close(need, by=self.staff, at=self.at(order, 9, 16))

    def _long_term(self, order):
        work.make_long_term(
            order.need,
            reason="需要新建设施，一年内才能完成。",
            by=self.staff,
            at=self.at(order, 6, 16),
        )
        for days_ago in (33, 4):
            work.state(
                order.need,
                text="立项手续已经报送，正在等批复。",
                by=order.helper,
                at=self.made.at(days_ago, 16),
            )

    def _silent(self, order):
        at = self.at(order, 8, 16)
        self._offer(order, at)
        solution = order.need.solutions.get()
        last = solving.silent_until(order.need, solution)
        solving.confirm_silent(
            order.need, at=at + timedelta(days=(last - timezone.localdate(at)).days + 1)
        )

    def _free_again(self, order):
        """Given to another unit, which objected with reason: whoever wants may take it."""
        need, made, (unit, user) = order.need, self.made, self.other(order)
        dispatching.reassign(
            need,
            unit=unit,
            reason="原责任单位年内不再承接。",
            by=self.staff,
            at=made.at(2, 9),
        )
        dispatching.object_to(need, reason="本单位没有相应资质。", by=user, at=made.at(2, 10))
        dispatching.rule(
            need,
            is_upheld=True,
            ruling="理由成立，重新公开接单。",
            by=self.staff,
            at=made.at(2, 15),
        )

    def _offered(self, order):
        need = order.need
        self._offer(order, self.at(order, 9, 16))
        solving.refuse(need, reason="设备还没有调试好。", by=order.filer, at=self.at(order, 11, 9))
        self._offer(order, self.made.at(2, 16))


def load(made) -> None:
    loop = Loop(made)
    given = list(Resource.objects.select_related("unit").order_by("pk"))
    orders = [_file(made, number, given) for number in range(len(park.NEEDS))]
    for order in orders:
        for act in (loop.review, loop.accept, loop.work, loop.finish):
            act(order)
    _waiting(made, loop, orders[OFFERED].need)


def _file(made, number, given) -> Order:
    category, title, content, urgency, served_by = park.NEEDS[number]
    seated = [name for _chain, _group, names in park.GROUPS for name in names]
    unit, resource = seated[(number * 4) % len(seated)], given[served_by]
    if resource.unit == made.units[unit]:
        unit = seated[(number * 4 + 1) % len(seated)]
    begins = 310 - number * 11
    filer = made.secretaries[unit]
    need = filing.file(
        unit=made.units[unit],
        category=category,
        title=title,
        content=content,
        urgency=urgency,
        audience=Need.Audience.ALLIANCE,
        contact_name=filer.name,
        contact_phone=f"100{90000000 + number}",
        by=filer,
        at=made.at(begins, 9),
    )
    helper = made.secretaries[resource.unit.name]
    return Order(number, need, title, begins, filer, helper, resource)


def _waiting(made, loop: Loop, lead: Need) -> None:
    """Needs that are not collected: each waits for a word, or did not come that far."""
    first, second = park.GROUPS[0][2][1], park.GROUPS[1][2][1]
    staff = loop.staff
    _ask(
        made, first, "orders", "寻找毛纱本地供应商", "希望找到稳定的毛纱供应商，月用量约 8 吨。", 1
    )
    what = "双职工多，孩子放学后没有人接，希望园区办托管班。"  # nobody offers anything like it
    _ask(made, second, "other", "员工子女放学后托管", what, 2)
    what = "想改造水洗线，提高自动化水平、降低用电负荷。"
    back = _ask(made, first, "technology", "水洗设备改造", what, 3)
    review.send_back(back, reason="请补充设备型号和希望达到的效果。", by=staff, at=made.at(2, 10))
    remarks.doubt(
        back,
        resource=Resource.objects.get(title="用能诊断小组"),
        why="只分析用电负荷，不做产线改造。",
        is_other_matter=False,
        by=staff,
        at=made.at(2, 11),
    )
    own = _ask(made, second, "other", "代订员工工作餐", "希望园区代订每天的工作餐。", 9)
    review.decline(own, reason="属于企业自主采购事项。", by=staff, at=made.at(8, 10))
    again = _ask(made, second, "approvals", "厂区临时占道施工", "扩建期间需要临时占道两周。", 4)
    review.decline(again, reason="请直接向主管部门申请。", by=staff, at=made.at(3, 10))
    review.appeal(
        again,
        reason="主管部门要求园区先出具意见，请再研究。",
        by=made.secretaries[second],
        at=made.at(1, 11),
    )
    same = _ask(made, first, lead.category, lead.title, "我们厂也有同样的困难。", 6)
    review.merge(same, into=lead, reason="与正在办理的一条相同。", by=staff, at=made.at(5, 10))
    gone = _ask(made, second, "staff", "临时装卸工", "急需装卸工五名。", 12)
    filing.withdraw(gone, reason="已经招到人。", by=made.secretaries[second], at=made.at(12, 16))


def _ask(made, unit, category, title, content, days_ago) -> Need:  # noqa: PLR0913, PLR0917
    return filing.file(
        unit=made.units[unit],
        category=category,
        title=title,
        content=content,
        urgency=Need.Urgency.NORMAL,
        audience=Need.Audience.ALLIANCE,
        contact_name=made.secretaries[unit].name,
        contact_phone="10099999999",
        by=made.secretaries[unit],
        at=made.at(days_ago, 9),
    )
