"""Who may use which page of the alliance. Rows: the scopes of the models."""

from nanchuan.kernel.policies import declare, form, read, verb
from nanchuan.kernel.roles import ADMIN, AUDITOR, LEADER, STAFF, UNIT

SEATED = (STAFF, LEADER, AUDITOR, UNIT)

declare(
    "alliance",
    group_list=read(*SEATED, ADMIN),
    group_detail=read(*SEATED, ADMIN),
    enterprise_list=read(*SEATED, ADMIN),
    rota=read(*SEATED, ADMIN),
    rota_plan=form(STAFF),
    meeting_list=read(*SEATED),
    meeting_create=form(STAFF, UNIT),
    meeting_detail=read(*SEATED),
    meeting_edit=form(STAFF, UNIT),
    meeting_cancel=verb(STAFF, UNIT),
    meeting_hold=verb(STAFF, UNIT),
)

declare(
    "alliance",
    group_create=form(STAFF),
    group_edit=form(STAFF),
    group_dissolve=form(STAFF),
    group_lead=form(STAFF),
    group_order=form(STAFF),
    seat_create=form(STAFF),
    seat_order=form(STAFF),
    seat_leave=form(STAFF),
    unit_list=read(*SEATED),
    unit_detail=read(*SEATED),
    alliance_picture=read(*SEATED),
)
