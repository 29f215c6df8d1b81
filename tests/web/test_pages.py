"""The frame of pages: menu, panels, errors, what browsers are told."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from keskio.web import navigation, panels
from keskio.web.icons import PATHS, icon
from keskio.web.paging import page_number, page_of
from keskio.web.roles import ADMIN, READER
from keskio.web.sparks import spark

SignedIn = Callable[[str], Client]


def entries(client: Client) -> list[str]:
    return re.findall(
        r"</svg><span>([^<]+)</span>", client.get(reverse("web:home")).content.decode()
    )


def test_menu_shows_what_the_role_may_see(signed_in: SignedIn) -> None:
    assert "Users" in entries(signed_in(ADMIN))
    assert "Users" not in entries(signed_in(READER))


def test_menu_refuses_an_unknown_group() -> None:
    with pytest.raises(ValueError, match="no group 'cellar'"):
        navigation.register(
            navigation.Item(key="x", title="x", url_name="web:home", icon="home", group="cellar")
        )


def test_panels_refuse_an_unknown_place() -> None:
    with pytest.raises(ValueError, match="no place 'cellar'"):
        panels.register(
            "cellar", panels.Panel(key="x", title="x", render=lambda request, subject: None)
        )


def test_a_panel_with_nothing_to_say_is_left_out(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panels, "_panels", {"customer": {}})
    shown: list[int | None] = []

    def render(request: HttpRequest, subject: int | None) -> str:
        shown.append(subject)
        return "<p>here</p>"

    panels.register("customer", panels.Panel(key="b", title="B", render=render, order=1))
    panels.register(
        "customer", panels.Panel(key="a", title="A", render=lambda request, subject: None)
    )
    drawn = panels.panels_of("customer", rf.get("/"), 7)
    assert ([panel.key for panel in drawn], shown) == (["b"], [7])


def test_home_asked_for_by_htmx_is_only_the_part_that_changes(signed_in: SignedIn) -> None:
    page = (
        signed_in(READER).get(reverse("web:home"), headers={"hx-request": "true"}).content.decode()
    )
    assert "<html" not in page
    assert "Events today" in page


def test_a_missing_page_says_so_in_the_readers_language(client: Client) -> None:
    answer = client.get("/nothing/", headers={"accept-language": "fi"})
    assert answer.status_code == 404
    assert "Täällä ei ole mitään" in answer.content.decode()


def test_pages_are_under_a_strict_policy_and_have_nothing_inline(signed_in: SignedIn) -> None:
    answer = signed_in(ADMIN).get(reverse("web:users"))
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    html = answer.content.decode()
    assert re.findall(r"<script(?![^>]*src=)[^>]*>|\sstyle=|\son[a-z]+=", html) == []


def test_every_icon_can_be_drawn() -> None:
    assert all(icon(name).startswith("<svg") for name in PATHS)


def test_page_number_takes_nonsense_for_the_first() -> None:
    rf = RequestFactory()
    asked = ["", "?page=0", "?page=-3", "?page=x", "?page=²", "?page=3", "?page=99999999"]
    assert [page_number(rf.get(f"/{query}")) for query in asked] == [1, 1, 1, 1, 1, 3, 2000]


def test_page_knows_its_neighbours_and_keeps_the_filters() -> None:
    page = page_of(RequestFactory().get("/?q=aino&page=2"), list(range(51)), size=50, total=140)
    assert (page.newer, page.older, page.first, page.last) == (
        "?q=aino&page=1",
        "?q=aino&page=3",
        51,
        100,
    )


def test_last_page_has_no_older() -> None:
    page = page_of(RequestFactory().get("/?page=3"), list(range(40)), size=50)
    assert (page.older, page.last) == ("", 140)


def test_spark_shows_one_bar_for_each_value() -> None:
    drawn = spark([0, 5, 10], label="Events <now>")
    assert drawn.count("<rect") == 3
    assert re.findall(r' height="([\d.]+)"', drawn) == ["0.5", "20.0", "40.0"]
    assert 'aria-label="Events &lt;now&gt;"' in drawn
