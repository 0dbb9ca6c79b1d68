"""What became of the demo's projects: milestones, notes with photos, money, risks, effects; one in
each state. Each through the acts, at its true moment."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw

from alliance.models import Measure
from nanchuan.accounts.models import User
from nanchuan.kernel import uploads
from services.actions import (
    bookings,
    commitments,
    milestones,
    progress,
    project_money,
    projects,
)
from services.models import Booking, Need, Project, Resource, Solution

DAY = timedelta(days=1)
NOT_YET, ARCHIVED, WITH_EFFECT = (21, 22, 23, 24, 25), 10, 18  # by the number of the need
SHARED, PHOTOS = 4, (0, 6, 12)
STEPS = (("上门对接，核对需要", 3), ("资源到位", 6), ("企业确认", 9))  # data
EFFECTS = (
    ("熟练工到岗后按期交货。", 300000),  # data
    ("问题当周解决，没有耽误生产。", None),  # data
    ("比自己办省了不少时间和费用。", 46000),  # data
)
MONEY = {  # by the number of the need: kind, amount, what for
    1: (("planned", 20000, "组织对接会"), ("brought_in", 2000000, "银行授信贷款")),  # data
    6: (("planned", 18000, "培训计划"), ("spent", 15600, "师资和教材")),  # data
    9: (("brought_in", 5000000, "中长期贷款"),),  # data
    12: (("spent", 8600, "专家差旅"), ("saved", 42000, "返工减少")),  # data
}


def load(made) -> None:
    story = Story(made)
    numbers = {need: number for number, need in enumerate(_filed())}
    for project in Project.objects.select_related("lead").order_by("pk"):
        story.tell(numbers[project.need_links.order_by("pk").first().need_id], project)
    story.of_measures()


def _filed():
    return Need.objects.order_by("pk").values_list("pk", flat=True)


class Story:
    def __init__(self, made):
        self.made, self.staff = made, User.objects.get(username="staff")

    def lead(self, project) -> User:
        return self.made.secretaries[project.lead.name]

    def at(self, day, hour=10) -> datetime:
        """Nothing happens tomorrow."""
        moment = timezone.make_aware(datetime.combine(day, time(hour, 15)))
        return min(moment, timezone.now())

    def tell(self, number, project) -> None:
        self._carry(number, project)
        if number in NOT_YET:
            self._go_on(number, project)
            return
        ended = self._ends(project)
        self._settle(project, self.at(ended - DAY, 11))
        projects.close(project, by=self.lead(project), at=self.at(ended, 11))
        if number < WITH_EFFECT:
            self._effect(number, project, ended + 2 * DAY)
        if number < ARCHIVED:
            projects.archive(project, by=self.staff, at=self.at(ended + 20 * DAY))

    def _ends(self, project):
        """The day after the enterprise confirmed."""
        rows = Solution.objects.filter(need__project_links__project=project, reopened_at=None)
        confirmed = rows.exclude(confirmed_at=None).latest("confirmed_at").confirmed_at
        return timezone.localdate(confirmed) + DAY

    def _carry(self, number, project) -> None:
        by, begins = self.lead(project), project.starts_on
        if number == SHARED:
            self._share(project)
        for title, after in STEPS:
            due = begins + after * DAY
            step = milestones.plan(
                project, title=title, due_on=due, by=by, at=self.at(begins + DAY, 9)
            )
            if number not in NOT_YET:
                milestones.finish(step, by=by, at=self.at(due - DAY, 16))
        for kind, amount, text in MONEY.get(number, ()):
            day = begins + 4 * DAY
            facts = {"kind": kind, "amount": Decimal(amount), "on": day, "text": text}
            project_money.write(project, by=by, at=self.at(day, 15), **facts)
        if number == 12:
            self._risk(project, by)
        if number in PHOTOS:
            self._photo(project, by)

    def _share(self, project):
        """Another unit assists with people of its own."""
        name = next(name for name in self.made.secretaries if name != project.lead.name)
        unit, begins = self.made.units[name], project.starts_on
        projects.add_unit(
            project, unit=unit, task="提供现场试验条件", by=self.staff, at=self.at(begins + DAY, 9)
        )
        helper = self.made.secretaries[name]
        moment = self.at(begins + 2 * DAY, 9)
        commitments.commit(project, unit=unit, what="工艺员 2 名", by=helper, at=moment)
        progress.note(
            project, text="已安排两名工艺员配合试样。", by=helper, at=self.at(begins + 3 * DAY)
        )

    def _risk(self, project, by):
        begins = project.starts_on
        risk = project_money.raise_risk(
            project, text="设备到货可能推迟", level="high", by=by, at=self.at(begins + 2 * DAY)
        )
        project_money.handle_risk(
            risk, done="已请厂家分批发货。", level="middle", by=by, at=self.at(begins + 3 * DAY)
        )
        project_money.close_risk(
            risk, done="首批已到，不影响进度。", by=by, at=self.at(begins + 5 * DAY)
        )

    def _photo(self, project, by):
        pictures = uploads.read_photos([_drawing()])
        progress.note(
            project,
            text="现场对接，照片为示意图。",
            pictures=pictures,
            by=by,
            at=self.at(project.starts_on + 3 * DAY, 17),
        )

    def _settle(self, project, at):
        for booking in project.bookings.filter(status=Booking.Status.AGREED):
            bookings.use(booking, by=self.lead(project), at=at)

    def _effect(self, number, project, day):
        links = project.need_links.select_related("need__unit").order_by("pk")
        for place, need in enumerate(link.need for link in links):
            text, amount = EFFECTS[(number + place) % len(EFFECTS)]
            progress.state_effect(
                project,
                need=need,
                unit=need.unit,
                text=text,
                amount=amount and Decimal(amount),
                by=self.made.secretaries[need.unit.name],
                at=self.at(day),
            )

    def _go_on(self, number, project):
        """Some steps are done, one is late, one lies ahead."""
        by, today = self.lead(project), self.made.today
        for step in project.milestones.order_by("order")[:2]:
            milestones.finish(step, by=by, at=self.at(step.due_on, 16))
        facts = {"due_on": today + (number - 20) * 4 * DAY, "by": by}
        milestones.plan(project, title="阶段小结", at=self.at(today - 3 * DAY), **facts)
        if number == 22:
            project_money.raise_risk(
                project, text="批复时间不确定", level="middle", by=by, at=self.at(today - 20 * DAY)
            )

    def of_measures(self) -> None:
        """One is planned, one under way, one was stopped."""
        rows = Measure.objects.open().select_related("unit").order_by("pk")
        begun = [
            projects.begin_measure(measure, by=self.staff, at=self.at(self.made.today - 9 * DAY, 9))
            for measure in rows[:3]
        ]
        for project, act in zip(begun, (self._plan, self._launch, self._stop), strict=False):
            act(project)

    def _plan(self, project):
        due = self.made.today + 6 * DAY
        at = self.at(self.made.today - 8 * DAY)
        milestones.plan(project, title="商定分工", due_on=due, by=self.staff, at=at)

    def _launch(self, project):
        by, today = self.lead(project), self.made.today
        projects.launch(project, by=by, at=self.at(today - 7 * DAY, 9))
        gift = Resource.objects.available().filter(unit=project.lead, is_timed=False).first()
        if gift:
            commitments.commit(project, resource=gift, by=by, at=self.at(today - 6 * DAY))
        progress.note(
            project, text="已商定做法，开始实施。", percent=20, by=by, at=self.at(today - 5 * DAY)
        )

    def _stop(self, project):
        today = self.made.today
        milestones.plan(
            project,
            title="形成方案",
            due_on=today - 2 * DAY,
            by=self.staff,
            at=self.at(today - 8 * DAY),
        )
        projects.stop(
            project,
            reason="与另一项举措合并推进，不再单列。",
            by=self.staff,
            at=self.at(today - DAY, 15),
        )


def _drawing() -> SimpleUploadedFile:
    """Plainly a drawing, not somebody's photo."""
    image = Image.new("RGB", (1200, 800), "#dfe7ee")
    draw = ImageDraw.Draw(image)
    draw.rectangle((120, 320, 640, 700), fill="#8aa1b4")
    draw.polygon(((100, 320), (380, 160), (660, 320)), fill="#5d7489")
    draw.rectangle((760, 420, 1080, 700), fill="#c27b4f")
    draw.line((0, 700, 1200, 700), fill="#3c4a57", width=8)
    file = BytesIO()
    image.save(file, "JPEG", quality=85)
    return SimpleUploadedFile("示意图.jpg", file.getvalue(), content_type="image/jpeg")
