"""The history of one need for `orders_board.py`, from its first step to its fate."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.contrib.contenttypes.models import ContentType

from nanchuan.kernel.models import Event
from scale import NOW, SECRETARY, STAFF
from services.models import Clock, Dispatch, Need, Project, ProjectNeed, Remark, Solution

YEARS, MINUTE, DAY = 3, timedelta(minutes=1), timedelta(days=1)
MODELS = (Need, Dispatch, Solution, Project, ProjectNeed, Clock, Remark, Event)
RATINGS = (5, 5, 5, 4, 4, 3, 2, 1)


@dataclass
class History:
    """What would lie ahead of its fate did not happen yet. `add(model, **facts)` keeps a row."""

    add: Any
    made: Random
    units: list[int]
    number: int
    fate: str

    def play(self) -> None:
        self.at = NOW - self.made.uniform(1, YEARS * 365) * DAY
        self.unit, self.other = self.made.sample(self.units, 2)
        for step in (
            self.is_filed,
            self.is_reviewed,
            self.is_accepted,
            self.is_contacted,
            self.is_answered,
            self.is_confirmed,
        ):
            if self.fate in step():
                return

    def is_filed(self):
        self.need = self.add(
            Need,
            number=f"需-{self.at.year}-B{self.number:07}",
            unit_id=self.unit,
            category=self.made.choice(Need.Category.values),
            title=self.made.choice(("缺电工", "流动资金紧张", "物流成本高", "环评进度慢")),
            content="说明情况" * 20,
            contact_name="张联络",
            contact_phone="13900000000",
            filed_by_id=SECRETARY,
            filed_at=self.at,
            status="submitted" if self.fate == "submitted" else "published",
        )
        self.tell("filed", self.at)
        if self.fate == "submitted":
            self.clock("review", self.at, None)
        return ("submitted",)

    def is_reviewed(self):
        filed, reviewed = self.at, self.later(2)
        self.clock("review", filed, reviewed)
        if self.fate in ("declined", "withdrawn"):
            self.need.status = self.fate
            self.add(Remark, need_id=self.number, step=self.fate, text="原因", written_at=reviewed)
            self.tell(self.fate, reviewed)
        else:
            self.need.reviewed_at = reviewed
            self.tell("published", reviewed)
        if self.fate == "published":
            self.clock("accept", reviewed, None)
        return "declined", "withdrawn", "published"

    def is_accepted(self):
        need, at = self.need, self.later(2)
        need.accepted_at, need.accepted_by_id, need.status = at, self.other, "accepted"
        self.tell("accepted", at)
        self.clock("accept", need.reviewed_at, at)
        facts = {"need_id": self.number, "unit_id": self.other, "how": "taken"}
        self.add(Dispatch, at=at, accepted_at=at, **facts)
        if self.fate == "accepted":
            for kind in ("contact", "solve"):
                self.clock(kind, at, None, self.other)
        return ("accepted",)

    def is_contacted(self):
        """And joined to a project."""
        self.need.contacted_at, self.need.status = self.later(3), "in_progress"
        self.tell("contacted", self.at)
        self.clock("contact", self.need.accepted_at, self.at, self.other)
        joined = self.later(3)
        project = self.add(
            Project,
            number=f"项-B{self.number:07}",
            name="对接",
            lead_id=self.other,
            starts_on=joined.date(),
            status=Project.Status.ACTIVE,
        )
        self.add(ProjectNeed, project=project, need_id=self.number, joined_at=joined)
        self.tell("matched", joined)
        if self.fate == "in_progress":
            self.clock("solve", self.need.accepted_at, None, self.other)
        return ("in_progress",)

    def is_answered(self):
        self.need.status, offered = "offered", self.later(14)
        self.clock("solve", self.need.accepted_at, offered, self.other)
        facts = {"need_id": self.number, "text": "已协调", "offered_by_id": STAFF}
        self.answer = self.add(Solution, offered_at=offered, **facts)
        self.tell("offered", offered)
        return ("offered",)

    def is_confirmed(self):
        need, answer, automatically = self.need, self.answer, self.fate == "auto"
        need.status = "solved"
        answer.confirmed_at, answer.automatically = self.later(7), automatically
        answer.rating = None if automatically else self.made.choice(RATINGS)
        self.tell("confirmed", self.at)
        if self.fate in ("closed", "reopened"):
            need.status, need.closed_at = "closed", self.later(3)
            self.tell("closed", self.at)
        if self.fate == "reopened":
            need.status, need.closed_at, answer.reopened_at = "in_progress", None, self.later(30)
            self.tell("reopened", self.at)
        return (self.fate,)

    def later(self, most: float) -> datetime:
        """Not later than a while ago, and whole seconds apart."""
        self.at = min(self.at + self.made.uniform(0.02, most) * DAY, NOW - MINUTE)
        return self.at

    def tell(self, name, when):
        kind = ContentType.objects.get_for_model(Need)
        facts = {"subject_type": kind, "subject_id": self.number, "subject_label": "测试需求"}
        self.add(Event, name=f"need.{name}", happened_at=when, handled_at=when, **facts)

    def clock(self, kind, since, until, owner=None):
        self.add(
            Clock,
            need_id=self.number,
            kind=kind,
            unit_id=owner,
            days=3,
            started_at=since,
            due_at=since + 3 * DAY,
            done_at=until,
        )
