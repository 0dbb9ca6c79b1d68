"""What accounts are told about people: their roles in words, and who is due an account."""

from django.db.models import F, Q, Value
from django.utils.translation import gettext as _

from members.models import Liaison, Membership, PartyMember, Term
from members.models.dues import keepers
from nanchuan.kernel import roles
from nanchuan.kernel.candidates import Candidate, candidate_source
from nanchuan.kernel.roles import Holding, holding_source
from nanchuan.kernel.states import StepRefused


@holding_source
def terms_liaisons_and_memberships(users):
    """Posts that lead an organization, units that are spoken for, the branch of a member."""
    led = Term.objects.leading().annotate(role=Value(roles.SECRETARY), who=F("member__user"))
    named = Liaison.objects.current().annotate(role=Value(roles.UNIT), who=F("user"))
    joined = Membership.objects.current().annotate(role=Value(roles.MEMBER), who=F("member__user"))
    rows = [
        _of(users, led).values_list("who", "role", "organization__name", "post__name"),
        _of(users, named).values_list("who", "role", "unit__name", Value("")),
        _of(users, joined).values_list("who", "role", "organization__name", Value("")),
    ]
    words = {roles.UNIT: _("联络员"), roles.MEMBER: _("党员")}
    for who, role, place, post in rows[0].union(*rows[1:], all=True):
        yield Holding(who, role, f"{place}{post or words[role]}")


def _of(users, rows):
    rows = rows.order_by()
    return rows.exclude(who=None) if users is None else rows.filter(who__in=users)


@candidate_source
def secretaries_and_keepers():
    """Who leads an organization or keeps its dues today and cannot sign in (没有账号的人)."""
    needed = Q(pk__in=Term.objects.leading().values("pk")) | Q(pk__in=keepers().values("pk"))
    terms = Term.objects.filter(needed, member__user=None)
    seen = set()
    for term in terms.select_related("member", "organization", "post").order_by(
        "organization__path", "post__order"
    ):
        if term.member_id not in seen:
            seen.add(term.member_id)
            yield Candidate(
                key=f"member-{term.member_id}",
                name=term.member.name,
                words=f"{term.organization.name}{term.post.name}",
                username=term.member.pinyin,
                link=_linker(term.member),
            )


def _linker(member: PartyMember):
    def link(user):
        member.user = user
        # Compare and swap: of two who open an account for one person, one succeeds.
        unlinked = PartyMember.objects.filter(pk=member.pk, user=None)
        if not unlinked.update(user=user):
            raise StepRefused(
                _("“%(name)s”刚由别人开设了账号，请刷新后再试。") % {"name": member.name}
            )

    return link
