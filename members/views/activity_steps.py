"""A record moves: handed in, verified one by one or several, returned, withdrawn, discarded."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from django.views.generic import FormView, ListView

from members.actions import activities, verifying
from members.forms.activities import ReviewFilterSet
from members.forms.activity_steps import ReasonForm
from members.models import Activity
from nanchuan.kernel.fields import is_number
from nanchuan.kernel.paging import LongPaginator
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import (
    DressedMixin,
    FilteredMixin,
    FormActionMixin,
    get_editable_or_deny,
    take_step,
)

MOST_AT_ONCE = 100


class ActivityReview(DressedMixin, FilteredMixin, ListView):
    """What waits to be verified by this person, the oldest first."""

    filterset_class = ReviewFilterSet
    template_name = "members/activity_review.html"
    partial_template_name = "members/_activity_review.html"
    paginator_class = LongPaginator

    @property
    def queryset(self):
        return Activity.objects.waiting().verifiable_by(self.request.user)

    def dress(self, rows):
        rows = rows.select_related("organization", "kind", "host", "logged_by")
        return rows.defer("text").with_attendance().with_photos()


@require_POST
def activity_verify_many(request):
    """Those that are ticked, each at the revision that stood in the list."""
    done, refusals = 0, []
    for pk, revision in list(_ticked(request))[:MOST_AT_ONCE]:
        activity = Activity.objects.waiting().verifiable_by(request.user).filter(pk=pk).first()
        if activity is None:
            continue
        activity.revision = revision
        try:
            verifying.verify(activity, by=request.user)
            done += 1
        except StepRefused as refusal:
            refusals.append(str(refusal))
    for refusal in refusals:
        messages.error(request, refusal)
    if done:
        words = ngettext("已核实 %(number)d 条记录。", "已核实 %(number)d 条记录。", done)
        messages.success(request, words % {"number": done})
    elif not refusals:
        messages.error(request, _("没有勾选待核实的记录。"))
    return redirect("members:activity-review")


def _ticked(request):
    """`activity` is the number of a record and its revision: 12-3."""
    for ticked in request.POST.getlist("activity"):
        pk, _dash, revision = ticked.partition("-")
        if is_number(pk) and is_number(revision):
            yield int(pk), int(revision)


@require_POST
def activity_verify(request, pk):
    activity = verifiable(request, pk)
    activity.revision = _seen(request, activity)
    return take_step(request, verifying.verify, activity, done=_("已核实，记录人会收到通知。"))


@require_POST
def activity_submit(request, pk):
    activity = get_editable_or_deny(Activity.objects.whole(), request.user, pk=pk)
    return take_step(request, activities.submit, activity, done=_("已提交，等待核实。"))


def verifiable(request, pk) -> Activity:
    """404 for what a person cannot see; 403 for what is not this person's to verify."""
    activity = get_object_or_404(Activity.objects.whole().visible_to(request.user), pk=pk)
    if not activity.may_be_verified_by(request.user):
        raise PermissionDenied
    return activity


def _seen(request, activity) -> int:
    """The revision that stood on the page; without one nothing is compared."""
    seen = request.POST.get("revision", "")
    return int(seen) if is_number(seen) else activity.revision


class ReasonPage(FormActionMixin, FormView):
    """A step that needs a reason, on a page of its own; back to the record when it is too late."""

    form_class = ReasonForm
    template_name = "members/activity_reason.html"
    step = ""  # the status that the record is to have
    heading = ""
    consequence = ""

    @cached_property
    def activity(self):
        return self.find(self.request, self.kwargs["pk"])

    def get(self, request, *args, **kwargs):
        if not self.activity.may_become(self.step):
            messages.error(request, _("这条记录的状态已经变了，请看下面的办理记录。"))
            return redirect(self.activity)
        return super().get(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        self.activity  # noqa: B018 - who may not see or move it is told so before anything else
        return super().post(request, *args, **kwargs)

    def get_initial(self):
        return {"revision": self.activity.revision}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            activity=self.activity,
            heading=self.heading,
            consequence=self.consequence,
            cancel_url=self.activity.get_absolute_url(),
            **kwargs,
        )

    def act(self, form):
        activity = self.find(self.request, self.kwargs["pk"])
        activity.revision = form.cleaned_data["revision"]
        type(self).action(activity, form.cleaned_data["reason"], by=self.request.user)
        return activity


class ActivityReturn(ReasonPage):
    action = staticmethod(verifying.send_back)
    step = Activity.Status.RETURNED
    heading = gettext_lazy("退回记录")
    consequence = gettext_lazy("退回后不再计入各项统计，记录人会看到原因，改好后重新提交。")
    success_message = gettext_lazy("已退回，记录人会收到通知。")

    def find(self, request, pk):
        return verifiable(request, pk)


class ActivityWithdraw(ReasonPage):
    action = staticmethod(verifying.withdraw)
    step = Activity.Status.WITHDRAWN
    heading = gettext_lazy("撤回记录")
    consequence = gettext_lazy("没有开展、重复记录的，可以撤回。撤回后不再计入，也不能恢复。")
    success_message = gettext_lazy("已撤回这条记录。")

    def find(self, request, pk):
        return get_editable_or_deny(Activity.objects.whole(), request.user, pk=pk)
