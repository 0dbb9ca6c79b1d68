"""Channels (通知渠道) for administrators, and where a person is found by them."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, DetailView, FormView, ListView, UpdateView

from nanchuan.accounts.models import User
from nanchuan.kernel.events import detail_of
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import (
    ExportedMixin,
    FormActionMixin,
    HistoryMixin,
    PartialMixin,
    ScopedMixin,
    get_editable_or_deny,
    take_step,
)
from nanchuan.notices import heartbeats
from nanchuan.notices.actions import channels as actions
from nanchuan.notices.forms.addresses import AddressForm
from nanchuan.notices.forms.channels import FORMS
from nanchuan.notices.models import Channel
from nanchuan.notices.rules import rule_named
from nanchuan.notices.standing import standing_of, standings

LIST = reverse_lazy("notices:channel-list")


class ChannelList(ScopedMixin, ListView):
    queryset = Channel.objects.prefetch_related("audience").order_by("-is_on", "kind", "pk")
    template_name = "notices/channel_list.html"
    marked = False

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {
            "standings": standings(context["object_list"]),
            "kinds": Channel.Kind.choices,
            "stands_still": heartbeats.stand_still(heartbeats.heartbeats()),
        }


class ChannelDetail(HistoryMixin, ScopedMixin, DetailView):
    queryset = Channel.objects.select_related("audience_type")
    template_name = "notices/channel_detail.html"

    def get_context_data(self, **kwargs):
        posts = self.object.posts.order_by("-pk")[:5] if self.object.is_robot else ()
        standing = standing_of(self.object)
        context = super().get_context_data(standing=standing, posts=posts, **kwargs)
        for event in context["history"]:
            event.about = detail_of(event)
        return context


class ChannelFormMixin(FormActionMixin):
    template_name = "notices/channel_form.html"
    queryset = Channel.objects.all()


class ChannelCreate(ChannelFormMixin, CreateView):
    """Of a kind that the address names: /inbox/channels/new/sms/."""

    def get_form_class(self):
        try:
            return FORMS[self.kwargs["kind"]]
        except KeyError:
            raise Http404 from None

    def get_context_data(self, **kwargs):
        label = self.get_form_class().KIND.label
        return super().get_context_data(kind_label=label, cancel_url=LIST, **kwargs)

    def act(self, form):
        return actions.create(form.save(), by=self.request.user)

    success_message = gettext_lazy("“%(object)s”已设立，还没有启用。请先发一条测试消息。")


class ChannelEdit(ChannelFormMixin, ScopedMixin, UpdateView):
    success_message = gettext_lazy("“%(object)s”已保存。建议发一条测试消息。")

    def get_form_class(self):
        return FORMS[self.object.kind]

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            kind_label=self.object.get_kind_display(),
            cancel_url=self.object.get_absolute_url(),
            **kwargs,
        )

    def act(self, form):
        seen = form.cleaned_data["seen"]
        return actions.change(form.save(), seen=seen, by=self.request.user)


def _channel(request, pk):
    return get_editable_or_deny(Channel.objects, request.user, pk=pk)


@require_POST
def channel_on(request, pk):
    return take_step(request, actions.switch_on, _channel(request, pk), done=_("渠道已启用。"))


@require_POST
def channel_off(request, pk):
    return take_step(request, actions.switch_off, _channel(request, pk), done=_("渠道已停用。"))


@require_POST
def channel_try(request, pk):
    """The other side's answer in words, after some seconds at most."""
    channel = _channel(request, pk)
    try:
        messages.success(request, actions.try_out(channel, by=request.user))
    except StepRefused as refusal:
        messages.error(request, str(refusal))
    return redirect(channel)


class LetterList(PartialMixin, ExportedMixin, ListView):
    """What could not be delivered by a channel, and why; of the notice only its kind."""

    template_name = "notices/letter_list.html"
    partial_template_name = "notices/_letter_table.html"
    paginate_by = 25
    export_name = gettext_lazy("无法送达的消息")

    def get_queryset(self):
        self.channel = get_object_or_404(
            Channel.objects.visible_to(self.request.user), pk=self.kwargs["pk"]
        )
        rows = self.channel.letters().dead().order_by("-due_at", "-pk")
        return rows if self.channel.is_robot else rows.select_related("recipient", "reminder")

    def paginate_queryset(self, queryset, page_size):
        paginator = self.get_paginator(queryset, page_size)
        page = paginator.get_page(self.request.GET.get("page"))
        for letter in page.object_list:
            letter.who, letter.what = _who(letter), _what(letter)
        return paginator, page, page.object_list, page.has_other_pages()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(channel=self.channel, **kwargs)
        return context | {"row_count": context["paginator"].count}

    def export_columns(self):
        return [
            Column(_("渠道"), lambda letter: str(self.channel)),
            Column(_("收件人"), _who),
            Column(_("内容"), _what, 30),
            Column(_("时间"), lambda letter: letter.due_at, 20),
            Column(_("尝试次数"), lambda letter: letter.attempts, 10),
            Column(_("失败原因"), lambda letter: letter.error, 60),
        ]


def _who(letter):
    return str(letter.recipient) if hasattr(letter, "recipient") else _("群")


def _what(letter):
    """The kind of notice: its title may hold what an administrator does not see."""
    if not hasattr(letter, "reminder"):
        return _("第 %(number)d 次汇总") % {"number": letter.window}
    try:
        return str(rule_named(letter.reminder.rule).label or letter.reminder.rule)
    except LookupError:
        return letter.reminder.rule


@require_POST
def channel_retry(request, pk, letter=None):
    """One of them, or all."""
    channel = _channel(request, pk)
    to = reverse("notices:channel-letters", args=[channel.pk])
    try:
        number = actions.retry(channel, by=request.user, pk=letter)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
    else:
        words = ngettext("%(number)d 条消息将重新发送。", "%(number)d 条消息将重新发送。", number)
        messages.success(request, words % {"number": number})
    return redirect(to)


class AddressEdit(FormActionMixin, FormView):
    """One's own; an administrator's for anybody, who sees no more of it either."""

    form_class = AddressForm
    template_name = "notices/address_form.html"
    success_message = gettext_lazy("接收地址已保存。")

    @property
    def person(self):
        pk = self.kwargs.get("pk")
        if pk is None or pk == self.request.user.pk:
            return self.request.user
        return get_object_or_404(User.objects.visible_to(self.request.user), pk=pk)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"person": self.person}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            person=self.person, cancel_url=self.get_success_url(), **kwargs
        )

    def act(self, form):
        for channel, value in form.changes().items():
            actions.keep_address(self.person, channel, value, by=self.request.user)
        return self.person

    def get_success_url(self):
        own = self.person == self.request.user
        return reverse("accounts:profile" if own else "accounts:account-list")
