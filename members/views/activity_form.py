"""Logging an activity on a phone (记活动), going on with a draft, and putting a record right."""

from contextlib import suppress
from copy import copy
from functools import partial

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import CreateView, UpdateView

from members.actions import activities as actions
from members.actions import drafting, photos, studies
from members.forms.activities import OrganizationForm
from members.forms.activity import USUAL_KIND, ActivityForm
from members.models import Activity, Organization
from members.usual import usual
from nanchuan.kernel import roles, uploads
from nanchuan.kernel.fields import is_number
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import FormActionMixin, get_editable_or_deny

MOST_DRAFTS = 20  # on a page


class ActivityFormMixin(FormActionMixin):
    """Logging, going on and correcting share the form, its organization, and the care for what
    was typed and chosen."""

    model = Activity
    form_class = ActivityForm
    template_name = "members/activity_form.html"
    organization = None
    draft = None  # what the page goes on with
    files_dropped = False

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()  # reads the request: oversized files are known then
        more = {
            "organization": self.organization,
            "usual": partial(usual, self.organization),
            "is_draft": "draft" in self.request.POST,
            "oversized": getattr(self.request, "oversized_files", ()),
        }
        return kwargs | more

    def form_valid(self, form):
        try:
            if form.is_draft:
                return self._kept(form)
            return super().form_valid(form)
        except BaseException:  # the transaction is gone, so its photos go too
            uploads.discard(form.cleaned_data["photos"])
            raise

    def _kept(self, form):
        """`存草稿`, for who has no script that does it all the time."""
        try:
            draft = keep(self.organization, self.draft, form, by=self.request.user)
        except StepRefused as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        messages.success(self.request, _("草稿已保存，可以随时继续填写。"))
        return redirect("members:activity-edit", draft.pk)

    def form_invalid(self, form):
        """Files that are fine wait in the draft, and are not asked for again."""
        if answer := self.first_answer():
            return answer
        chosen = form.cleaned_data.get("photos"), form.cleaned_data.get("files")
        uploads.discard(chosen[0] or ())  # what was stored for an activity that was refused
        if any(chosen):
            with suppress(StepRefused):
                form = self._with_files_kept(form)
        self.files_dropped = bool(self.request.FILES) and not form.is_held
        return self.render_to_response(self.get_context_data(form=form))

    def _with_files_kept(self, form):
        if self.draft is None and self.object is not None:
            raise StepRefused(_("这条记录已经提交。请打开记录页更正。"))
        user = self.request.user
        self.draft = keep(self.organization, self.draft, form, by=user)
        data = self.request.POST.copy()
        data["revision"] = self.draft.revision
        kwargs = self.get_form_kwargs() | {"data": data, "files": None, "instance": self.draft}
        again = self.form_class(**kwargs)
        for name in ("photos", "files"):
            for error in form.errors.get(name, ()):
                again.add_error(name, error)
        for error in form.non_field_errors():
            if error not in again.non_field_errors():
                again.add_error(None, error)
        again.is_held = True
        return again

    def get_context_data(self, **kwargs):
        """`is_drafted`: the server keeps a draft; `is_open`: photos and files go in at once."""
        there = self.object
        is_drafted = there is None or there.is_draft
        return super().get_context_data(
            organization=self.organization,
            draft=self.draft,
            is_drafted=is_drafted,
            is_open=is_drafted or there.status == Activity.Status.RETURNED,
            files_dropped=self.files_dropped,
            most_photos=uploads.MOST_PHOTOS,
            **kwargs,
        )


class ActivityCreate(ActivityFormMixin, CreateView):
    """A secretary writes down an activity in under a minute.

    What was true last time is filled in: place, host, who is to come.
    """

    def dispatch(self, request, *args, **kwargs):
        self.organization = self._organization()
        if self.organization is None:
            return self._choose()
        return super().dispatch(request, *args, **kwargs)

    def _organization(self):
        """The one asked for, or the only sensible one."""
        user, asked = self.request.user, self.request.GET.get("organization", "")
        rows = Organization.objects.current()
        if asked:
            if not is_number(asked):
                raise Http404
            return get_editable_or_deny(rows, user, pk=asked)
        if roles.has_role(user, roles.STAFF) or "choose" in self.request.GET:
            return None
        return rows.editable_by(user).order_by("depth", "path").first()

    def _choose(self):
        """Without scripts too: first the organization, then the form with its members."""
        form = OrganizationForm(user=self.request.user)
        context = {"form": form, "drafts": drafts_of(self.request.user)}
        return render(self.request, "members/activity_choose.html", context)

    def get_form(self, form_class=None):
        form = super().get_form(form_class)
        if not form.is_bound:
            _begin_as_usual(form, self.request.GET.get("kind", ""))
        return form

    def get_context_data(self, **kwargs):
        user = self.request.user
        several = roles.has_role(user, roles.STAFF) or self.organization.numchild > 0
        kept = [draft for draft in drafts_of(user) if draft != self.draft]
        return super().get_context_data(
            may_choose=several, drafts=kept, cancel_url=reverse("members:activity-list"), **kwargs
        )

    @property
    def success_message(self):
        return _("已提交“%(object)s”。")

    def act(self, form):
        draft = keep(self.organization, self.draft, form, by=self.request.user)
        actions.submit(draft, by=self.request.user)
        return draft


class ActivityEdit(ActivityFormMixin, UpdateView):
    """A draft is gone on with and handed in; what was handed in is put right."""

    context_object_name = "activity"

    def get_object(self, queryset=None):
        rows = Activity.objects.select_related("organization", "kind", "host")
        found = get_editable_or_deny(rows, self.request.user, pk=self.kwargs["pk"])
        self.organization = found.organization
        self.draft = found if found.is_draft else None
        return found

    def get_form(self, form_class=None):
        form = super().get_form(form_class)
        if not form.is_bound and self.draft and not form.initial.get("attendance"):
            _go_on_as_usual(form)
        return form

    def get_context_data(self, **kwargs):
        there = self.object
        to = reverse("members:activity-list") if there.is_draft else there.get_absolute_url()
        return super().get_context_data(cancel_url=to, **kwargs)

    @property
    def success_message(self):
        if self.draft or self.object.status == Activity.Status.SUBMITTED:
            return _("已提交“%(object)s”。")
        return _("已更正“%(object)s”。")

    def act(self, form):
        user = self.request.user
        return (_hand_in if self.draft else _correct)(form, by=user)


def keep(organization, draft, form, *, by) -> Activity:
    """Whatever of a form may stand, in its draft: the one given, or that of the form's token."""
    facts = form.kept() | _files(form)
    with transaction.atomic():
        if draft is None:
            once = form.cleaned_data.get("once")
            if once is None:
                raise StepRefused(_("页面已过期，请刷新后继续。"))
            draft = drafting.begin(organization, once=once, by=by, **facts)
        else:
            draft = _as_seen(draft, form)
            actions.keep(draft, by=by, **facts)
        _arrange(draft, form)
    return draft


def _hand_in(form, *, by) -> Activity:
    """A draft, with what was typed last."""
    draft = _as_seen(form.instance, form)
    with transaction.atomic():
        _arrange(draft, form)
        actions.submit(draft, by=by, **form.kept(), **_files(form))
    return draft


def _correct(form, *, by) -> Activity:
    """A record that was returned is handed in again at once."""
    activity = _as_seen(form.instance, form)
    with transaction.atomic():
        actions.change(activity, by=by, **form.facts(), **_files(form))
        _arrange(activity, form)
        if activity.status == Activity.Status.RETURNED:
            actions.submit(activity, by=by)
    return activity


def _as_seen(activity, form) -> Activity:
    """The row as it was read, if the page showed the same revision; else one that is refused. A
    copy, so that what is refused stays as it was on the page."""
    seen = copy(activity)
    if form.cleaned_data.get("revision") != activity.revision:
        seen.revision = -1
    return seen


def _files(form) -> dict:
    given = form.cleaned_data
    return {
        "pictures": given.get("photos") or (),
        "files": given.get("files") or (),
        "removed": given.get("removed") or (),
        "removed_files": given.get("dropped") or (),
    }


def _arrange(activity, form):
    materials = form.cleaned_data.get("materials")
    if materials is not None and {each.pk for each in materials} != form.known_materials:
        studies.choose(activity, materials, by=form.user)
    if captions := form.cleaned_data.get("captions"):
        photos.arrange(activity, captions)


def _begin_as_usual(form, asked=""):
    """The kind asked for by its code, or the usual one, now, where and by whom it was last time,
    and all who are to come."""
    now = timezone.localtime()
    initial = {"starts_at": now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)}
    kinds, last = form.kinds, form.usual.newest
    by_code = {each.code: each for each in kinds.values()}
    kind = by_code.get(asked) or (last and kinds.get(last.kind_id)) or by_code.get(USUAL_KIND)
    if kind and (same := form.usual.last.get(kind.pk)):
        last = same
    if kind:
        initial |= {"kind": kind.pk, "hours": kind.hours}
    if last:
        initial |= {"place": last.place, "host": last.host_id}
    form.initial |= initial
    _expect_as_usual(form)


def _go_on_as_usual(form):
    """Of a draft that knows no more than its kind and day, e.g. held as planned."""
    last = form.usual.last.get(form.instance.kind_id) or form.usual.newest
    if last:
        form.initial["place"] = form.initial.get("place") or last.place
        form.initial["host"] = form.initial.get("host") or last.host_id
    _expect_as_usual(form)


def _expect_as_usual(form):
    kind = form["kind"].value()
    chip = next((chip for chip in form.chips if chip["kind"].pk == kind), None)
    people = chip["people"] if chip else ()
    form.initial["attendance"] = dict.fromkeys(people, ("present", ""))


def drafts_of(user) -> list[Activity]:
    """What the reader began to write down and has not handed in."""
    if not roles.has_role(user, roles.STAFF, roles.SECRETARY):
        return []
    rows = Activity.objects.editable_by(user).filter(status=Activity.Status.DRAFT, logged_by=user)
    return list(
        rows.select_related("organization", "kind").order_by("-logged_at", "-pk")[:MOST_DRAFTS]
    )


class DraftsMixin:
    """A page on which the reader's own drafts stand first."""

    def get_context_data(self, **kwargs):
        return super().get_context_data(drafts=drafts_of(self.request.user), **kwargs)
