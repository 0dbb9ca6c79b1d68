from django.urls import path

from members.importing.importer import RosterImporter
from members.views import (
    absences,
    activities,
    committees,
    coverage,
    instructors,
    organization_changes,
    organization_page,
    organizations,
    papers,
    people,
    person,
    registers,
    reveals,
    rules,
    terms,
    transfer_requests,
    transfers,
    units,
)
from nanchuan.kernel.importing import importers
from nanchuan.kernel.importing.views import addresses

app_name = "members"
urlpatterns = [
    path("organizations/", organizations.OrganizationList.as_view(), name="organization-list"),
    path(
        "organizations/chart/",
        organizations.OrganizationChart.as_view(),
        name="organization-chart",
    ),
    path(
        "organizations/create/",
        organization_changes.OrganizationCreate.as_view(),
        name="organization-create",
    ),
    *(
        path(f"organizations/<int:pk>/{act}/", view.as_view(), name=f"organization-{act}")
        for act, view in {
            "edit": organization_changes.OrganizationEdit,
            "rename": organization_changes.OrganizationRename,
            "move": organization_changes.OrganizationMove,
            "merge": organization_changes.OrganizationMerge,
            "dissolve": organization_changes.OrganizationDissolve,
            "link": organization_changes.OrganizationLink,
            "unlink": organization_changes.OrganizationUnlink,
        }.items()
    ),
    path(
        "organizations/<int:pk>/",
        organization_page.OrganizationDetail.as_view(),
        name="organization-detail",
    ),
    path("organizations/<int:pk>/paper/", papers.organization_paper, name="organization-paper"),
    path("kinds/", rules.KindList.as_view(), name="kind-list"),
    path("kinds/<int:pk>/edit/", rules.KindEdit.as_view(), name="kind-edit"),
    path("rules/", rules.RuleList.as_view(), name="rule-list"),
    path("rules/<int:pk>/revise/", rules.RuleRevise.as_view(), name="rule-revise"),
    path("units/", units.UnitList.as_view(), name="unit-list"),
    path("units/create/", units.UnitCreate.as_view(), name="unit-create"),
    path("units/coverage/", coverage.UnitCoverage.as_view(), name="unit-coverage"),
    path("units/<int:pk>/", units.UnitDetail.as_view(), name="unit-detail"),
    path(
        "units/<int:pk>/organization/", units.UnitOrganization.as_view(), name="unit-organization"
    ),
    path("units/<int:pk>/edit/", units.UnitEdit.as_view(), name="unit-edit"),
    path(
        "units/<int:pk>/instructor/", instructors.UnitInstructor.as_view(), name="unit-instructor"
    ),
    path("instructors/<int:pk>/end/", instructors.InstructorEnd.as_view(), name="instructor-end"),
    path("people/", people.PersonList.as_view(), name="person-list"),
    path("people/find/", people.person_find, name="person-find"),
    path(
        "people/reveal/",
        reveals.RosterReveal.as_view(list_view=people.PersonList),
        name="roster-reveal",
    ),
    path("people/<int:pk>/reveal/", reveals.person_reveal, name="person-reveal"),
    path("people/create/", person.PersonCreate.as_view(), name="person-create"),
    path("people/<int:pk>/edit/", person.PersonEdit.as_view(), name="person-edit"),
    path("people/<int:pk>/place/", person.PersonPlace.as_view(), name="person-place"),
    path("people/<int:pk>/undo/", person.person_undo, name="person-undo"),
    *(
        path(
            f"people/<int:pk>/{step.name.removeprefix('person-')}/",
            person.PersonStep.as_view(step=step),
            name=step.name,
        )
        for step in person.STEPS
    ),
    path("people/<int:pk>/", people.PersonDetail.as_view(), name="person-detail"),
    path("people/<int:pk>/absence/", absences.PersonAbsence.as_view(), name="person-absence"),
    path("absences/", absences.AbsenceList.as_view(), name="absence-list"),
    path("absences/<int:pk>/end/", absences.AbsenceEnd.as_view(), name="absence-end"),
    path("registers/", registers.RegisterList.as_view(), name="register-list"),
    path("posts/", terms.TermList.as_view(), name="term-list"),
    path("posts/create/", terms.TermCreate.as_view(), name="term-create"),
    path("posts/<int:pk>/", terms.TermDetail.as_view(), name="term-detail"),
    path("posts/<int:pk>/end/", terms.TermEnd.as_view(), name="term-end"),
    path("posts/<int:pk>/edit/", terms.TermEdit.as_view(), name="term-edit"),
    path("terms/", committees.CommitteeList.as_view(), name="committee-list"),
    path("terms/picture/", committees.CommitteePicture.as_view(), name="committee-picture"),
    path("terms/create/", committees.CommitteeCreate.as_view(), name="committee-create"),
    path("terms/<int:pk>/", committees.CommitteeDetail.as_view(), name="committee-detail"),
    path("terms/<int:pk>/extend/", committees.CommitteeExtend.as_view(), name="committee-extend"),
    path("terms/<int:pk>/edit/", committees.CommitteeEdit.as_view(), name="committee-edit"),
    path("transfers/", transfers.TransferList.as_view(), name="transfer-list"),
    path("transfers/create/", transfer_requests.TransferCreate.as_view(), name="transfer-create"),
    path("transfers/inside/", transfer_requests.TransferInside.as_view(), name="transfer-inside"),
    path(
        "transfers/outgoing/",
        transfer_requests.TransferOutgoing.as_view(),
        name="transfer-outgoing",
    ),
    path(
        "transfers/incoming/",
        transfer_requests.TransferIncoming.as_view(),
        name="transfer-incoming",
    ),
    path("transfers/<int:pk>/", transfers.TransferDetail.as_view(), name="transfer-detail"),
    path("transfers/<int:pk>/accept/", transfers.TransferAccept.as_view(), name="transfer-accept"),
    path(
        "transfers/<int:pk>/decline/", transfers.TransferDecline.as_view(), name="transfer-decline"
    ),
    path("transfers/<int:pk>/renew/", transfers.TransferRenew.as_view(), name="transfer-renew"),
    path("transfers/<int:pk>/cancel/", transfers.transfer_cancel, name="transfer-cancel"),
    path("transfers/<int:pk>/letter/", transfers.transfer_letter, name="transfer-letter"),
    path("transfers/<int:pk>/slip/", transfers.transfer_slip, name="transfer-slip"),
    *addresses(importers.of(RosterImporter.kind), "imports/"),
    path("activities/", activities.ActivityList.as_view(), name="activity-list"),
    path("activities/create/", activities.ActivityCreate.as_view(), name="activity-create"),
    path("activities/<int:pk>/", activities.ActivityDetail.as_view(), name="activity-detail"),
    path("activities/<int:pk>/edit/", activities.ActivityEdit.as_view(), name="activity-edit"),
    path("activities/photos/<int:pk>/", activities.activity_photo, name="activity-photo"),
    path(
        "activities/photos/<int:pk>/thumbnail/",
        activities.activity_thumbnail,
        name="activity-thumbnail",
    ),
]
