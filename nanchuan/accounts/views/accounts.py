import uuid

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, ListView

from nanchuan.accounts.actions import accounts as actions
from nanchuan.accounts.actions import slips
from nanchuan.accounts.forms.accounts import AccountFilter, AccountForm, due_for, in_words
from nanchuan.accounts.models import User, with_slips
from nanchuan.accounts.views.slips import SheetMixin
from nanchuan.kernel.views import FilteredMixin, ScopedMixin, get_editable_or_deny, take_step


class AccountList(FilteredMixin, ScopedMixin, ListView):
    marked = True
    queryset = User.objects.order_by("name", "username")
    filterset_class = AccountFilter
    template_name = "accounts/account_list.html"
    partial_template_name = "accounts/_account_table.html"

    def get_queryset(self):
        factor = Authenticator.objects.filter(user=OuterRef("pk"))
        return with_slips(super().get_queryset()).annotate(has_factor=Exists(factor))

    def get_context_data(self, **kwargs):
        context = super().get_context_data(once=uuid.uuid4(), **kwargs)
        in_words(context["object_list"], reader=self.request.user, brief=True)
        if not self.request.htmx:
            context["due"] = due_for(self.request.user)
        return context


class AccountCreate(SheetMixin, CreateView):
    """A new account; the answer is its slip to print."""

    form_class = AccountForm
    template_name = "accounts/account_form.html"
    success_url = reverse_lazy("accounts:account-list")

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.success_url, **kwargs)

    def issue(self, form, token):
        role = form.cleaned_data.get("role", "")
        user = actions.create(form.instance, by=self.request.user, role=role)
        code = slips.code_for(token, by=self.request.user, user=user)
        slips.issue(user, by=self.request.user, code=code)


def _step(request, pk, action, done):
    account = get_editable_or_deny(User.objects, request.user, pk=pk)
    to = reverse("accounts:account-list")
    return take_step(request, action, account, to=to, done=done % {"account": account})


@require_POST
def account_disable(request, pk):
    return _step(request, pk, actions.disable, _("“%(account)s”的账号已停用，登录随即失效。"))


@require_POST
def account_enable(request, pk):
    return _step(request, pk, actions.enable, _("“%(account)s”的账号已恢复，可用原密码登录。"))


@require_POST
def account_free(request, pk):
    """For somebody who has lost the phone with the second factor, and the recovery codes."""
    return _step(request, pk, actions.drop_factor, _("已解除“%(account)s”的两步验证。"))
