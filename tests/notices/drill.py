"""A rule and handlers to practise with."""

from datetime import datetime

from nanchuan.kernel.events import on
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import NoticeRule, Plan, Silence, notice_rule


@notice_rule
class Drill(NoticeRule):
    """Told to everybody whose name begins as the reminder says."""

    name = "drill.note"
    kind = Kind.TASK

    def audience(self, subject, reminder):
        from nanchuan.accounts.models import User

        return User.objects.filter(username__startswith=reminder.params.get("audience", "user"))

    def title(self, subject, reminder):
        return f"演练：{subject}"

    def body(self, subject, reminder):
        return f"时刻 {reminder.moment}"

    def url(self, subject, reminder):
        return f"/drills/{subject.pk}/"


@on("drill.planned")
def plan(event):
    for moment, due_at in event.facts["moments"].items():
        yield Plan(
            "drill.note",
            event.subject,
            moment=moment,
            due_at=datetime.fromisoformat(due_at),
            params=event.facts.get("params", {}),
        )


@on("drill.silenced")
def fall_silent(event):
    yield Silence("drill.note", event.subject, keep=set(event.facts.get("keep", ())))


@on("drill.broken")
def break_down(event):
    yield Plan("drill.note", event.subject, moment="broken", due_at=event.happened_at)
    raise RuntimeError("drill")


@on("drill.odd")
def answer_oddly(event):
    yield "a word"
