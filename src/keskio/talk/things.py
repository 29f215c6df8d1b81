"""The thing that a dialogue is about, a car or a contract, as its texts may name it: `object.model`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from keskio.kernel.sql import any_of, fetch, listed
from keskio.know.api import fields_of_objects
from keskio.talk.contracts import Handed

OBJECT_KEYS = "SELECT id, object_key FROM talk_enrolment WHERE {enrolments} AND object_key <> ''"


def things_of(messages: Sequence[Handed], kinds: Mapping[int, str]) -> dict[int, dict[str, Any]]:
    """Return by message the fields of the object that its dialogue is about, with `kind` and `key`.

    `kinds` says by version which kind of objects it is about; messages of others have no object. One
    query, and one for each kind.
    """
    about = {m.enrolment: kinds[m.version] for m in messages if kinds.get(m.version)}
    if not about:
        return {}
    keys = dict(fetch(OBJECT_KEYS.format(enrolments=any_of("id")), (listed(about),)))
    by_kind: dict[str, set[str]] = {}
    for enrolment, key in keys.items():
        by_kind.setdefault(about[enrolment], set()).add(key)
    known = {kind: fields_of_objects(kind, wanted) for kind, wanted in by_kind.items()}
    return {
        m.id: {**known[kind].get(key, {}), "kind": kind, "key": key}
        for m in messages
        if (key := keys.get(m.enrolment)) and (kind := about.get(m.enrolment))
    }


def object_keys_of(enrolments: Collection[int]) -> dict[int, str]:
    """Return the keys of the objects that `enrolments` are about; those about none are left out."""
    if not enrolments:
        return {}
    return dict(fetch(OBJECT_KEYS.format(enrolments=any_of("id")), (listed(enrolments),)))
