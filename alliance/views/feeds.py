from hashlib import sha256
from io import BytesIO

import segno
from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST
from django.views.generic import FormView, ListView

from alliance import feeds
from alliance.actions import feeds as actions
from alliance.forms.feeds import FeedForm
from alliance.models import Feed, Meeting
from nanchuan.kernel import ics
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import ScopedMixin, file_response, get_editable_or_deny, take_step

PLAIN = "text/plain; charset=utf-8"
NO_SUCH = gettext_lazy("没有这个日历。")
TOO_OFTEN = gettext_lazy("读取过于频繁，请稍后再试。")
HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Disposition": 'inline; filename="calendar.ics"',
}


class FeedList(ScopedMixin, ListView):
    """The reader's own calendars, with when each was last read."""

    queryset = Feed.objects.live().select_related("group", "unit")
    template_name = "alliance/feed_list.html"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(most=actions.MOST, **kwargs)
        rows, user = list(context["object_list"]), self.request.user
        groups = _keys(actions.groups_for(user), [row.group_id for row in rows])
        units = _keys(actions.units_for(user), [row.unit_id for row in rows])
        has_own = actions.has_own(user)
        for row in rows:
            in_sight = row.group_id in groups or row.unit_id in units
            row.is_seen = has_own if row.is_personal else in_sight
        return context | {"object_list": rows}


def _keys(rows, wanted) -> set:
    return set(rows.filter(pk__in=[pk for pk in wanted if pk]).values_list("pk", flat=True))


@method_decorator([never_cache, sensitive_variables("token")], name="dispatch")
class FeedCreate(FormView):
    """Choose a calendar; the answer shows its address, and nothing else ever does."""

    form_class = FeedForm
    template_name = "alliance/feed_form.html"

    def get_initial(self):
        asked = [(name, self.request.GET.get(name)) for name in ("group", "unit")]
        chosen = [f"{name}-{value}" for name, value in asked if value]
        return {"target": chosen[0]} if chosen else {}

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"user": self.request.user}

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("alliance:feed-list"), **kwargs)

    def form_valid(self, form):
        by = self.request.user
        token = actions.token_for(form.cleaned_data["once"], by=by)
        try:
            feed = actions.subscribe(by=by, token=token, **form.facts())
        except StepRefused as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        return render(self.request, "alliance/feed_made.html", {"feed": feed} | addresses(token))


def addresses(token: str) -> dict[str, str]:
    """The address to paste, the one that a phone opens in its calendar, and that as a picture."""
    address = settings.SITE_URL + reverse("alliance:feed-file", args=[token])
    opens = f"webcal{address[address.index(':') :]}"
    picture = segno.make(opens, error="m", micro=False).svg_data_uri(scale=4, border=2)
    return {"address": address, "opens": opens, "qr": picture}


@require_POST
def feed_revoke(request, pk):
    feed = get_editable_or_deny(Feed.objects, request.user, pk=pk)
    done = _("已停用“%(feed)s”的日历订阅，原来的地址从现在起无法读取。") % {"feed": feed}
    return take_step(request, actions.revoke, feed, done=done, to="alliance:feed-list")


@sensitive_variables("token")
def feed_file(request, token):
    """The calendar itself. Whatever is wrong with an address, the answer is the same.

    Who asks is a phone without a session: the token is all it has, and the owner's rights of
    this moment decide what stands in the file.
    """
    feed = actions.find(token)
    if feed is None:
        return _plain(NO_SUCH, 404)
    usage = ratelimit.consume(
        request, app="allauth.account", action="read_feed", key=feed.token_hash, limit_get=True
    )
    if not usage:
        return _plain(TOO_OFTEN, 429, {"Retry-After": "3600"})
    actions.note_use(feed)
    with translation.override(settings.LANGUAGE_CODE):
        body = feeds.content(feed)
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    answer = HttpResponse(body, content_type=ics.CONTENT_TYPE, headers=HEADERS | {"ETag": tag})
    return get_conditional_response(request, etag=tag, response=answer)


def meeting_file(request, pk):
    """One meeting for the reader's own calendar; a draft is on nobody's yet."""
    meetings = Meeting.objects.visible_to(request.user).filter(Meeting.noticed())
    meeting = get_object_or_404(meetings.select_related("kind", "convened_by"), pk=pk)
    file = BytesIO(feeds.meeting_file(meeting))
    return file_response(file, _("会议.ics"), ics.CONTENT_TYPE)


def _plain(words, status, headers=None):
    """A sentence in Chinese, whatever language the phone asks for."""
    headers = {"Cache-Control": "no-store"} | (headers or {})
    with translation.override(settings.LANGUAGE_CODE):
        return HttpResponse(str(words), status=status, content_type=PLAIN, headers=headers)
