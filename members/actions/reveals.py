"""Numbers in full: an act of its own, with a reason, counted and kept in the trail."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import PartyMember
from nanchuan.kernel import events
from nanchuan.kernel.fields import normalise
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused

REVEALED, TAKEN_OUT = "number.revealed", "numbers.exported"
DIGITS = re.compile(r"\d{5,}")


class Reason(models.TextChoices):
    SYSTEM = "system", gettext_lazy("与全国党员管理信息系统核对")
    TRANSFER = "transfer", gettext_lazy("办理组织关系转接")
    CONTACT = "contact", gettext_lazy("联系本人")
    SUPERIOR = "superior", gettext_lazy("按上级要求报送")
    OTHER = "other", gettext_lazy("其他工作需要")


class Number(models.TextChoices):
    ID_NUMBER = "id_number", gettext_lazy("公民身份号码")
    PHONE = "phone", gettext_lazy("联系电话")


@transaction.atomic
def reveal(  # noqa: PLR0913
    person: PartyMember, *, number: str, reason: str, text: str, by, at: datetime | None = None
) -> str:
    """One number of one person is seen in full (查看完整号码).

    Raises StepRefused if there is none, for a reason that itself holds personal data, and for
    more than the hour allows.
    """
    _check_text(text, person.name)
    check_pace([REVEALED], settings.REVEALS_PER_HOUR, by=by, at=at)
    value = getattr(person, Number(number).value)
    if not value:
        raise StepRefused(
            _("还没有登记%(name)s的%(number)s。请先补录。")
            % {"name": person, "number": Number(number).label}
        )
    facts = {"number": number, "reason": reason, "text": text}
    events.record(REVEALED, subject=person, by=by, at=at, **facts)
    return value


@transaction.atomic
def take_out(  # noqa: PLR0913
    rows: int, *, filters: Iterable[str], reason: str, text: str, by, at: datetime | None = None
) -> None:
    """A roster leaves with its numbers in full (导出完整号码); kept before the file is made.

    Raises StepRefused for too many rows, or more files than the hour allows.
    """
    if rows > settings.REVEAL_MOST_ROWS:
        raise StepRefused(
            _("含完整号码的名册一次最多 %(most)d 人，现有 %(rows)d 人。请先用筛选缩小范围。")
            % {"most": settings.REVEAL_MOST_ROWS, "rows": rows}
        )
    _check_text(text)
    check_pace([TAKEN_OUT], settings.REVEAL_FILES_PER_HOUR, by=by, at=at)
    facts = {"rows": rows, "filters": sorted(filters), "reason": reason, "text": text}
    events.record(TAKEN_OUT, subject=by, by=by, at=at, **facts)


def _check_text(text, *names) -> None:
    """The trail is read by others: it holds why, never whose or which number."""
    if DIGITS.search(normalise(text)) or any(name in text for name in names):
        raise StepRefused(_("事由会记入操作记录。请不要写姓名和号码，只写为什么要看。"))


def check_pace(names: Iterable[str], most: int, *, by, at: datetime | None = None) -> None:
    """Raises StepRefused for more of these events within an hour. Of two requests at once the
    second waits, so that both are counted."""
    list(get_user_model()._base_manager.select_for_update(no_key=True).filter(pk=by.pk))
    since = (at or timezone.now()) - timedelta(hours=1)
    if Event.objects.filter(name__in=names, by=by, happened_at__gt=since).count() >= most:
        raise StepRefused(
            _("一小时内最多 %(most)d 次，您已用完。请稍后再办；确需成批使用的，请与园区商量。")
            % {"most": most}
        )
