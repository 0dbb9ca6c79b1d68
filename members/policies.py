from nanchuan.kernel.policies import declare, form, read, verb
from nanchuan.kernel.roles import ADMIN, AUDITOR, LEADER, MEMBER, SECRETARY, STAFF, UNIT

PARK = (STAFF, LEADER, AUDITOR)
PEOPLE = (*PARK, SECRETARY, MEMBER)  # the system administrator sees no personal data

declare(
    "members",
    organization_list=read(*PEOPLE, ADMIN),
    organization_detail=read(*PEOPLE, ADMIN),
    organization_paper=read(*PARK, SECRETARY),
    unit_list=read(*PEOPLE, ADMIN, UNIT),
    unit_detail=read(*PEOPLE, ADMIN, UNIT),
    person_list=read(*PEOPLE),
    person_detail=read(*PEOPLE),
    person_find=verb(*PARK, SECRETARY, scope="visible"),
    person_reveal=verb(STAFF, SECRETARY),
    roster_reveal=form(STAFF, scope="park"),
    register_list=read(*PEOPLE, ADMIN, UNIT),
    term_list=read(*PEOPLE),
    term_detail=read(*PEOPLE),
    term_create=form(STAFF),
    term_end=form(STAFF),
    term_edit=form(STAFF),
    committee_list=read(*PEOPLE),
    committee_picture=read(*PEOPLE),
    committee_detail=read(*PEOPLE),
    committee_create=form(STAFF),
    committee_extend=form(STAFF),
    committee_edit=form(STAFF),
    activity_list=read(*PEOPLE),
    activity_detail=read(*PEOPLE),
    activity_create=form(STAFF, SECRETARY),
    activity_edit=form(STAFF, SECRETARY),
    activity_photo=read(*PEOPLE),
    activity_thumbnail=read(*PEOPLE),
)
