"""A form whose act breaks a rule of the database says so, and keeps what was typed."""

import logging

import pytest
from django.db import IntegrityError
from django.urls import reverse

from services.actions import filing

pytestmark = pytest.mark.django_db


def test_a_rule_of_the_database_is_a_sentence_and_not_a_fault(sign_in, lin, monkeypatch, caplog):
    def refuse(*args, **kwargs):
        raise IntegrityError("UNIQUE constraint failed: services_need.number")

    monkeypatch.setattr(filing, "file", refuse)
    url = reverse("services:need-create")
    client = sign_in(lin)
    form = client.get(url).context["form"]
    typed = {
        "once": form["once"].value(),
        "category": "policy",
        "urgency": "normal",
        "audience": "alliance",
        "title": "补贴申报条件不清楚",
        "content": "写了很久的一段话",
        "contact_name": "林",
        "contact_phone": "13900000000",
    }
    with caplog.at_level(logging.WARNING, "nanchuan.kernel.views"):
        page = client.post(url, typed)
    assert page.status_code == 200
    assert "没有保存" in page.content.decode()
    assert "写了很久的一段话" in page.content.decode()
    assert "services_need.number" in caplog.text
