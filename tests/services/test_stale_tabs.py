"""Two tabs, two people: nobody acts on words that are others by now without having read them."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from services.actions import filing
from services.models import Need
from tests import make

pytestmark = pytest.mark.django_db


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def form_of(client, url, **changes):
    """What a browser would send of an open page, with what somebody types in it."""
    context = client.get(url).context
    form = context["main_step"]["form"] if "main_step" in context else context["form"]
    values = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in values.items() if value not in (None, False)}
    return sent | {"once": str(uuid.uuid4())} | changes


def test_the_office_does_not_publish_words_that_it_has_not_read(cast, sun):
    need = make.need(cast.lin_unit, public_title="旧的公开标题")
    office = signed_in(sun)
    sent = form_of(office, need.get_absolute_url())
    filing.change(need, public_title="新的公开标题", content="新的情况", by=cast.lin)
    publish = reverse("services:need-publish", args=[need.pk])
    page = office.post(publish, sent)
    assert "刚被修改过" in page.text and "新的情况" in page.text
    assert Need.objects.get().status == "submitted"
    again = page.context["main_step"]["form"]
    once_more = {name: again[name].value() or "" for name in ("seen", "public_title")}
    office.post(publish, sent | once_more)
    need.refresh_from_db()
    assert (need.status, need.public_title) == ("published", "新的公开标题")


def test_of_two_who_change_a_need_the_second_is_told_of_the_first(cast, sun):
    need = make.need(cast.lin_unit, title="原来的标题", content="原来的情况")
    url = reverse("services:need-edit", args=[need.pk])
    lin = signed_in(cast.lin)
    sent = form_of(lin, url, content="林写的情况")
    filing.change(need, content="孙写的情况", by=sun)
    page = lin.post(url, sent)
    assert "刚被修改过" in page.text
    assert Need.objects.get().content == "孙写的情况"
    lin.post(url, sent | {"seen": page.context["form"]["seen"].value()})
    assert Need.objects.get().content == "林写的情况"


def test_one_click_without_a_memory_still_publishes(cast, sun):
    need = make.need(cast.lin_unit)
    signed_in(sun).post(reverse("services:need-publish", args=[need.pk]))
    assert Need.objects.get().status == "published"
