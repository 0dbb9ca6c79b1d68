"""A person's calendars: made for a group, a unit or all that is the person's own, read by a phone,
stopped at any time."""

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from alliance.actions.rights import require
from alliance.models import Feed, Group, Seat
from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import events, roles
from nanchuan.kernel.states import StepRefused

MOST = 20  # live ones of a person
SHOWN = timedelta(hours=1)  # how long the same form shows its address again
NOTED = timedelta(hours=1)  # how exactly the last reading is known


def groups_for(user) -> QuerySet[Group]:
    return Group.objects.visible_to(user)


def units_for(user) -> QuerySet[Unit]:
    """Units with a seat, of today or of once, that the reader may see."""
    seats = Seat.objects.visible_to(user).order_by()
    return Unit.objects.visible_to(user).filter(pk__in=seats.values("unit"))


def has_own(user) -> bool:
    """Whether there is anything to put on a calendar of one's own (我的日程)."""
    return bool(roles.places(user, roles.UNIT))


def token_for(once: UUID, *, by: User) -> str:
    """The token that a form sent by somebody makes: 32 bytes that are stored nowhere.

    The number of the form stands in its page only. A second click sends it again and sees the
    same address, instead of one that is already forgotten.
    """
    drawn = salted_hmac("nanchuan.feed", f"{once}:{by.pk}", algorithm="sha256").digest()
    return urlsafe_b64encode(drawn).decode().rstrip("=")


def hash_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


@transaction.atomic
def subscribe(
    *,
    by: User,
    token: str,
    group: Group | None = None,
    unit: Unit | None = None,
    at: datetime | None = None,
) -> Feed:
    """Open a calendar of a group or a unit, or of neither one's own (建立订阅); of two clicks the
    second finds it.

    Raises NotYours if the person may not see the group or unit, StepRefused if there are too
    many already, or if the form was sent long ago.
    """
    at = at or timezone.now()
    require(_is_seen(by, group and group.pk, unit and unit.pk))
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # of two clicks one makes it
    hashed = hash_of(token)
    if made := Feed.objects.filter(token_hash=hashed).first():
        return _made_before(made, at)
    if Feed.objects.live().filter(user=by).count() >= MOST:
        raise StepRefused(
            _("最多同时保留 %(most)d 个日历订阅。请先停用不再使用的。") % {"most": MOST}
        )
    feed = Feed.objects.create(user=by, group=group, unit=unit, token_hash=hashed, made_at=at)
    events.record("feed.subscribed", subject=feed, by=by, at=at)
    return feed


def _made_before(feed: Feed, at: datetime) -> Feed:
    if feed.revoked_at or at - feed.made_at > SHOWN:
        raise StepRefused(_("这个地址已经显示过，不能再次显示。没有记下的，请停用后重新订阅。"))
    return feed


@transaction.atomic
def revoke(feed: Feed, *, by: User, at: datetime | None = None) -> None:
    """Stop a calendar for good (停用): its address answers nobody from now on."""
    require(feed.user_id == by.pk)
    at = at or timezone.now()
    if not Feed.objects.live().filter(pk=feed.pk).update(revoked_at=at):
        raise StepRefused(_("这个日历订阅已经停用。"))
    events.record("feed.revoked", subject=feed, by=by, at=at)


def find(token: str) -> Feed | None:
    """The calendar of an address, while it lives and its owner may see what it shows.

    A disabled account sees nothing, like everywhere.
    """
    rows = Feed.objects.live().select_related("user", "group", "unit")
    feed = rows.filter(token_hash=hash_of(token)).first()
    seen = feed is not None and _is_seen(feed.user, feed.group_id, feed.unit_id)
    return feed if seen else None


def note_use(feed: Feed, *, at: datetime | None = None) -> None:
    """Keep when it was last read; a phone that asks every few minutes writes once an hour."""
    at = at or timezone.now()
    if feed.used_at is None or at - feed.used_at >= NOTED:
        Feed.objects.filter(pk=feed.pk).update(used_at=at)


def _is_seen(user, group: int | None, unit: int | None) -> bool:
    if group is not None:
        return groups_for(user).filter(pk=group).exists()
    if unit is not None:
        return units_for(user).filter(pk=unit).exists()
    return has_own(user)
