from django.contrib import admin
from django.urls import include, path

from nanchuan.accounts.urls import entrance

urlpatterns = [
    path("", include("nanchuan.portal.urls")),
    path("members/", include("members.urls")),
    path("alliance/", include("alliance.urls")),
    path("services/", include("services.urls")),
    path("circulars/", include("nanchuan.circulars.urls")),
    path("inbox/", include("nanchuan.notices.urls")),
    path("account/", include("nanchuan.accounts.urls")),
    path("account/", include(entrance)),
    path("admin/", admin.site.urls),
]

admin.site.declare_policies()
