"""Duties begin and get new versions; an organization is exempted from one for a while."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from members.actions import ledger, versions
from members.models import DutyRule, Exemption, Organization
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

KEPT = ("code", "order")
LONGEST = timedelta(days=366)
OWN, LENGTH = "own-", 10  # how the codes of duties that the park adds begin, and go on


@transaction.atomic
def begin(*, starts_on: date, by, at: datetime | None = None, **facts) -> DutyRule:
    """Something is asked for that was not until now (新增任务), under a code of its own.

    Raises StepRefused for the name of a duty that is asked for already, and for a day before
    last year: nobody is judged far back by what nobody knew of.
    """
    list(DutyRule.objects.select_for_update().values_list("pk"))  # of two of one name, one
    made = begun(starts_on=starts_on, at=at, **facts)
    made.save()
    events.record("dutyrule.added", subject=made, by=by, at=at, code=made.code, starts_on=starts_on)
    return made


def begun(*, starts_on: date, at: datetime | None = None, **facts) -> DutyRule:
    """The duty that `begin` would write. Raises StepRefused for what it would refuse."""
    versions.check_ahead(starts_on, at)
    first = date(timezone.localdate(at).year - 1, 1, 1)
    if starts_on < first:
        raise StepRefused(_("新增的任务最早从 %(day)s 起，更早的年度不再追溯。") % {"day": first})
    if not facts["times"]:
        raise StepRefused(_("新增的任务至少要求 1 次或 1 学时。"))
    asked = DutyRule.objects.filter(name=facts["name"])
    if any(latest(rule).times for rule in asked):
        raise StepRefused(
            _("已有任务叫“%(name)s”。请修订它，或者换一个名称。") % {"name": facts["name"]}
        )
    code = OWN + get_random_string(LENGTH, "abcdefghijklmnopqrstuvwxyz0123456789")
    return _checked(DutyRule(code=code, starts_on=starts_on, **facts))


@transaction.atomic
def revise(rule: DutyRule, *, starts_on: date, by, at: datetime | None = None, **facts) -> DutyRule:
    """A duty gets a new version from a day on (修订任务); the older ones stay as they are.

    Raises StepRefused for a day on which a version that is as new or newer holds, and for a
    version that changes nothing.
    """
    rows = DutyRule.objects.filter(code=rule.code).select_for_update().order_by("starts_on")
    last = list(rows)[-1]
    made = revised(last, starts_on=starts_on, **facts)
    if last.ends_on is None:
        ledger.close(last, starts_on)
    made.save()
    events.record(
        "dutyrule.revised",
        subject=made,
        by=by,
        at=at,
        code=made.code,
        times=[last.times, made.times],
        starts_on=starts_on,
    )
    return made


def revised(last: DutyRule, *, starts_on: date, **facts) -> DutyRule:
    """The version that `revise` would write. Raises StepRefused for what it would refuse."""
    versions.check_ahead(starts_on)
    if starts_on <= last.starts_on:
        raise StepRefused(
            _("最近的一版从 %(day)s 开始，新的一版须在其后。") % {"day": last.starts_on}
        )
    if last.ends_on and starts_on <= last.ends_on:
        raise StepRefused(
            _("最近的一版到 %(day)s 为止，新的一版须在其后。") % {"day": last.ends_on}
        )
    if all(getattr(last, name) == value for name, value in facts.items()):
        raise StepRefused(_("和现在的一版没有不同。请修改要求或依据。"))
    kept = {name: getattr(last, name) for name in KEPT}
    return _checked(DutyRule(starts_on=starts_on, **kept | facts))


def _checked(made):
    try:
        made.clean_fields()
    except ValidationError as error:
        raise StepRefused(" ".join(error.messages)) from None
    return made


def latest(rule: DutyRule) -> DutyRule:
    return DutyRule.objects.filter(code=rule.code).order_by("starts_on").last()


@transaction.atomic
def exempt(  # noqa: PLR0913
    organization: Organization,
    *,
    code: str,
    starts_on: date,
    ends_on: date,
    reason: str,
    by,
    at: datetime | None = None,
) -> Exemption:
    """An organization need not do a duty from one day to another (豁免).

    Raises StepRefused for an end before the beginning or more than a year later, and for days
    on which the same duty is exempted already.
    """
    if ends_on < starts_on:
        raise StepRefused(_("结束日期不能早于开始日期。"))
    if ends_on - starts_on > LONGEST:
        raise StepRefused(_("豁免一次最长一年。到期仍需豁免的，请届时再登记。"))
    made = Exemption(
        organization=organization, code=code, starts_on=starts_on, ends_on=ends_on, reason=reason
    )
    try:
        made.clean()
        with transaction.atomic():
            made.save()
    except (ValidationError, IntegrityError):
        raise StepRefused(_("这项任务在这段时间里已经豁免。请核对日期。")) from None
    facts = {"code": code, "duty": duty_name(code), "on": starts_on, "until": ends_on}
    events.record("exemption.granted", subject=organization, by=by, at=at, **facts)
    return made


@transaction.atomic
def end_exemption(exemption: Exemption, *, by, at: datetime | None = None) -> None:
    """It holds no longer than yesterday; one that has not begun is taken away (结束豁免)."""
    exemption = Exemption.objects.select_for_update().filter(pk=exemption.pk).first()
    today = timezone.localdate(at)
    if exemption is None or exemption.ends_on < today:
        raise StepRefused(_("这项豁免已经结束，不需要再办理。"))
    organization, code = exemption.organization, exemption.code
    if exemption.starts_on >= today:
        exemption.delete()
    else:
        exemption.ends_on = today - timedelta(days=1)
        exemption.save()
    facts = {"code": code, "duty": duty_name(code)}
    events.record("exemption.ended", subject=organization, by=by, at=at, **facts)


def duty_name(code: str) -> str:
    """What a duty is called in its newest version."""
    rule = DutyRule.objects.filter(code=code).order_by("-starts_on").first()
    return rule.name if rule else code
