from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, FormView, ListView

from members.actions import talks as actions
from members.forms.talks import CoverageFilterSet, TalkFilterSet, TalkForm, TalkNoteForm
from members.models import (
    Activity,
    ActivityKind,
    Attendance,
    Membership,
    Organization,
    Participation,
    PartyMember,
    TalkNote,
)
from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel import events, roles
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.fields import is_number
from nanchuan.kernel.paging import LongPaginator
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    FormActionMixin,
    ScopedMixin,
    take_step,
)

SEALED = sensitive_post_parameters("content", "follow_up")
MOST_NAMES = 12  # of a line


def talks():
    """Activities of the private kinds: `members.models.TalkNote` holds what was said."""
    return Activity.objects.filter(kind__in=ActivityKind.objects.private().values("pk"))


def with_names(rows, user):
    """Each talk with the people in it that the reader knows, as `known`."""
    people = Attendance.objects.select_related("member").order_by("pk")
    if not roles.has_role(user, *roles.WHOLE_PARK):
        mine = Attendance.objects.filter(member__in=roles.places(user, roles.MEMBER))
        seen = PartyMember.objects.visible_to(user).order_by().values("pk")
        people = people.filter(Q(member__in=seen) | Q(activity__in=mine.values("activity")))
    return rows.prefetch_related(Prefetch("attendances", people, to_attr="known"))


def names_of(talk) -> str:
    known = sorted(talk.known, key=lambda one: one.member_id != talk.host_id)
    return gettext("、").join(one.member.name for one in known)


class TalkList(ExportedMixin, DressedMixin, SavedViewsMixin, FilteredMixin, ScopedMixin, ListView):
    """That talks took place, newest first: whose, when, and who as far as the reader knows them."""

    queryset = talks().newest()
    marked = False
    filterset_class = TalkFilterSet
    template_name = "members/talk_list.html"
    partial_template_name = "members/_talk_table.html"
    paginator_class = LongPaginator
    export_name = _("谈心谈话")

    def dress(self, rows):
        rows = rows.select_related("organization").defer("text")
        return with_names(rows, self.request.user)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for talk in context["object_list"]:
            talk.names = names_of(talk)
        return context

    def export_columns(self):
        return [
            Column(_("党组织"), lambda row: row.organization.name, 36),
            Column(_("日期"), lambda row: row.held_on, 12),
            Column(_("谈话双方"), names_of, 20),
            Column(_("状态"), lambda row: row.get_status_display(), 10),
            Column(_("补录"), lambda row: row.late_word, 8),
        ]


class TalkDetail(ScopedMixin, DetailView):
    """That a talk took place. What was said is opened by an act of its own."""

    template_name = "members/talk_detail.html"
    context_object_name = "talk"
    marked = False

    def get_queryset(self):
        self.queryset = talks().select_related("organization", "logged_by")
        return with_names(super().get_queryset(), self.request.user)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**shown(self.object, self.request.user), **kwargs)


def shown(talk, user) -> dict:
    note = TalkNote.objects.visible_to(user).marked_for(user).defer("content", "follow_up")
    found = note.filter(pk=talk.pk).select_related("superior").first()
    is_written = found and found.is_editable and talk.status == Activity.Status.SUBMITTED
    talk.names = names_of(talk)
    return {
        "may_read": found is not None,
        "may_write": bool(is_written),
        "superior": found.superior if found else None,
        "history": events.latest(talk),
    }


@never_cache
@require_POST
def talk_read(request, pk):
    """The words of a talk, on this answer and nowhere else."""
    user = request.user
    rows = with_names(talks().visible_to(user), user).select_related("organization", "logged_by")
    talk = get_object_or_404(rows, pk=pk)
    note = TalkNote.objects.visible_to(user).select_related("activity").filter(pk=pk).first()
    if note is None:
        raise PermissionDenied
    actions.read(note, by=user)
    return render(
        request, "members/talk_detail.html", {"talk": talk, "note": note, **shown(talk, user)}
    )


@method_decorator([never_cache, SEALED], name="dispatch")
class TalkCreate(FormActionMixin, FormView):
    """One of two writes down that they talked, in under a minute (记谈话)."""

    form_class = TalkForm
    template_name = "members/talk_form.html"
    success_message = _("已记录。谈话内容加密保存。")

    def get_initial(self):
        now = timezone.localtime()
        asked = self.request.GET.get("other", "")
        started = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
        return {"starts_at": started, "other": int(asked) if is_number(asked) else None}

    def act(self, form):
        return actions.log(by=self.request.user, **form.facts())

    def get_success_url(self):
        return talk_url(self.object)

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("members:talk-list"), **kwargs)


@method_decorator([never_cache, SEALED], name="dispatch")
class TalkEdit(FormActionMixin, FormView):
    """Who wrote a talk down adds to it."""

    form_class = TalkNoteForm
    template_name = "members/talk_form.html"
    success_message = _("已保存。谈话内容加密保存。")

    def dispatch(self, request, *args, **kwargs):
        self.note = written_note(request.user, kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self):
        return {name: getattr(self.note, name) for name in ("content", "follow_up", "revision")}

    def act(self, form):
        return actions.change(self.note, by=self.request.user, **form.facts())

    def get_success_url(self):
        return talk_url(self.note.activity)

    def get_context_data(self, **kwargs):
        talk = self.note.activity
        return super().get_context_data(talk=talk, cancel_url=talk_url(talk), **kwargs)


@require_POST
def talk_withdraw(request, pk):
    note = written_note(request.user, pk)
    to = reverse("members:talk-list")
    return take_step(
        request, actions.withdraw, note, done=gettext("已撤回，不再计入谈心谈话。"), to=to
    )


def written_note(user, pk) -> TalkNote:
    """404 for a talk that the user cannot see, 403 for one that somebody else wrote down."""
    get_object_or_404(talks().visible_to(user), pk=pk)
    rows = TalkNote.objects.editable_by(user).select_related("activity")
    note = rows.filter(pk=pk).first()
    if note is None:
        raise PermissionDenied
    return note


def talk_url(talk) -> str:
    return reverse("members:talk-detail", args=[talk.pk])


class TalkElsewhereMixin:
    """The page of an activity sends those who open a private one to the page of the talk."""

    def render_to_response(self, context, **kwargs):
        if self.object.kind.is_private:
            return redirect(talk_url(self.object))
        return super().render_to_response(context, **kwargs)


class TalkCoverage(DressedMixin, FilteredMixin, ScopedMixin, ListView):
    """Of how many members each organization knows a talk this year; who is still to be talked to
    is told to those who lead it."""

    queryset = Organization.objects.current().order_by("path")
    marked = False
    filterset_class = CoverageFilterSet
    template_name = "members/talk_coverage.html"
    partial_template_name = "members/_talk_coverage_table.html"

    def dress(self, rows):
        talked = Membership.objects.counted().filter(
            organization=OuterRef("pk"), member__in=self._talked()
        )
        number = talked.order_by().values("organization").annotate(number=Count("pk"))
        return rows.with_members().annotate(talked=Coalesce(Subquery(number.values("number")), 0))

    def _talked(self):
        """Members who took part in a talk of the year."""
        held = Participation.objects.counted().filter(
            kind__in=ActivityKind.objects.private(), held_on__year=self.filter.chosen_year
        )
        rows = Attendance.objects.filter(
            activity__in=held.values("activity"), presence=Attendance.Presence.PRESENT
        )
        return rows.values("member")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        rows = list(context["object_list"])
        waiting = self._waiting([row for row in rows if self._leads(row)])
        for row in rows:
            row.open = max(row.own_members - row.talked, 0)
            names = waiting.get(row.pk, ())
            row.waiting, row.more = names[:MOST_NAMES], max(len(names) - MOST_NAMES, 0)
        return context | {"object_list": rows, "year": self.filter.chosen_year}

    def _leads(self, organization):
        places = roles.places(self.request.user, roles.SECRETARY)
        return any(organization.path.startswith(path) for path in places)

    def _waiting(self, led) -> dict:
        if not led:
            return {}
        rows = Membership.objects.counted().filter(organization__in=led)
        rows = rows.exclude(member__in=self._talked()).order_by("member__pinyin", "pk")
        found = {}
        for organization, member, name in rows.values_list(
            "organization", "member", "member__name"
        ):
            found.setdefault(organization, []).append({"pk": member, "name": name})
        return found
