from django.db import transaction
from django.db.models import Count, Min, Q
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import CreateView, DetailView, FormView, ListView, UpdateView

from alliance import series as rhythm
from alliance.actions import series as actions
from alliance.forms.series import EndForm, SeriesChangeForm, SeriesForm
from alliance.models import Meeting, Series
from nanchuan.kernel import calendar
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.previews import PreviewMixin
from nanchuan.kernel.templatetags.ui import moment, weekday
from nanchuan.kernel.views import HistoryMixin, ScopedMixin, get_editable_or_deny

Status = Meeting.Status
COMING = Q(meetings__status__in=(Status.DRAFT, Status.CONVENED))


class SeriesList(ScopedMixin, ListView):
    queryset = Series.objects.select_related("group", "kind").prefetch_related("partners")
    template_name = "alliance/series_list.html"
    paginate_by = 25
    marked = False

    def paginate_queryset(self, queryset, page_size):
        """A page beyond the last one is the last one."""
        paginator = self.get_paginator(queryset, page_size)
        page = paginator.get_page(self.request.GET.get("page"))
        return paginator, page, page.object_list, page.has_other_pages()

    def get_queryset(self):
        ahead = COMING & Q(meetings__starts_at__gt=timezone.now())
        rows = super().get_queryset()
        return rows.annotate(
            coming=Count("meetings", filter=ahead), next_at=Min("meetings__starts_at", filter=ahead)
        ).order_by("-pk")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for series in context["object_list"]:
            series.rhythm_words = rhythm.words(series)
        return context | {"row_count": context["paginator"].count, "filter": None}


class SeriesDetail(HistoryMixin, ScopedMixin, DetailView):
    queryset = Series.objects.select_related("group", "kind")
    template_name = "alliance/series_detail.html"

    def get_context_data(self, **kwargs):
        series = self.object
        meetings = Meeting.objects.visible_to(self.request.user).filter(series=series)
        meetings = meetings.exclude(series_on=None).select_related("convened_by")
        return super().get_context_data(
            meetings=meetings.order_by("starts_at", "pk"),
            partners=series.partners.all(),
            rhythm_words=rhythm.words(series),
            is_over=series.is_over(timezone.localdate()),
            **kwargs,
        )


class SeriesFormMixin(PreviewMixin):
    """All that will become of its meetings is shown before it is kept."""

    model = Series
    template_name = "alliance/series_form.html"

    def get_context_data(self, **kwargs):
        back = self.object.get_absolute_url() if self.object else reverse("alliance:series-list")
        return super().get_context_data(cancel_url=back, **kwargs)

    def preview(self, form):
        with transaction.atomic():
            told = words(self.outcome(form))
            transaction.set_rollback(True)
        return told

    def act(self, form):
        return self.outcome(form).series


class SeriesCreate(SeriesFormMixin, CreateView):
    form_class = SeriesForm
    success_message = gettext_lazy("已开设“%(object)s”，会议草稿已列出。")

    def outcome(self, form):
        facts = form.facts()
        partners = facts.pop("partners")
        series = Series(group=form.cleaned_data["group"], **facts)
        return actions.create(series, partners=partners, by=self.request.user)


class SeriesEdit(EditActionMixin, SeriesFormMixin, UpdateView):
    form_class = SeriesChangeForm
    success_message = gettext_lazy("已更改“%(object)s”。")

    def get_object(self, queryset=None):
        return get_editable_or_deny(Series.objects, self.request.user, pk=self.kwargs["pk"])

    def get_initial(self):
        return {"since": self.request.GET.get("from")}

    def outcome(self, form):
        series = Series.objects.get(pk=self.object.pk)  # the form has written on its own
        return actions.change(series, by=self.request.user, **form.facts())


class SeriesEnd(PreviewMixin, FormView):
    """The series goes on no longer; the page says which meetings go and which stay."""

    form_class = EndForm
    template_name = "alliance/series_end.html"
    success_message = gettext_lazy("已停办“%(object)s”。")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.series = get_editable_or_deny(Series.objects, request.user, pk=kwargs["pk"])

    def get_context_data(self, **kwargs):
        back = self.series.get_absolute_url()
        return super().get_context_data(series=self.series, cancel_url=back, **kwargs)

    def preview(self, form):
        with transaction.atomic():
            told = words(self._end())
            transaction.set_rollback(True)
        return [_("“%(series)s”停办，以后不再有新的会议。") % {"series": self.series}, *told]

    def act(self, form):
        return self._end().series

    def _end(self):
        series = get_object_or_404(Series, pk=self.series.pk)
        return actions.end(series, by=self.request.user)


def of_meeting(meeting, user) -> dict | None:
    """The series of a meeting, for its page."""
    if meeting.series_id is None:
        return None
    rows = Series.objects.visible_to(user).marked_for(user).filter(pk=meeting.series_id)
    series = rows.first()
    context = {"series": series or meeting.series, "is_seen": series is not None}
    if series and series.is_editable and series.ended_at is None and meeting.series_on:
        is_ahead = meeting.status in (Status.DRAFT, Status.CONVENED) and not meeting.has_begun
        page = reverse("alliance:series-edit", args=[series.pk])
        context["edit"] = f"{page}?from={meeting.pk}" if is_ahead else ""
    return context


def words(outcome) -> list[str]:
    """What an act did to the meetings of a series, in sentences."""
    told = []
    if outcome.made:
        number = len(outcome.made)
        sentence = ngettext(
            "草拟 %(number)d 次会议，由召集单位分别发出通知：",
            "草拟 %(number)d 次会议，由召集单位分别发出通知：",
            number,
        )
        told += [sentence % {"number": number}, *(_made(*each) for each in outcome.made)]
    told += [_moved(*each) for each in outcome.moved]
    told += [_changed(meeting) for meeting in outcome.changed]
    told += [_discarded(meeting) for meeting in outcome.discarded]
    told += [_kept(meeting) for meeting in outcome.kept]
    told += [_("%(day)s已过，不再草拟。") % {"day": _day(day.on)} for day in outcome.skipped]
    days = [timezone.localdate(meeting.starts_at) for meeting, _day_of in outcome.made]
    note = calendar.estimate_note(days)
    return told + ([note] if note else [])


def _day(day) -> str:
    return f"{day} {weekday(day)}"


def _made(meeting, day) -> str:
    facts = {"at": moment(meeting.starts_at), "unit": meeting.convened_by, "day": _day(day.on)}
    if not day.is_shifted:
        return _("%(at)s，%(unit)s召集") % facts
    if day.meets_on > day.on:
        return _("%(at)s，%(unit)s召集（%(day)s不是工作日，顺延）") % facts
    return _("%(at)s，%(unit)s召集（%(day)s不是工作日，提前）") % facts


def _moved(meeting, before) -> str:
    facts = {"meeting": meeting, "before": moment(before), "now": moment(meeting.starts_at)}
    if meeting.status == Status.CONVENED:
        return (
            _("“%(meeting)s”由 %(before)s 改到 %(now)s，已发过通知，受邀单位会收到一次改期通知。")
            % facts
        )
    return _("“%(meeting)s”的草稿由 %(before)s 改到 %(now)s。") % facts


def _changed(meeting) -> str:
    facts = {"meeting": meeting, "at": moment(meeting.starts_at)}
    return _("“%(meeting)s”（%(at)s）时间不变，内容随之更改。") % facts


def _discarded(meeting) -> str:
    facts = {"meeting": meeting, "at": moment(meeting.starts_at)}
    return _("“%(meeting)s”（%(at)s）的草稿取消，没有单位收到过通知。") % facts


def _kept(meeting) -> str:
    facts = {"meeting": meeting, "at": moment(meeting.starts_at)}
    return _("“%(meeting)s”（%(at)s）保持不变：已有人参与，或者单独改过。") % facts
