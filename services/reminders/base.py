"""How notices about needs are told: each reader by its own face of the need."""

from django.utils.translation import gettext as _

from members.speakers import park_office, speakers
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan
from services.models import Need

Status = Need.Status


def people_of(*units):
    """Whoever speaks for one of these units; None stands for no unit."""
    return speakers([unit for unit in units if unit])


def alongside(need):
    """Whoever speaks for a unit that asks for the same."""
    return people_of(*need.cofilers.admitted().values_list("unit", flat=True))


class NeedRule(NoticeRule):
    """About a need; silent once the need has moved on from where it was said (`while_`)."""

    kind = Kind.NEED
    while_: tuple[str, ...] = ()

    def verdict(self, need, reminder):
        return SEND if not self.while_ or need.status in self.while_ else CANCEL

    def title(self, need, reminder):
        return f"{self.label}：{need.public_name}"

    def title_for(self, need, reminder, reader):
        return f"{self.label}：{need.face_for(reader).name}"

    def body_for(self, need, reminder, reader):
        """The words of `body` are for who reads the whole of a need."""
        if not need.face_for(reader).is_whole:
            return self.public_body(need)
        return self.body(need, reminder)

    def public_body(self, need):
        return _("类别：%(category)s。") % {"category": need.get_category_display()}

    def body(self, need, reminder):
        return _("提出单位：%(unit)s。类别：%(category)s。") % {
            "unit": need.unit,
            "category": need.get_category_display(),
        }

    def related(self):
        return ("unit", "accepted_by")


class ToOffice(NeedRule):
    def audience(self, need, reminder):
        return park_office()


class ToFiler(NeedRule):
    def audience(self, need, reminder):
        return people_of(need.unit)


class ToAskers(NeedRule):
    """How far it is: to the filer and those that ask for the same."""

    def audience(self, need, reminder):
        return people_of(need.unit) | alongside(need)


class ToResponsible(NeedRule):
    def audience(self, need, reminder):
        return people_of(need.accepted_by)


class ToResponsibleAndOffice(NeedRule):
    def audience(self, need, reminder):
        return people_of(need.accepted_by) | park_office()


def at_once(event, rule: str = "", subject=None) -> Plan:
    """Said as soon as it happened; by the rule that is named like the event, unless told."""
    subject = subject or event.subject
    moment = f"event-{event.pk}"
    return Plan(rule or event.name, subject, moment=moment, due_at=event.happened_at)
