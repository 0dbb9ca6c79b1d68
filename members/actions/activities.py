from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.actions import attendances, participations, photos
from members.actions import decisions as deciding
from members.models import (
    Activity,
    ActivityFile,
    ActivityKind,
    ActivityPhoto,
    Organization,
    PartyMember,
    Rule,
)
from nanchuan.kernel import events
from nanchuan.kernel.attaching import attach, take_out
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.uploads import Document, Picture

DRAFT, SUBMITTED, VERIFIED, RETURNED, WITHDRAWN = Activity.Status
COPIED = {"kind", "starts_at", "host"}  # of these each participation has a copy
FIELDS = ("kind", "title", "starts_at", "place", "host", "guests", "text", "hours")
TALK = "talk"  # the code of its kind


@transaction.atomic
def draft(organization: Organization, *, by, at: datetime | None = None, **facts) -> Activity:
    """Somebody begins to write down what a branch did (草稿); only its editors see that.

    `facts` are any FIELDS of the activity, of which a draft needs `kind` and `starts_at`; who came
    (`members`, `leaves` as {member: reason}, `absent`); `decisions`; other `organizations`;
    `pictures` and `files`. Raises StepRefused for people who were never of the organization.
    """
    now = at or timezone.now()
    activity = Activity(organization=organization, status=DRAFT, logged_by=by, logged_at=now)
    _fill(activity, by=by, at=now, **facts)
    return activity


@transaction.atomic
def keep(activity: Activity, *, by, at: datetime | None = None, **facts) -> Activity:
    """What was typed so far is kept; what is not among the `facts` (see `draft`) stays.

    The `revision` of the activity is the one that the person saw: of two who write at once, the
    second is refused. A draft is nobody else's business, so nothing is recorded.
    """
    if not activity.is_draft:
        raise StepRefused(_("这条记录已经提交。请打开记录页更正。"))
    activity.claim()
    _fill(activity, by=by, at=at or timezone.now(), **facts)
    return activity


@transaction.atomic
def submit(activity: Activity, *, by, at: datetime | None = None, **facts) -> None:
    """A draft, or a record that was returned, is handed in (提交) for verification; `facts` as in
    `draft` are what was typed last.

    Raises StepRefused in words if something is missing or cannot be true (`_check`).
    """
    now = at or timezone.now()
    activity.claim()
    if activity.status not in (DRAFT, RETURNED):
        raise StepRefused(_("这条记录已经提交过了。"))
    _changed, people = _fill(activity, by=by, at=now, strict=True, **facts)
    _check_complete(activity)
    _check(activity, now=now)
    name = "activity.submitted" if activity.submitted_at else "activity.logged"
    activity.submitted_at = activity.submitted_at or now
    activity.step_to(
        SUBMITTED,
        title=activity.title or usual_title(activity.kind, activity.starts_at),
        submitted_at=activity.submitted_at,
        is_late=is_late(activity),
        reason="",
    )
    participations.follow(activity)
    _tell(name, activity, by=by, at=at, members=people)


@transaction.atomic
def discard(activity: Activity) -> None:
    """A draft that is not wanted is gone, with its photos and files."""
    activity.claim()
    if not activity.is_draft:
        raise StepRefused(_("只有草稿可以删除。已经提交的记录可以撤回。"))
    _take_out(activity.photos.all(), activity.files.all())
    activity.delete()


@transaction.atomic
def log(organization: Organization, *, by, at: datetime | None = None, **facts) -> Activity:
    """A branch writes down what it did and hands it in at once (记活动).

    `facts` as in `draft`. Raises StepRefused as `submit` does.
    """
    now = at or timezone.now()
    activity = Activity(organization=organization, logged_by=by, logged_at=now, submitted_at=now)
    _changed, people = _fill(activity, by=by, at=now, **facts)
    _tell("activity.logged", activity, by=by, at=at, members=people)
    return activity


@transaction.atomic
def change(activity: Activity, *, by, at: datetime | None = None, **facts) -> Activity:
    """What was written down is put right (更正活动): `facts` as in `draft`, `removed` photos,
    `removed_files`. What had been verified waits to be verified anew.

    The `revision` of the activity is the one that the person saw: of two who correct it at
    once, the second is refused.
    """
    reopen(activity)
    before = activity.attendances.count()
    pictures = list(facts.pop("pictures", ()))
    changed, people = _fill(activity, by=by, at=at or timezone.now(), pictures=pictures, **facts)
    events.record(
        "activity.changed",
        subject=activity,
        by=by,
        at=at,
        fields=changed,
        members=[before, people],
        photos_added=len(pictures),
        photos_removed=len(facts.get("removed", ())),
    )
    return activity


def reopen(activity: Activity) -> None:
    """The first statement of whoever puts right what was handed in: what had been verified waits
    to be verified anew. Raises StepRefused for a draft and for what was withdrawn."""
    if activity.status in (DRAFT, WITHDRAWN):
        raise StepRefused(_("草稿和已撤回的记录不能更正。"))
    activity.claim()
    if activity.status == VERIFIED:
        activity.step_to(SUBMITTED, verified_by=None, verified_at=None)


def is_late(activity: Activity) -> bool:
    """Whether it was first handed in later than the rule of that day allows (补录)."""
    handed_in = timezone.localdate(activity.submitted_at)
    days = Rule.objects.of(Rule.Code.LATE_ENTRY_DAYS, handed_in).value
    return (handed_in - activity.held_on).days > days


def usual_title(kind: ActivityKind, starts_at: datetime) -> str:
    """What an activity without a title of its own is called, e.g. 11月主题党日."""
    return _("%(month)d月%(kind)s") % {
        "month": timezone.localtime(starts_at).month,
        "kind": kind,
    }


def _fill(  # noqa: PLR0913 - the parts of a record
    activity: Activity,
    *,
    by,
    at: datetime,
    members: Iterable[PartyMember] | None = None,
    leaves: Mapping[PartyMember, str] | None = None,
    absent: Iterable[PartyMember] | None = None,
    decisions: Iterable[Mapping] | None = None,
    organizations: Iterable[Organization] | None = None,
    pictures: Iterable[Picture] = (),
    files: Iterable[Document] = (),
    removed: Iterable[ActivityPhoto] = (),
    removed_files: Iterable[ActivityFile] = (),
    strict: bool | None = None,
    **fields,
) -> tuple[list[str], int]:
    """Write the record and its parts; says which fields changed and how many people came. `strict`
    unless it is a draft."""
    is_new, strict = activity._state.adding, not activity.is_draft if strict is None else strict
    changed = _write(activity, fields, at)
    if organizations is not None:
        participations.ask(activity, organizations)
    people = {"members": members, "leaves": leaves, "absent": absent}
    came = attendances.take(activity, activity.organization, strict=strict, **people)
    if "hours" in changed and not is_new:
        attendances.credit(activity)
    if decisions is not None:
        deciding.put(activity, decisions)
    if strict and (decisions or not is_new):
        deciding.check(activity)
    _take_out(removed, removed_files)
    photos.add(activity, pictures)
    if files:
        attach(ActivityFile, list(files), by=by, at=at, activity=activity)
    return changed, came


def _write(activity, fields, at) -> list[str]:
    before = activity.submitted_at, activity.is_late
    changed = _set(activity, fields)
    if not activity.is_draft:
        _check(activity, now=at)
        if activity.starts_at > activity.submitted_at:
            activity.submitted_at = at  # of what took place after it, nothing was handed in then
        activity.is_late = is_late(activity)
    if activity._state.adding:
        activity.save()
        participations.begin(activity)
    elif changed or (activity.submitted_at, activity.is_late) != before:
        activity.save(update_fields=[*changed, "submitted_at", "is_late"])
        if COPIED & set(changed) or activity.is_late != before[1]:
            participations.follow(activity)
    return changed


def _take_out(removed_photos, removed_files):
    for photo in removed_photos:
        photos.remove(photo)
    for file in removed_files:
        take_out(file)


def _set(activity, fields) -> list[str]:
    """Which fields the facts change. Hours are those of the kind unless somebody says others."""
    if unknown := fields.keys() - FIELDS:
        raise TypeError(f"not facts of an activity: {sorted(unknown)}")
    if "hours" not in fields and "kind" in fields:
        usual = activity.kind.hours if activity.kind_id else activity.hours
        if activity.hours == usual:
            fields = fields | {"hours": fields["kind"].hours}
    is_new = activity._state.adding
    changed = [name for name in fields if is_new or getattr(activity, name) != fields[name]]
    for name in changed:
        setattr(activity, name, fields[name])
    return sorted(changed)


def _check_complete(activity):
    """What a draft may lack. What a talk was about is nobody's business here."""
    missing = [
        Activity._meta.get_field(name).verbose_name
        for name in ("host", "place", "text")
        if not getattr(activity, name) and (name == "host" or activity.kind.code != TALK)
    ]
    if missing:
        raise StepRefused(
            _("还没有填写%(fields)s。请补充后再提交。")
            % {"fields": _("、").join(str(name) for name in missing)}
        )


def _check(activity, *, now):
    """It happened, and the organization was in being that day."""
    organization, day = activity.organization, activity.held_on
    if activity.starts_at > now:
        raise StepRefused(_("活动时间还没有到。请在活动开始以后再记录，或者更正时间。"))
    if day < organization.starts_on:
        raise StepRefused(
            _("%(name)s成立于 %(day)s，不能记录更早的活动。")
            % {"name": organization, "day": organization.starts_on}
        )
    if organization.ends_on and day > organization.ends_on:
        raise StepRefused(
            _("%(name)s已于 %(day)s撤销，不能记录以后的活动。")
            % {"name": organization, "day": organization.ends_on}
        )


def _tell(name, activity, *, by, at, members):
    events.record(
        name,
        subject=activity,
        by=by,
        at=at,
        kind=activity.kind.code,
        members=members,
        photos=activity.photos.count(),
    )
