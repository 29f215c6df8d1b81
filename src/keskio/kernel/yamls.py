"""Definitions as text: YAML read as version 1.2 does, and written so that it reads back the same.

`no` is a word, 16:00 a time and 00100 a post code, not numbers; a name that stands twice in one
mapping is a mistake: a copied step would silently replace another.
"""

from __future__ import annotations

import re
from copy import deepcopy
from functools import lru_cache
from typing import Any

import yaml

PLAIN = {
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "int": (r"[-+]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+", "-+0123456789"),
    "float": (r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", "-+.0123456789"),
}


class _Loader(yaml.SafeLoader):
    """Reads what the module promises."""

    yaml_implicit_resolvers = {
        first: [pair for pair in pairs if pair[0].rpartition(":")[2] not in PLAIN]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                twice = f"{name!r} stands here twice"
                raise yaml.constructor.ConstructorError(None, None, twice, key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


for _kind, (_pattern, _first) in PLAIN.items():
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_kind}", re.compile(f"^({_pattern})$"), list(_first)
    )


class _Dumper(yaml.SafeDumper):
    """Writes without anchors, and lists indented under their names."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - yaml's signature
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)


def read_yaml(text: str) -> object:
    """Return what a YAML (or JSON) text holds; raises ValueError with one sentence that says where.

    >>> read_yaml("{open: no, at: 16:00, post: 00100}")
    {'open': 'no', 'at': '16:00', 'post': '00100'}
    """
    return deepcopy(_read(text))  # whoever asks may change what they are given


# The same definitions are read again and again, at each page that shows one and in every runner.
@lru_cache(maxsize=128)
def _read(text: str) -> object:
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader too
    except (yaml.YAMLError, ValueError) as fault:  # ValueError: a day such as 2012-13-45
        raise ValueError(" ".join(str(fault).split())) from None


def write_yaml(document: object) -> str:
    """Return `document` (plain types) as text that `read_yaml` reads back the same."""
    text: str = yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, indent=2
    )
    return text
