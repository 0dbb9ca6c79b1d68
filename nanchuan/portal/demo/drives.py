"""Two campaigns of the demo, one over and one under way, and what their visits brought in."""

from datetime import timedelta

from django.utils import timezone

from nanchuan.accounts.models import User
from nanchuan.portal.demo import park
from services.actions import drives
from services.models import Drive, Need

MONTH = timedelta(days=30)
BROUGHT = [
    "稳岗返还政策解读、用工备案上门办理",
    "融资担保政策汇编、银企对接报名",
    "技术改造专项资金申报指南",
]
HEARD = [
    "订单总体平稳，旺季一线用工偏紧，希望招聘和培训能再早一些。",
    "准备扩一条生产线，最关心审批时限和资金。",
    "物流成本上升较快，愿意和同链企业一起谈价。",
]
TEXT = "每家企业至少走访一次，现场解读政策，听到的难处当场点单。"


def load(made) -> None:
    """What an enterprise filed in the month after its visit came of it."""
    staff = User.objects.get(username="staff")
    seated = [name for _chain, _group, names in park.GROUPS for name in names]
    more = [*seated, *park.OTHER_ENTERPRISES[:6]]
    over = _drive(made, "春季走访服务月", 240, 30, names=seated, staff=staff)
    now = _drive(made, "冬季“送政策、解难题”行动", 20, 40, names=more, staff=staff)
    for number, name in enumerate(seated):
        _visit(made, over, name, 238 - number * 3, number=number, staff=staff)
    for number, name in enumerate(seated[:5]):
        _visit(made, now, name, 16 - number * 3, number=number + 1, staff=staff)


def _drive(made, name, days_ago, lasts, *, names, staff) -> Drive:  # noqa: PLR0913
    starts_on = made.today - timedelta(days=days_ago)
    return drives.start(
        name=name,
        aims=Drive.Aim.values,
        text=TEXT,
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=lasts),
        units=[made.units[each] for each in names],
        by=staff,
        at=made.at(days_ago, 9),
    )


def _visit(made, drive, name, days_ago, *, number, staff) -> None:  # noqa: PLR0913
    unit, at = made.units[name], made.at(days_ago, 16)
    visit = drives.visit(
        drive=drive,
        unit=unit,
        on=timezone.localdate(at),
        visitors=staff.get_full_name(),
        brought=BROUGHT[number % len(BROUGHT)],
        heard=HEARD[number % len(HEARD)],
        by=staff,
        at=at,
    )
    after = Need.objects.filter(unit=unit, visit=None, filed_at__range=(at, at + MONTH))
    after.update(visit=visit)
