from django.urls import path

from alliance.views import feeds, groups, meetings, turns, years

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
    path("rota/year/", years.RotaYear.as_view(), name="rota-year"),
    path("rota/picture/", years.RotaPicture.as_view(), name="rota-picture"),
    path("feeds/", feeds.FeedList.as_view(), name="feed-list"),
    path("feeds/create/", feeds.FeedCreate.as_view(), name="feed-create"),
    path("feeds/<int:pk>/revoke/", feeds.feed_revoke, name="feed-revoke"),
    path("feeds/<str:token>.ics", feeds.feed_file, name="feed-file"),
]
