"""What makes a learnt result anew for other moments (`rote`): once by going through it, then as code.

A result with stand-ins in it is a template. `fill` goes through it and puts moments into their places;
`written` writes the same as one Python expression and compiles it; `holding` does so for the comparisons.
An expression is made of numbers and of names for
the template's own parts: no text of a dialogue, of a message or of an event is ever in one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

import msgspec

from keskio.engine.dialogue.standins import (
    CONSTANT,
    Moments,
    Opaque,
    Same,
    StandIn,
    Tripwire,
    Unlearnable,
)

Make: TypeAlias = Callable[[Sequence[int], Any], Any]
Hold: TypeAlias = Callable[[Sequence[int]], bool]
SIGNS = {
    operator.lt: "<",
    operator.le: "<=",
    operator.gt: ">",
    operator.ge: ">=",
    operator.eq: "==",
    operator.floordiv: "//",
}


def fill(template: Any, values: Sequence[int], given: Any) -> Any:  # noqa: PLR0911 - one a kind
    """Return `template` with moments in the places of its stand-ins; raises Unlearnable.

    `given`: the state that the moments are of. Parts without stand-ins are shared between all that are
    made: the engine's values are frozen.
    """
    if isinstance(template, StandIn):
        return values[template.place] + template.offset
    if isinstance(template, Opaque):
        return given.object
    if isinstance(template, Same):
        return given
    if isinstance(template, Tripwire):
        raise Unlearnable
    if isinstance(template, msgspec.Struct):
        parts = [getattr(template, name) for name in template.__struct_fields__]
        new = [fill(part, values, given) for part in parts]
        if all(one is other for one, other in zip(parts, new, strict=True)):
            return template
        return type(template)(*new)
    if type(template) in (tuple, list):
        return type(template)(fill(part, values, given) for part in template)
    if type(template) is dict:
        return {name: fill(part, values, given) for name, part in template.items()}
    return template


def written(template: Any) -> Make:
    """Return what does the same as `fill` for this template."""
    names: dict[str, Any] = {}
    code = _expression(template, names)
    return cast("Make", _compiled(f"lambda v, g: {code or _named(template, names)}", names))


def holding(moments: Moments) -> Hold:
    """Return what tells whether all that was asked of `moments` comes to the same for others."""
    told = []
    for ask, place, offset, other, more, found in moments.asked:
        right = str(more) if other == CONSTANT else _moment(other, more)
        question = f"{_moment(place, offset)} {SIGNS[ask]} {right}"
        if ask is operator.floordiv:
            told.append(f"{question} == {found}")
        else:
            told.append(question if found else f"not {question}")
    return cast("Hold", _compiled(f"lambda v: {' and '.join(told) or 'True'}", {}))


def _compiled(source: str, names: dict[str, Any]) -> Any:
    return eval(source, {"__builtins__": {}, **names})  # noqa: S307 - numbers and our own names


def _expression(template: Any, names: dict[str, Any]) -> str:  # noqa: PLR0911 - one a kind
    """Return the source of what makes `template`; "" where there is nothing to put into it."""
    if isinstance(template, StandIn):
        return _moment(template.place, template.offset)
    if isinstance(template, Opaque):
        return "g.object"
    if isinstance(template, Same):
        return "g"
    if isinstance(template, Tripwire):
        raise Unlearnable
    if isinstance(template, msgspec.Struct):
        parts = [getattr(template, name) for name in template.__struct_fields__]
        inside = _parts(parts, names)
        return f"{_named(type(template), names)}({inside})" if inside else ""
    if type(template) is dict:
        inside = _parts([*template.values()], names, [*template])
        return f"{{{inside}}}" if inside else ""
    if type(template) in (tuple, list):
        inside = _parts(template, names)
        around = "[{},]" if type(template) is list else "({},)"
        return around.format(inside) if inside else ""
    return ""


def _parts(parts: Sequence[Any], names: dict[str, Any], keys: Sequence[Any] | None = None) -> str:
    told = [_expression(part, names) for part in parts]
    if not any(told):
        return ""
    sources = [code or _named(part, names) for code, part in zip(told, parts, strict=True)]
    if keys is not None:
        sources = [f"{_named(k, names)}: {one}" for k, one in zip(keys, sources, strict=True)]
    return ", ".join(sources)


def _named(value: Any, names: dict[str, Any]) -> str:
    name = f"c{len(names)}"
    names[name] = value
    return name


def _moment(place: int, offset: int) -> str:
    return f"(v[{place}] + {offset})" if offset else f"v[{place}]"
