"""Members on their way: four have arrived, one waits, one was sent back, one letter expired.

Who left the park and who came to it are one each, so today's number of members stays.
"""

from datetime import timedelta

from members.actions import transfers
from members.models import Membership, PartyMember
from nanchuan.accounts.models import User
from nanchuan.portal.demo import park
from nanchuan.portal.demo.people import person

NUMBER = 990  # of the person who came: unlike those of the others
OUTSIDE = "示例市某企业党支部"
FACTS = ("name", "gender", "ethnicity", "born_on", "id_number", "phone", "education", "job")
FACTS += ("native_place", "joined_on", "full_member_on")
FIRST_ROOMY = 12  # members; a smaller branch lets nobody go


def load(made) -> None:
    office = User.objects.get(username="staff")
    roomy = _roomy(made)
    known = park.GROUPS[0][2][1]  # where the persona of the secretary is at home
    here = made.branches[known]
    roomy.remove(known) if known in roomy else None
    _inside(made, roomy[0], roomy[1], asked=21, received=6)
    _inside(made, roomy[1], roomy[2], asked=12, received=4, probation=True)
    _leave(made, roomy[3])
    _come(made, roomy[3], office)
    transfers.request(
        _member(made, roomy[4]),
        target=here,
        reason="工作单位变动",
        by=made.secretaries[roomy[4]],
        at=made.at(9, 9),
    )
    _declined(made, roomy[5], roomy[6])
    _expired(made, roomy[6])


def _roomy(made) -> list[str]:
    """Units whose branch has members enough and its own secretary, in the order of the park."""
    return [
        name
        for name, branch in made.branches.items()
        if name in made.secretaries
        and len(made.people[branch.pk]) >= FIRST_ROOMY
        and _rows(branch).exists()
    ]


def _rows(branch, standing="full"):
    rows = Membership.objects.filter(organization=branch, standing=standing, ends_on=None)
    return rows.filter(member__terms=None, member__user=None, member__transfers=None)


def _member(made, unit: str, standing="full") -> PartyMember:
    """The last of a branch who holds no post and has no account."""
    rows = _rows(made.branches[unit], standing).select_related("member")
    return rows.order_by("-member__pk")[0].member


def _inside(made, unit, to, *, asked, received, probation=False):  # noqa: PLR0913
    standing = "full"
    if probation and _rows(made.branches[unit], "probationary").exists():
        standing = "probationary"
    transfer = transfers.request(
        _member(made, unit, standing),
        target=made.branches[to],
        reason="工作单位变动",
        by=made.secretaries[unit],
        at=made.at(asked, 9),
    )
    transfers.accept(
        transfer,
        effective_on=made.today - timedelta(days=received),
        by=made.secretaries[to],
        at=made.at(received, 15),
    )


def _leave(made, unit):
    by = made.secretaries[unit]
    transfer = transfers.request(
        _member(made, unit), target_name=OUTSIDE, reason="回原籍工作", by=by, at=made.at(40, 10)
    )
    transfers.accept(
        transfer,
        effective_on=made.today - timedelta(days=7),
        answer="已收到对方回执",
        by=by,
        at=made.at(3, 10),
    )


def _come(made, unit, office):
    one = person(made.random, NUMBER, made.today)
    transfer = transfers.request_incoming(
        made.branches[unit],
        source_name=OUTSIDE,
        letter_number="示例-0017",
        letter_on=made.today - timedelta(days=15),
        reason="到园区企业工作",
        by=office,
        at=made.at(8, 9),
        **{name: getattr(one, name) for name in FACTS},
    )
    transfers.accept(
        transfer,
        effective_on=made.today - timedelta(days=5),
        by=made.secretaries[unit],
        at=made.at(5, 16),
    )


def _declined(made, unit, to):
    transfer = transfers.request(
        _member(made, unit),
        target=made.branches[to],
        reason="工作单位变动",
        by=made.secretaries[unit],
        at=made.at(30, 9),
    )
    reason = "该同志的劳动关系还在原单位，请核对后再转。"
    transfers.decline(transfer, reason=reason, by=made.secretaries[to], at=made.at(26, 11))


def _expired(made, unit):
    transfer = transfers.request(
        _member(made, unit),
        target_name=OUTSIDE,
        reason="外出工作",
        by=made.secretaries[unit],
        at=made.at(95, 9),
    )
    lapsed = (made.today - transfer.valid_until).days - 1
    transfers.expire(transfer, at=made.at(lapsed, 0))
