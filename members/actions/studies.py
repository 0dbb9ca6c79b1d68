"""What is to be studied (学习材料), where it was studied, and who studied it alone."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.actions import activities
from members.models import (
    Activity,
    Organization,
    PartyMember,
    SelfStudy,
    Study,
    StudyFile,
    StudyMaterial,
)
from nanchuan.kernel import attaching, events
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.uploads import Document

MOST_MATERIALS = 20  # of one activity


@transaction.atomic
def add(
    *,
    by,
    organization: Organization | None = None,
    files: Iterable[Document] = (),
    at: datetime | None = None,
    **facts,
) -> StudyMaterial:
    """A material enters the library (登记学习材料); without an organization it is the park's."""
    made = StudyMaterial.objects.create(
        organization=organization, added_by=by, added_at=at or timezone.now(), **facts
    )
    attaching.attach(StudyFile, list(files), by=by, at=at, material=made)
    events.record("study.added", subject=made, by=by, at=at)
    return made


@transaction.atomic
def change(
    material: StudyMaterial, *, by, files: Iterable[Document] = (), at=None, **facts
) -> StudyMaterial:
    """What the library says of it is put right; `facts` are fields of the material."""
    changed = sorted(name for name, value in facts.items() if getattr(material, name) != value)
    for name in changed:
        setattr(material, name, facts[name])
    material.save(update_fields=changed)
    added = attaching.attach(StudyFile, list(files), by=by, at=at, material=material)
    events.record("study.changed", subject=material, by=by, at=at, fields=changed, files=len(added))
    return material


@transaction.atomic
def retire(material: StudyMaterial, *, by, at: datetime | None = None) -> None:
    """No longer offered (停用); where it was studied stays."""
    rows = StudyMaterial.objects.filter(pk=material.pk, retired_on=None)
    if not rows.update(retired_on=timezone.localdate(at)):
        raise StepRefused(_("这份材料已经停用。"))
    events.record("study.retired", subject=material, by=by, at=at)


@transaction.atomic
def offer_again(material: StudyMaterial, *, by, at: datetime | None = None) -> None:
    if (
        not StudyMaterial.objects.filter(pk=material.pk)
        .exclude(retired_on=None)
        .update(retired_on=None)
    ):
        raise StepRefused(_("这份材料正在使用。"))
    events.record("study.offered", subject=material, by=by, at=at)


@transaction.atomic
def take_file(file: StudyFile, *, by, at: datetime | None = None) -> None:
    """Raises StepRefused if nothing would be left to study."""
    material = file.material
    others = material.files.exclude(pk=file.pk)
    if not (material.text or material.where or others.exists()):
        raise StepRefused(_("正文、附件和出处至少要有一项，这个附件不能删去。"))
    attaching.take_out(file)
    events.record("study.detached", subject=material, by=by, at=at)


@transaction.atomic
def choose(
    activity: Activity, materials: Iterable[StudyMaterial], *, by, at: datetime | None = None
) -> None:
    """Exactly these were studied at an activity, in the order in which they were chosen; of a
    draft that is nobody's business yet. What had been verified waits to be verified anew.

    Raises StepRefused for more than MOST_MATERIALS, and for a record that was withdrawn.
    """
    wanted = {material.pk: material for material in materials}
    if len(wanted) > MOST_MATERIALS:
        raise StepRefused(_("一次活动最多选 %(most)d 份学习材料。") % {"most": MOST_MATERIALS})
    old = set(activity.studies.values_list("material", flat=True))
    if old == set(wanted):
        return
    if not activity.is_draft:
        activities.reopen(activity)
    activity.studies.exclude(material__in=wanted).delete()
    Study.objects.bulk_create(
        [Study(activity=activity, material=each) for pk, each in wanted.items() if pk not in old],
        ignore_conflicts=True,
    )
    if not activity.is_draft:
        numbers = [len(old), len(wanted)]
        events.record("activity.studied", subject=activity, by=by, at=at, materials=numbers)


@transaction.atomic
def note(
    material: StudyMaterial,
    member: PartyMember,
    *,
    studied_on: date,
    by,
    at: datetime | None = None,
) -> None:
    """A member says that they studied it alone (我已学习); said again, the day is put right."""
    if studied_on > timezone.localdate(at):
        raise StepRefused(_("日期不能晚于今天。"))
    SelfStudy.objects.update_or_create(
        member=member, material=material, defaults={"studied_on": studied_on}
    )
    events.record("member.studied", subject=member, by=by, at=at, material=material.pk)


@transaction.atomic
def take_back(
    material: StudyMaterial, member: PartyMember, *, by, at: datetime | None = None
) -> None:
    gone, _rows = SelfStudy.objects.filter(member=member, material=material).delete()
    if not gone:
        raise StepRefused(_("没有登记过自学。"))
    events.record("member.study_taken_back", subject=member, by=by, at=at, material=material.pk)
