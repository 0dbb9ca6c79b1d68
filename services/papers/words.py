"""Facts of a need as its papers write them."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.kernel.exporting import in_words
from nanchuan.kernel.fields import mask_phone


def office_name() -> str:
    return _("%(park)s党务办公室") % {"park": settings.PARK_NAME}


def contact_words(need) -> str:
    return " ".join(filter(None, (need.contact_name, mask_phone(need.contact_phone))))


def wanted(need):
    """How much is asked for, and on which day, if that was said."""
    if need.amount:
        yield _("数量"), need.amount
    if need.wanted_on:
        yield _("哪天要用"), need.wanted_on


def moment(at) -> str:
    return in_words(at)


def day(at):
    return timezone.localdate(at) if at else None


def who(user) -> str:
    return user.get_full_name() if user else ""


def listed(names) -> str:
    return _("、").join(str(name) for name in names)
