"""The receipt for dues (党费收据)."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import DuesPayment
from nanchuan.kernel.papers import Paper, written

RECEIPT = gettext_lazy("党费收据")


def receipt(payment: DuesPayment, *, again: bool, by) -> Paper:
    """What was paid for which months; one that is handed out again says so (补打)."""
    title = _("党费收据（补打）") if again else str(RECEIPT)
    sheet = Paper(title, by=by)
    sheet.paragraph(_("编号：%(number)s") % {"number": payment}, indent=False)
    sheet.facts(facts(payment), across=1)
    sheet.signature(payment.organization.name, written(payment.paid_on))
    return sheet


def facts(payment: DuesPayment):
    """The lines of a receipt: what they are called, and what they say."""
    yield _("姓名"), payment.member.name
    yield _("党组织"), payment.organization.name
    yield _("缴纳月份"), months_of(payment)
    yield _("金额"), _("%(amount)s 元") % {"amount": f"{payment.amount:,.2f}"}
    yield _("缴纳方式"), payment.get_way_display()
    yield _("缴纳日期"), written(payment.paid_on)
    yield _("经手人"), payment.recorded_by.get_full_name()


def months_of(payment: DuesPayment) -> str:
    """2026-06、2026-07: of the payment, or of the one that this row takes back."""
    rows = (payment.reverses or payment).bills.order_by("month").values_list("month", flat=True)
    return _("、").join(f"{month:%Y-%m}" for month in rows)
