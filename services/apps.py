from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ServicesConfig(AppConfig):
    name = "services"
    verbose_name = _("服务企业")

    def ready(self):
        from auditlog.registry import auditlog

        import services.bulletin_sections
        import services.calendar_entries
        import services.handover_sections
        import services.importing.importer
        import services.topic_panels  # noqa: F401
        from services import events, models, panels, policies, reminders  # noqa: F401

        for model in (models.Need, models.Resource):
            auditlog.register(model, exclude_fields=["contact_phone"])
        auditlog.register(models.Project)
