"""How often one address may ask: counted for each, however many others there are."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import RequestFactory, override_settings

from keskio.web.limits import address_of, is_too_much


@pytest.fixture(autouse=True)
def _nobody_counted() -> None:
    cache.clear()


def asks(address: str) -> bool:
    return is_too_much(RequestFactory().get("/", REMOTE_ADDR=address), "door", 2)


def test_a_crowd_of_others_makes_nobody_forgotten() -> None:
    assert [asks("192.0.2.1") for _ in range(3)] == [False, False, True]
    assert not any(asks(f"10.0.{n // 250}.{n % 250}") for n in range(1000))
    assert asks("192.0.2.1")


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:4711", "192.0.2.1:4711"),
    ],
)
def test_one_network_is_one_caller(told: str, counted: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR=told, HTTP_X_FORWARDED_FOR=told)
    assert address_of(request) == counted
    with override_settings(PROXIES=1):
        assert address_of(request) == counted
