from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseNotAllowed
from django.template.loader import render_to_string

from nanchuan.kernel.policies import READ, policy_of


class PolicyMiddleware:
    """Signing in and the policy of the URL, before any view runs.

    What a person was shown stays in no cache, so that nobody goes back to it after signing out.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if not response.has_header("Cache-Control") and request.user.is_authenticated:
            response["Cache-Control"] = "private, no-store"
        return response

    def process_view(self, request, view, args, kwargs):
        policy = policy_of(request.resolver_match.view_name)
        if policy is None:
            raise PermissionDenied
        if not policy.public and not request.user.is_authenticated:
            return redirect_to_login(page_of(request))
        if not policy.admits(request.user):
            raise PermissionDenied
        if request.method not in policy.methods:
            page = render_to_string("405.html", request=request)
            return HttpResponseNotAllowed(sorted(policy.methods), page)
        return None


def page_of(request) -> str:
    """Where to go on after signing in: what was sent cannot be opened, the page before it can."""
    if request.method in READ:
        return request.get_full_path()
    before = urlsplit(request.headers.get("Referer", ""))
    if before.netloc != request.get_host():
        return "/"
    return before._replace(scheme="", netloc="").geturl()
