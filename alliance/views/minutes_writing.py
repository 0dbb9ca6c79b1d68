"""Minutes are written: the form, what it saves by itself, and every revision there was."""

import re
import uuid

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import DetailView

from alliance import comparing, minuting
from alliance.actions import minutes as actions
from alliance.forms.minutes import SectionsForm, memory
from alliance.models import Minutes
from alliance.views.minutes import ROWS
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import get_editable_or_deny

MOST_SHOWN = 200  # revisions
OF_ITEM = re.compile(r"item-[0-9]{1,18}")  # a key that the form may have held


def minutes_edit(request, pk):
    """A text area for each section beside the facts that the portal knows."""
    minutes = get_editable_or_deny(ROWS, request.user, pk=pk)
    if request.method == "POST":
        return _save(request, minutes)
    if minutes.status != Minutes.Status.DRAFT:
        messages.error(request, _("%(minutes)s已锁定，不能再改。") % {"minutes": minutes})
        return redirect(minutes)
    return _page(request, minutes, _fresh(minutes, minuting.sections(minutes)))


def _save(request, minutes):
    form = _sent(request, minutes)
    if not form.is_valid():
        return _page(request, minutes, form)
    try:
        saved = _keep(request, minutes, form)
    except StepRefused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, minutes, form)
    if saved.asked:
        return _ask(request, minutes, form, saved)
    if saved.taken:
        messages.info(request, _taken_words(form.sections, saved))
    messages.success(request, _("纪要已保存。"))
    return redirect(minutes)


@require_POST
def minutes_autosave(request, pk):
    """Answers with a line of words, and what the form has to remember from now on."""
    minutes = get_editable_or_deny(ROWS, request.user, pk=pk)
    form = _sent(request, minutes)
    context = {"saved": False, "words": _("没有自动保存，请按“保存”查看原因。")}
    if form.is_valid():
        try:
            saved = _keep(request, minutes, form, autosave=True)
        except StepRefused as refusal:
            context["words"] = str(refusal)
        else:
            context = {
                "saved": not saved.asked,
                "words": _saved_words(form.sections, saved),
                "memory": memory(_read_now(form, saved), form.asked),
            }
    return render(request, "alliance/_minutes_saved.html", context)


def _sent(request, minutes) -> SectionsForm:
    """The form as it was sent, with every section that it held when it was opened."""
    known, _asked = SectionsForm(request.POST, sections=[]).memory
    also = [key for key in known if OF_ITEM.fullmatch(key) and request.POST.get(key, "").strip()]
    return SectionsForm(request.POST, sections=minuting.sections(minutes, also=also))


def _keep(request, minutes, form, *, autosave=False):
    read = minutes.revisions.filter(pk__in=set(form.known.values()))
    texts = dict(read.values_list("pk", "sections"))
    typed, base = form.decided(texts, answered=not autosave)
    return actions.save(
        minutes,
        typed=typed,
        base=base,
        page=_page_number(request),
        autosave=autosave,
        by=request.user,
    )


def _page_number(request) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get("page", ""))
    except ValueError:
        return None


def _read_now(form, saved) -> dict[str, int]:
    """What the writer has read of each section once it is saved: where others wrote, what was
    read before."""
    behind = {*saved.taken, *saved.asked}
    head = saved.head.pk if saved.head else 0
    read = {section.key: head for section in form.sections if section.key not in behind}
    return read | {key: form.known[key] for key in behind if key in form.known}


def _fresh(minutes, sections, typed=None, asked=()) -> SectionsForm:
    head = minutes.head_id or 0
    values = minuting.texts(minutes) | (typed or {})
    values["base"] = memory({section.key: head for section in sections}, asked)
    if not asked:
        return SectionsForm(initial=values, sections=sections)
    return SectionsForm(values, sections=sections)


def _ask(request, minutes, form, saved):
    """Everything else is saved; the sections that two wrote come back with both texts."""
    typed = form.typed()
    mine = {key: typed[key] for key in saved.asked}
    form = _fresh(minutes, form.sections, mine, saved.asked)
    form.is_valid()
    names = _names(form.sections, saved.asked)
    form.add_error(
        None,
        _(
            "%(who)s也改过%(names)s，这部分还没有保存。两段文字都在下面，请选择保留哪一个，"
            "再保存一次。其他内容已保存。"
        )
        % {"who": _who(saved, saved.asked), "names": names},
    )
    if saved.taken:
        messages.info(request, _taken_words(form.sections, saved))
    return _page(request, minutes, form, saved)


def _page(request, minutes, form, saved=None):
    document = minuting.content(minutes)
    facts = {row["key"]: row for row in document["items"]}
    theirs = minuting.texts(minutes)
    rows = []
    for section in form.sections:
        key = section.key
        row = {"section": section, "field": form[key], "facts": facts.get(key)}
        if key in form.asked:
            row["choice"] = form[f"keep-{key}"]
            row["pieces"] = comparing.pieces(theirs.get(key, ""), form[key].value() or "")
            row["author"] = saved.authors.get(key, "") if saved else ""
        rows.append(row)
    context = {
        "minutes": minutes,
        "form": form,
        "rows": rows,
        "document": document,
        "page": request.POST.get("page") or uuid.uuid4(),
        "cancel_url": minutes.get_absolute_url(),
    }
    return render(request, "alliance/minutes_edit.html", context)


def _names(sections, keys) -> str:
    return _("、").join(f"“{section.title}”" for section in sections if section.key in keys)


def _who(saved, keys) -> str:
    names = dict.fromkeys(filter(None, (saved.authors.get(key) for key in keys)))
    return _("、").join(names) or _("别人")


def _taken_words(sections, saved) -> str:
    return _("%(who)s改了%(names)s，您没有动过这部分，已自动合并。") % {
        "who": _who(saved, saved.taken),
        "names": _names(sections, saved.taken),
    }


def _saved_words(sections, saved) -> str:
    if saved.asked:
        return _("%(who)s也改过%(names)s，这部分还没有保存，保存时请选择。") % {
            "who": _who(saved, saved.asked),
            "names": _names(sections, saved.asked),
        }
    words = _("已自动保存 %(time)s") % {"time": f"{timezone.localtime():%H:%M}"}
    if saved.taken:
        words += _("；%(who)s改了%(names)s，保存后会并入。") % {
            "who": _who(saved, saved.taken),
            "names": _names(sections, saved.taken),
        }
    return words


class MinutesRevisions(DetailView):
    """Who wrote when, and any two revisions side by side; `old` and `new` are their numbers."""

    queryset = ROWS
    template_name = "alliance/minutes_revisions.html"
    context_object_name = "minutes"

    def get_object(self, queryset=None):
        return get_editable_or_deny(ROWS, self.request.user, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs):
        rows = _together(self.object.revisions.select_related("by").defer("sections")[:MOST_SHOWN])
        new = self._asked("new") or self.object.head
        old = self._asked("old") or (new.base if new else None)
        return super().get_context_data(
            revisions=rows,
            old=old,
            new=new,
            changes=_changes(self.object, old, new) if new else [],
            cancel_url=reverse("alliance:minutes-detail", args=[self.object.pk]),
            **kwargs,
        )

    def _asked(self, name):
        asked = self.request.GET.get(name, "")
        if not asked:
            return None
        if not asked.isdecimal() or len(asked) > 18:  # noqa: PLR2004 - no database holds it
            raise Http404
        found = self.object.revisions.filter(pk=asked).select_related("by", "base").first()
        if found is None:
            raise Http404
        return found


def _together(rows) -> list:
    """What one person's form saved by itself in a row counts as one line, the last of them."""
    found = []
    for row in rows:
        after = found[-1] if found else None
        same = after is not None and row.is_autosave and after.by_id == row.by_id
        if not same:
            found.append(row)
    return found


def _changes(minutes, old, new) -> list[dict]:
    """The sections that differ, in reading order."""
    before, after = old.sections if old else {}, new.sections
    keys = [*before, *after]
    also = [key for key in keys if key.startswith("item-")]
    return [
        {
            "title": section.title,
            "pieces": comparing.pieces(before.get(section.key, ""), after.get(section.key, "")),
        }
        for section in minuting.sections(minutes, also=also)
        if before.get(section.key, "") != after.get(section.key, "")
    ]
