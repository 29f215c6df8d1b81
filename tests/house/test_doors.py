"""Rooms reach each other through doors only, also where the import rules cannot see it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db.models import ForeignObject

from tests.house.tree import (
    PACKAGE,
    ROOMS,
    WINGS,
    home_of,
    label_of,
    name_of,
    room_of,
    source_files,
    tracked_files,
    tree_of,
)

DOORS = {"api", "contracts"}
# What pages share is there to be shared; the rest of the room is its own business.
WEB_SHARES = {
    "assets",
    "forms",
    "icons",
    "limits",
    "names",
    "navigation",
    "pages",
    "paging",
    "panels",
    "pulse",
    "roles",
    "sparks",
    "templatetags",
    "words",
}
# Plain rules that `keskio dialogue play` needs without Django, which the rooms' doors bring along.
PLAIN = {
    *(("channels", "stopwords"), ("know", "postal")),
    *(("know", "consents"), ("know", "folding")),
    # Heavy, and loaded only where letters are made.
    *(("channels", "letter"),),
    # Told at the start of every command: the door of talk would bring all of it along.
    *(("talk", "survey_terms"),),
}
# config puts the rooms together. A verb that needs no database goes past a door that does; what
# is behind doors (models, actions, queries …) is kept from it by the import rules.
MAY_REACH_ALL = {"config", "cli"}


def imports_of_rooms() -> Iterator[tuple[str, str, str, str]]:
    """Yield (file, its room, the imported room, the module in it) for all imports of rooms."""
    for path in source_files():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            for name in names:
                parts = name.split(".")
                if parts[0] == "keskio" and len(parts) > 2 and parts[1] in ROOMS:
                    yield f"{name_of(path)}:{node.lineno}", room_of(path), parts[1], parts[2]


def test_rooms_are_entered_by_their_doors() -> None:
    through_walls = [
        f"{place} imports keskio.{other}.{module}"
        for place, room, other, module in imports_of_rooms()
        if room != other
        and room not in MAY_REACH_ALL
        and (other, module) not in PLAIN
        and module not in (DOORS | WEB_SHARES if other == "web" else DOORS)
    ]
    assert through_walls == []


def test_no_room_asks_django_for_models_by_name() -> None:
    asked = [
        f"{name_of(path)}:{node.lineno}"
        for path in source_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"get_model", "get_models"}
    ]
    assert asked == []


def room_of_label(label: str) -> str:
    """Return the room in which the application of Django's called `label` is."""
    homes = {label_of(home): home for home in (*ROOMS, *WINGS)}
    return homes.get(label, label).split("/")[0]


@pytest.mark.parametrize("room", [label_of(home) for home in (*ROOMS, *WINGS)])
def test_foreign_keys_stay_in_the_room_but_for_the_customer(room: str) -> None:
    strays = []
    for model in apps.get_app_config(room).get_models(include_auto_created=True):
        for field in model._meta.get_fields():
            if not isinstance(field, ForeignObject):
                continue
            target = field.related_model._meta
            if room_of_label(target.app_label) == room_of_label(room):
                continue
            is_customer = target.label == "know.Customer" and field.remote_field.hidden
            is_user_of_web = room == "web" and target.app_label == "auth"
            if not (is_customer or is_user_of_web):
                strays.append(f"{model._meta.label}.{field.name} -> {target.label}")
    assert strays == []


TEMPLATE = re.compile(r"""{%-?\s*(?:include|extends)\s+["']([^"']+)["']""")


def test_templates_include_only_their_own_rooms_and_webs() -> None:
    strays = []
    for path in tracked_files():
        if "templates" not in path.parts or not path.is_relative_to(PACKAGE):
            continue
        own = {room_of(path), label_of(home_of(path))}
        strays += [
            f"{name_of(path)} includes {name}"
            for name in TEMPLATE.findall(path.read_text())
            if name.split("/")[0] not in own | {"web", "django"}
        ]
    assert strays == []


def test_templates_lie_in_a_folder_of_their_rooms_name() -> None:
    strays = [
        name_of(path)
        for path in tracked_files()
        if "templates" in path.parts
        and path.is_relative_to(PACKAGE)
        and path.suffix == ".html"
        and path.parts[path.parts.index("templates") + 1] != label_of(home_of(path))
        and path.name not in {"403.html", "404.html", "429.html", "500.html", "403_csrf.html"}
    ]
    assert strays == []
