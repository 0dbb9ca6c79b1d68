from django.urls import path

from alliance.views import duties, groups, handovers, meetings, turns

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
