from django.urls import path

from alliance.views import (
    agenda,
    attendance,
    bulletins,
    calendar,
    checkins,
    duties,
    feeds,
    group_acts,
    groups,
    guests,
    handovers,
    invitations,
    item_board,
    item_desk,
    items,
    kinds,
    measure_board,
    measure_statement,
    measures,
    meeting_figures,
    meeting_pages,
    meeting_papers,
    meetings,
    minutes,
    minutes_writing,
    picture,
    regulations,
    resolutions,
    rooms,
    series,
    signatures,
    swaps,
    topics,
    turns,
    units,
    years,
)

app_name = "alliance"
urlpatterns = [
    path("groups/", groups.GroupList.as_view(), name="group-list"),
    path("groups/<int:pk>/", groups.GroupDetail.as_view(), name="group-detail"),
    path("enterprises/", groups.EnterpriseList.as_view(), name="enterprise-list"),
    path("groups/create/", group_acts.GroupCreate.as_view(), name="group-create"),
    path("groups/<int:pk>/edit/", group_acts.GroupEdit.as_view(), name="group-edit"),
    path("groups/<int:pk>/dissolve/", group_acts.GroupDissolve.as_view(), name="group-dissolve"),
    path("groups/<int:pk>/lead/", group_acts.GroupLead.as_view(), name="group-lead"),
    path("groups/<int:pk>/order/", group_acts.GroupOrder.as_view(), name="group-order"),
    path("seats/create/", group_acts.SeatCreate.as_view(), name="seat-create"),
    path("seats/order/", group_acts.SeatOrder.as_view(), name="seat-order"),
    path("seats/<int:pk>/leave/", group_acts.SeatLeave.as_view(), name="seat-leave"),
    path("units/", units.UnitList.as_view(), name="unit-list"),
    path("units/<int:pk>/", units.UnitDetail.as_view(), name="unit-detail"),
    path("picture/", picture.AlliancePicture.as_view(), name="alliance-picture"),
    path("rota/", turns.Rota.as_view(), name="rota"),
    path("rota/plan/", turns.RotaPlan.as_view(), name="rota-plan"),
    path("rota/fairness/", turns.RotaFairness.as_view(), name="rota-fairness"),
    path("turns/<int:pk>/decline/", turns.TurnDecline.as_view(), name="turn-decline"),
    path("turns/<int:pk>/assign/", turns.TurnAssign.as_view(), name="turn-assign"),
    path("turns/<int:pk>/swap/", turns.TurnSwap.as_view(), name="turn-swap"),
    path("swaps/", swaps.SwapList.as_view(), name="swap-list"),
    path("swaps/<int:pk>/", swaps.SwapDetail.as_view(), name="swap-detail"),
    path("swaps/<int:pk>/agree/", swaps.swap_agree, name="swap-agree"),
    path("swaps/<int:pk>/refuse/", swaps.SwapRefuse.as_view(), name="swap-refuse"),
    path("swaps/<int:pk>/confirm/", swaps.swap_confirm, name="swap-confirm"),
    path("swaps/<int:pk>/withdraw/", swaps.swap_withdraw, name="swap-withdraw"),
    path("meetings/", meetings.MeetingList.as_view(), name="meeting-list"),
    path("meetings/create/", meetings.MeetingCreate.as_view(), name="meeting-create"),
    path("meetings/<int:pk>/", meeting_pages.MeetingDetail.as_view(), name="meeting-detail"),
    *(
        path(f"meetings/<int:pk>/{view.part}/", view.as_view(), name=f"meeting-{view.part}")
        for view in meeting_pages.OTHERS
    ),
    path("meetings/<int:pk>/edit/", meetings.MeetingEdit.as_view(), name="meeting-edit"),
    path("meetings/<int:pk>/cancel/", meetings.MeetingCancel.as_view(), name="meeting-cancel"),
    path("meetings/<int:pk>/hold/", attendance.MeetingHold.as_view(), name="meeting-hold"),
    path(
        "meetings/<int:pk>/attendance/",
        attendance.MeetingAttendance.as_view(),
        name="meeting-attendance",
    ),
    # Turns, what they do, and how they are handed over
    path("turns/<int:pk>/", duties.TurnDetail.as_view(), name="turn-detail"),
    path("turns/<int:pk>/edit/", duties.TurnEdit.as_view(), name="turn-edit"),
    path("duties/<int:pk>/complete/", duties.DutyComplete.as_view(), name="duty-complete"),
    path("duties/<int:pk>/drop/", duties.DutyDrop.as_view(), name="duty-drop"),
    path("duties/<int:pk>/reopen/", duties.duty_reopen, name="duty-reopen"),
    path("duties/files/<int:pk>/", duties.duty_file, name="duty-file"),
    path("handovers/", handovers.HandoverList.as_view(), name="handover-list"),
    path("handovers/<int:pk>/", handovers.HandoverDetail.as_view(), name="handover-detail"),
    path("handovers/<int:pk>/edit/", handovers.HandoverEdit.as_view(), name="handover-edit"),
    *(
        path(
            f"handovers/<int:pk>/{verb}/",
            handovers.HandoverStep.as_view(verb=verb),
            name=f"handover-{verb}",
        )
        for verb in handovers.FORMS
    ),
    path("handovers/<int:pk>/word/", handovers.handover_word, name="handover-word"),
    path("handovers/files/<int:pk>/", handovers.handover_file, name="handover-file"),
    path("meetings/<int:pk>/announce/", meetings.meeting_announce, name="meeting-announce"),
]

urlpatterns += [
    path("charter/", regulations.RegulationList.as_view(), name="regulation-list"),
    path("charter/draft/", regulations.regulation_draft, name="regulation-draft"),
    path("charter/<int:pk>/", regulations.RegulationDetail.as_view(), name="regulation-detail"),
    path(
        "charter/<int:pk>/compare/",
        regulations.RegulationCompare.as_view(),
        name="regulation-compare",
    ),
    path("charter/<int:pk>/edit/", regulations.RegulationEdit.as_view(), name="regulation-edit"),
    path("charter/<int:pk>/adopt/", regulations.RegulationAdopt.as_view(), name="regulation-adopt"),
    path(
        "charter/<int:pk>/withdraw/",
        regulations.RegulationWithdraw.as_view(),
        name="regulation-withdraw",
    ),
    path("charter/<int:pk>/drop/", regulations.regulation_drop, name="regulation-drop"),
    path(
        "charter/<int:pk>/attach/", regulations.RegulationAttach.as_view(), name="regulation-attach"
    ),
    path("charter/<int:pk>/remind/", regulations.regulation_remind, name="regulation-remind"),
    path(
        "charter/<int:pk>/signatures/",
        signatures.RegulationSignatures.as_view(),
        name="regulation-signatures",
    ),
    path("charter/files/<int:pk>/", regulations.regulation_file, name="regulation-file"),
    path("charter/files/<int:pk>/remove/", regulations.regulation_unfile, name="regulation-unfile"),
    path("charter/signatures/<int:pk>/read/", signatures.signoff_read, name="signoff-read"),
    path("charter/signatures/<int:pk>/sign/", signatures.signoff_sign, name="signoff-sign"),
    path("rota/year/", years.RotaYear.as_view(), name="rota-year"),
    path("rota/picture/", years.RotaPicture.as_view(), name="rota-picture"),
    path("feeds/", feeds.FeedList.as_view(), name="feed-list"),
    path("feeds/create/", feeds.FeedCreate.as_view(), name="feed-create"),
    path("feeds/<int:pk>/revoke/", feeds.feed_revoke, name="feed-revoke"),
    path("feeds/<str:token>.ics", feeds.feed_file, name="feed-file"),
    # Measures
    path("measures/", measures.MeasureList.as_view(), name="measure-list"),
    path("measures/board/", measure_board.MeasureBoard.as_view(), name="measure-board"),
    path(
        "measures/statement/",
        measure_statement.MeasureStatement.as_view(),
        name="measure-statement",
    ),
    path("measures/create/", measures.MeasureCreate.as_view(), name="measure-create"),
    path("measures/<int:pk>/", measures.MeasureDetail.as_view(), name="measure-detail"),
    path("measures/<int:pk>/edit/", measures.MeasureEdit.as_view(), name="measure-edit"),
    path("measures/<int:pk>/note/", measures.MeasureNoteCreate.as_view(), name="measure-note"),
    path("measures/<int:pk>/report/", measures.MeasureReport.as_view(), name="measure-report"),
    *(
        path(f"measures/<int:pk>/{verb}/", measures.measure_act, {"verb": verb}, f"measure-{verb}")
        for verb in ("confirm", "return", "drop", "reopen", "extend")
    ),
    path("milestones/<int:pk>/done/", measures.milestone_done, name="milestone-done"),
    path("milestones/<int:pk>/undo/", measures.milestone_undo, name="milestone-undo"),
    path("evidence/<int:pk>/", measures.evidence_download, name="evidence-download"),
    path("evidence/<int:pk>/remove/", measures.evidence_remove, name="evidence-remove"),
]

# While a meeting goes on
urlpatterns += [
    path("check-in/", checkins.CheckInConfirm.as_view(), name="check-in"),
    path("check-in/<str:token>/", checkins.scan, name="scan"),
    path("meetings/<int:pk>/screen/", rooms.MeetingScreen.as_view(), name="meeting-screen"),
    path("meetings/<int:pk>/room/", rooms.MeetingRoom.as_view(), name="meeting-room"),
    path(
        "meetings/<int:pk>/arrivals/", checkins.MeetingArrivals.as_view(), name="meeting-arrivals"
    ),
    path("meetings/<int:pk>/arrive/", checkins.MeetingArrive.as_view(), name="meeting-arrive"),
    path("meetings/<int:pk>/sheet/", checkins.MeetingSheet.as_view(), name="meeting-sheet"),
    path("check-ins/<int:pk>/edit/", checkins.CheckInEdit.as_view(), name="checkin-edit"),
    path(
        "check-ins/<int:pk>/withdraw/", checkins.CheckInWithdraw.as_view(), name="checkin-withdraw"
    ),
    path("check-ins/<int:pk>/leave/", checkins.checkin_leave, name="checkin-leave"),
    path("check-ins/<int:pk>/return/", checkins.checkin_return, name="checkin-return"),
    path("sheets/<int:pk>/", checkins.sheet_file, name="sheet-file"),
    path("meetings/<int:pk>/vote/", resolutions.VoteEnter.as_view(), name="meeting-vote"),
    path("votes/<int:pk>/edit/", resolutions.VoteEdit.as_view(), name="vote-edit"),
    path("votes/<int:pk>/remove/", resolutions.vote_remove, name="vote-remove"),
    path(
        "meetings/<int:pk>/resolve/", resolutions.ResolutionAdopt.as_view(), name="meeting-resolve"
    ),
    path(
        "resolutions/<int:pk>/edit/", resolutions.ResolutionEdit.as_view(), name="resolution-edit"
    ),
    path(
        "resolutions/<int:pk>/assign/",
        resolutions.ResolutionAssign.as_view(),
        name="resolution-assign",
    ),
    path("resolutions/<int:pk>/strike/", resolutions.resolution_strike, name="resolution-strike"),
    path("tasks/<int:pk>/edit/", resolutions.TaskEdit.as_view(), name="task-edit"),
    path("tasks/<int:pk>/remove/", resolutions.task_remove, name="task-remove"),
]

# Action items, from the meeting that resolved them until they are done
urlpatterns += [
    path("items/", items.ItemList.as_view(), name="item-list"),
    path("items/board/", item_board.ItemBoard.as_view(), name="item-board"),
    path("items/mine/", item_desk.ItemsMine.as_view(), name="items-mine"),
    path("items/<int:pk>/", items.ItemDetail.as_view(), name="item-detail"),
    path("items/<int:pk>/note/", items.ItemNoteCreate.as_view(), name="item-note"),
    path("items/<int:pk>/report/", items.ItemReport.as_view(), name="item-report"),
    path("items/<int:pk>/extend/", items.ItemExtend.as_view(), name="item-extend"),
    path("items/<int:pk>/reassign/", items.ItemReassign.as_view(), name="item-reassign"),
    *(
        path(f"items/<int:pk>/{verb}/", items.item_act, {"verb": verb}, f"item-{verb}")
        for verb in ("confirm", "return", "drop", "reopen", "grant", "refuse", "withdraw")
    ),
    path("items/<int:pk>/measure/", items.item_measure, name="item-measure"),
    path("items/files/<int:pk>/", items.item_file, name="itemfile-download"),
    path("items/files/<int:pk>/remove/", items.item_unfile, name="itemfile-remove"),
]

# Minutes
urlpatterns += [
    path("minutes/", minutes.MinutesList.as_view(), name="minutes-list"),
    path("meetings/<int:pk>/minutes/", minutes.meeting_minutes, name="meeting-minutes"),
    path("minutes/<int:pk>/", minutes.MinutesDetail.as_view(), name="minutes-detail"),
    path("minutes/<int:pk>/edit/", minutes_writing.minutes_edit, name="minutes-edit"),
    path("minutes/<int:pk>/autosave/", minutes_writing.minutes_autosave, name="minutes-autosave"),
    path(
        "minutes/<int:pk>/revisions/",
        minutes_writing.MinutesRevisions.as_view(),
        name="minutes-revisions",
    ),
    *(
        path(f"minutes/<int:pk>/{verb}/", minutes.minutes_act, {"verb": verb}, f"minutes-{verb}")
        for verb in minutes.VERBS
    ),
]

# Topics, the agenda, invitations and guests of a meeting
urlpatterns += [
    path("meetings/<int:pk>/call/", topics.meeting_call, name="meeting-call"),
    path("meetings/<int:pk>/topics/propose/", topics.TopicCreate.as_view(), name="meeting-propose"),
    path("meetings/<int:pk>/topics/adopt/", topics.meeting_adopt, name="meeting-adopt"),
    path("meetings/<int:pk>/topics/take/", topics.meeting_take, name="meeting-take"),
    path("topics/<int:pk>/edit/", topics.TopicEdit.as_view(), name="topic-edit"),
    *(
        path(f"topics/<int:pk>/{verb}/", topics.topic_act, {"verb": verb}, f"topic-{verb}")
        for verb in ("withdraw", "support", "unsupport", "return")
    ),
    *(
        path(
            f"topics/<int:pk>/{verb}/",
            topics.TopicReason.as_view(verb=verb),
            name=f"topic-{verb}",
        )
        for verb in topics.TopicReason.SAID
    ),
    path("meetings/<int:pk>/agenda/", agenda.AgendaEdit.as_view(), name="meeting-agenda"),
    path("meetings/<int:pk>/agenda/tell/", agenda.meeting_tell, name="meeting-tell"),
    path("agenda/<int:pk>/files/", agenda.AgendaAttach.as_view(), name="agenda-attach"),
    path("agenda/files/<int:pk>/", agenda.agenda_file, name="agenda-file"),
    path("agenda/files/<int:pk>/remove/", agenda.agenda_unfile, name="agenda-unfile"),
    path("meetings/<int:pk>/reply/", invitations.meeting_reply, name="meeting-reply"),
    path("meetings/<int:pk>/invite/", invitations.MeetingInvite.as_view(), name="meeting-invite"),
    path(
        "invitations/<int:pk>/reply/",
        invitations.InvitationReply.as_view(),
        name="invitation-reply",
    ),
    path(
        "invitations/<int:pk>/withdraw/",
        invitations.InvitationWithdraw.as_view(),
        name="invitation-withdraw",
    ),
    path("meetings/<int:pk>/guests/", guests.GuestCreate.as_view(), name="meeting-guest"),
    path("guests/<int:pk>/edit/", guests.GuestEdit.as_view(), name="guest-edit"),
    path("guests/<int:pk>/remove/", guests.guest_remove, name="guest-remove"),
]

# Papers of a meeting
urlpatterns += [
    *(
        path(
            f"meetings/<int:pk>/papers/{paper}/",
            meeting_papers.meeting_paper,
            {"paper": paper},
            f"meeting-paper-{paper}",
        )
        for paper in meeting_papers.KINDS
    ),
    path("minutes/<int:pk>/word/", meeting_papers.minutes_word, name="minutes-word"),
]

# Figures of meetings and the lists that they open
urlpatterns += [
    path("meetings/figures/", meeting_figures.MeetingFigures.as_view(), name="meeting-figures"),
    path("attendance/", meeting_figures.AttendanceList.as_view(), name="attendance-list"),
    path("attendance/people/", meeting_figures.AttendeeList.as_view(), name="attendee-list"),
    path("resolutions/", meeting_figures.ResolutionList.as_view(), name="resolution-list"),
]

urlpatterns += [path("bulletin/", bulletins.Bulletin.as_view(), name="bulletin-issue")]

# The calendar
urlpatterns += [
    path("calendar/", calendar.Calendar.as_view(), name="calendar"),
    path("meetings/<int:pk>/calendar.ics", feeds.meeting_file, name="meeting-file"),
]

# Kinds of meeting, series, and what would be said
urlpatterns += [
    path("meetings/kinds/", kinds.KindList.as_view(), name="kind-list"),
    path("meetings/kinds/create/", kinds.KindCreate.as_view(), name="kind-create"),
    path("meetings/kinds/<int:pk>/edit/", kinds.KindEdit.as_view(), name="kind-edit"),
    path("meetings/series/", series.SeriesList.as_view(), name="series-list"),
    path("meetings/series/create/", series.SeriesCreate.as_view(), name="series-create"),
    path("meetings/series/<int:pk>/", series.SeriesDetail.as_view(), name="series-detail"),
    path("meetings/series/<int:pk>/edit/", series.SeriesEdit.as_view(), name="series-edit"),
    path("meetings/series/<int:pk>/end/", series.SeriesEnd.as_view(), name="series-end"),
    path("meetings/<int:pk>/plan/", meetings.MeetingPlan.as_view(), name="meeting-plan"),
]
