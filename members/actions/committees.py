"""Committees of organizations, from election to election (届、换届)."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import radar
from members.actions import terms
from members.models import CommitteeTerm, Organization, PartyMember, Post, Rule, Term
from nanchuan.kernel import events
from nanchuan.kernel.periods import day_before, months_after
from nanchuan.kernel.states import StepRefused

CORRECTED = ("number", "elected_on", "starts_on", "due_on", "extended_to")


@transaction.atomic
def elect(  # noqa: PLR0913
    organization: Organization,
    *,
    elected_on: date,
    starts_on: date,
    number: int,
    due_on: date,
    officers: list[tuple[Post, PartyMember]],
    by,
    at: datetime | None = None,
) -> CommitteeTerm:
    """A new committee is elected (换届): the old one and its terms end the day before it starts.

    `officers` may be empty only if the terms of this committee are registered already. Raises
    StepRefused if the days, the number, a post or a member do not fit.
    """
    terms.hold(organization)
    committee = CommitteeTerm(
        organization=organization,
        elected_on=elected_on,
        starts_on=starts_on,
        number=number,
        due_on=due_on,
    )
    check_days(committee, timezone.localdate(at))
    before = previous(organization, starts_on, number)
    if before and (before.ends_on is None or before.ends_on >= starts_on):
        before.ends_on = day_before(starts_on)
        before.save(update_fields=["ends_on"])
    _save(committee)
    _seat(committee, officers, by=by, at=at)
    events.record(
        "committee.elected", subject=committee, by=by, at=at, number=number, due_on=due_on
    )
    return committee


@transaction.atomic
def extend(  # noqa: PLR0913
    committee: CommitteeTerm,
    *,
    to: date,
    reason: str,
    document: str,
    by,
    at: datetime | None = None,
) -> None:
    """The superior agrees that the committee serves longer (延期), once, within the rule."""
    check_extension(committee, to)
    unextended = CommitteeTerm.objects.filter(pk=committee.pk, extended_to=None, ends_on=None)
    facts = {"extended_to": to, "extension_reason": reason, "extension_document": document}
    if not unextended.update(**facts):
        raise StepRefused(_("这一届刚被别人登记了延期或换届，请打开这一届的页面核对。"))
    committee.refresh_from_db()
    events.record(
        "committee.extended", subject=committee, by=by, at=at, due_on=committee.due_on, to=to
    )


@transaction.atomic
def correct(committee: CommitteeTerm, *, by, at: datetime | None = None, **facts) -> list[str]:
    """What was recorded of a committee is put right (更正届次); returns the changed fields.

    With another start the committee before it ends on the day before.
    """
    terms.hold(committee.organization)
    committee.refresh_from_db()
    old = {name: getattr(committee, name) for name in facts}
    changed = sorted(name for name, value in facts.items() if old[name] != value)
    if not changed:
        return []
    for name in changed:
        setattr(committee, name, facts[name])
    check_days(committee, timezone.localdate(at))
    if committee.extended_to:
        check_bound(committee, committee.extended_to)
    if "starts_on" in changed:
        _move_start(committee, old["starts_on"])
    else:
        _save(committee)
    dates = {name: [old[name], facts[name]] for name in changed if name in CORRECTED}
    events.record("committee.corrected", subject=committee, by=by, at=at, fields=changed, **dates)
    return changed


def previous(organization: Organization, starts_on: date, number: int) -> CommitteeTerm | None:
    """The committee that a new one follows. Raises StepRefused if it would not follow the last."""
    last = organization.committee_terms.order_by("-starts_on").first()
    if last and last.starts_on >= starts_on:
        raise StepRefused(
            _("第 %(number)d 届从 %(day)s 开始，新一届须晚于这一天。补录更早的届次请到“数据维护”。")
            % {"number": last.number, "day": last.starts_on}
        )
    if last and last.number >= number:
        raise StepRefused(
            _("上一届是第 %(last)d 届，新一届的届次须大于它。") % {"last": last.number}
        )
    return last


def ended_by(organization: Organization, starts_on: date) -> list[Term]:
    """Terms in elected posts that end the day before a new committee starts."""
    rows = organization.terms.current(starts_on).filter(post__elected=True, starts_on__lt=starts_on)
    return list(rows.select_related("post", "member").order_by("post__order", "pk"))


def check_days(committee: CommitteeTerm, today: date) -> None:
    organization = committee.organization
    if organization.kind == Organization.Kind.PARTY_GROUP:
        raise StepRefused(_("党小组不设委员会，没有届次。"))
    if committee.elected_on > today:
        raise StepRefused(_("选举日期还没有到。请在选举以后登记。"))
    if committee.starts_on < committee.elected_on:
        raise StepRefused(_("任期开始日期不能早于选举日期。"))
    if not organization.is_current(committee.elected_on):
        raise StepRefused(
            _("“%(name)s”在 %(day)s 还没有成立或已经撤销。请核对选举日期。")
            % {"name": organization, "day": committee.elected_on}
        )


def check_extension(committee: CommitteeTerm, to: date) -> None:
    if committee.extended_to:
        raise StepRefused(
            _("这一届已经延期至 %(day)s，只能延期一次。日期有误请用“更正”。")
            % {"day": committee.extended_to}
        )
    if committee.ends_on:
        raise StepRefused(_("这一届已经换届，不再延期。"))
    if to <= committee.due_on:
        raise StepRefused(_("延期后的日期应晚于届满日期 %(day)s。") % {"day": committee.due_on})
    check_bound(committee, to)


def check_bound(committee: CommitteeTerm, to: date) -> None:
    rule = Rule.objects.of(Rule.Code.EXTENSION_MOST, committee.due_on)
    latest = months_after(committee.due_on, rule.value)
    if to > latest:
        raise StepRefused(
            _("延期一般不超过 %(months)d 个月，最晚到 %(day)s（%(citation)s）。")
            % {"months": rule.value, "day": latest, "citation": rule.citation}
        )


def doubts(committee: CommitteeTerm, before: CommitteeTerm | None) -> list[str]:
    """What is unusual about an election, each with its article; people decide."""
    said = []
    years = radar.years_of(committee.organization, committee.elected_on)
    usual = radar.due_after(committee.starts_on, years.value)
    if committee.due_on != usual:
        said.append(
            _("每届任期 %(years)d 年，届满日期一般是 %(usual)s（%(citation)s）。")
            % {"years": years.value, "usual": usual, "citation": years.citation}
        )
    if before:
        said += _earliness(before, committee.elected_on)
    return said


def _earliness(before, elected_on):
    ahead = min(radar.notice_steps(elected_on), default=0)
    if elected_on >= months_after(before.over_on, -ahead):
        return []
    rule = Rule.objects.of(Rule.Code.EXTENSION_MOST, elected_on)
    words = {
        "day": before.over_on,
        "left": radar.time_left(before.over_on, elected_on),
        "months": rule.value,
        "citation": rule.citation,
    }
    if elected_on < months_after(before.over_on, -rule.value):
        return [
            _(
                "上一届 %(day)s 届满，这次提前了%(left)s，超过提前换届的一般限度"
                " %(months)d 个月（%(citation)s）。请核对日期和上级批复。"
            )
            % words
        ]
    return [
        _(
            "上一届 %(day)s 届满，这次提前了%(left)s。提前换届一般不超过 %(months)d 个月"
            "（%(citation)s）。"
        )
        % words
    ]


def _seat(committee, officers, *, by, at):
    """The elected take their posts; who held one until now leaves it the day before."""
    organization, starts_on = committee.organization, committee.starts_on
    known = organization.terms.filter(post__elected=True, starts_on__gte=starts_on)
    known = list(known.select_related("post", "member"))
    _check_officers(organization, officers, known, committee)
    for term in ended_by(organization, starts_on):
        terms.finish(term, on=day_before(starts_on), reason=Term.End.ELECTION, by=by, at=at)
    there = {(term.post_id, term.member_id) for term in known}
    for post, member in officers:
        if (post.pk, member.pk) not in there:
            terms.begin(organization, post, member, starts_on=starts_on, by=by, at=at)


def _check_officers(organization, officers, known, committee):
    if not officers and not known:
        raise StepRefused(_("请至少填写一名当选人。"))
    named = {(post.pk, member.pk) for post, member in officers}
    for term in known if officers else ():
        if term.starts_on > committee.starts_on or (term.post_id, term.member_id) not in named:
            raise StepRefused(
                _(
                    "已登记%(name)s从 %(day)s 起担任%(post)s。如果本届当选人都已登记，"
                    "请不要再填当选人；否则请先更正那段任职。"
                )
                % {"name": term.member, "day": term.starts_on, "post": term.post}
            )
    sole = [post for post, _member in officers if post.sole]
    if len(set(sole)) < len(sole) or len(named) < len(officers):
        raise StepRefused(_("同一人不能重复当选同一职务，由一人担任的职务只能填一人。"))
    for post in {post for post, _member in officers}:
        terms.check_post(organization, post, committee.elected_on)
    terms.check_candidates(organization, officers, committee.elected_on)


def _move_start(committee, old_start):
    """Rows may not overlap in between, so the earlier one gives way first."""
    rows = committee.organization.committee_terms.filter(ends_on=day_before(old_start))
    before = rows.exclude(pk=committee.pk).first()
    if before is None:
        return _save(committee)
    if committee.starts_on <= before.starts_on:
        raise StepRefused(
            _("上一届从 %(day)s 开始，这一届须晚于这一天。") % {"day": before.starts_on}
        )
    before.ends_on = day_before(committee.starts_on)
    rows_in_order = [before, committee] if committee.starts_on < old_start else [committee, before]
    for row in rows_in_order:
        row.beside = [before.pk, committee.pk]
        _save(row)
    return None


def _save(committee):
    try:
        committee.full_clean()
    except ValidationError as error:
        raise StepRefused(" ".join(error.messages)) from None
    committee.save()
