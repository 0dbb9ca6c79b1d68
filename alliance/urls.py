from django.urls import path

from alliance.views import groups, meetings, swaps, turns

app_name = "alliance"
urlpatterns = [
    path("groups/", groups.GroupList.as_view(), name="group-list"),
    path("groups/<int:pk>/", groups.GroupDetail.as_view(), name="group-detail"),
    path("enterprises/", groups.EnterpriseList.as_view(), name="enterprise-list"),
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
    path("meetings/<int:pk>/", meetings.MeetingDetail.as_view(), name="meeting-detail"),
    path("meetings/<int:pk>/edit/", meetings.MeetingEdit.as_view(), name="meeting-edit"),
    path("meetings/<int:pk>/cancel/", meetings.meeting_cancel, name="meeting-cancel"),
    path("meetings/<int:pk>/hold/", meetings.meeting_hold, name="meeting-hold"),
]
