from django.urls import path

from nanchuan.notices.views import channels, choices, inbox, log, machinery, ruling

app_name = "notices"
urlpatterns = [
    path("", inbox.Inbox.as_view(), name="inbox"),
    path("read-all/", inbox.inbox_read_all, name="inbox-read-all"),
    path("settings/", choices.NoticeSettings.as_view(), name="settings"),
    path("settings/away/", choices.NoticeAway.as_view(), name="away"),
    path("settings/away/<int:pk>/back/", choices.notice_back, name="back"),
    path("rules/", ruling.RuleList.as_view(), name="rule-list"),
    path("rules/<str:name>/", ruling.RuleEdit.as_view(), name="rule"),
    path("log/", log.Log.as_view(), name="log"),
    path("log/<int:pk>/resend/", log.log_resend, name="log-resend"),
    path("machinery/", machinery.MachineryPage.as_view(), name="machinery"),
    path("<int:pk>/", inbox.notice_open, name="notice-open"),
    path("channels/", channels.ChannelList.as_view(), name="channel-list"),
    path("channels/new/<slug:kind>/", channels.ChannelCreate.as_view(), name="channel-create"),
    path("channels/<int:pk>/", channels.ChannelDetail.as_view(), name="channel-detail"),
    path("channels/<int:pk>/edit/", channels.ChannelEdit.as_view(), name="channel-edit"),
    path("channels/<int:pk>/on/", channels.channel_on, name="channel-on"),
    path("channels/<int:pk>/off/", channels.channel_off, name="channel-off"),
    path("channels/<int:pk>/try/", channels.channel_try, name="channel-try"),
    path("channels/<int:pk>/dead/", channels.LetterList.as_view(), name="channel-letters"),
    path("channels/<int:pk>/retry/", channels.channel_retry, name="channel-retry-all"),
    path("channels/<int:pk>/retry/<int:letter>/", channels.channel_retry, name="channel-retry"),
    path("addresses/", channels.AddressEdit.as_view(), name="address-own"),
    path("addresses/<int:pk>/", channels.AddressEdit.as_view(), name="address-edit"),
    path("<int:pk>/why/", inbox.NoticeWhy.as_view(), name="notice-why"),
]
