from nanchuan.kernel.policies import declare, form, read, verb
from nanchuan.kernel.roles import AUDITOR, LEADER, STAFF, UNIT

READERS = (STAFF, LEADER, AUDITOR, UNIT)
ACTORS = (STAFF, UNIT)

declare(
    "services",
    need_list=read(*READERS),
    need_detail=read(*READERS),
    need_create=form(*ACTORS, scope="own"),
    need_edit=form(*ACTORS),
    need_publish=verb(STAFF),
    need_return=verb(STAFF),
    need_decline=verb(STAFF),
    need_accept=verb(*ACTORS, scope="visible"),
    need_match=form(*ACTORS),
    need_offer=verb(*ACTORS),
    need_confirm=verb(UNIT),
    need_refuse=verb(UNIT),
    need_close=verb(STAFF),
    need_reopen=verb(*ACTORS),
    need_withdraw=verb(UNIT),
    resource_list=read(*READERS),
    resource_detail=read(*READERS),
    resource_create=form(*ACTORS, scope="own"),
    resource_edit=form(*ACTORS),
    project_list=read(*READERS),
    project_detail=read(*READERS),
    project_note=form(*ACTORS),
)

declare("services", itemproject_create=verb(*ACTORS, scope="visible"))

declare(
    "services",
    drive_list=read(*READERS),
    drive_detail=read(*READERS),
    drive_create=form(STAFF),
    drive_edit=form(STAFF),
    visit_list=read(*READERS),
    visit_detail=read(*READERS),
    visit_create=form(STAFF),
    visit_edit=form(STAFF),
    visit_remove=verb(STAFF),
)

declare(
    "services",
    need_dossier=read(*READERS),
    dispatch_notice=read(*READERS),
    dispatch_issue=verb(STAFF, scope="visible"),
)
