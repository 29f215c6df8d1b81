"""Signing in and out, the first user, language and theme."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from keskio.web import setup_token
from keskio.web.models import Profile
from keskio.web.roles import ADMIN, EDITOR, READER, role_of

from .conftest import PASSWORD

SignedIn = Callable[[str], Client]


def try_to_sign_in(client: Client, name: str, password: str) -> int:
    return client.post(reverse("web:sign_in"), {"username": name, "password": password}).status_code


def test_every_page_asks_to_sign_in(client: Client, db: None) -> None:
    answer = client.get(reverse("web:users"))
    assert (answer.status_code, answer.url) == (302, "/sign-in/?next=/users/")  # type: ignore[attr-defined]


def test_sign_in_leads_home(client: Client, user: Callable[[str], User]) -> None:
    user(READER)
    answer = client.post(reverse("web:sign_in"), {"username": READER, "password": PASSWORD})
    assert (answer.status_code, answer.url) == (302, "/")  # type: ignore[attr-defined]


def test_sign_in_closes_after_five_wrong_passwords(
    client: Client, user: Callable[[str], User]
) -> None:
    user(READER)
    codes = [try_to_sign_in(client, READER, f"wrong {n}") for n in range(5)]
    assert codes == [200, 200, 200, 200, 429]
    assert try_to_sign_in(client, READER, PASSWORD) == 429


def test_sign_in_of_others_stays_open_at_the_same_address(
    client: Client, user: Callable[[str], User]
) -> None:
    user(READER), user(EDITOR)
    for n in range(6):
        try_to_sign_in(client, READER, f"wrong {n}")
    assert try_to_sign_in(client, EDITOR, PASSWORD) == 302


def test_sign_out_needs_a_post(signed_in: SignedIn) -> None:
    client = signed_in(READER)
    assert client.get(reverse("web:sign_out")).status_code == 405
    assert client.get(reverse("web:home")).status_code == 200
    client.post(reverse("web:sign_out"))
    assert client.get(reverse("web:home")).status_code == 302


def test_first_user_is_made_once_with_the_token(client: Client, db: None) -> None:
    token = setup_token.issue()
    assert token is not None
    address = reverse("web:first_user", args=[token])
    form = {
        "username": "aino",
        "email": "aino@ketju.example",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert client.post(address, form).status_code == 302
    assert role_of(User.objects.get()) == ADMIN
    assert client.get(reverse("web:home")).status_code == 200
    assert Client().get(address).status_code == 403
    assert Client().post(address, {**form, "username": "eero"}).status_code == 403
    assert User.objects.count() == 1


def test_first_user_is_refused_with_another_token(client: Client, db: None) -> None:
    setup_token.issue()
    assert client.get(reverse("web:first_user", args=["guess"])).status_code == 403
    assert not User.objects.exists()
    setup_token.use_up()


def test_language_is_kept_for_browser_and_user(signed_in: SignedIn) -> None:
    client = signed_in(READER)
    client.post(reverse("web:language"), {"language": "fi", "next": "/account/"})
    assert '<html lang="fi"' in client.get(reverse("web:account")).content.decode()
    assert Profile.objects.get().language == "fi"


def test_language_of_the_profile_comes_along_at_sign_in(user: Callable[[str], User]) -> None:
    Profile.objects.create(user=user(READER), language="en", theme="dark")
    client = Client(headers={"accept-language": "fi"})
    try_to_sign_in(client, READER, PASSWORD)
    assert '<html lang="en" data-theme="dark">' in client.get(reverse("web:home")).content.decode()


@pytest.mark.parametrize("name", ["language", "theme"])
def test_choices_never_lead_to_another_site(client: Client, name: str, db: None) -> None:
    answer = client.post(reverse(f"web:{name}"), {name: "x", "next": "https://evil.example/"})
    assert answer.url == "/"  # type: ignore[attr-defined]


def test_changing_the_password_needs_the_old_one(signed_in: SignedIn) -> None:
    client = signed_in(READER)
    new = "saunailta-juhannuksena"
    form = {"old_password": "wrong", "new_password1": new, "new_password2": new}
    assert client.post(reverse("web:password"), form).status_code == 200
    assert (
        client.post(reverse("web:password"), {**form, "old_password": PASSWORD}).status_code == 302
    )
    assert User.objects.get().check_password(new)
