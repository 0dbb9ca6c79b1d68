from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from alliance.models import Duty, DutyKind, Group
from alliance.numerals import numeral
from alliance.statements import quarter_of
from nanchuan.kernel import exporting, papers
from nanchuan.kernel.bulletins import Issue, sections
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.views import file_response


class Bulletin(TemplateView):
    """A quarter of a group or of all (季度简报), on the page and on paper with the same lines."""

    template_name = "alliance/bulletin.html"

    def get(self, request, *args, **kwargs):
        today, user = timezone.localdate(), request.user
        self.quarter = quarter_of(request.GET, today)
        self.groups = list(Group.objects.visible_to(user).order_by("order", "pk"))
        asked = request.GET.get("group", "")
        self.group = next((each for each in self.groups if str(each.pk) == asked), None)
        self.is_over = self.quarter.ends_on < today
        last = min(self.quarter.ends_on, today)
        self.issue = Issue(user, self.quarter.starts_on, last, self.group)
        self.sections = sections(self.issue)
        if request.GET.get("export") == "docx":
            return self.as_paper()
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            quarter=self.quarter,
            later=self.quarter.after if self.is_over else None,
            is_over=self.is_over,
            group=self.group,
            groups=self.groups,
            title=self.title(),
            sections=self.sections,
            duties=self.duties(),
            **kwargs,
        )

    def title(self) -> str:
        whole = _("%(park)s党建联盟") % {"park": settings.PARK_NAME}
        words = {"whose": self.group.name if self.group else whole, "quarter": self.quarter}
        return _("%(whose)s%(quarter)s简报") % words

    def duties(self) -> list[Duty]:
        """Who is to make it: the turns that end in the quarter."""
        rows = Duty.objects.visible_to(self.request.user).filter(
            kind=DutyKind.BULLETIN,
            turn__ends_on__gte=self.quarter.starts_on,
            turn__ends_on__lte=self.quarter.ends_on,
            turn__seat__isnull=False,
        )
        if self.group:
            rows = rows.filter(turn__group=self.group)
        rows = rows.select_related("turn__group", "turn__seat__unit")
        return list(rows.order_by("turn__group__order", "turn__starts_on"))

    def as_paper(self):
        by, number = self.request.user, 0
        sheet = papers.Paper(self.title(), by=by)
        sheet.paragraph(
            _("本期简报按平台记录编写，办理情况截至%(day)s。")
            % {"day": papers.written(self.issue.last)}
        )
        columns = [
            Column(_("事项"), lambda line: line.text, 36),
            Column(_("情况"), lambda line: line.state, 18),
        ]
        for place, (section, lines) in enumerate(self.sections, 1):
            sheet.heading(
                _("%(number)s、%(title)s") % {"number": numeral(place), "title": section.title}
            )
            if lines:
                number += sheet.rows(columns, lines)
            else:
                sheet.paragraph(_("无。"))
        filters = [name for name in ("year", "quarter", "group") if self.request.GET.get(name)]
        exporting.record_export(by, _("季度简报"), number, filters, form="docx")
        return file_response(sheet.file(), sheet.file_name, papers.CONTENT_TYPE)
