"""Two people edit one record: nothing of either is lost without a choice."""

import pytest

from members.models import Unit
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.forms import ScopedModelForm
from tests import make

pytestmark = pytest.mark.django_db


class UnitForm(ConflictMixin, ScopedModelForm):
    class Meta:
        model = Unit
        fields = ["name", "industry", "address"]


@pytest.fixture
def unit(db):
    return make.unit(name="示例羊毛公司", industry="毛纺", address="一号路")


def shown(unit, user):
    """What a reader's page would send back untouched."""
    form = UnitForm(instance=Unit.objects.get(pk=unit.pk), user=user)
    return {name: form[name].value() or "" for name in form.fields}


def sent(unit, user, page, **typed):
    form = UnitForm(page | typed, instance=Unit.objects.get(pk=unit.pk), user=user)
    valid = form.is_valid()
    if valid:
        form.save()
    return form, valid


def test_what_the_other_changed_elsewhere_stays(unit, sun):
    page = shown(unit, sun)
    Unit.objects.filter(pk=unit.pk).update(industry="藏毯")
    _form, valid = sent(unit, sun, page, address="二号路")
    unit.refresh_from_db()
    assert valid
    assert (unit.industry, unit.address) == ("藏毯", "二号路")


@pytest.mark.parametrize(("choice", "result"), [("mine", "光伏"), ("theirs", "藏毯")])
def test_where_both_changed_the_second_chooses(unit, sun, choice, result):
    page = shown(unit, sun)
    Unit.objects.filter(pk=unit.pk).update(industry="藏毯")
    form, valid = sent(unit, sun, page, industry="光伏", address="三号路")
    assert not valid
    question = str(form["keep_industry"])
    assert "藏毯" in question and "光伏" in question
    assert form["address"].value() == "三号路"
    page = {name: form[name].value() or "" for name in form.fields}

    _form, valid = sent(unit, sun, page)
    assert not valid, "no choice was made"
    _form, valid = sent(unit, sun, page, keep_industry=choice)
    unit.refresh_from_db()
    assert valid
    assert (unit.industry, unit.address) == (result, "三号路")


def test_a_third_change_is_asked_about_again(unit, sun):
    page = shown(unit, sun)
    Unit.objects.filter(pk=unit.pk).update(industry="藏毯")
    form, _valid = sent(unit, sun, page, industry="光伏")
    page = {name: form[name].value() or "" for name in form.fields}
    Unit.objects.filter(pk=unit.pk).update(industry="锂电")
    form, valid = sent(unit, sun, page, keep_industry="mine")
    assert not valid
    assert "锂电" in str(form["keep_industry"])


def test_a_forged_memory_overwrites_nothing_unasked(unit, sun):
    page = shown(unit, sun) | {"seen": "forged"}
    form, valid = sent(unit, sun, page, industry="光伏")
    assert not valid
    assert "keep_industry" in form.fields


def test_another_error_does_not_make_the_form_forget(unit, sun):
    page = shown(unit, sun)
    Unit.objects.filter(pk=unit.pk).update(industry="藏毯")
    form, valid = sent(unit, sun, page, name="")
    assert not valid
    page = {name: form[name].value() or "" for name in form.fields}
    _form, valid = sent(unit, sun, page, name="示例羊毛公司")
    unit.refresh_from_db()
    assert valid
    assert unit.industry == "藏毯"
