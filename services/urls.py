from django.urls import path

from services.views import answers, cofilers, drives, filing, needs, projects, resources

STEPS = (
    "publish",
    "return",
    "decline",
    "accept",
    "offer",
    "confirm",
    "refuse",
    "close",
    "reopen",
    "withdraw",
)

app_name = "services"
urlpatterns = [
    path("needs/", needs.NeedList.as_view(), name="need-list"),
    path("needs/create/", filing.NeedCreate.as_view(), name="need-create"),
    path("needs/<int:pk>/", needs.NeedDetail.as_view(), name="need-detail"),
    path("needs/<int:pk>/edit/", needs.NeedEdit.as_view(), name="need-edit"),
    path("needs/<int:pk>/match/", needs.NeedMatch.as_view(), name="need-match"),
    *(
        path(f"needs/<int:pk>/{verb}/", needs.need_step, {"verb": verb}, name=f"need-{verb}")
        for verb in STEPS
    ),
    path("resources/", resources.ResourceList.as_view(), name="resource-list"),
    path("resources/create/", resources.ResourceCreate.as_view(), name="resource-create"),
    path("resources/<int:pk>/", resources.ResourceDetail.as_view(), name="resource-detail"),
    path("resources/<int:pk>/edit/", resources.ResourceEdit.as_view(), name="resource-edit"),
    path("projects/", projects.ProjectList.as_view(), name="project-list"),
    path("projects/<int:pk>/", projects.ProjectDetail.as_view(), name="project-detail"),
    path("projects/<int:pk>/note/", projects.ProjectNote.as_view(), name="project-note"),
]

# What a meeting resolved is carried on as a project
urlpatterns += [
    path("projects/items/<int:pk>/", projects.project_from_item, name="itemproject-create"),
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
