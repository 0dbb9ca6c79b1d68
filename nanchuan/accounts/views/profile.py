from allauth.mfa.utils import is_mfa_enabled
from django.views.generic import TemplateView

from nanchuan.accounts.forms.accounts import in_words


class Profile(TemplateView):
    """The reader's own account (我的): who one is here, and what can be set."""

    template_name = "accounts/profile.html"

    def get_context_data(self, **kwargs):
        account = self.request.user
        in_words([account], reader=account)
        return super().get_context_data(
            account=account, has_factor=is_mfa_enabled(account), **kwargs
        )
