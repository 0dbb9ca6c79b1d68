import pytest
from django.contrib import admin as site
from django.urls import reverse

from nanchuan.accounts.models import StaffPost, User
from nanchuan.kernel.admin import ScopedAdmin
from tests import make

CHANGE = "admin:accounts_user_change"


def test_every_model_there_is_scoped():
    for model_admin in site.site._registry.values():
        assert isinstance(model_admin, ScopedAdmin), model_admin


def test_the_administrator_keeps_names_and_addresses(client, admin, mei):
    client.force_login(admin)
    fields = {"name": "梅改", "username": "mei2", "email": "Mei@example.invalid"}
    answer = client.post(reverse(CHANGE, args=[mei.pk]), fields)
    assert answer.status_code == 302
    mei.refresh_from_db()
    assert (mei.name, mei.username, mei.email) == ("梅改", "mei2", "mei@example.invalid")


def test_fields_that_are_not_offered_cannot_be_sent(client, admin, mei):
    client.force_login(admin)
    sent = {"name": "梅", "username": "mei", "is_superuser": "on", "is_staff": "on"}
    client.post(reverse(CHANGE, args=[mei.pk]), sent | {"password": "x", "is_active": ""})
    before = mei.password
    mei.refresh_from_db()
    assert not mei.is_superuser
    assert not mei.is_staff
    assert mei.is_active
    assert mei.password == before


def test_no_hash_is_shown_and_nothing_is_deleted(client, admin, mei):
    client.force_login(admin)
    page = client.get(reverse(CHANGE, args=[mei.pk])).content.decode()
    assert mei.password not in page
    assert "md5$" not in page
    assert client.post(reverse("admin:accounts_user_delete", args=[mei.pk])).status_code == 403
    assert User.objects.filter(pk=mei.pk).exists()


@pytest.mark.parametrize("who", ["staff", "leader", "auditor"])
def test_others_change_no_account_and_give_no_post(client, who, mei, admin):
    person = make.staff(who)
    client.force_login(person)
    sent = {"name": "x", "username": "x", "email": "x@example.invalid"}
    assert client.post(reverse(CHANGE, args=[admin.pk]), sent).status_code == 403
    assert client.get(reverse("admin:accounts_user_changelist")).status_code == 403
    post = {"user": person.pk, "role": "admin", "starts_on": "2026-01-01"}
    assert client.post(reverse("admin:accounts_staffpost_add"), post).status_code == 403
    assert not StaffPost.objects.filter(user=person, role="admin").exists()


def test_the_administrator_gives_and_ends_posts(client, admin, mei):
    client.force_login(admin)
    post = {"user": mei.pk, "role": "leader", "starts_on": "2026-01-01", "ends_on": ""}
    assert client.post(reverse("admin:accounts_staffpost_add"), post).status_code == 302
    row = StaffPost.objects.get(user=mei)
    ends = post | {"ends_on": "2026-01-31"}
    client.post(reverse("admin:accounts_staffpost_change", args=[row.pk]), ends)
    assert not StaffPost.objects.current().filter(user=mei).exists()
