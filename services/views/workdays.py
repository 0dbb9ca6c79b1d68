"""The working calendar (工作日历): everybody may look, the office decides, and sees before it does
what that moves."""

from datetime import date

from celery import current_app
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, TemplateView

from nanchuan.kernel import calendar
from nanchuan.kernel.fields import is_number
from nanchuan.kernel.forms import ScopedForm
from nanchuan.kernel.models import CalendarDay, WorkingHours
from nanchuan.kernel.previews import PreviewMixin
from nanchuan.kernel.templatetags.ui import weekday
from nanchuan.notices import bell
from services import moving, workyear
from services.actions import reckonings
from services.actions import workdays as actions
from services.forms.workdays import FREE, LAW, TIMES, WORK, DayForm, HoursForm
from services.workyear import EARLIEST, LATEST

TASK = "services.tasks.keep_orders"


class WorkdayList(TemplateView):
    """A year at a glance, or one of its months (`?month=10`)."""

    template_name = "services/workday_list.html"

    def get_context_data(self, **kwargs):
        today = timezone.localdate()
        year = self._number("year", EARLIEST, LATEST) or today.year
        number = self._number("month", 1, workyear.MONTHS)
        months = workyear.months_of(year, today)
        month = months[number - 1] if number else None
        context = {
            "year": year,
            "previous": year - 1 if year > EARLIEST else None,
            "following": year + 1 if year < LATEST else None,
            "months": months,
            "month": month,
            "working_days": sum(each.working_days for each in months),
            "own_days": [day for day in calendar.in_force().decided.days if day.year == year],
            "hours": self._hours(),
            "estimate_note": calendar.estimate_note([date(year, 1, 1)]),
            "at_work": reckonings.at_work(),
        }
        return super().get_context_data(**context | kwargs)

    def _hours(self):
        """Which hours hold when; those without a row are the usual ones."""
        rows = {row.starts_on: row for row in WorkingHours.objects.all()}
        return [
            (each, workyear.hours_words(each), rows.get(each.starts_on))
            for each in reversed(calendar.in_force().hours)
        ]

    def _number(self, name, least, most):
        asked = self.request.GET.get(name, "")
        return int(asked) if is_number(asked) and least <= int(asked) <= most else None


class WorkdayPage(PreviewMixin, FormView):
    """A decision about the calendar: what it moves is shown first, then reckoned anew."""

    template_name = "services/workday_form.html"
    title = ""

    def get_context_data(self, **kwargs):
        facts = {"title": self.title, "cancel_url": self.get_success_url()}
        return super().get_context_data(**facts | kwargs)

    def get_success_url(self):
        return reverse("services:workday-list")

    def form_valid(self, form):
        answer = super().form_valid(form)
        if reckonings.at_work():
            task = current_app.tasks[TASK]
            transaction.on_commit(lambda: bell.ring(task))
        return answer


class WorkdayEdit(WorkdayPage):
    """One day is worked, or free, or as the library says."""

    form_class = DayForm
    success_message = _("工作日历已更新，有关期限已按新的日历计算。")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        try:
            self.day = date(kwargs["year"], kwargs["month"], kwargs["day"])
        except (ValueError, OverflowError) as impossible:
            raise Http404 from impossible
        if not EARLIEST <= self.day.year <= LATEST:
            raise Http404
        self.title = f"{self.day} {weekday(self.day)}"

    def get_initial(self):
        row = CalendarDay.objects.filter(date=self.day).first()
        if row is None:
            return {"kind": LAW}
        return {"kind": WORK if row.is_working else FREE, "name": row.name}

    def get_context_data(self, **kwargs):
        day = workyear.Day(self.day, False, False)
        by_law = calendar.is_worked_by_the_library(self.day)
        return super().get_context_data(day=day, by_law=by_law, **kwargs)

    def get_success_url(self):
        return f"{super().get_success_url()}?year={self.day.year}#day-{self.day}"

    def preview(self, form):
        facts = form.facts()
        actions.check_day(CalendarDay.objects.filter(date=self.day).first(), **facts)
        own = None
        if facts["is_working"] is not None:
            own = calendar.OwnDay(facts["is_working"], facts["name"])
        return [self._sentence(**facts), *moving.moved(calendar.read().with_days({self.day: own}))]

    def _sentence(self, is_working, name):
        if is_working is None:
            is_working = calendar.is_worked_by_the_library(self.day)
            told = gettext("%(day)s恢复按国家安排：%(words)s。")
        else:
            told = gettext("%(day)s改为%(words)s。")
        words = gettext("上班") if is_working else gettext("休息")
        return told % {"day": self.title, "words": words}

    def act(self, form):
        return actions.set_day(self.day, by=self.request.user, **form.facts())


class WorkhoursCreate(WorkdayPage):
    """The hours of working days from a day on."""

    form_class = HoursForm
    title = _("设定作息时间")
    success_message = _("作息时间已更新，有关期限已按新的时间计算。")

    def get_initial(self):
        rows = WorkingHours.objects.filter(starts_on__lte=timezone.localdate())
        row = rows.order_by("-starts_on").first()
        known = {name: getattr(row, name) for name in TIMES} if row else {}
        return {"starts_on": timezone.localdate()} | known

    def preview(self, form):
        row = WorkingHours(starts_on=form.cleaned_data["starts_on"])
        for name, at in zip(TIMES, form.times(), strict=True):
            setattr(row, name, at)
        hours = calendar.hours_of(row)
        told = gettext("%(day)s 起，工作时间为 %(hours)s。") % {
            "day": row.starts_on,
            "hours": workyear.hours_words(hours),
        }
        return [told, *moving.moved(calendar.read().with_hours(hours))]

    def act(self, form):
        return actions.set_hours(form.cleaned_data["starts_on"], form.times(), by=self.request.user)


class WorkhoursDrop(WorkdayPage):
    """Hours are taken back: what held before them holds on."""

    form_class = ScopedForm
    title = _("删去作息时间")
    success_message = _("作息时间已更新，有关期限已按新的时间计算。")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.row = get_object_or_404(WorkingHours, pk=kwargs["pk"])

    def preview(self, form):
        told = gettext("%(day)s 起的作息时间不再施行，沿用此前的时间。") % {
            "day": self.row.starts_on
        }
        return [told, *moving.moved(calendar.read().without_hours(self.row.starts_on))]

    def act(self, form):
        return actions.drop_hours(self.row, by=self.request.user)
