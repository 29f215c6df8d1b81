"""Users of each role, for the room's pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from keskio.web.roles import give_role


@pytest.fixture
def signed_in(transactional_db: None) -> Callable[[str], Client]:
    """Return a browser in which somebody with a role has signed in; pages are in English."""
    cache.clear()

    def sign_in(role: str) -> Client:
        user = User.objects.create_user(role)
        give_role(user, role)
        client = Client(headers={"accept-language": "en"})
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
