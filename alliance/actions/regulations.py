"""A version of the charter or of a system, from its draft to its end (章程和制度)."""

import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance import articles
from alliance.actions import planning, signatures, turns
from alliance.actions.rights import office, require
from alliance.models import DutyItem, Group, Regulation, RegulationFile, Section
from alliance.models.regulations import default_duties
from alliance.models.settings import SETTINGS, Text, settings_of
from nanchuan.kernel import attaching, events
from nanchuan.kernel.periods import day_before
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.uploads import Document

Status = Regulation.Status
DUTY_FIELDS = ("kind", "title", "anchor", "days")
FARTHEST = timedelta(days=2 * 366)


@transaction.atomic
def draft(text: str, *, by, at: datetime | None = None) -> Regulation:
    """Begin a draft (起草): a copy of the newest adopted version, or of the defaults.

    Raises StepRefused if the text has a draft already.
    """
    _require_office(by)
    rows = Regulation.objects.filter(text=text)
    source = rows.filter(status=Status.ADOPTED).order_by("-number").first()
    last = rows.order_by("-number").values_list("number", flat=True).first() or 0
    values = {each.code: each.default for each in settings_of(text)}
    try:
        with transaction.atomic():
            made = Regulation.objects.create(
                text=text,
                number=last + 1,
                title=source.title if source else str(Text(text).label),
                settings=values | (source.settings if source else {}),
            )
    except IntegrityError as error:
        raise StepRefused(_("这份章程或制度已有一份草案，请在那份草案上修改。")) from error
    _set_text(made, articles.of(source) if source else [])
    if text == Text.ROTA:
        _set_duties(made, [duty_facts(row) for row in _duties_of(source)])
    events.record("regulation.drafted", subject=made, by=by, at=at)
    return made


@transaction.atomic
def edit(  # noqa: PLR0913
    regulation: Regulation,
    *,
    title: str,
    text: str,
    settings: dict,
    change_note: str = "",
    duties: Iterable[dict] = (),
    by,
    at: datetime | None = None,
) -> None:
    """Change a draft (修改草案). `duties` are rows of DUTY_FIELDS, for the rota system only.

    Raises StepRefused if it is no draft any more, or a setting lies outside its limits.
    """
    _require_office(by)
    _hold(regulation)
    _require_draft(regulation)
    check_settings(regulation.text, settings)
    before = parts(regulation)
    regulation.title, regulation.change_note = title, change_note
    regulation.settings = regulation.settings | settings
    regulation.save(update_fields=["title", "change_note", "settings"])
    _set_text(regulation, articles.parse(text))
    if regulation.text == Text.ROTA:
        _set_duties(regulation, duties)
    after = parts(regulation)
    changed = sorted(name for name in after if after[name] != before[name])
    if changed:
        events.record("regulation.edited", subject=regulation, by=by, at=at, fields=changed)


@transaction.atomic
def adopt(
    regulation: Regulation,
    *,
    starts_on: date,
    adopted_how: str,
    by,
    at: datetime | None = None,
) -> None:
    """Adopt a draft (印发): in force from its first day, on whose eve the version before ends.

    Every unit with a seat is asked to read and sign. Raises StepRefused if the first day does not
    follow, the text is empty, or somebody else was first.
    """
    _require_office(by)
    at = at or timezone.now()
    _hold_rota(regulation, at)
    _hold(regulation)
    before = check_adoption(regulation, starts_on, timezone.localdate(at))
    if before:
        before.ends_on = day_before(starts_on)
        before.save(update_fields=["ends_on"])
    facts = {"starts_on": starts_on, "adopted_at": at, "adopted_how": adopted_how}
    regulation.step_to(Status.ADOPTED, **facts)
    if regulation.text == Text.ROTA:
        planning.amend(by=by, at=at)
    asked = signatures.ask_all(regulation, by=by, at=at)
    due_on = max((row.due_on for row in asked), default=None)
    events.record(
        "regulation.adopted",
        subject=regulation,
        by=by,
        at=at,
        starts_on=starts_on.isoformat(),
        units=len(asked),
        due_on=due_on and due_on.isoformat(),
    )


def check_adoption(regulation: Regulation, starts_on: date, today: date) -> Regulation | None:
    """The version that this one would end. Raises StepRefused if it cannot begin that day."""
    _require_draft(regulation)
    if not regulation.sections.exclude(body="", heading="").exists():
        raise StepRefused(_("正文还是空的，请先填写正文再印发。"))
    before = open_version(regulation.text)
    if before and starts_on <= before.starts_on:
        raise StepRefused(
            _("%(before)s从 %(day)s 起施行，新一版须晚于这一天。")
            % {"before": before, "day": before.starts_on}
        )
    if before and starts_on < today:
        raise StepRefused(_("修订后的版本不能从过去的日期起施行，最早是今天。"))
    if starts_on - today > FARTHEST:
        raise StepRefused(_("施行日期在两年以后，请检查年份。"))
    return before


@transaction.atomic
def withdraw(regulation: Regulation, *, reason: str, by, at: datetime | None = None) -> None:
    """An adopted version that has not begun is withdrawn (作废): the one before stays in force.

    Raises StepRefused once its first day has come, or if a later version was adopted.
    """
    _require_office(by)
    at = at or timezone.now()
    _hold_rota(regulation, at)
    _hold(regulation)
    if regulation.status == Status.DRAFT:
        raise StepRefused(_("这还是草案，不需要作废，可以删去。"))
    if regulation.status == Status.ADOPTED and regulation.starts_on <= timezone.localdate(at):
        raise StepRefused(_("这一版已经施行，不能作废。需要更改的，请起草修订。"))
    if regulation.status == Status.ADOPTED and regulation.ends_on:
        raise StepRefused(_("之后又印发了新的一版，请先作废那一版。"))
    regulation.step_to(Status.DROPPED, dropped_at=at, drop_reason=reason)
    adopted = Regulation.objects.adopted().filter(text=regulation.text)
    adopted.filter(ends_on=day_before(regulation.starts_on)).update(ends_on=None)
    if regulation.text == Text.ROTA:
        planning.amend(by=by, at=at)
    events.record("regulation.withdrawn", subject=regulation, by=by, at=at)


@transaction.atomic
def drop(regulation: Regulation, *, by, at: datetime | None = None) -> None:
    """A draft is not followed up (不再采用)."""
    _require_office(by)
    _hold(regulation)
    _require_draft(regulation)
    regulation.step_to(Status.DROPPED, dropped_at=at or timezone.now())
    events.record("regulation.dropped", subject=regulation, by=by, at=at)


@transaction.atomic
def add_files(
    regulation: Regulation, files: list[Document], *, by, at: datetime | None = None
) -> None:
    """Files beside a draft (附件)."""
    _require_office(by)
    _hold(regulation)
    _require_draft(regulation)
    attaching.attach(RegulationFile, files, by=by, at=at, regulation=regulation)
    events.record("regulation.attached", subject=regulation, by=by, at=at, number=len(files))


@transaction.atomic
def remove_file(file: RegulationFile, *, by, at: datetime | None = None) -> None:
    _require_office(by)
    _hold(file.regulation)
    _require_draft(file.regulation)
    attaching.take_out(file)
    events.record("regulation.detached", subject=file.regulation, by=by, at=at)


ask_to_sign = signatures.ask_to_sign  # whoever lets a unit join calls it


def open_version(text: str) -> Regulation | None:
    """The adopted version of a text after which none follows."""
    return Regulation.objects.adopted().filter(text=text, ends_on=None).first()


def parts(regulation: Regulation) -> dict[str, str]:
    """What people edit, each part as a short sign of what it says: to see what somebody changed
    meanwhile."""
    said = {
        "title": regulation.title,
        "text": articles.write(articles.of(regulation)),
        "settings": regulation.settings,
        "duties": [duty_facts(row) for row in regulation.duty_items.all()],
        "change_note": regulation.change_note,
    }
    return {
        name: hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
        for name, value in said.items()
    }


def duty_facts(item: DutyItem) -> dict:
    return {name: getattr(item, name) for name in DUTY_FIELDS}


def check_settings(text: str, values: dict) -> None:
    for code, value in values.items():
        setting = SETTINGS.get(code)
        if setting is None or setting.text != text or not setting.accepts(value):
            raise StepRefused(
                _("“%(label)s”的设定不在允许的范围内。")
                % {"label": setting.label if setting else code}
            )


def _require_office(by) -> None:
    require(by is None or office(by))


def _require_draft(regulation) -> None:
    if regulation.status != Status.DRAFT:
        raise StepRefused(
            _("%(name)s%(status)s，不能再修改。需要更改的，请起草修订。")
            % {"name": regulation, "status": regulation.get_status_display()}
        )


def _hold_rota(regulation, at) -> None:
    """The groups that another version of the rota system changes; they are held before versions,
    as when a unit joins one."""
    if regulation.text == Text.ROTA:
        turns.hold(Group.objects.current(timezone.localdate(at)))


def _hold(regulation) -> None:
    """One act on the versions of a text at a time; the row is as it is now."""
    rows = Regulation.objects.select_for_update(no_key=True).filter(text=regulation.text)
    list(rows.order_by("pk").values_list("pk"))
    regulation.refresh_from_db()


def _set_text(regulation, parts_of_it) -> None:
    regulation.sections.all().delete()
    Section.objects.bulk_create(
        articles.as_section(part, regulation, order) for order, part in enumerate(parts_of_it, 1)
    )


def _set_duties(regulation, rows) -> None:
    regulation.duty_items.all().delete()
    DutyItem.objects.bulk_create(
        DutyItem(regulation=regulation, order=order, **facts) for order, facts in enumerate(rows, 1)
    )


def _duties_of(source) -> list[DutyItem]:
    return list(source.duty_items.all()) if source else default_duties()
