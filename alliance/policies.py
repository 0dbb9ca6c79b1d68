"""Who may use which page of the alliance. Rows: the scopes of the models."""

from nanchuan.kernel.policies import account, declare, form, public, read, verb
from nanchuan.kernel.roles import ADMIN, AUDITOR, LEADER, STAFF, UNIT

SEATED = (STAFF, LEADER, AUDITOR, UNIT)

declare(
    "alliance",
    group_list=read(*SEATED, ADMIN),
    group_detail=read(*SEATED, ADMIN),
    enterprise_list=read(*SEATED, ADMIN),
    rota=read(*SEATED, ADMIN),
    rota_plan=form(STAFF),
    rota_fairness=read(*SEATED, ADMIN),
    turn_decline=form(STAFF, UNIT),
    turn_assign=form(STAFF),
    turn_swap=form(STAFF, UNIT),
    swap_list=read(*SEATED),
    swap_detail=read(*SEATED),
    swap_agree=verb(UNIT),
    swap_refuse=form(STAFF, UNIT),
    swap_confirm=verb(STAFF),
    swap_withdraw=verb(STAFF, UNIT),
    meeting_list=read(*SEATED),
    meeting_create=form(STAFF, UNIT),
    meeting_detail=read(*SEATED),
    meeting_edit=form(STAFF, UNIT),
    meeting_cancel=form(STAFF, UNIT),
    meeting_hold=form(STAFF, UNIT),
    meeting_attendance=form(STAFF, UNIT),
)

declare(
    "alliance",
    regulation_list=read(),
    regulation_draft=verb(STAFF),
    regulation_detail=read(),
    regulation_compare=read(),
    regulation_edit=form(STAFF),
    regulation_adopt=form(STAFF),
    regulation_withdraw=form(STAFF),
    regulation_drop=verb(STAFF),
    regulation_attach=form(STAFF),
    regulation_remind=verb(STAFF),
    regulation_signatures=read(STAFF, LEADER, AUDITOR),
    regulation_file=read(),
    regulation_unfile=verb(STAFF),
    signoff_read=verb(UNIT),
    signoff_sign=verb(UNIT),
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

# The rota on paper and in the phone.
declare(
    "alliance",
    rota_year=read(*SEATED),
    rota_picture=read(*SEATED, ADMIN),
    feed_list=read(*SEATED, scope="own"),
    feed_create=form(*SEATED, scope="own"),
    feed_revoke=verb(*SEATED, scope="own"),
    feed_file=public(),  # a phone has no session: the token in the address is its key
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

# While a meeting goes on
declare(
    "alliance",
    scan=public(),  # whoever stands before the chair's screen; it only leads to the page below
    check_in=account(),
    meeting_screen=form(STAFF, UNIT),
    meeting_room=read(STAFF, UNIT, scope="editable"),
    meeting_arrivals=read(*SEATED),
    meeting_arrive=form(STAFF, UNIT),
    meeting_sheet=form(STAFF, UNIT),
    checkin_edit=form(STAFF, UNIT),
    checkin_withdraw=form(STAFF, UNIT),
    checkin_leave=verb(STAFF, UNIT),
    checkin_return=verb(STAFF, UNIT),
    sheet_file=read(STAFF, UNIT, scope="editable"),
    meeting_vote=form(STAFF, UNIT),
    vote_edit=form(STAFF, UNIT),
    vote_remove=verb(STAFF, UNIT),
    meeting_resolve=form(STAFF, UNIT),
    resolution_edit=form(STAFF, UNIT),
    resolution_assign=form(STAFF, UNIT),
    resolution_strike=verb(STAFF, UNIT),
    task_edit=form(STAFF, UNIT),
    task_remove=verb(STAFF, UNIT),
)

# Action items
declare(
    "alliance",
    item_list=read(*SEATED),
    item_board=read(*SEATED),
    items_mine=read(*SEATED),
    item_detail=read(*SEATED),
    item_note=form(STAFF, UNIT),
    item_report=form(STAFF, UNIT),
    item_extend=form(STAFF, UNIT),
    item_reassign=form(STAFF),
    item_confirm=verb(STAFF),
    item_return=verb(STAFF),
    item_drop=verb(STAFF),
    item_reopen=verb(STAFF),
    item_grant=verb(STAFF),
    item_refuse=verb(STAFF),
    item_withdraw=verb(STAFF, UNIT),
    item_measure=verb(STAFF),
    itemfile_download=read(*SEATED),
    itemfile_remove=verb(STAFF, UNIT, scope="own"),
)

# Minutes
declare(
    "alliance",
    minutes_list=read(*SEATED),
    meeting_minutes=verb(STAFF, UNIT),
    minutes_detail=read(*SEATED),
    minutes_edit=form(STAFF, UNIT),
    minutes_autosave=verb(STAFF, UNIT),
    minutes_revisions=read(STAFF, UNIT, scope="editable"),
    minutes_submit=verb(STAFF, UNIT),
    minutes_approve=verb(STAFF),
    minutes_return=verb(STAFF),
    minutes_recall=verb(STAFF),
    minutes_publish=verb(STAFF),
    minutes_correct=verb(STAFF, UNIT),
    minutes_withdraw=verb(STAFF, UNIT),
    minutes_discard=verb(STAFF, UNIT),
)

# Topics, the agenda, invitations and guests of a meeting
declare(
    "alliance",
    meeting_call=verb(STAFF, UNIT),
    meeting_propose=form(STAFF, UNIT, scope="visible"),
    meeting_adopt=verb(STAFF, UNIT),
    meeting_take=verb(STAFF, UNIT),
    topic_edit=form(STAFF, UNIT, scope="own"),
    topic_withdraw=verb(STAFF, UNIT, scope="own"),
    topic_support=verb(UNIT, scope="visible"),
    topic_unsupport=verb(UNIT, scope="visible"),
    topic_defer=form(STAFF, UNIT),
    topic_decline=form(STAFF, UNIT),
    topic_return=verb(STAFF, UNIT),
    meeting_agenda=form(STAFF, UNIT),
    meeting_tell=verb(STAFF, UNIT),
    agenda_attach=form(STAFF, UNIT),
    agenda_file=read(*SEATED),
    agenda_unfile=verb(STAFF, UNIT),
    meeting_reply=read(*SEATED),
    meeting_invite=form(STAFF, UNIT),
    invitation_reply=form(STAFF, UNIT),
    invitation_withdraw=form(STAFF, UNIT),
    meeting_guest=form(STAFF, UNIT),
    guest_edit=form(STAFF, UNIT),
    guest_remove=verb(STAFF, UNIT),
)

# The calendar.
declare(
    "alliance",
    calendar=read(*SEATED),
    meeting_file=read(*SEATED),
)

# Kinds of meeting and series of meetings
declare(
    "alliance",
    kind_list=read(*SEATED),
    kind_create=form(STAFF),
    kind_edit=form(STAFF),
    series_list=read(*SEATED),
    series_detail=read(*SEATED),
    series_create=form(STAFF),
    series_edit=form(STAFF),
    series_end=form(STAFF),
    meeting_plan=read(STAFF, UNIT, scope="editable"),
)

# Papers of a meeting
declare(
    "alliance",
    meeting_paper_notice=read(*SEATED),
    meeting_paper_agenda=read(*SEATED),
    meeting_paper_signing=read(*SEATED),
    meeting_paper_record=read(*SEATED),
    meeting_paper_resolved=read(*SEATED),
    minutes_word=read(*SEATED),
)

# Figures of meetings and the lists that they open
declare(
    "alliance",
    meeting_figures=read(*SEATED),
    attendance_list=read(*SEATED),
    attendee_list=read(*SEATED),
    resolution_list=read(*SEATED),
)

declare("alliance", bulletin_issue=read(*SEATED))

# The parts of a meeting's page
declare(
    "alliance",
    meeting_topics=read(*SEATED),
    meeting_invited=read(*SEATED),
    meeting_outcome=read(*SEATED),
    meeting_records=read(*SEATED),
)
