from django.urls import path

from alliance.views import group_acts, groups, meetings, picture, turns, units

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
    path("meetings/", meetings.MeetingList.as_view(), name="meeting-list"),
    path("meetings/create/", meetings.MeetingCreate.as_view(), name="meeting-create"),
    path("meetings/<int:pk>/", meetings.MeetingDetail.as_view(), name="meeting-detail"),
    path("meetings/<int:pk>/edit/", meetings.MeetingEdit.as_view(), name="meeting-edit"),
    path("meetings/<int:pk>/cancel/", meetings.meeting_cancel, name="meeting-cancel"),
    path("meetings/<int:pk>/hold/", meetings.meeting_hold, name="meeting-hold"),
]
