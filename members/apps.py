from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = _("党组织与党员")

    def ready(self):
        from members import (  # noqa: F401
            accounts,
            activity_reminders,
            appraisal_reminders,
            audiences,
            colleagues,
            dues_reminders,
            duty_reminders,
            events,
            lifemeeting_reminders,
            logged,
            panels,
            phones,
            policies,
            reminders,
            roles,
            seeds,
            tasks,
            transfer_reminders,
        )
        from members.checkup import watch

        post_migrate.connect(watch.put, sender=self, dispatch_uid="watched")

        seeds.plant(self)
