import io
import re

import pytest
from django.core.management import CommandError, call_command

from nanchuan.accounts.actions import slips
from nanchuan.accounts.models import StaffPost, User
from nanchuan.kernel import roles
from tests.accounts.conftest import PASSWORD


@pytest.fixture
def run(monkeypatch):
    def call(*args, typed=""):
        out = io.StringIO()
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        call_command(*args, stdout=out, skip_checks=False)  # as from a shell
        return out.getvalue()

    return call


def test_without_a_terminal_the_first_administrator_gets_a_slip(db, run):
    told = run("create_admin", "--username", "Ada", "--name", "阿达")
    user = User.objects.get()
    assert (user.username, user.name) == ("ada", "阿达")
    assert roles.roles(user) == {roles.ADMIN}
    assert not user.has_usable_password()
    code = re.search(r"(\w{4}-){2}\w{4}", told).group()
    assert slips.redeem(code, PASSWORD) == user


def test_a_password_may_come_by_stdin_and_is_judged(db, run):
    with pytest.raises(CommandError):
        run("create_admin", "--username", "ada", "--password-stdin", typed="short\n")
    assert not User.objects.exists()
    told = run("create_admin", "--username", "ada", "--password-stdin", typed=f"{PASSWORD}\n")
    user = User.objects.get()
    assert user.check_password(PASSWORD)
    assert not user.new_password_required
    assert PASSWORD not in told


def test_an_empty_password_by_stdin_is_none(db, run):
    with pytest.raises(CommandError):
        run("create_admin", "--password-stdin", typed="")
    assert not User.objects.exists()


def test_a_second_administrator_must_be_asked_for(admin, run):
    with pytest.raises(CommandError, match="--another"):
        run("create_admin", "--username", "bob")
    run("create_admin", "--username", "bob", "--another")
    assert StaffPost.objects.filter(role="admin").count() == 2


def test_an_administrator_who_is_closed_does_not_count(admin, run):
    User.objects.filter(pk=admin.pk).update(is_active=False)
    run("create_admin", "--username", "bob")
    assert User.objects.filter(username="bob").exists()


@pytest.mark.parametrize("username", ["ada", "ADA", "a b"])
def test_a_name_that_is_taken_or_impossible_is_told(admin, run, username):
    with pytest.raises(CommandError):
        run("create_admin", "--username", username, "--another")


def test_a_slip_in_an_emergency(mei, run):
    told = run("issue_slip", "Mei")
    assert slips.redeem(re.search(r"(\w{4}-){2}\w{4}", told).group(), "another-lantern-2") == mei
    with pytest.raises(CommandError):
        run("issue_slip", "nobody")
    User.objects.filter(pk=mei.pk).update(is_active=False)
    with pytest.raises(CommandError):
        run("issue_slip", "mei")
