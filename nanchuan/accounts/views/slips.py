import uuid

import segno
from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.generic import FormView

from nanchuan.accounts.actions import accounts, slips, visits
from nanchuan.accounts.forms.accounts import SlipSheetForm
from nanchuan.accounts.forms.passwords import SlipForm
from nanchuan.accounts.models import User
from nanchuan.kernel.models import FormToken
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import get_editable_or_deny


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class SlipRedeem(FormView):
    """Where the holder of a slip sets a password and comes in.

    The QR code carries the code behind a # in the address. Browsers keep that part to
    themselves, so it stands in no log of ours or of a proxy, in no Referer, and the scanner of a
    phone that looks at the page in advance does not even send it; a few lines of script put it
    into the field and take it out of the address bar. Without scripts the twelve letters are
    typed. `?code=` fills the field too, but nothing of ours prints such an address. Only the
    POST uses the slip up.

    The Referrer-Policy stays `same-origin`: with `no-referrer` browsers send `Origin: null` with
    the form, which the protection against forged requests must refuse.
    """

    form_class = SlipForm
    template_name = "accounts/slip.html"
    success_url = reverse_lazy("home")

    def get_initial(self):
        return {"code": self.request.GET.get("code", "")[:40]}

    def form_valid(self, form):
        usage = ratelimit.consume(self.request, app="allauth.account", action="redeem_slip")
        if not usage:
            form.add_error(None, _("尝试次数过多，请 15 分钟后再试。"))
            return self.render_to_response(self.get_context_data(form=form), status=429)
        try:
            user = slips.redeem(form.cleaned_data["code"], form.cleaned_data["password"])
        except StepRefused as refusal:
            self.note_refusal()
            form.add_error("code", str(refusal))
            return self.form_invalid(form)
        except ValidationError as weak:
            usage.rollback()
            form.add_error("password", weak)
            return self.form_invalid(form)
        usage.rollback()
        return self.come_in(user)

    def note_refusal(self):
        address = get_adapter(self.request).get_client_ip(self.request)
        visits.note("slip.refused", None, address=address)

    def come_in(self, user):
        """As after a password: a second factor is still asked for."""
        adapter = get_adapter(self.request)
        if self.request.user.is_authenticated:
            adapter.logout(self.request)
        adapter.forgive(self.request, user)
        messages.success(self.request, _("密码已设置。请记住新密码，下次用它登录。"))
        return perform_login(self.request, user, redirect_url=str(self.success_url))


class SheetMixin:
    """A form whose answer is a sheet of slips. Codes appear in this answer and nowhere else.

    A second click, or reloading the sheet, shows the same slips. Subclasses write
    `issue(form, token)`.
    """

    @method_decorator(never_cache)
    def dispatch(self, request, *args, **kwargs):
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"user": self.request.user}

    def post(self, request, *args, **kwargs):
        # Before the form is judged: what it made the first time would now speak against it.
        if token := sent_before(request.POST.get("once", "")):
            return sheet(request, token)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form):
        token = form.cleaned_data["once"]
        try:
            once(token, self.issue, form, token)
        except StepRefused as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        return sheet(self.request, token)


class SlipsIssueAll(SheetMixin, FormView):
    """Slips for many at once, and accounts for those who have none (批量签发)."""

    form_class = SlipSheetForm
    template_name = "accounts/slips_form.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            cancel_url=reverse("accounts:account-list"), hours=settings.SLIP_HOURS, **kwargs
        )

    def issue(self, form, token):
        by, chosen = self.request.user, list(form.cleaned_data["accounts"])
        for key in form.cleaned_data.get("people", ()):
            chosen.append(accounts.open_for(form.due[key], by=by))
        for user in chosen:
            slips.issue(user, by=by, code=slips.code_for(token, by=by, user=user))


@never_cache
@require_POST
def account_slip(request, pk):
    """A slip for one account. The page's token and the account make the token of this slip."""
    account = get_editable_or_deny(User.objects, request.user, pk=pk)
    try:
        token = uuid.uuid5(uuid.UUID(request.POST.get("once", "")), str(pk))
    except ValueError:
        messages.error(request, _("页面已过期，请刷新后重新提交。"))
        return redirect("accounts:account-list")
    try:
        code = slips.code_for(token, by=request.user, user=account)
        once(token, slips.issue, account, by=request.user, code=code)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("accounts:account-list")
    return sheet(request, token)


def sent_before(token: str) -> uuid.UUID | None:
    try:
        token = uuid.UUID(token)
    except ValueError:
        return None
    return token if FormToken.objects.filter(token=token).exists() else None


def once(token, act, *args, **facts):
    """Act, unless the form was sent before; of two clicks the second waits for the first.

    Raises StepRefused if two people opened accounts of one name at the same moment.
    """
    try:
        with transaction.atomic():
            FormToken.objects.create(token=token, url=reverse("accounts:account-list"))
            act(*args, **facts)
    except IntegrityError as clash:
        if not FormToken.objects.filter(token=token).exists():
            raise StepRefused(_("刚有别人同时开设账号，请刷新后再试。")) from clash


def sheet(request, token):
    """The page to print. Nothing of it can be fetched again, except by the same form."""
    printed = [
        {"slip": slip, "code": code, "qr": qr(code)}
        for slip, code in slips.sheet(token, by=request.user)
    ]
    if not printed:
        messages.warning(request, _("这些凭条不能再次显示。如果没有打印，请重新签发。"))
        return redirect("accounts:account-list")
    address = settings.SITE_URL + reverse("accounts:slip")
    context = {"printed": printed, "address": address, "hours": settings.SLIP_HOURS}
    return render(request, "accounts/slip_sheet.html", context)


def qr(code: str) -> str:
    """An image address (data:) of the QR code that opens the page with the code filled in."""
    address = f"{settings.SITE_URL}{reverse('accounts:slip')}#{code}"
    return segno.make(address, error="m", micro=False).svg_data_uri(scale=4, border=2)
