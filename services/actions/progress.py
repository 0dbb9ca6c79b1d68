"""What was done in a project, with what shows it; and what it brought."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import attaching, events, uploads
from nanchuan.kernel.states import StepRefused
from services.actions.holding import hold_project
from services.actions.project_rights import askers, assisting, check, served
from services.actions.rights import office, require, speaks_for
from services.models import (
    Effect,
    Need,
    ProgressFile,
    ProgressNote,
    ProgressPhoto,
    Project,
)

WHOLE = 100  # percent


@transaction.atomic
def note(  # noqa: PLR0913
    project: Project,
    *,
    text: str,
    percent: int | None = None,
    pictures: Sequence[uploads.Picture] = (),
    files: Sequence[uploads.Document] = (),
    by: User,
    at: datetime | None = None,
) -> ProgressNote:
    """Who carries it writes what was done (填写进展) and how far it is, in percent 0 to 100; as
    far as before, unless told. What was planned is under way thereby."""
    hold_project(project)
    at = at or timezone.now()
    check(project, "note", by, at)
    percent = _latest(project) if percent is None else percent
    if not 0 <= percent <= WHOLE:
        raise StepRefused(_("进度应在 0 到 100 之间。"))
    if project.status == Project.Status.PLANNED:
        project.step_to(Project.Status.ACTIVE)
    written = ProgressNote.objects.create(
        project=project,
        unit=_speaker(project, by),
        text=text,
        percent=percent,
        written_by=by,
        written_at=at,
    )
    _add_photos(written, pictures, by, at)
    attaching.attach(ProgressFile, list(files), by=by, at=at, note=written)
    events.record("project.progressed", subject=project, by=by, at=at, percent=percent)
    return written


@transaction.atomic
def state_effect(  # noqa: PLR0913
    project: Project,
    *,
    need: Need,
    unit: Unit,
    text: str,
    amount: Decimal | None = None,
    by: User | None,
    at: datetime | None = None,
) -> Effect:
    """An enterprise whose need it serves says what it brought, in its own words; said again, the
    last word stands. What the office writes for it is marked so."""
    hold_project(project)
    at = at or timezone.now()
    check(project, "effect", by, at)
    links = [link for link in served(project) if link.need_id == need.pk]
    if not any(unit in askers(link.need) for link in links):
        raise StepRefused(_("成效由提出这条需求的企业填写。"))
    own = by is not None and speaks_for(by, unit.pk)
    require(by is None or own or office(by))
    facts = {"text": text, "amount": amount, "on_behalf": not own}
    made, _new = Effect.objects.update_or_create(
        project=project,
        need=need,
        unit=unit,
        defaults=facts | {"stated_by": by, "stated_at": at},
    )
    events.record("project.effect_stated", subject=project, by=by, at=at, need=need.pk)
    return made


def _latest(project) -> int:
    return project.notes.values_list("percent", flat=True).first() or 0


def _speaker(project, by) -> Unit | None:
    """The unit for which a person writes; None is the office."""
    if speaks_for(by, project.lead_id):
        return project.lead
    return next((row.unit for row in assisting(project) if speaks_for(by, row.unit_id)), None)


def _add_photos(written, pictures, by, at) -> None:
    """Stored with their rows; if the transaction fails, the files are gone too."""
    if len(pictures) > uploads.MOST_PHOTOS:
        raise StepRefused(_("照片最多 %(most)d 张。") % {"most": uploads.MOST_PHOTOS})
    for picture in pictures:
        photo = ProgressPhoto(note=written, added_by=by, added_at=at)
        picture.store(photo.image, photo.thumbnail)
        for field in (photo.image, photo.thumbnail):
            uploads.stay_if_committed(field)
        photo.save()
