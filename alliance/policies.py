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
    turn_detail=read(*SEATED),
    turn_edit=form(STAFF, UNIT),
    duty_complete=form(STAFF, UNIT),
    duty_drop=form(STAFF),
    duty_reopen=verb(STAFF, UNIT),
    duty_file=read(*SEATED),
    handover_list=read(*SEATED),
    handover_detail=read(*SEATED),
    handover_edit=form(UNIT),
    handover_sign=verb(STAFF, UNIT),
    handover_refuse=verb(STAFF, UNIT),
    handover_drop=verb(STAFF),
    handover_word=read(*SEATED),
    handover_file=read(*SEATED),
    meeting_announce=verb(STAFF, UNIT),
)
