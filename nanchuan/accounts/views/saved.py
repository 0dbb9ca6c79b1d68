"""Filters of lists that people use again: saved above the list, named, renamed, taken away."""

from django.contrib import messages
from django.core import signing
from django.db.models import QuerySet
from django.http import QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from nanchuan.accounts.actions import saved as actions
from nanchuan.accounts.models import SavedView
from nanchuan.kernel.prepared import prepared
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import ScopedMixin, get_editable_or_deny, take_step

SALT = "nanchuan.accounts.saved"
LONGEST = SavedView._meta.get_field("query").max_length


class SavedViewsMixin:
    """A list whose present filter can be kept under a name. Stands left of FilteredMixin.

    The form carries the filter signed, as the list has understood it: its own fields, with
    values that it takes, and no page.
    """

    def get_context_data(self, **kwargs):
        page, user = self.request.resolver_match.view_name, self.request.user
        query = self._query()
        context = {"saving": _sign(user, page, query) if 0 < len(query) <= LONGEST else ""}
        if not self.request.htmx:
            context["saved_views"] = _kept(user.pk, page)
        return super().get_context_data(**context, **kwargs)

    def _query(self) -> str:
        form, kept = self.filter.form, QueryDict(mutable=True)
        form.is_valid()
        for name, values in self.request.GET.lists():
            field = name if name in form.fields else name.rpartition("_")[0]
            if field in form.fields and field not in form.errors and any(values):
                kept.setlist(name, values)
        return kept.urlencode()


@prepared(int, str)
def _kept(user, page) -> QuerySet:
    return SavedView.objects.filter(user=user).of_page(page)


def _sign(user, page, query) -> str:
    return signing.dumps([user.pk, page, query], salt=SALT, compress=True)


class SavedViewList(ScopedMixin, ListView):
    """The reader's own saved filters of all lists."""

    queryset = SavedView.objects.all()
    template_name = "accounts/view_list.html"


@require_POST
def view_save(request):
    try:
        owner, page, query = signing.loads(request.POST.get("saving", ""), salt=SALT)
    except (signing.BadSignature, ValueError):
        owner = None
    if owner != request.user.pk:
        messages.error(request, _("页面已过期，请刷新后重新保存。"))
        return redirect("accounts:view-list")
    try:
        view = actions.save(request.user, page=page, query=query, name=request.POST.get("name", ""))
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{reverse(page)}?{query}")
    messages.success(request, _("已保存为“%(view)s”，在列表上方随时可用。") % {"view": view})
    return redirect(view)


@require_POST
def view_rename(request, pk):
    view = get_editable_or_deny(SavedView.objects, request.user, pk=pk)
    name = request.POST.get("name", "")
    return take_step(
        request, actions.rename, view, to="accounts:view-list", done=_("名称已更改。"), name=name
    )


@require_POST
def view_delete(request, pk):
    view = get_editable_or_deny(SavedView.objects, request.user, pk=pk)
    done = _("已删除“%(view)s”。") % {"view": view}
    return take_step(request, actions.delete, view, to="accounts:view-list", done=done)
