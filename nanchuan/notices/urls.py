from django.urls import path

from nanchuan.notices.views import inbox

app_name = "notices"
urlpatterns = [
    path("", inbox.Inbox.as_view(), name="inbox"),
    path("read-all/", inbox.inbox_read_all, name="inbox-read-all"),
    path("<int:pk>/", inbox.notice_open, name="notice-open"),
]
