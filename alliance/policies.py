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
    measure_list=read(*SEATED),
    measure_board=read(*SEATED),
    measure_statement=read(*SEATED),
    measure_detail=read(*SEATED),
    measure_create=form(STAFF),
    measure_edit=form(STAFF),
    measure_note=form(STAFF, UNIT),
    measure_report=form(STAFF, UNIT),
    measure_confirm=verb(STAFF),
    measure_return=verb(STAFF),
    measure_drop=verb(STAFF),
    measure_reopen=verb(STAFF),
    measure_extend=verb(STAFF),
    milestone_done=verb(STAFF, UNIT),
    milestone_undo=verb(STAFF, UNIT),
    evidence_download=read(*SEATED),
    evidence_remove=verb(STAFF, UNIT, scope="own"),
)
