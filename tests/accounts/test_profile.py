from django.urls import reverse

from tests import make


def profile(client, user):
    client.force_login(user)
    return client.get(reverse("accounts:profile")).content.decode()


def test_the_profile_says_in_words_who_one_is(client, cast):
    page = profile(client, cast.lin)
    assert "lin党支部书记" in page
    assert "lin党支部党员" in page
    assert cast.lin.username in page


def test_posts_and_liaisons_are_named_too(client, sun, cast):
    assert "园区党务工作者" in profile(client, sun)
    assert "wu公司联络员" in profile(client, make.liaison(cast.wu_unit))


def test_without_a_role_it_says_so(client, mei):
    assert "您的账号目前没有岗位和任职" in profile(client, mei)


def test_from_there_one_changes_the_password_and_signs_out(client, mei):
    page = profile(client, mei)
    for name in ("account_change_password", "mfa_index", "account_logout", "set_language"):
        assert f'"{reverse(name)}"' in page


def test_it_shows_nobody_else(client, mei, cast):
    assert cast.lin.username not in profile(client, mei)
