"""The standing cast of users: one of each role."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from keskio.web.actions import create_user

PASSWORD = "kuutamo-järvellä-88"


@pytest.fixture
def user(db: None) -> Callable[[str], User]:
    """Make a user with a role; the name is the role's."""

    def make(role: str) -> User:
        return create_user(role, password=PASSWORD, role=role)

    return make


@pytest.fixture
def signed_in(user: Callable[[str], User]) -> Callable[[str], Client]:
    """Return a browser in which somebody with a role has signed in; pages are in English."""
    cache.clear()

    def sign_in(role: str) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(user(role), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
