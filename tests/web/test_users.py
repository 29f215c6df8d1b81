"""Users and roles."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from keskio.web import navigation
from keskio.web.roles import ADMIN, EDITOR, READER, is_at_least, role_of

SignedIn = Callable[[str], Client]
FORM = {
    "username": "eero",
    "first_name": "Eero",
    "last_name": "",
    "email": "",
    "password1": "kuutamo-järvellä-88",
    "password2": "kuutamo-järvellä-88",
    "role": EDITOR,
}


@pytest.mark.parametrize("role", [READER, EDITOR])
def test_users_are_for_administrators(signed_in: SignedIn, role: str) -> None:
    client = signed_in(role)
    codes = [
        client.get(reverse("web:users")).status_code,
        client.get(reverse("web:user_add")).status_code,
        client.post(reverse("web:user_add"), FORM).status_code,
        client.get(reverse("web:user_change", args=[User.objects.get().pk])).status_code,
    ]
    assert codes == [403, 403, 403, 403]
    assert User.objects.count() == 1


def test_an_added_user_has_the_role(signed_in: SignedIn) -> None:
    client = signed_in(ADMIN)
    assert client.post(reverse("web:user_add"), FORM).status_code == 302
    assert role_of(User.objects.get(username="eero")) == EDITOR


def test_a_role_can_be_changed(signed_in: SignedIn, user: Callable[[str], User]) -> None:
    eero = user(EDITOR)
    form = {"first_name": "Eero", "last_name": "", "email": "", "is_active": "on", "role": READER}
    signed_in(ADMIN).post(reverse("web:user_change", args=[eero.pk]), form)
    assert role_of(User.objects.get(pk=eero.pk)) == READER


def test_nobody_shuts_themselves_out(signed_in: SignedIn) -> None:
    client = signed_in(ADMIN)
    me = User.objects.get()
    client.post(reverse("web:user_change", args=[me.pk]), {"first_name": "Aino", "role": READER})
    me = User.objects.get()
    assert (me.first_name, me.is_active, role_of(me)) == ("Aino", True, ADMIN)


@pytest.mark.parametrize("more", [0, 2])
def test_list_of_users_needs_the_same_queries_for_one_and_three(
    signed_in: SignedIn,
    user: Callable[[str], User],
    django_assert_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
    more: int,
) -> None:
    monkeypatch.setattr(navigation, "_items", {})  # what rooms count in the menu is theirs
    client = signed_in(ADMIN)
    for role in [READER, EDITOR][:more]:
        user(role)
    address = reverse("web:users")
    client.get(address)
    # session, user, role of the reader, the rows, their groups, the total
    with django_assert_num_queries(6):
        client.get(address)


def test_roles_include_those_before_them(user: Callable[[str], User]) -> None:
    editor = user(EDITOR)
    assert [is_at_least(editor, role) for role in (READER, EDITOR, ADMIN)] == [True, True, False]
