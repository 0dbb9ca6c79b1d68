"""Who holds which post, from when to when (任职). Rights follow the rows on the same day."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from members.models import KindRule, Membership, Organization, PartyMember, Post, Rule, Term
from nanchuan.kernel import events
from nanchuan.kernel.periods import day_before
from nanchuan.kernel.states import StepRefused


@transaction.atomic
def appoint(  # noqa: PLR0913
    organization: Organization,
    post: Post,
    member: PartyMember,
    *,
    starts_on: date,
    by,
    succeeding: Term | None = None,
    at: datetime | None = None,
) -> Term:
    """A member takes a post (任职) from a day on.

    `succeeding` is the term that ends the day before (see `predecessor`): the caller has seen
    it. Raises StepRefused if it is another one by now, or if the post, the member or the day
    does not fit.
    """
    hold(organization)
    check_post(organization, post, starts_on)
    check_candidates(organization, [(post, member)], starts_on)
    before = predecessor(organization, post, starts_on)
    if before != succeeding:
        raise StepRefused(
            _("“%(post)s”的任职情况刚被别人更新，这次没有保存。请核对后再提交。") % {"post": post}
        )
    if before:
        finish(before, on=day_before(starts_on), reason=Term.End.SUCCEEDED, by=by, at=at)
    return begin(organization, post, member, starts_on=starts_on, by=by, at=at)


@transaction.atomic
def end(term: Term, *, on: date, reason: str, by, at: datetime | None = None) -> None:
    """A term is over (离任); `on` is its last day. Raises StepRefused if it has an end already."""
    hold(term.organization)
    term.refresh_from_db()
    if term.ends_on is not None:
        raise StepRefused(
            _("这段任职已登记于 %(day)s 结束。日期有误请用“更正日期”。") % {"day": term.ends_on}
        )
    if on < term.starts_on:
        raise StepRefused(_("任职从 %(day)s 开始，结束日期不能更早。") % {"day": term.starts_on})
    finish(term, on=on, reason=reason, by=by, at=at)


@transaction.atomic
def correct(term: Term, *, by, at: datetime | None = None, **facts) -> list[str]:
    """Dates of a term are put right (更正任职); returns the fields that changed.

    `facts` are starts_on, ends_on, end_reason. Raises StepRefused where the dates would overlap
    those of another holder, or begin before the member belonged.
    """
    hold(term.organization)
    term.refresh_from_db()
    changed = {name: value for name, value in facts.items() if getattr(term, name) != value}
    if not changed:
        return []
    before = {name: getattr(term, name) for name in changed}
    for name, value in changed.items():
        setattr(term, name, value)
    if "starts_on" in changed:
        check_candidates(term.organization, [(term.post, term.member)], term.starts_on)
    _clean(term)
    term.save()
    moved = {name: [before[name], value] for name, value in changed.items()}
    events.record("term.corrected", subject=term, by=by, at=at, **moved)
    return sorted(changed)


def predecessor(organization: Organization, post: Post, starts_on: date) -> Term | None:
    """Whose term ends if somebody takes a sole post on a day; None for any other post.

    Raises StepRefused if the holder of that day began on it, or somebody begins later.
    """
    if not post.sole:
        return None
    rows = Term.objects.filter(organization=organization, post=post).select_related("member")
    later = rows.filter(starts_on__gte=starts_on).order_by("starts_on").first()
    if later:
        raise StepRefused(
            _("%(name)s从 %(day)s 起担任%(post)s，新的任职须晚于这一天。")
            % {"name": later.member, "day": later.starts_on, "post": post}
        )
    return rows.current(starts_on).first()


def hold(organization: Organization) -> None:
    """Of two who change the posts of an organization at once the second waits for the first."""
    rows = Organization._base_manager.select_for_update(no_key=True).filter(pk=organization.pk)
    list(rows.values_list("pk"))


def posts_of(kind: str) -> QuerySet[Post]:
    """The posts that an organization of a kind may have."""
    return Post.objects.filter(kind_rules__kind=kind)


def check_post(organization: Organization, post: Post, on: date) -> None:
    if not organization.is_current(on):
        raise StepRefused(
            _("“%(name)s”在 %(day)s 还没有成立或已经撤销。请核对日期。")
            % {"name": organization, "day": on}
        )
    rule = KindRule.objects.filter(kind=organization.kind).first()
    if rule and not rule.posts.filter(pk=post.pk).exists():
        raise StepRefused(
            _("%(kind)s不设“%(post)s”。可设的职务：%(posts)s。")
            % {
                "kind": organization.get_kind_display(),
                "post": post,
                "posts": _("、").join(str(each) for each in rule.posts.all()),
            }
        )


def belonging(organization: Organization, on: date) -> QuerySet[Membership]:
    """Memberships that let a person hold a post here on a day: in this organization, in one
    below it, or in one above it, by the tree of today."""
    step = Organization.steplen
    above = [organization.path[:end] for end in range(step, len(organization.path), step)]
    place = Q(organization__path__in=above) | Q(organization__path__startswith=organization.path)
    return Membership.objects.counted(on).filter(place)


def check_candidates(
    organization: Organization, officers: list[tuple[Post, PartyMember]], on: date
) -> None:
    """Raises StepRefused for who does not belong here that day, or is on probation and would
    hold an elected post (选举工作条例, Art. 5)."""
    rows = belonging(organization, on).filter(member__in=[member for _post, member in officers])
    standing = dict(rows.values_list("member", "standing"))
    for post, member in officers:
        words = {"name": member, "day": on, "organization": organization}
        if member.pk not in standing:
            raise StepRefused(
                _(
                    "%(name)s在 %(day)s 不是“%(organization)s”及其上下级党组织的党员，"
                    "不能在这里任职。请先办理组织关系。"
                )
                % words
            )
        rule = Rule.objects.of(Rule.Code.FULL_MEMBERS_STAND, on)
        probationary = standing[member.pk] == Membership.Standing.PROBATIONARY
        if probationary and post.elected and rule and rule.value:
            raise StepRefused(
                _("%(name)s在 %(day)s 是预备党员，不能担任选举产生的职务（%(citation)s）。")
                % (words | {"citation": rule.citation})
            )


def begin(  # noqa: PLR0913
    organization: Organization,
    post: Post,
    member: PartyMember,
    *,
    starts_on: date,
    by,
    at: datetime | None = None,
) -> Term:
    """The row itself; whoever calls has checked the post and the member."""
    term = Term(organization=organization, post=post, member=member, starts_on=starts_on)
    _clean(term)
    term.save()
    events.record("term.appointed", subject=term, by=by, at=at, starts_on=starts_on)
    return term


def finish(term, *, on, reason, by, at=None) -> None:
    term.ends_on, term.end_reason = on, reason
    term.save(update_fields=["ends_on", "end_reason"])
    events.record("term.ended", subject=term, by=by, at=at, ends_on=on, reason=reason)


def _clean(term):
    """The rules of the model, and one row at a time for one person in one post."""
    try:
        term.full_clean()
    except ValidationError as error:
        raise StepRefused(" ".join(error.messages)) from None
    rows = Term.objects.filter(organization=term.organization, post=term.post, member=term.member)
    if other := rows.exclude(pk=term.pk).overlapping(term.starts_on, term.ends_on).first():
        raise StepRefused(
            _("%(name)s从 %(day)s 起已任此职务。请核对日期，或先更正那段任职。")
            % {"name": term.member, "day": other.starts_on}
        )
