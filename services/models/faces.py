"""What one reader reads of a need: the one place that knows what is public of it."""

from django.utils.translation import gettext_noop

from nanchuan.kernel.words import said

SOMEBODY = gettext_noop("某企业")


class Face:
    """The office, the filer, its co-filers and who works on it read the need itself; everybody
    else its public face (公开面), because members of one chain compete."""

    def __init__(self, need, is_whole: bool):
        self.need, self.is_whole = need, is_whole

    @property
    def heading(self) -> str:
        return self.need.title if self.is_whole else self.need.public_heading

    @property
    def name(self) -> str:
        return f"{self.need.number} {self.heading}"

    @property
    def text(self) -> str:
        return self.need.content if self.is_whole else self.need.public_note

    @property
    def unit(self) -> str:
        return str(self.need.unit) if self.is_whole else said(SOMEBODY)

    @property
    def unit_name(self) -> str:
        return self.need.unit.name if self.is_whole else said(SOMEBODY)

    @property
    def responsible(self):
        """The unit that is responsible; for others nobody, whether there is one or not."""
        return self.need.accepted_by if self.is_whole else None

    @property
    def due_at(self):
        return self.need.due_at if self.is_whole else None
