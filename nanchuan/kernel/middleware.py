from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseNotAllowed

from nanchuan.kernel.policies import policy_of


class PolicyMiddleware:
    """Signing in and the policy of the URL, before any view runs."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        policy = policy_of(request.resolver_match.view_name)
        if policy is None:
            raise PermissionDenied
        if not policy.public and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not policy.admits(request.user):
            raise PermissionDenied
        if request.method not in policy.methods:
            return HttpResponseNotAllowed(sorted(policy.methods))
        return None
