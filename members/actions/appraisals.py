"""The yearly appraisal of members (民主评议党员), step by step; ballots are in `ballots`."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.actions import ballots
from members.models import Appraisal, Appraisee, Grade, Membership, Organization, PeerResult, Rule
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

Status = Appraisal.Status
DAYS = ("self_until", "peers_until", "organization_until")
FIRST_YEAR = 2018
TWICE = gettext_lazy("该党组织已有这一年度的民主评议。")


@transaction.atomic
def begin(  # noqa: PLR0913
    organization: Organization,
    *,
    year: int,
    as_of: date,
    by,
    way: str = Appraisal.Way.PORTAL,
    at: datetime | None = None,
    **days: date,
) -> Appraisal:
    """Open an appraisal with the members as of a day (开始民主评议). `days` are until when each
    step lasts.

    Members of its party groups are on the list too; who is already appraised elsewhere in that
    year is not. Raises StepRefused for a second one in a year, and without a full member.
    """
    today = timezone.localdate(at)
    _check_days(days, today)
    if as_of > today or not FIRST_YEAR <= year <= today.year or as_of.year < year:
        raise StepRefused(
            _("名单日期应在评议年度之内或以后、今天以前，年度不早于 %(first)d 年。")
            % {"first": FIRST_YEAR}
        )
    organization.check_in_being(as_of)
    if Appraisal.objects.standing().filter(organization=organization, year=year).exists():
        raise StepRefused(TWICE)
    people = _people(organization, year, as_of)
    if Membership.Standing.FULL not in dict(people).values():
        raise StepRefused(_("这一天没有可以评议的正式党员。请核对党组织和名单日期。"))
    moment = {"opened_at": at} if at else {}
    made = Appraisal(
        organization=organization, year=year, as_of=as_of, way=way, opened_by=by, **days, **moment
    )
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        raise StepRefused(TWICE) from None
    Appraisee.objects.bulk_create(
        Appraisee(appraisal=made, member_id=member, standing=standing)
        for member, standing in sorted(people)
    )
    events.record("appraisal.opened", subject=made, by=by, at=at, year=year, people=len(people))
    return made


def _people(organization, year, as_of) -> list[tuple[int, str]]:
    """Who belongs to the organization or to a party group of it on a day, and as what."""
    groups = Organization.objects.current(as_of).filter(
        path__startswith=organization.path, kind=Organization.Kind.PARTY_GROUP
    )
    places = [organization.pk, *groups.values_list("pk", flat=True)]
    elsewhere = Appraisee.objects.filter(
        appraisal__in=Appraisal.objects.standing().filter(year=year), excused=""
    )
    rows = Membership.objects.counted(as_of).filter(organization__in=places)
    rows = rows.exclude(member__in=elsewhere.values("member"))
    return list(rows.order_by().values_list("member", "standing"))


def _check_days(days, opened_on: date):
    in_order = sorted(days[name] for name in DAYS)
    if in_order != [days[name] for name in DAYS]:
        raise StepRefused(_("截止日期须依次为：自评、互评、组织评定。"))
    check_not_before(in_order[0], opened_on)


def check_not_before(day: date, opened_on: date) -> None:
    """Raises StepRefused for a last day on which nobody had been asked yet: a mistyped year."""
    if day < opened_on:
        raise StepRefused(_("截止日期不能早于开始的那一天 %(day)s。请核对。") % {"day": opened_on})


@transaction.atomic
def change(appraisal: Appraisal, *, by, at: datetime | None = None, **facts) -> None:
    """Until when the steps last, and before peers begin how they vote (更改日程)."""
    held = _hold(appraisal)
    if held.until is None:
        raise StepRefused(_("组织评定已经结束，日程不能再改。"))
    days = {name: facts.get(name, getattr(held, name)) for name in DAYS}
    _check_days(days, timezone.localdate(held.opened_at))
    if facts.get("way", held.way) != held.way and held.status != Status.SELF:
        raise StepRefused(_("互评已经开始，不能再更改互评方式。"))
    changed = sorted(name for name, value in facts.items() if getattr(held, name) != value)
    Appraisal.objects.filter(pk=held.pk).update(**facts)
    for name, value in facts.items():
        setattr(appraisal, name, value)
    if changed:
        events.record("appraisal.changed", subject=appraisal, by=by, at=at, fields=changed)


def _hold(appraisal) -> Appraisal:
    """The row as it stands, locked: a step waits until what is written here is there."""
    return Appraisal.objects.select_for_update().get(pk=appraisal.pk)


def _require(appraisal, status) -> None:
    """Two ways lead to the committee's step; each begins at its own. `step_to` sees to the rest."""
    if appraisal.status != status:
        raise StepRefused(
            _("这次评议目前是“%(now)s”，不能办这一步。") % {"now": appraisal.get_status_display()}
        )


@transaction.atomic
def hand_in(appraisee: Appraisee, *, text: str, grade: str = "", at: datetime | None = None):
    """A member's own words and the grade that the person proposes (自评); may be put right until
    the step ends. Whoever is on probation proposes none."""
    if _hold(appraisee.appraisal).status != Status.SELF:
        raise StepRefused(_("自评已经结束，不能再提交或更改。"))
    if appraisee.excused:
        raise StepRefused(_("您不在这次评议的范围内：%(why)s。") % {"why": appraisee.excused})
    proposed = grade if appraisee.standing == Membership.Standing.FULL else ""
    appraisee.own_text, appraisee.own_grade = text, proposed
    appraisee.handed_in_on = timezone.localdate(at)
    appraisee.save(update_fields=["own_text", "own_grade", "handed_in_on"])
    by = appraisee.member.user
    events.record("appraisal.handed_in", subject=appraisee.appraisal, by=by, at=at)


@transaction.atomic
def excuse(appraisee: Appraisee, *, reason: str, by, at: datetime | None = None) -> None:
    """Somebody on the list takes no part any more (不参加评定), e.g. after a transfer."""
    appraisal = appraisee.appraisal
    if _hold(appraisal).until is None:
        raise StepRefused(_("组织评定已经结束，名单不能再改。"))
    rows = appraisal.appraisees.taking_part().filter(pk=appraisee.pk)
    if not rows.update(excused=reason, grade="", own_grade=""):
        raise StepRefused(_("这位同志已经不参加评定。"))
    appraisee.excused = reason
    events.record("appraisal.excused", subject=appraisal, by=by, at=at)


def _leave_out_the_gone(appraisal, on: date) -> None:
    """Who left the organization or is suspended since: the new organization or the suspension
    decides, not this list."""
    present = dict(_present(appraisal, on))
    for row in appraisal.appraisees.taking_part():
        if row.member_id not in present:
            row.excused = _("已不在本支部在册")
            row.grade = row.own_grade = ""
            row.save(update_fields=["excused", "grade", "own_grade"])


def _present(appraisal, on):
    rows = Membership.objects.counted(on).filter(
        organization__path__startswith=appraisal.organization.path,
        member__in=appraisal.appraisees.values("member"),
    )
    return rows.order_by().values_list("member", "standing")


@transaction.atomic
def begin_peers(appraisal: Appraisal, *, by, at: datetime | None = None) -> None:
    """The own words are in; now the peers (进入互评)."""
    appraisal.step_to(Status.PEERS)
    _leave_out_the_gone(appraisal, timezone.localdate(at))
    if appraisal.way == Appraisal.Way.PORTAL:
        ballots.put_urn(appraisal)
    events.record("appraisal.peers_began", subject=appraisal, by=by, at=at)


@transaction.atomic
def end_peers(appraisal: Appraisal, *, by, at: datetime | None = None) -> None:
    """No more ballots; they are counted once (结束互评). The counts are said to those who grade if
    there are enough of them."""
    _require(appraisal, Status.PEERS)
    appraisal.step_to(Status.ORGANIZATION)
    _leave_out_the_gone(appraisal, timezone.localdate(at))
    if appraisal.way == Appraisal.Way.PORTAL:
        ballots.count(appraisal)
    said = PeerResult.objects.filter(appraisee__appraisal=appraisal).exists()
    events.record("appraisal.peers_ended", subject=appraisal, by=by, at=at, counted=said)


@transaction.atomic
def grade(appraisal: Appraisal, *, grades: dict[int, tuple[str, str]], by, at=None) -> None:
    """What the committee says of each (组织评定): grade and comment by the number of the appraisee;
    may be put right until it is handed up. Probationary members get a comment only."""
    if _hold(appraisal).status != Status.ORGANIZATION:
        raise StepRefused(_("现在不是组织评定的阶段，没有保存。"))
    for row in appraisal.appraisees.taking_part().filter(pk__in=grades):
        given, row.comment = grades[row.pk]
        row.grade = given if row.is_graded else ""
        row.save(update_fields=["grade", "comment"])
    events.record("appraisal.graded", subject=appraisal, by=by, at=at, people=len(grades))


def limit(appraisal: Appraisal) -> tuple[Rule, int]:
    """The rule of that day about how many may be excellent, and the number."""
    rule = Rule.objects.of(Rule.Code.EXCELLENT_PART, appraisal.as_of)
    return rule, appraisal.appraisees.graded().count() // max(rule.value, 1)


def excess(appraisal: Appraisal) -> str:
    """A sentence with its citation if more are excellent than the rule says; else nothing."""
    rule, most = limit(appraisal)
    number = appraisal.appraisees.graded().filter(grade=Grade.EXCELLENT).count()
    if number <= most:
        return ""
    return _("优秀 %(number)d 名，超过参评党员的 1/%(part)d（%(most)d 名，%(source)s）。") % {
        "number": number,
        "part": rule.value,
        "most": most,
        "source": rule.citation,
    }


@transaction.atomic
def submit(appraisal: Appraisal, *, by, excess_reason: str = "", at: datetime | None = None):
    """Everybody has a grade; the superior is asked to confirm (报上级确认).

    More excellent ones than the rule says need a reason, which the superior reads. Raises
    StepRefused for that, and while somebody has no grade.
    """
    _hold(appraisal)
    _leave_out_the_gone(appraisal, timezone.localdate(at))
    if missing := appraisal.appraisees.graded().filter(grade="").count():
        raise StepRefused(_("还有 %(number)d 名党员没有评定等次。") % {"number": missing})
    sentence = excess(appraisal)
    if sentence and not excess_reason:
        raise StepRefused(sentence + _("确需超过的，请写明理由，由上级确认。"))
    reason = excess_reason if sentence else ""
    appraisal.step_to(Status.CONFIRMING, excess_reason=reason, reason="")
    events.record("appraisal.submitted", subject=appraisal, by=by, at=at, excess=bool(sentence))


@transaction.atomic
def send_back(appraisal: Appraisal, *, reason: str, by, at: datetime | None = None) -> None:
    """The superior asks to think again (退回)."""
    _require(appraisal, Status.CONFIRMING)
    appraisal.step_to(Status.ORGANIZATION, reason=reason)
    events.record("appraisal.returned", subject=appraisal, by=by, at=at, reason=reason)


@transaction.atomic
def confirm(appraisal: Appraisal, *, by, at: datetime | None = None) -> None:
    """The superior agrees (确认)."""
    appraisal.step_to(Status.CONFIRMED)
    events.record("appraisal.confirmed", subject=appraisal, by=by, at=at)


@transaction.atomic
def release(appraisal: Appraisal, *, by, at: datetime | None = None) -> None:
    """From now on each member reads the own grade (公布)."""
    appraisal.step_to(Status.RELEASED, released_at=at or timezone.now())
    events.record("appraisal.released", subject=appraisal, by=by, at=at)


@transaction.atomic
def close(appraisal: Appraisal, *, by, at: datetime | None = None) -> None:
    appraisal.step_to(Status.CLOSED)
    events.record("appraisal.closed", subject=appraisal, by=by, at=at)


@transaction.atomic
def cancel(appraisal: Appraisal, *, reason: str, by, at: datetime | None = None) -> None:
    """It comes to nothing (取消); what peers said is destroyed unread."""
    appraisal.step_to(Status.CANCELLED, reason=reason)
    ballots.destroy(appraisal)
    events.record("appraisal.cancelled", subject=appraisal, by=by, at=at, reason=reason)
