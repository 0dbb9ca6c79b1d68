from django.urls import path

from nanchuan.kernel.importing import importers
from nanchuan.kernel.importing.views import addresses
from services.importing.importer import NeedsImporter
from services.views import (
    answers,
    board,
    board_rows,
    booking_lists,
    bookings,
    cofilers,
    common,
    drives,
    filing,
    gifts,
    matchtable,
    need_lists,
    need_steps,
    needs,
    needs_desk,
    needs_dispatch,
    needs_mine,
    papers,
    phones,
    project_lists,
    project_page,
    project_papers,
    project_steps,
    projects,
    resource_lists,
    resources,
    suggestions,
    workdays,
)
from services.views.need_verbs import ON_THE_PAGE

app_name = "services"
urlpatterns = [
    path("needs/create/", filing.NeedCreate.as_view(), name="need-create"),
    path("needs/<int:pk>/", need_steps.NeedDetail.as_view(), name="need-detail"),
    path("needs/<int:pk>/edit/", needs.NeedEdit.as_view(), name="need-edit"),
    path("needs/<int:pk>/phone/", phones.need_phone, name="need-phone"),
    path("needs/<int:pk>/match/", need_steps.NeedMatch.as_view(), name="need-match"),
    *(
        path(f"needs/<int:pk>/{verb}/", need_steps.need_step, {"verb": verb}, name=f"need-{verb}")
        for verb in ON_THE_PAGE
    ),
    path("needs/notes/files/<int:pk>/", need_steps.note_file, name="neednote-file"),
    path("resources/", resource_lists.ResourceList.as_view(), name="resource-list"),
    path("resources/create/", resources.ResourceCreate.as_view(), name="resource-create"),
    path("resources/<int:pk>/", resources.ResourceDetail.as_view(), name="resource-detail"),
    path("resources/<int:pk>/edit/", resources.ResourceEdit.as_view(), name="resource-edit"),
    path("resources/<int:pk>/phone/", phones.resource_phone, name="resource-phone"),
    path("resources/table/", resource_lists.ResourceTable.as_view(), name="resource-table"),
    *(
        path(
            f"resources/<int:pk>/{verb}/",
            resources.resource_step,
            {"verb": verb},
            name=f"resource-{verb}",
        )
        for verb in ("approve", "resume")
    ),
    *(
        path(
            f"resources/<int:pk>/{verb}/",
            resources.ResourceStep.as_view(verb=verb),
            name=f"resource-{verb}",
        )
        for verb in ("return", "pause", "withdraw")
    ),
    path(
        "resources/<int:pk>/close/",
        resources.ResourceStep.as_view(verb="change"),
        name="resource-close",
    ),
    path("resources/closed/<int:pk>/drop/", resources.closedtime_drop, name="closedtime-drop"),
    path("resources/photos/<int:pk>/", resources.resourcephoto_image, name="resourcephoto-image"),
    path(
        "resources/photos/<int:pk>/thumbnail/",
        resources.resourcephoto_thumbnail,
        name="resourcephoto-thumbnail",
    ),
    path("resources/<int:pk>/ask/", bookings.ResourceAsk.as_view(), name="resource-ask"),
    path("resources/<int:pk>/offer/", bookings.ResourceOffer.as_view(), name="resource-offer"),
    path("bookings/", booking_lists.BookingList.as_view(), name="booking-list"),
    path("bookings/<int:pk>/", bookings.BookingDetail.as_view(), name="booking-detail"),
    *(
        path(
            f"bookings/<int:pk>/{verb}/",
            bookings.booking_step,
            {"verb": verb},
            name=f"booking-{verb}",
        )
        for verb in ("agree", "use")
    ),
    *(
        path(
            f"bookings/<int:pk>/{verb}/",
            bookings.BookingStep.as_view(verb=verb),
            name=f"booking-{verb}",
        )
        for verb in ("decline", "give-back", "cancel")
    ),
    path("projects/", project_lists.ProjectList.as_view(), name="project-list"),
    path("projects/<int:pk>/", project_page.ProjectDetail.as_view(), name="project-detail"),
    *project_steps.addresses(),
    path("projects/photos/<int:pk>/", project_steps.photo_image, name="progressphoto-image"),
    path(
        "projects/photos/<int:pk>/thumbnail/",
        project_steps.photo_thumbnail,
        name="progressphoto-thumbnail",
    ),
    path("projects/files/<int:pk>/", project_steps.progress_file, name="progressfile-detail"),
]

# How projects are looked at, and what is taken out of them
urlpatterns += [
    path("projects/cards/", project_lists.ProjectCards.as_view(), name="project-cards"),
    path(
        "projects/<int:pk>/picture/",
        project_papers.ProjectPicture.as_view(),
        name="project-picture",
    ),
    path("projects/<int:pk>/dossier/", project_papers.project_dossier, name="project-dossier"),
    path(
        "projects/<int:pk>/thanks/<int:unit>/",
        project_papers.project_thanks,
        name="project-thanks",
    ),
    path("thanks/<int:pk>/<int:year>/", project_papers.unit_thanks, name="unit-thanks"),
]

# What a meeting resolved, or a measure, is carried on as a project
urlpatterns += [
    path("projects/items/<int:pk>/", projects.project_from_item, name="itemproject-create"),
    path(
        "projects/measures/<int:pk>/", projects.project_from_measure, name="measureproject-create"
    ),
]

# Ways to look at needs
urlpatterns += [
    path("needs/", need_lists.NeedList.as_view(), name="need-list"),
    path("needs/kanban/", need_lists.NeedBoard.as_view(), name="need-kanban"),
    path("needs/mine/", needs_mine.NeedsMine.as_view(), name="needs-mine"),
    path("needs/desk/", needs_desk.NeedsDesk.as_view(), name="needs-desk"),
    path("needs/desk/dispatch/", needs_dispatch.desk_dispatch, name="desk-dispatch"),
]

# What answers a need, and whom a resource or a unit could serve
urlpatterns += [
    path(
        "needs/<int:pk>/suggestions/",
        suggestions.NeedSuggestions.as_view(),
        name="need-suggestions",
    ),
    path("needs/<int:pk>/units/", suggestions.NeedUnits.as_view(), name="need-units"),
    path("resources/<int:pk>/needs/", suggestions.ResourceNeeds.as_view(), name="resource-needs"),
    path("needs/suited/<int:pk>/", suggestions.UnitNeeds.as_view(), name="unit-needs"),
    path(
        "needs/<int:pk>/suggestions/<int:resource>/wrong/",
        suggestions.SuggestionDoubt.as_view(),
        name="suggestion-doubt",
    ),
    path(
        "suggestions/remarks/<int:pk>/drop/",
        suggestions.suggestionremark_drop,
        name="suggestionremark-drop",
    ),
]

# Figures of what is given
urlpatterns += [
    path("resources/figures/", gifts.GiftFigures.as_view(), name="resource-figures"),
    path("resources/figures/bookings/", gifts.BookingRows.as_view(), name="giftbooking-list"),
    path("resources/figures/resources/", gifts.ResourceRows.as_view(), name="giftresource-list"),
    path(
        "resources/figures/commitments/",
        gifts.CommitmentRows.as_view(),
        name="giftcommitment-list",
    ),
    path("resources/figures/needs/", gifts.NeedRows.as_view(), name="giftneed-list"),
]

# The matching table of the office
urlpatterns += [
    path("matching/", matchtable.MatchingTable.as_view(), name="matching-table"),
    path("matching/build/", matchtable.matching_build, name="matching-build"),
    path("matching/apply/", matchtable.MatchingApply.as_view(), name="matching-apply"),
    path("matching/<int:pk>/", matchtable.MatchLineEdit.as_view(), name="matchline-edit"),
    path("matching/<int:pk>/take/", matchtable.matchline_take, name="matchline-take"),
    path("matching/<int:pk>/lock/", matchtable.matchline_lock, name="matchline-lock"),
    path("matching/<int:pk>/unlock/", matchtable.matchline_unlock, name="matchline-unlock"),
]

# The leader's board
urlpatterns += [
    path("board/", board.Board.as_view(), name="board"),
    path("board/rows/", board_rows.BoardRows.as_view(), name="board-rows"),
]

# Campaigns and visits
urlpatterns += [
    path("drives/", drives.DriveList.as_view(), name="drive-list"),
    path("drives/create/", drives.DriveCreate.as_view(), name="drive-create"),
    path("drives/<int:pk>/", drives.DriveDetail.as_view(), name="drive-detail"),
    path("drives/<int:pk>/edit/", drives.DriveEdit.as_view(), name="drive-edit"),
    path("visits/", drives.VisitList.as_view(), name="visit-list"),
    path("visits/create/", drives.VisitCreate.as_view(), name="visit-create"),
    path("visits/<int:pk>/", drives.VisitDetail.as_view(), name="visit-detail"),
    path("visits/<int:pk>/edit/", drives.VisitEdit.as_view(), name="visit-edit"),
    path("visits/<int:pk>/remove/", drives.visit_remove, name="visit-remove"),
]

# The working calendar
urlpatterns += [
    path("calendar/", workdays.WorkdayList.as_view(), name="workday-list"),
    path(
        "calendar/<int:year>/<int:month>/<int:day>/",
        workdays.WorkdayEdit.as_view(),
        name="workday-edit",
    ),
    path("calendar/hours/", workdays.WorkhoursCreate.as_view(), name="workhours-create"),
    path("calendar/hours/<int:pk>/", workdays.WorkhoursDrop.as_view(), name="workhours-drop"),
]

# Filing: drafts, what is like it, files, who asks along
urlpatterns += [
    path("needs/similar/", filing.need_similar, name="need-similar"),
    path("needs/drafts/save/", filing.draft_save, name="needdraft-save"),
    path("needs/drafts/<int:pk>/discard/", filing.draft_discard, name="needdraft-discard"),
    path("needs/files/<int:pk>/", filing.needfile_detail, name="needfile-detail"),
    path("needs/<int:pk>/invite/", cofilers.NeedInvite.as_view(), name="need-invite"),
    path("needs/<int:pk>/join/", cofilers.need_join, name="need-join"),
    path("needs/cofilers/<int:pk>/admit/", cofilers.cofiler_admit, name="cofiler-admit"),
    path("needs/cofilers/<int:pk>/leave/", cofilers.cofiler_leave, name="cofiler-leave"),
]

# What the office answers to a question that comes again and again
urlpatterns += [
    path("answers/", answers.AnswerList.as_view(), name="answer-list"),
    path("answers/create/", answers.AnswerCreate.as_view(), name="answer-create"),
    path("answers/<int:pk>/", answers.AnswerDetail.as_view(), name="answer-detail"),
    path("answers/<int:pk>/edit/", answers.AnswerEdit.as_view(), name="answer-edit"),
]

# Papers
urlpatterns += [
    path("needs/<int:pk>/dossier/", papers.need_dossier, name="need-dossier"),
    path("dispatches/<int:pk>/notice/", papers.dispatch_notice, name="dispatch-notice"),
    path("dispatches/<int:pk>/issue/", papers.dispatch_issue, name="dispatch-issue"),
]

# What several enterprises of a chain ask
urlpatterns += [
    path("needs/common/", common.CommonNeeds.as_view(), name="common-needs"),
    path("needs/common/propose/", common.CommonPropose.as_view(), name="common-propose"),
    path("needs/common/join/", common.common_join, name="common-join"),
]

# Last year's list
urlpatterns += addresses(importers.of(NeedsImporter.kind), "needs/import/")
