from tempfile import TemporaryFile

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.generic import FormView

from members.actions import reveals
from members.forms.reveals import ReasonForm, RevealForm
from members.forms.roster import roster_columns
from members.models import PartyMember
from nanchuan.kernel import exporting
from nanchuan.kernel.models import FormToken
from nanchuan.kernel.policies import policy_of
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import file_response, get_editable_or_deny


class RevealMixin:
    """The page of a person that offers to see numbers in full (`members/_reveal_box.html`)."""

    def get_context_data(self, **kwargs):
        user, offer = self.request.user, None
        if self.object.is_editable and policy_of("members:person-reveal").admits(user):
            offer = RevealForm(user=user)
        return super().get_context_data(reveal_form=offer, **kwargs)


@never_cache
@require_POST
def person_reveal(request, pk):
    """One number in full, on this answer and nowhere else."""
    people = PartyMember.objects.with_place()
    person = get_editable_or_deny(people, request.user, pk=pk)
    form = RevealForm(request.POST, user=request.user)
    context = {"person": person, "form": form, "cancel_url": person.get_absolute_url()}
    if form.is_valid():
        try:
            context |= _reveal_once(person, form.cleaned_data, request.user)
        except StepRefused as refusal:
            form.add_error(None, str(refusal))
        except IntegrityError:
            messages.warning(request, _("号码只显示一次。还要查看的，请重新填写事由。"))
            return redirect(person)
    return render(request, "members/person_reveal.html", context)


@transaction.atomic
def _reveal_once(person, given, by):
    """The same form, sent twice, shows the number once."""
    FormToken.objects.create(token=given["once"], url=person.get_absolute_url())
    facts = {name: given[name] for name in ("number", "reason", "text")}
    return {
        "value": reveals.reveal(person, by=by, **facts),
        "label": reveals.Number(given["number"]).label,
        "reason": reveals.Reason(given["reason"]).label,
        "text": given["text"],
    }


@method_decorator(never_cache, name="dispatch")
class RosterReveal(FormView):
    """The roster that a filter leaves, as Excel with its numbers in full."""

    form_class = ReasonForm
    list_view = None  # the roster, from members.urls: its page shows this one's box
    template_name = "members/roster_reveal.html"

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.list = self.list_view()
        self.list.setup(request)
        self.rows = self.list.get_queryset()

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"user": self.request.user}

    def get_context_data(self, **kwargs):
        back = f"{reverse('members:person-list')}?{self.request.GET.urlencode()}"
        return super().get_context_data(
            filter=self.list.filter, number=self.rows.count(), cancel_url=back, **kwargs
        )

    def form_valid(self, form):
        facts = {name: form.cleaned_data[name] for name in ("reason", "text")}
        by, filters = self.request.user, [name for name, given in self.request.GET.items() if given]
        try:
            if not self.list.filter.is_valid():
                raise StepRefused(_("筛选条件填写有误。请回到名册改正后再导出。"))
            reveals.take_out(self.rows.count(), filters=filters, by=by, **facts)
        except StepRefused as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        return self._file(by)

    def _file(self, by):
        title, file = _("党员名册（含完整号码）"), TemporaryFile()  # noqa: SIM115
        rows = self.list.dress_export(self.rows).iterator(chunk_size=1000)
        columns = roster_columns(in_full=True)
        exporting.write_xlsx(file, title=title, columns=columns, rows=rows, by=by)
        name = f"{title}-{timezone.localdate():%Y%m%d}.xlsx"
        return file_response(file, name, exporting.CONTENT_TYPE)
