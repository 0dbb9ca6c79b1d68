"""Whose changes of fields are kept (auditlog). What is secret, and what is anonymous, is not."""

from auditlog.registry import auditlog

from members import models

WHOLE = (
    models.Absence,
    models.Activity,
    models.CommitteeTerm,
    models.DuesRate,
    models.DutyRule,
    models.Exemption,
    models.Instructor,
    models.KindRule,
    models.Liaison,
    models.Membership,
    models.Organization,
    models.OrganizationChange,
    models.OrganizationName,
    models.OrganizationUnit,
    models.Placement,
    models.Post,
    models.Rule,
    models.StudyMaterial,
    models.Suggestion,
    models.Term,
    models.Transfer,
    models.Unit,
    models.YearWords,
)
BUT = {
    models.PartyMember: ["id_number", "id_index", "phone", "phone_index", "phone_tail"],
    models.UnitContact: ["phone"],
}

for model in WHOLE:
    auditlog.register(model)
for model, secret in BUT.items():
    auditlog.register(model, exclude_fields=secret)
