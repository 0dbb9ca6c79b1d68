from django.urls import path

from services.views import drives, needs, papers, projects, resources

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
    path("needs/create/", needs.NeedCreate.as_view(), name="need-create"),
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

# Papers
urlpatterns += [
    path("needs/<int:pk>/dossier/", papers.need_dossier, name="need-dossier"),
    path("dispatches/<int:pk>/notice/", papers.dispatch_notice, name="dispatch-notice"),
    path("dispatches/<int:pk>/issue/", papers.dispatch_issue, name="dispatch-issue"),
]
