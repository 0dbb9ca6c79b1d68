from nanchuan.kernel.policies import READ, account, declare, form, read, verb
from nanchuan.kernel.roles import AUDITOR, LEADER, STAFF, UNIT, WHOLE_PARK

READERS = (STAFF, LEADER, AUDITOR, UNIT)
ACTORS = (STAFF, UNIT)

declare(
    "services",
    need_list=read(*READERS),
    need_detail=read(*READERS),
    need_create=form(*ACTORS, scope="own"),
    need_edit=form(*ACTORS),
    need_match=form(*ACTORS),
    need_phone=verb(*ACTORS),
    resource_list=read(*READERS),
    resource_detail=read(*READERS),
    resource_create=form(*ACTORS, scope="own"),
    resource_edit=form(*ACTORS),
    resource_table=read(*READERS),
    resource_phone=verb(*ACTORS),
    project_list=read(*READERS),
    project_detail=read(*READERS),
)

# How projects are looked at, and what is taken out of them
declare(
    "services",
    project_cards=read(*READERS),
    project_picture=read(*READERS),
    project_dossier=read(*READERS),
    project_thanks=read(*ACTORS),
    unit_thanks=read(*ACTORS),
)

declare(
    "services",
    itemproject_create=verb(*ACTORS, scope="visible"),
    measureproject_create=verb(*ACTORS, scope="visible"),
)

# The steps of a project and of what belongs to it; which one now, `actions.project_rights` says
declare(
    "services",
    project_launch=verb(*ACTORS),
    project_note=form(*ACTORS),
    project_effect=form(*ACTORS),
    project_plan=form(*ACTORS),
    project_commit=form(*ACTORS),
    project_join=form(*ACTORS),
    project_assist=form(*ACTORS),
    project_money=form(*ACTORS),
    project_risk=form(*ACTORS),
    project_change=form(*ACTORS),
    project_close=verb(*ACTORS),
    project_stop=form(*ACTORS),
    project_archive=verb(STAFF),
    project_reopen=verb(STAFF),
    milestone_done=verb(*ACTORS),
    milestone_change=form(*ACTORS),
    milestone_drop=verb(*ACTORS),
    projectneed_leave=form(*ACTORS),
    projectunit_end=verb(*ACTORS),
    commitment_withdraw=form(*ACTORS),
    money_cancel=form(*ACTORS),
    risk_handle=form(*ACTORS),
    risk_close=form(*ACTORS),
    progressphoto_image=read(*READERS),
    progressphoto_thumbnail=read(*READERS),
    progressfile_detail=read(*READERS),
)

# Ways to look at needs
declare(
    "services",
    need_kanban=read(*READERS),
    needs_mine=read(UNIT, scope="own"),
    needs_desk=read(STAFF, scope="park"),
    desk_dispatch=verb(STAFF, scope="park"),
)

# The steps of a need; who of these may take which one now, `actions.rights` says
declare(
    "services",
    need_publish=verb(STAFF),
    need_return=verb(STAFF),
    need_decline=verb(STAFF),
    need_appeal=verb(UNIT),
    need_rule_appeal=verb(STAFF),
    need_merge=verb(STAFF),
    need_dispatch=verb(STAFF),
    need_accept=verb(UNIT, scope="visible"),
    need_object=verb(UNIT),
    need_rule=verb(STAFF),
    need_reassign=verb(STAFF),
    need_contact=verb(*ACTORS),
    need_offer=verb(*ACTORS),
    need_note=verb(*ACTORS),
    need_state=verb(*ACTORS),
    need_extend=verb(UNIT),
    need_decide_extension=verb(STAFF),
    need_ask_help=verb(*ACTORS),
    need_finish_help=verb(UNIT),
    need_release_help=verb(*ACTORS),
    need_hold=verb(STAFF),
    need_resume=verb(*ACTORS),
    need_long_term=verb(STAFF),
    need_end_long_term=verb(STAFF),
    need_reply=verb(UNIT),
    need_confirm=verb(UNIT),
    need_refuse=verb(UNIT),
    need_close=verb(STAFF),
    need_reopen=verb(*ACTORS),
    need_withdraw=verb(UNIT),
    neednote_file=read(*READERS),
)
# Resources and who has them; which step now, `actions.resource_rights` says
declare(
    "services",
    resource_approve=verb(STAFF),
    resource_return=form(STAFF),
    resource_resume=verb(*ACTORS),
    resource_pause=form(*ACTORS),
    resource_withdraw=form(*ACTORS),
    resource_close=form(*ACTORS),
    closedtime_drop=verb(*ACTORS),
    resourcephoto_image=read(*READERS),
    resourcephoto_thumbnail=read(*READERS),
    resource_ask=form(*ACTORS, scope="visible"),
    resource_offer=form(*ACTORS),
    booking_list=read(*READERS),
    booking_detail=read(*READERS),
    booking_agree=verb(*ACTORS),
    booking_use=verb(*ACTORS),
    booking_decline=form(*ACTORS),
    booking_give_back=form(*ACTORS),
    booking_cancel=form(*ACTORS),
)

# What answers a need, and whom a resource or a unit could serve
declare(
    "services",
    need_suggestions=read(*READERS),
    need_units=read(*WHOLE_PARK),
    resource_needs=read(*ACTORS),
    unit_needs=read(*ACTORS),
    suggestion_doubt=form(STAFF),
    suggestionremark_drop=verb(STAFF),
)

# Figures of what is given: of the whole park, or of one's own units
declare(
    "services",
    resource_figures=read(*READERS, scope="own"),
    giftbooking_list=read(*READERS),
    giftresource_list=read(*READERS),
    giftcommitment_list=read(*READERS),
    giftneed_list=read(*WHOLE_PARK),
)

# The matching table of the office
declare(
    "services",
    matching_table=read(*WHOLE_PARK),
    matching_build=verb(STAFF, scope="park"),
    matching_apply=form(STAFF, scope="park"),
    matchline_edit=form(STAFF),
    matchline_take=verb(STAFF),
    matchline_lock=verb(STAFF),
    matchline_unlock=verb(STAFF),
)

# The leader's board
declare("services", board=read(*WHOLE_PARK), board_rows=read(*WHOLE_PARK))

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

# The working calendar: everybody counts by it, the office decides it
declare(
    "services",
    workday_list=account(READ),
    workday_edit=form(STAFF, scope="park"),
    workhours_create=form(STAFF, scope="park"),
    workhours_drop=form(STAFF, scope="park"),
)

# Filing: drafts, what is like it, files, who asks along
declare(
    "services",
    need_similar=verb(*ACTORS, scope="own"),
    needdraft_save=verb(*ACTORS, scope="own"),
    needdraft_discard=verb(*ACTORS, scope="own"),
    needfile_detail=read(*READERS),
    need_invite=form(*ACTORS),
    need_join=verb(UNIT, scope="visible"),
    cofiler_admit=verb(*ACTORS),
    cofiler_leave=verb(*ACTORS),
)

declare(
    "services",
    answer_list=read(*READERS),
    answer_detail=read(*READERS),
    answer_create=form(STAFF),
    answer_edit=form(STAFF),
)

declare(
    "services",
    need_dossier=read(*READERS),
    dispatch_notice=read(*READERS),
    dispatch_issue=verb(STAFF, scope="visible"),
)

# What several enterprises of a chain ask
declare(
    "services",
    common_needs=read(STAFF),
    common_propose=form(STAFF, scope="own"),
    common_join=verb(STAFF, scope="own"),
)

# Last year's list
declare(
    "services",
    needimport_list=read(STAFF),
    needimport_create=form(STAFF),
    needimport_template=read(STAFF),
    needimport_detail=read(STAFF),
    needimport_columns=form(STAFF),
    needimport_accept=verb(STAFF),
    needimport_confirm=verb(STAFF),
    needimport_undo=verb(STAFF),
    needimport_discard=verb(STAFF),
    needimport_failed=read(STAFF),
    needimport_row=form(STAFF),
    needimport_leave_out=verb(STAFF),
)
