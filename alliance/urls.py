from django.urls import path

from alliance.views import attendance, groups, meetings, turns

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
    path("meetings/<int:pk>/hold/", attendance.MeetingHold.as_view(), name="meeting-hold"),
    path(
        "meetings/<int:pk>/attendance/",
        attendance.MeetingAttendance.as_view(),
        name="meeting-attendance",
    ),
]
