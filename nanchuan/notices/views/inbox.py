from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, ListView

from nanchuan.kernel.views import FilteredMixin, PartialMixin
from nanchuan.notices.actions import notices as actions
from nanchuan.notices.forms.inbox import InboxFilter
from nanchuan.notices.inbox import lines, reason
from nanchuan.notices.models import Notice


class Inbox(FilteredMixin, ListView):
    """A person's notices (消息), newest first; all or the unread ones, of a kind and time."""

    filterset_class = InboxFilter
    template_name = "notices/inbox.html"
    partial_template_name = "notices/_notices.html"

    def get_queryset(self):
        rows = Notice.objects.visible_to(self.request.user)
        self.queryset = rows.select_related("reminder__event")
        return super().get_queryset()

    def filtered(self):
        rows = self.filter.qs
        self.only_unread = self.request.GET.get("show") == "unread"
        return (rows.unread() if self.only_unread else rows).order_by("-pk")

    def paginate_queryset(self, queryset, page_size):
        """Unread and all are counted in one query."""
        self.numbers = numbers = self.filter.qs.aggregate(
            all=Count("pk"), unread=Count("pk", filter=Q(read_at=None))
        )
        paginator = self.get_paginator(queryset, page_size)
        paginator.count = numbers["unread" if self.only_unread else "all"]
        page = paginator.get_page(self.request.GET.get("page"))
        return paginator, page, page.object_list, page.has_other_pages()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {
            "lines": lines(context["object_list"], self.request.user, verbs=True),
            "only_unread": self.only_unread,
            "numbers": self.numbers,
        }


class NoticeWhy(PartialMixin, DetailView):
    """Why this came (为什么收到), and where to choose otherwise."""

    template_name = "notices/why.html"
    partial_template_name = "notices/_why.html"

    def get_queryset(self):
        rows = Notice.objects.visible_to(self.request.user)
        return rows.select_related("reminder__event")

    def get_context_data(self, **kwargs):
        return super().get_context_data(reason=reason(self.object, self.request.user), **kwargs)


def notice_open(request, pk):
    """Read a notice and go to what it is about.

    A plain link must do, so GET marks it read as well; a browser that only fetches ahead does
    not, and neither does HEAD.
    """
    notice = get_object_or_404(
        Notice.objects.visible_to(request.user).select_related("reminder"), pk=pk
    )
    if request.method in ("GET", "POST") and not _fetches_ahead(request):
        actions.read(notice)
    [line] = lines([notice], request.user, verbs="act" in request.GET)
    if not line.url:
        messages.info(request, _("这条消息涉及的内容，您现在已不能查看。"))
        return redirect("notices:inbox")
    if "act" in request.GET and line.act:
        return redirect(line.act[1])
    return redirect(line.url)


def _fetches_ahead(request):
    """Whether nobody has clicked: Sec-Purpose is today's name, the others are older ones."""
    names = ("Sec-Purpose", "Purpose", "X-Moz")
    return any("prefetch" in request.headers.get(name, "") for name in names)


@require_POST
def inbox_read_all(request):
    read = actions.read_all(by=request.user)
    if read:
        done = ngettext(
            "已将 %(number)d 条消息标为已读。", "已将 %(number)d 条消息标为已读。", read
        )
        messages.success(request, done % {"number": read})
    return redirect("notices:inbox")
