from allauth.account import views as allauth
from django.urls import include, path, re_path
from django.views.i18n import set_language

from nanchuan.accounts.views import accounts, profile, saved, slips

app_name = "accounts"
urlpatterns = [
    path("", profile.Profile.as_view(), name="profile"),
    path("views/", saved.SavedViewList.as_view(), name="view-list"),
    path("views/save/", saved.view_save, name="view-save"),
    path("views/<int:pk>/rename/", saved.view_rename, name="view-rename"),
    path("views/<int:pk>/delete/", saved.view_delete, name="view-delete"),
    path("slip/", slips.SlipRedeem.as_view(), name="slip"),
    path("issued/", accounts.AccountList.as_view(), name="account-list"),
    path("issued/add/", accounts.AccountCreate.as_view(), name="account-create"),
    path("issued/slips/", slips.SlipsIssueAll.as_view(), name="slips-issue-all"),
    path("issued/<int:pk>/slip/", slips.account_slip, name="account-slip"),
    path("issued/<int:pk>/disable/", accounts.account_disable, name="account-disable"),
    path("issued/<int:pk>/enable/", accounts.account_enable, name="account-enable"),
    path("issued/<int:pk>/factor/", accounts.account_free, name="account-free"),
]

# Of allauth's pages those that a closed portal needs, under the names by which allauth
# itself finds them; nobody signs up, and addresses are kept by the administrator.
entrance = [
    path("login/", allauth.login, name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("password/set/", allauth.password_set, name="account_set_password"),
    path("password/reset/", allauth.password_reset, name="account_reset_password"),
    path("password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("language/", set_language, name="set_language"),
    path("2fa/", include("allauth.mfa.urls")),
]
