"""What the page of an activity asks for by itself while it is filled in: drafts and files."""

from django import forms
from django.contrib import messages
from django.http import Http404, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members.actions import activities as actions
from members.actions import drafting
from members.forms.activity import ActivityForm
from members.forms.photos import PhotosField
from members.models import Activity, Organization
from members.views.activity_form import keep
from nanchuan.kernel import uploads
from nanchuan.kernel.fields import is_number
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import get_editable_or_deny

REFUSED = 409


class OncePart(forms.Form):
    """What a script sends by itself has a token of its own: the same sent twice is one."""

    once = forms.UUIDField(required=False)


class OnePhotoForm(OncePart):
    file = PhotosField(most=1)


class OneFileForm(OncePart):
    file = uploads.documents_field()


@require_POST
def activity_begin(request):
    """`?organization=7`: the first thing was typed, and the draft begins."""
    asked = request.GET.get("organization", "")
    if not is_number(asked):
        raise Http404
    organization = get_editable_or_deny(Organization.objects.current(), request.user, pk=asked)
    return _keep(request, organization, None)


@require_POST
def activity_keep(request, pk):
    draft = _of(request, pk)
    if not draft.is_draft:
        url = draft.get_absolute_url()
        words = {"refusal": _("这份草稿已经提交。"), "url": url, "is_over": True}
        return JsonResponse(words, status=REFUSED)
    return _keep(request, draft.organization, draft)


def _of(request, pk) -> Activity:
    rows = Activity.objects.select_related("organization", "kind", "host")
    return get_editable_or_deny(rows, request.user, pk=pk)


def _keep(request, organization, draft):
    form = ActivityForm(
        request.POST,
        user=request.user,
        organization=organization,
        instance=draft,
        is_draft=True,
    )
    form.is_valid()
    seen = draft and draft.revision
    try:
        kept = keep(organization, draft, form, by=request.user)
    except drafting.Over as refusal:
        return JsonResponse({"refusal": str(refusal), "is_over": True}, status=REFUSED)
    except StepRefused as refusal:
        words = {"refusal": str(refusal)}
        if draft and form.cleaned_data.get("revision") != seen:
            words = {
                "refusal": _("这份草稿刚在别处改过。这里写的还在这台设备上，没有覆盖。"),
                "url": reverse("members:activity-edit", args=[draft.pk]),
            }
        return JsonResponse(words, status=REFUSED)
    return JsonResponse(_places(kept))


def _places(draft) -> dict:
    """What the page knows of its draft from now on."""
    now = timezone.localtime()
    names = {
        "edit": "activity-edit",
        "keep": "activity-keep",
        "photos": "activity-photo-add",
        "files": "activity-file-add",
    }
    places = {key: reverse(f"members:{name}", args=[draft.pk]) for key, name in names.items()}
    return places | {"saved": f"{now:%H:%M}", "revision": draft.revision}


@require_POST
def activity_discard(request, pk):
    try:
        actions.discard(_of(request, pk))
    except StepRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已删除草稿。"))
    return redirect("members:activity-list")


@require_POST
def activity_photo_add(request, pk):
    """One photo, into what is still being written; answers its line of the page."""
    activity, form = _of(request, pk), OnePhotoForm(request.POST, request.FILES)
    if refusal := _refusal(request, form):
        return refusal
    pictures = form.cleaned_data["file"]
    try:
        photo = drafting.add_photo(activity, *pictures, once=form.cleaned_data["once"])
    except StepRefused as refusal:
        return JsonResponse({"refusal": str(refusal)}, status=REFUSED)
    except BaseException:
        uploads.discard(pictures)
        raise
    return JsonResponse({"line": _line("_activity_photo.html", photo=photo) if photo else ""})


@require_POST
def activity_file_add(request, pk):
    activity, form = _of(request, pk), OneFileForm(request.POST, request.FILES)
    if refusal := _refusal(request, form):
        return refusal
    try:
        documents, once = form.cleaned_data["file"], form.cleaned_data["once"]
        file = drafting.add_file(activity, *documents, once=once, by=request.user)
    except StepRefused as refusal:
        return JsonResponse({"refusal": str(refusal)}, status=REFUSED)
    return JsonResponse({"line": _line("_activity_file.html", file=file) if file else ""})


def _refusal(request, form):
    """Why what was sent is none; it is not worth sending again."""
    said = [str(error) for errors in form.errors.values() for error in errors]
    said += [uploads.too_large(name) for name in getattr(request, "oversized_files", ())]
    if not said and not form.cleaned_data.get("file"):
        said = [_("没有收到文件，请重新选择。")]
    return JsonResponse({"refusal": said[0], "is_final": True}, status=REFUSED) if said else None


def _line(template, **context) -> str:
    return render_to_string(f"members/{template}", context)
