from django.urls import path

from alliance.views import (
    groups,
    measure_board,
    measure_statement,
    measures,
    meetings,
    turns,
)

app_name = "alliance"
urlpatterns = [
    path("groups/", groups.GroupList.as_view(), name="group-list"),
    path("groups/<int:pk>/", groups.GroupDetail.as_view(), name="group-detail"),
    path("enterprises/", groups.EnterpriseList.as_view(), name="enterprise-list"),
    path("rota/", turns.Rota.as_view(), name="rota"),
    path("rota/plan/", turns.RotaPlan.as_view(), name="rota-plan"),
    path("meetings/", meetings.MeetingList.as_view(), name="meeting-list"),
    path("meetings/create/", meetings.MeetingCreate.as_view(), name="meeting-create"),
    path("meetings/<int:pk>/", meetings.MeetingDetail.as_view(), name="meeting-detail"),
    path("meetings/<int:pk>/edit/", meetings.MeetingEdit.as_view(), name="meeting-edit"),
    path("meetings/<int:pk>/cancel/", meetings.meeting_cancel, name="meeting-cancel"),
    path("meetings/<int:pk>/hold/", meetings.meeting_hold, name="meeting-hold"),
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
