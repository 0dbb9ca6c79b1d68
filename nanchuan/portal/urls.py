from django.urls import include, path

from nanchuan.portal.views import health, home, trail

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path(
        "trail/",
        include(([path("", trail.EventList.as_view(), name="event-list")], "portal")),
    ),
]
