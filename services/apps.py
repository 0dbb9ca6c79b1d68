from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ServicesConfig(AppConfig):
    name = "services"
    verbose_name = _("服务企业")

    def ready(self):
        from auditlog.registry import auditlog

        import services.audiences
        import services.bulletin_sections
        import services.calendar_entries
        import services.handover_sections
        import services.importing.importer
        import services.topic_panels  # noqa: F401
        from nanchuan.kernel.fieldlog import columns
        from services import events, models, panels, policies, reminders, tasks  # noqa: F401

        for model in (models.Need, models.Resource, models.Project):
            auditlog.register(model, include_fields=columns(model, "contact_phone"))
