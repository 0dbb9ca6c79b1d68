"""How much there is of the demo's resources, and who has what of them: each through the acts."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from nanchuan.accounts.models import User
from services.actions import bookings
from services.models import Need, Resource

WORKDAYS = [(day, time(9), time(18)) for day in range(1, 6)]
HALL, ROOMS, COURSES, TEAM, CLERKS = (  # data
    "多功能会议厅",  # data
    "员工公寓",  # data
    "技能提升培训班",  # data
    "安全生产专家服务团",  # data
    "审批事项代办员",  # data
)
ALL, OWN_CHAIN = "全园区", "本产业链企业"  # data
AMOUNTS = {  # by title: the fields of a resource that say how much of it there is
    "惠企政策上门解读": {"capacity": 12, "measure": "场", "area": ALL},  # data
    CLERKS: {
        "capacity": 2,
        "measure": "名",  # data
        "area": ALL,
        "is_timed": True,
        "hours": WORKDAYS,
    },
    COURSES: {"capacity": 6, "measure": "期", "area": ALL},  # data
    TEAM: {"capacity": 5, "measure": "次", "area": ALL},  # data
    HALL: {
        "capacity": 1,
        "measure": "间",  # data
        "area": ALL,
        "is_timed": True,
        "hours": WORKDAYS,
    },
    ROOMS: {"capacity": 60, "measure": "间", "area": ALL},  # data
    "设备自动化技术小组": {"capacity": 6, "measure": "人次", "area": OWN_CHAIN},  # data
}


def load(made) -> None:
    gifts = Gifts(made)
    gifts.hall()
    gifts.rooms()
    gifts.courses()
    gifts.offer()


class Gifts:
    def __init__(self, made):
        self.made = made
        self.staff = User.objects.get(username="staff")
        self.given = {row.title: row for row in Resource.objects.select_related("unit")}
        seated = [name for name in made.units if name in made.secretaries]
        self.takers = [name for name in seated if made.units[name].kind == "enterprise"][:4]

    def ask(self, title, taker: int, *, days_ago: int, **facts):
        name = self.takers[taker]
        return bookings.ask(
            self.given[title],
            unit=self.made.units[name],
            by=self.made.secretaries[name],
            at=self.made.at(days_ago),
            **facts,
        )

    def answer(self, act, booking, *, days_ago: int, **facts):
        by = self.made.secretaries[booking.resource.unit.name]
        act(booking, by=by, at=self.made.at(days_ago, 15), **facts)

    def hall(self) -> None:
        """Once agreed, once waiting for an answer."""
        agreed = self.ask(
            HALL, 0, days_ago=3, note="季度安全培训，约 80 人。", **self._hours(5, 14)
        )
        self.answer(bookings.agree, agreed, days_ago=2, answer="同意，请提前半小时调试投影。")
        self.ask(HALL, 1, days_ago=1, note="新员工入职教育。", **self._hours(8, 9))

    def rooms(self) -> None:
        """Some are used, some were given back."""
        used = self.ask(ROOMS, 1, days_ago=60, quantity=12, note="新招技工入住。")
        self.answer(bookings.agree, used, days_ago=58)
        self.answer(bookings.use, used, days_ago=50)
        back = self.ask(ROOMS, 2, days_ago=40, quantity=20, note="检修队伍短租。")
        self.answer(bookings.agree, back, days_ago=39)
        name = back.unit.name
        bookings.give_back(
            back,
            reason="检修推迟到明年。",
            by=self.made.secretaries[name],
            at=self.made.at(20, 16),
        )

    def courses(self) -> None:
        refused = self.ask(COURSES, 3, days_ago=30, quantity=2)
        self.answer(
            bookings.decline, refused, days_ago=29, reason="人数不足 20 人，可与邻近企业合班。"
        )

    def offer(self) -> None:
        """To a need that will take long, which its giver reads the public face of."""
        courses = self.given[COURSES]
        helper = self.made.secretaries[courses.unit.name]
        need = Need.objects.visible_to(helper).exclude(long_term_since=None).first()
        bookings.offer(
            courses,
            need=need,
            note="稳岗期间组织培训也有补贴，可以先开一期。",
            by=helper,
            at=self.made.at(1, 16),
        )

    def _hours(self, ahead: int, hour: int) -> dict:
        """Three hours of a working day that lies so many days ahead."""
        day = self.made.today + timedelta(days=ahead)
        while day.isoweekday() not in range(1, 6):
            day += timedelta(days=1)
        begins = timezone.make_aware(datetime.combine(day, time(hour)))
        return {"starts_at": begins, "ends_at": begins + timedelta(hours=3)}
