import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from tests import make

PASSWORD = "quiet-lantern-7314"


@pytest.fixture(autouse=True)
def quick(settings, db):
    """Hashing costs nothing here, and counts start at nought."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


def with_password(user):
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def mei(db):
    """An account without any role."""
    return with_password(make.user(username="mei", name="梅"))


@pytest.fixture
def admin(db):
    return with_password(make.staff("admin", username="ada", name="管理员"))


@pytest.fixture
def office(sun):
    return with_password(sun)


@pytest.fixture
def log_in(client):
    """Sign in as a person does; returns the answer."""

    def send(username, password=PASSWORD, browser=client, **kwargs):
        fields = {"login": username, "password": password}
        return browser.post(reverse("account_login"), fields, **kwargs)

    return send


def signed_in(browser) -> bool:
    return browser.get(reverse("accounts:profile")).status_code == 200


def words_of(answer) -> str:
    """A page without what differs each time it is shown."""
    return re.sub(r"[A-Za-z0-9]{64}", "", answer.content.decode())
