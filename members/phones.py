"""Short messages go to the phone in the roster, unless the person has typed another one."""

from members.models import PartyMember
from nanchuan.notices.addresses import address_source


@address_source("sms")
def roster_phones(people):
    known = PartyMember.objects.filter(user__in=people, phone_index__isnull=False)
    return known.values_list("user", "phone")
