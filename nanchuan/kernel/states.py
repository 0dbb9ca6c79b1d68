"""Status fields that move only along declared steps."""

from django.db import models
from django.utils.translation import gettext as _

from nanchuan.kernel.words import Worded, name_for_all


class StepRefused(Exception):
    """A rule forbids the step. The message is written for the person who asked."""


class Stateful(Worded):
    """A record with a `status`; STEPS maps each status to those it may become."""

    STEPS: dict[str, set[str]] = {}

    class Meta:
        abstract = True

    def may_become(self, status) -> bool:
        return status in self.STEPS.get(self.status, ())

    def step_to(self, status: models.TextChoices, **facts) -> None:
        """Take one step and store the facts that belong to it.

        Raises StepRefused if the step is not declared, or if somebody else moved the row first.
        """
        if not self.may_become(status):
            raise StepRefused(
                _("“%(name)s”目前是“%(now)s”，不能改为“%(then)s”。")
                % {
                    "name": name_for_all(self),
                    "now": self.get_status_display(),
                    "then": status.label,
                }
            )
        # Compare and swap: of two people acting at once, only one moves the row.
        unmoved = type(self)._base_manager.filter(pk=self.pk, status=self.status)
        if not unmoved.update(status=status, **facts):
            raise StepRefused(
                _("“%(name)s”刚被别人更新，请刷新后再试。") % {"name": name_for_all(self)}
            )
        self.status = status
        for name, value in facts.items():
            setattr(self, name, value)
