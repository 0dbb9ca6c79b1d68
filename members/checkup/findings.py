"""How an organization is set up today, against the rules: warnings with their source and a next
step. The portal cites, people decide."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    F,
    IntegerField,
    Value,
)
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members import radar
from members.checkup.judging import BRANCHES, FEWEST_OFFICERS
from members.models import CommitteeTerm, Membership, Organization, OrganizationUnit, Rule, Term
from nanchuan.kernel.prepared import keys, prepared

Code = Rule.Code
JOINT = Organization.Kind.JOINT_BRANCH
CODES = (
    Code.BRANCH_FEWEST,
    Code.BRANCH_MOST,
    Code.JOINT_MOST_UNITS,
    Code.COMMITTEE_FROM,
    Code.COMMITTEE_TERM,
    Code.BRANCH_TERM,
)
MEMBER, UNIT, TERM, COMMITTEE = range(4)
NOTHING = {
    "stands_as": Value("", output_field=CharField()),
    "held_by": Value(None, output_field=BigIntegerField(null=True)),
    "leads": Value(None, output_field=BooleanField(null=True)),
    "elected": Value(None, output_field=BooleanField(null=True)),
    "until": Value(None, output_field=DateField(null=True)),
}


@dataclass(frozen=True)
class Finding:
    """A sentence, its source, the page that shows the evidence, and what could be done next."""

    code: str
    text: str
    citation: str
    evidence: str
    step: str
    step_name: str  # of the URL, so that only whoever may take it is offered it
    step_url: str


@dataclass(frozen=True)
class Standing:
    """The figures of one organization today."""

    full: int
    counted: int
    units: int
    officers: int
    is_led: bool
    over_on: date | None


def findings(
    organizations: Collection[Organization], today: date | None = None
) -> dict[int, list[Finding]]:
    """Of many organizations at once: two questions to the database."""
    today = today or timezone.localdate()
    rules = {rule.code: rule for rule in _rules(today)}
    standings = _standings([each.pk for each in organizations], today)
    return {each.pk: list(_found(each, standings(each.pk), rules, today)) for each in organizations}


def _standings(numbers, today):
    """What the rows of a day say of each organization."""
    counted, full, units, over = Counter(), Counter(), Counter(), {}
    officers, led = defaultdict(set), set()
    for what, pk, standing, member, leads, elected, day in _rows(numbers, today):
        if what == MEMBER:
            counted[pk] += 1
            full[pk] += standing == Membership.Standing.FULL
        elif what == UNIT:
            units[pk] += 1
        elif what == COMMITTEE:
            over[pk] = day
        else:
            if leads:
                led.add(pk)
            if elected:
                officers[pk].add(member)
    return lambda pk: Standing(
        full[pk], counted[pk], units[pk], len(officers[pk]), pk in led, over.get(pk)
    )


@prepared(date)
def _rules(today):
    return Rule.objects.current(today).filter(code__in=CODES)


@prepared(list, date)
def _rows(numbers, today):
    """What a row is, its organization; of a member the standing, of a term who holds it, whether
    the post leads and is elected, of a committee the day until which it was elected."""

    def of(what, rows, **known):
        rows = rows.filter(organization__in=keys(numbers)).order_by()
        what = Value(what, output_field=IntegerField())
        rows = rows.annotate(what=what, **NOTHING | known)
        return rows.values_list("what", "organization", *NOTHING)

    # PostgreSQL learns from the first rows of what kind a column is.
    terms = of(
        TERM,
        Term.objects.current(today),
        held_by=F("member"),
        leads=F("post__leads"),
        elected=F("post__elected"),
    )
    return terms.union(
        of(COMMITTEE, CommitteeTerm.objects.current(today).with_over_on(), until=F("over")),
        of(MEMBER, Membership.objects.counted(today), stands_as=F("standing")),
        of(UNIT, OrganizationUnit.objects.current(today)),
        all=True,
    )


def _found(organization, now, rules, today):
    if not organization.is_current(today):
        return
    if organization.kind in BRANCHES:
        yield from _size(organization, now, rules)
    if organization.kind != Organization.Kind.PARTY_GROUP:
        yield from _lead(organization, now, rules, today)


def _size(organization, now, rules):
    joint = organization.kind == JOINT
    if (rule := rules.get(Code.BRANCH_FEWEST)) and now.full < rule.value:
        words = {"number": now.full, "value": rule.value}
        text = _("正式党员 %(number)d 名，不足 %(value)d 名，可考虑联合建支部。") % words
        yield _finding(rule, text, _people(organization), _merge(organization))
    if (rule := rules.get(Code.BRANCH_MOST)) and now.counted > rule.value:
        words = {"number": now.counted, "value": rule.value}
        text = _("党员 %(number)d 名，超过 %(value)d 名，可考虑分设党支部。") % words
        step = (_("新设党组织"), "members:organization-create", _url("organization-create"))
        yield _finding(rule, text, _people(organization), step)
    rule = rules.get(Code.COMMITTEE_FROM)
    if rule and now.full >= rule.value and now.officers < FEWEST_OFFICERS:
        words = {"number": now.full, "value": rule.value, "officers": now.officers}
        text = _(
            "正式党员 %(number)d 名，满 %(value)d 名应设支部委员会；"
            "现有选举产生的任职人员 %(officers)d 名。"
        )
        evidence = organization.get_absolute_url()
        yield _finding(rule, text % words, evidence, _elect(organization))
    if joint and (rule := rules.get(Code.JOINT_MOST_UNITS)) and now.units > rule.value:
        words = {"number": now.units, "value": rule.value}
        text = _("联合党支部覆盖 %(number)d 个单位，一般不超过 %(value)d 个。") % words
        url = organization.get_absolute_url()
        step = (
            _("解除归属"),
            "members:organization-unlink",
            _url("organization-unlink", organization),
        )
        yield _finding(rule, text, url, step)


def _lead(organization, now, rules, today):
    url, rule = organization.get_absolute_url(), rules.get(radar.years_code(organization))
    if rule and now.over_on is None:
        yield _finding(rule, _("没有登记届次，无法提醒换届。"), url, _elect(organization))
    elif rule and now.over_on < today:
        text = _("已于 %(day)s 届满，尚未换届。") % {"day": now.over_on}
        yield _finding(rule, text, url, _elect(organization))
    if rule and not now.is_led:
        step = (
            _("登记任职"),
            "members:term-create",
            f"{_url('term-create')}?organization={organization.pk}",
        )
        yield _finding(None, _("没有书记。"), url, step)


def _finding(rule, text, evidence, step) -> Finding:
    citation = rule.citation if rule else _("园区设定")
    return Finding(rule.code if rule else "no_secretary", text, citation, evidence, *step)


def _people(organization) -> str:
    return f"{_url('person-list')}?organization={organization.pk}"


def _merge(organization):
    return (
        _("并入其他党组织"),
        "members:organization-merge",
        _url("organization-merge", organization),
    )


def _elect(organization):
    url = f"{_url('committee-create')}?organization={organization.pk}"
    return (_("登记换届"), "members:committee-create", url)


def _url(name, organization=None) -> str:
    return reverse(f"members:{name}", args=[organization.pk] if organization else [])
