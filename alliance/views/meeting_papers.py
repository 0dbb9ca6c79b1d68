"""The papers of a meeting in one click, and which of them its page offers."""

from collections.abc import Callable
from dataclasses import dataclass
from tempfile import TemporaryFile

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance import meeting_papers as papers
from alliance.actions import attendance
from alliance.meeting_papers.resolved import of_meeting
from alliance.models import Meeting, Minutes
from nanchuan.kernel import events, exporting, roles
from nanchuan.kernel.papers import NOT_IN_NAMES, Paper, clean
from nanchuan.kernel.views import file_response, paper_response

Status = Meeting.Status
ROWS = Meeting.objects.select_related("group", "kind", "convened_by", "regulation")


def _notice(meeting, user) -> Paper:
    sent = attendance.moments(meeting).get("meeting.convened")
    return papers.notice(meeting, sent_on=sent and timezone.localdate(sent), by=user)


def _sign_in_table(meeting):
    return papers.SIGN_IN_COLUMNS, papers.signed(meeting), papers.signing_head(meeting)


def _resolved_table(meeting):
    return papers.RESOLVED_COLUMNS, of_meeting(meeting), ()


def _may_write(meeting, user) -> bool:
    return meeting.is_editable or roles.has_role(user, *roles.WHOLE_PARK)


@dataclass(frozen=True)
class Kind:
    """A paper: what makes it, in which states there is one, and for whom."""

    label: Promise
    build: Callable[..., Paper]
    while_: tuple[str, ...]
    otherwise: Promise  # what is said when it is too early
    for_writers: bool = False
    table: Callable | None = None  # columns, rows and what stands above them, as a sheet

    def is_for(self, meeting, user) -> bool:
        is_inner = self.for_writers or meeting.status == Status.DRAFT
        return not is_inner or _may_write(meeting, user)


KINDS = {
    "notice": Kind(
        gettext_lazy("会议通知"),
        _notice,
        (Status.DRAFT, Status.CONVENED, Status.HELD),
        gettext_lazy("会议已取消，没有会议通知。"),
    ),
    "agenda": Kind(
        gettext_lazy("议程"),
        lambda meeting, user: papers.agenda(meeting, by=user),
        (Status.DRAFT, Status.CONVENED, Status.HELD),
        gettext_lazy("会议已取消，没有议程。"),
    ),
    "signing": Kind(
        gettext_lazy("签到表"),
        lambda meeting, user: papers.signing_sheet(meeting, by=user),
        (Status.CONVENED, Status.HELD),
        gettext_lazy("发出会议通知后，才有签到表。"),
        for_writers=True,
        table=_sign_in_table,
    ),
    "record": Kind(
        gettext_lazy("会议记录"),
        lambda meeting, user: papers.record(meeting, user, by=user),
        (Status.HELD,),
        gettext_lazy("登记会议已召开后，才有会议记录。"),
        for_writers=True,
    ),
    "resolved": Kind(
        gettext_lazy("议定事项清单"),
        lambda meeting, user: papers.resolved(meeting, by=user),
        (Status.HELD,),
        gettext_lazy("登记会议已召开后，才有议定事项清单。"),
        table=_resolved_table,
    ),
}


def meeting_paper(request, pk, paper):
    """One of `KINDS` in Word, or with `?export=xlsx` as a sheet where it is a table."""
    user, kind = request.user, KINDS[paper]
    meeting = get_object_or_404(ROWS.visible_to(user).marked_for(user), pk=pk)
    if not kind.is_for(meeting, user):
        raise PermissionDenied
    if meeting.status not in kind.while_:
        messages.error(request, kind.otherwise)
        return redirect(meeting.part_url("records"))
    if kind.table and request.GET.get("export") == "xlsx":
        return _as_sheet(meeting, kind, user)
    return paper_response(kind.build(meeting, user), subject=meeting, by=user, paper=kind.label)


def _as_sheet(meeting, kind, by):
    title = _("%(meeting)s%(paper)s") % {"meeting": meeting.title, "paper": kind.label}
    columns, rows, above = kind.table(meeting)
    file = TemporaryFile()  # noqa: SIM115 - closed by the response
    exporting.write_xlsx(file, title=title, columns=columns, rows=rows, by=by, above=above)
    events.record("paper.exported", subject=meeting, by=by, paper=str(kind.label))
    name = f"{NOT_IN_NAMES.sub('-', clean(title))}-{timezone.localdate():%Y%m%d}.xlsx"
    return file_response(file, name, exporting.CONTENT_TYPE)


def minutes_word(request, pk):
    """A version of minutes in the form of the standard; a draft only for those who write it."""
    rows = Minutes.objects.visible_to(request.user)
    rows = rows.select_related("meeting__group", "meeting__kind", "meeting__convened_by", "head")
    found = get_object_or_404(rows.select_related("meeting__regulation"), pk=pk)
    paper = papers.minutes(found, by=request.user)
    return paper_response(paper, subject=found.meeting, by=request.user, paper=_("会议纪要"))


def papers_context(meeting, user, versions) -> dict:
    """The papers that there are for this reader. `meeting` knows `is_editable`; `versions` of its
    minutes, the latest first, are those that the reader sees."""
    found = [
        {
            "name": f"alliance:meeting-paper-{name}",
            "label": kind.label,
            "is_table": bool(kind.table),
        }
        for name, kind in KINDS.items()
        if meeting.status in kind.while_ and kind.is_for(meeting, user)
    ]
    return {"papers": found, "minutes_papers": versions[::-1]}
