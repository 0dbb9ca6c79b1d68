from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = _("党组织与党员")

    def ready(self):
        from auditlog.registry import auditlog

        from members import (  # noqa: F401
            accounts,
            events,
            models,
            policies,
            reminders,
            roles,
            seeds,
            tasks,
            transfer_reminders,
        )

        seeds.plant(self)

        for model in (
            models.Absence,
            models.Activity,
            models.CommitteeTerm,
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
            models.Term,
            models.Transfer,
        ):
            auditlog.register(model)
        secret = ["id_number", "id_index", "phone", "phone_index", "phone_tail"]
        auditlog.register(models.PartyMember, exclude_fields=secret)
        auditlog.register(models.Unit)
        auditlog.register(models.UnitContact, exclude_fields=["phone"])
