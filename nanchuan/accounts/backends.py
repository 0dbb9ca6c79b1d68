"""Whose session it is: asked at every request, so prepared."""

from allauth.account.auth_backends import AuthenticationBackend

from nanchuan.accounts.models import User
from nanchuan.kernel.prepared import prepared


class AccountBackend(AuthenticationBackend):
    def get_user(self, user_id):
        found = next(iter(_account(user_id)), None)
        return found if found and self.user_can_authenticate(found) else None


@prepared(int)
def _account(pk):
    return User.objects.filter(pk=pk)
