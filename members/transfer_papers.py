"""The letter of a transfer (介绍信) and its slip (回执): what one end tells the other."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Transfer
from nanchuan.kernel.papers import Paper, written

LETTER = gettext_lazy("组织关系介绍信")
SLIP = gettext_lazy("组织关系转接回执")


def letter(transfer: Transfer, *, by) -> Paper:
    """From the old organization to the new one, valid for so many days."""
    sheet = Paper(str(LETTER), by=by)
    _number(sheet, transfer)
    sheet.addressee(transfer.to_full_name)
    sheet.paragraph(
        _("兹介绍%(name)s同志由%(source)s转到你处，请接收其组织关系。")
        % {"name": transfer.member.name, "source": transfer.from_full_name}
    )
    sheet.facts(_facts(transfer), across=1)
    if transfer.valid_until:
        sheet.paragraph(
            _("本介绍信有效期至%(day)s。接收后请填写回执寄回。")
            % {"day": written(transfer.valid_until)}
        )
    sheet.signature(transfer.from_full_name, written(transfer.letter_on))
    _empty_slip(sheet, transfer)
    return sheet


def slip(transfer: Transfer, *, by) -> Paper:
    """From the new organization back to the old one."""
    sheet = Paper(str(SLIP), by=by)
    _number(sheet, transfer)
    sheet.addressee(transfer.from_full_name)
    sheet.paragraph(
        _("%(name)s同志的组织关系已由%(target)s接收，自%(day)s起生效。")
        % {
            "name": transfer.member.name,
            "target": transfer.to_full_name,
            "day": written(transfer.effective_on),
        }
    )
    sheet.signature(transfer.to_full_name, written(transfer.effective_on))
    return sheet


def _number(sheet, transfer):
    if transfer.letter_number:
        sheet.paragraph(_("编号：%(number)s") % {"number": transfer.letter_number}, indent=False)


def _facts(transfer):
    """What the receiving side learns of the person before it receives."""
    member = transfer.member
    yield _("姓名"), member.name
    yield _("性别"), member.get_gender_display()
    yield _("出生年份"), _("%(year)d 年") % {"year": member.born_on.year} if member.born_on else "—"
    yield _("党员类别"), transfer.standing_word
    yield _("入党日期"), written(member.joined_on) or "—"
    if transfer.reason:
        yield _("转接原因"), transfer.reason


def _empty_slip(sheet, transfer):
    sheet.heading(_("回执"))
    sheet.paragraph(
        _("%(source)s：%(name)s同志的组织关系已接收，自____年____月____日起生效。")
        % {"source": transfer.from_full_name, "name": transfer.member.name}
    )
    sheet.signature(_("（接收党组织盖章）"), _("____年____月____日"))
