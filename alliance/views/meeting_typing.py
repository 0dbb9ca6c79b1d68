"""What the page of a meeting says while it is typed in: dates, clashes, the next free time, and
the plan of reminders; and what it fills in by itself."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

from alliance import timeline
from alliance.actions import meetings as actions
from alliance.clashes import Diary
from alliance.models import Meeting, Regulation
from alliance.models.settings import Text
from alliance.rehearsal import rehearse_reminders
from nanchuan.kernel import calendar
from nanchuan.kernel.states import StepRefused

# Another chair gives nothing to consider.
WEIGHTY = {"starts_at", "ends_at", "place", "partners", "kind", "group"}
UNKNOWN = "—"  # stands for a title or a place that is not typed yet


def rules(form, kind=None) -> timeline.Rules:
    """What decides for the meeting: the kind that is chosen, the system in force or its own."""
    system = form.instance.regulation if form.instance.pk else Regulation.objects.of(Text.MEETINGS)
    return timeline.Rules(kind, system or Regulation())


def told(form, user) -> dict:
    """The context of the part of the page that follows what is typed."""
    asked, starts_at = form.proposed(), _start(form)
    if starts_at is None:
        return {}
    numbers = rules(form, asked and asked.kind)
    dates = timeline.planned(numbers, starts_at)
    context = {
        "starts_at": starts_at,
        "dates": dates,
        "doubts": timeline.doubts(numbers, starts_at),
        "estimate_note": calendar.estimate_note(due.day for due in dates),
    }
    if asked is None:
        return context
    diary = Diary(asked, user)
    context["doubts"] += diary.doubts()
    if context["doubts"]:
        free = diary.next_free()
        context["next_free"] = free if free != starts_at else None
    return context | {"reminders": _plan(form, asked, user)}


def doubts(form, user) -> list[str]:
    """What has to be confirmed before it is saved."""
    asked = form.proposed()
    numbers = rules(form, asked.kind)
    starts = timeline.doubts(numbers, asked.starts_at)
    if form.instance.pk and "starts_at" not in form.changed_data and not form.announces:
        starts = []
    return [*starts, *Diary(asked, user).doubts()]


def _start(form) -> datetime | None:
    """What is typed in, if it can be the start of a meeting."""
    now = timezone.now()
    try:
        starts_at = form.fields["starts_at"].clean(form["starts_at"].value())
    except ValidationError:
        return None
    return starts_at if now < starts_at <= now + actions.FARTHEST else None


def _plan(form, asked, user):
    """The reminders as they will be once it is saved, or announced; None where it cannot be."""
    place = asked.place or UNKNOWN
    given = getattr(form, "cleaned_data", {})
    facts = {"kind": asked.kind, "starts_at": asked.starts_at, "ends_at": asked.ends_at}
    facts |= {"place": place, "partners": asked.partners}

    def convene():
        title = given.get("title") or UNKNOWN
        return [actions.convene(group=asked.group, by=user, agenda="", title=title, **facts)]

    def change():
        meeting = Meeting.objects.get(pk=form.instance.pk)
        actions.change(meeting, by=user, seen=meeting.sequence, **facts)
        if meeting.status == Meeting.Status.DRAFT:
            actions.announce(meeting, by=user)
        return [meeting]

    before = [form.instance] if form.instance.pk else []
    try:
        return rehearse_reminders(change if before else convene, before=before)
    except StepRefused:
        return None


def plan_of_step(meeting: Meeting, user) -> dict:
    """What the next step of a meeting that stands there would say: a draft is announced, an
    announced meeting is called off."""

    def step():
        again = Meeting.objects.get(pk=meeting.pk)
        if again.status == Meeting.Status.DRAFT:
            actions.announce(again, by=user)
        else:
            actions.cancel(again, reason=UNKNOWN, by=user)
        return [again]

    try:
        return {"reminders": rehearse_reminders(step, before=[meeting])}
    except StepRefused as refusal:
        return {"refused": str(refusal)}


# ── What the page fills in ──────────────────────────────────────────────────────────────────


@dataclass
class Filled:
    """What was sent, with the values that follow from it; `names` are those that changed."""

    data: object
    names: list[str] = field(default_factory=list)

    def put(self, name, value):
        if self.data.get(name) != value:
            self.data[name] = value
            self.names.append(name)

    def fields(self, form) -> list[str]:
        """Each field anew, to be put in the place of the one on the page."""
        css = {"agenda": "textarea form-control"}
        return [
            form[name].as_widget(
                attrs={"hx-swap-oob": "true", "class": css.get(name, "form-control")}
            )
            for name in self.names
        ]


def filled(form, request) -> Filled | None:
    """The end follows the start and the kind, the agenda follows the kind, unless somebody has
    typed another one. A free time that was taken is the new start."""
    found = Filled(form.data.copy())
    trigger = request.htmx.trigger_name if request.htmx else ""
    if "take" in request.POST:
        _take(form, found, request.POST["take"])
    elif trigger == "kind":
        _follow_the_kind(form, found)
    elif trigger == "starts_at":
        _follow_the_start(form, found)
    return found if found.names else None


def _take(form, found, typed):
    """The new start, and the end as long after it as it was."""
    given = form.cleaned_data
    length = timeline.LENGTH
    if given.get("starts_at") and given.get("ends_at"):
        length = given["ends_at"] - given["starts_at"]
    try:
        starts_at = form.fields["starts_at"].clean(typed)
    except ValidationError:
        return
    found.put("starts_at", _typed(starts_at))
    found.put("ends_at", _typed(starts_at + length))


def _follow_the_kind(form, found):
    kind, starts_at = form.cleaned_data.get("kind"), form.cleaned_data.get("starts_at")
    if kind is None:
        return
    if starts_at and not form.instance.pk:
        found.put("ends_at", _typed(starts_at + timedelta(minutes=kind.duration)))
    if "agenda" in form.fields and not form.cleaned_data.get("agenda"):
        found.put("agenda", form.templates.get(kind.pk, ""))


def _follow_the_start(form, found):
    """Only an end that cannot be any more."""
    kind, starts_at = form.cleaned_data.get("kind"), form.cleaned_data.get("starts_at")
    if kind and starts_at and "ends_at" in form.errors:
        found.put("ends_at", _typed(starts_at + timedelta(minutes=kind.duration)))


def _typed(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"
