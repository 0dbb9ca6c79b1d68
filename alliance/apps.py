from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AllianceConfig(AppConfig):
    name = "alliance"
    verbose_name = _("党建联盟")

    def ready(self):
        from auditlog.registry import auditlog

        import alliance.audiences
        import alliance.bulletin_sections
        import alliance.calendar_entries
        import alliance.groupings
        import alliance.handover_sections
        import alliance.robots  # noqa: F401
        from alliance import events, models, panels, policies, reminders, roles, seeds  # noqa: F401

        seeds.plant(self)

        for model in (models.Group, models.Meeting, models.MeetingKind, models.Seat, models.Turn):
            auditlog.register(model)
        for model in (models.Regulation, models.SignOff, models.RegulationFile):
            auditlog.register(model)
        auditlog.register(models.Measure, m2m_fields={"assisting"})
        auditlog.register(models.Milestone)
