"""Definitions as files: segments and models of stages, read, checked and written as YAML.

A text that cannot be used gives faults that say where and why; nothing here asks the database:
whether the names in a condition exist is `actions`' to find out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from importlib import resources
from typing import Any

from keskio.engine.conditions import OF_CUSTOMERS, Problem, problems_of
from keskio.kernel.yamls import read_yaml, write_yaml
from keskio.know.segments.contracts import (
    Document,
    Fault,
    ModelDraft,
    Rule,
    SegmentDraft,
    Stage,
    Titles,
    Way,
)

READY = resources.files("keskio.know.segments") / "ready"
KEY = re.compile(r"(?!(?:add|preview)$)[a-z0-9][a-z0-9_-]{0,99}")
SEGMENT_NAMES = {"key", "title", "description", "when"}
MODEL_NAMES = {"key", "title", "description", "stages", "rules", "groups"}


def read_segment(text: str, language: str = "en") -> tuple[SegmentDraft | None, list[Fault]]:
    """Return the segment that `text` defines, or None and what is wrong with it.

    What is wrong inside the condition is said in `language`.
    """
    document, faults = _mapping_in(text, SEGMENT_NAMES)
    if document is None:
        return None, faults
    key, title, description = _head(document, faults)
    when = document.get("when")
    if when is None:
        faults.append(Fault("when", "A segment needs a condition: when."))
    else:
        faults.extend(faults_of(when, "when", language))
    if faults or not isinstance(when, Mapping):
        return None, faults
    return SegmentDraft(key, title, when, description), []


def write_segment(draft: SegmentDraft) -> str:
    """Return a segment as the text that `read_segment` reads back the same."""
    document: dict[str, Any] = {"key": draft.key, "title": _said(draft.title)}
    if draft.description:
        document["description"] = _said(draft.description)
    return write_yaml({**document, "when": draft.when})


def read_model(text: str, language: str = "en") -> tuple[ModelDraft | None, list[Fault]]:
    """Return the model of stages that `text` defines, or None and what is wrong; as `read_segment`."""
    document, faults = _mapping_in(text, MODEL_NAMES)
    if document is None:
        return None, faults
    key, title, description = _head(document, faults)
    stages = tuple(_stages(document.get("stages"), faults))
    known = {stage.key for stage in stages}
    ways = [*_groups(document.get("groups", []), known, faults, language)]
    ways.append(Way(tuple(_rules(document.get("rules"), "rules", known, faults, language))))
    if faults:
        return None, faults
    return ModelDraft(key, title, stages, tuple(ways), description), []


def write_model(draft: ModelDraft) -> str:
    """Return a model of stages as the text that `read_model` reads back the same."""
    document: dict[str, Any] = {"key": draft.key, "title": _said(draft.title)}
    if draft.description:
        document["description"] = _said(draft.description)
    document["stages"] = [{"key": s.key, "title": _said(s.title)} for s in draft.stages]
    groups = [
        {
            **({"title": _said(way.title)} if way.title else {}),
            "for": way.only_for,
            "rules": _plain_rules(way),
        }
        for way in draft.ways
        if way.only_for is not None
    ]
    if groups:
        document["groups"] = groups
    document["rules"] = _plain_rules(draft.ways[-1])
    return write_yaml(document)


def ready_models() -> dict[str, str]:
    """Return the texts of the models of stages that ship with the product, by key."""
    return {
        item.name.removesuffix(".yaml"): item.read_text(encoding="utf-8")
        for item in sorted(READY.iterdir(), key=lambda item: item.name)
        if item.name.endswith(".yaml")
    }


def faults_of(when: object, place: str, language: str = "en") -> list[Fault]:
    """Return what is wrong with a condition, each fault with its own place, in "en" or "fi"."""
    return [
        Fault(".".join(filter(None, (place, found.place))), _told(found, language))
        for found in problems_of(when, words=OF_CUSTOMERS)
    ]


def _told(found: Problem, language: str) -> str:
    sentence = f"{found.sentence(language)} {found.mend(language)}"
    return sentence[:1].upper() + sentence[1:]


def plain(value: Any) -> Any:
    """Return what a YAML text holds in the types of JSON: days and times as text."""
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value


def _mapping_in(text: str, names: set[str]) -> tuple[dict[str, Any] | None, list[Fault]]:
    try:
        document = plain(read_yaml(text))
    except ValueError as fault:
        return None, [Fault("", f"The text cannot be read: {fault}")]
    if not isinstance(document, dict):
        return None, [Fault("", "A definition is a mapping of names: key, title and so on.")]
    return document, [
        Fault(name, f"{name!r} is not known here; known are {', '.join(sorted(names))}.")
        for name in document
        if name not in names
    ]


def _head(document: Document, faults: list[Fault]) -> tuple[str, Titles, Titles]:
    key = document.get("key")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        faults.append(
            Fault(
                "key", "A key is of small letters, digits, hyphens and underscores: loyal-buyers."
            )
        )
    title = _titles(document.get("title", key), "title", faults)
    return str(key), title, _titles(document.get("description", {}), "description", faults)


def _titles(value: object, place: str, faults: list[Fault]) -> Titles:
    if isinstance(value, str):
        return {"fi": value, "en": value}
    if isinstance(value, dict) and all(isinstance(text, str) for text in value.values()):
        return value
    faults.append(Fault(place, "This is a text, or texts by language: {fi: …, en: …}."))
    return {}


def _stages(given: object, faults: list[Fault]) -> Iterator[Stage]:
    if not isinstance(given, list) or not given:
        faults.append(Fault("stages", "A model lists its stages from the first to the last."))
        return
    seen: set[str] = set()
    for number, stage in enumerate(given):
        place = f"stages[{number}]"
        key = stage if isinstance(stage, str) else _get(stage, "key")
        if not isinstance(key, str) or not KEY.fullmatch(key):
            faults.append(Fault(place, "A stage has a key such as interest."))
            continue
        if key in seen:
            faults.append(Fault(place, f"The stage {key!r} is here twice."))
        seen.add(key)
        yield Stage(key, _titles(_get(stage, "title") or key, f"{place}.title", faults))


def _groups(given: object, known: set[str], faults: list[Fault], language: str) -> Iterator[Way]:
    if not isinstance(given, list):
        faults.append(Fault("groups", "Groups are a list of {title, for, rules}."))
        return
    for number, group in enumerate(given):
        place = f"groups[{number}]"
        if not isinstance(group, dict) or set(group) - {"title", "for", "rules"}:
            faults.append(Fault(place, "A group is {title, for: CONDITION, rules: […]}."))
            continue
        faults.extend(faults_of(group.get("for"), f"{place}.for", language))
        title = _titles(group.get("title", {}), f"{place}.title", faults)
        rules = tuple(_rules(group.get("rules"), f"{place}.rules", known, faults, language))
        yield Way(rules, group.get("for"), title)


def _rules(
    given: object, place: str, known: set[str], faults: list[Fault], language: str
) -> Iterator[Rule]:
    if not isinstance(given, list) or not given:
        faults.append(
            Fault(place, "Rules are a list of {stage, when}; the first that holds decides.")
        )
        return
    for number, rule in enumerate(given):
        here = f"{place}[{number}]"
        if not isinstance(rule, dict) or set(rule) - {"stage", "when"} or "stage" not in rule:
            faults.append(Fault(here, "A rule is {stage: KEY, when: CONDITION}."))
            continue
        if rule["stage"] not in known:
            faults.append(Fault(here, f"The model has no stage {rule['stage']!r}."))
        if "when" in rule:
            faults.extend(faults_of(rule["when"], f"{here}.when", language))
        yield Rule(str(rule["stage"]), rule.get("when"))


def _plain_rules(way: Way) -> list[dict[str, Any]]:
    return [
        {"stage": rule.stage, **({} if rule.when is None else {"when": rule.when})}
        for rule in way.rules
    ]


def _said(titles: Titles) -> str | dict[str, str]:
    """Return texts as short as they can be written: one where both languages say the same."""
    texts = dict(titles)
    same = texts.keys() == {"fi", "en"} and texts["fi"] == texts["en"]
    return texts["fi"] if same else texts


def _get(value: object, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
