"""What the things of this room are called, for pages of others: dialogues, steps, messages, offers.

One who may not see health data is not told which dialogue about health somebody is in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

from keskio.engine.dialogue.program import Program
from keskio.kernel.i18n import in_language
from keskio.talk.calls.models import Connection
from keskio.talk.confiding import is_about_health
from keskio.talk.drawing import step_title
from keskio.talk.models import Dialogue, Message, Offer, Version
from keskio.talk.shelf import programs_of
from keskio.web import names
from keskio.web.names import Hidden, Reader


def register() -> None:
    """Tell pages of others what things are called here. Called once."""
    names.register(names.DIALOGUE, dialogue_names)
    names.register(names.STEP, step_names)
    names.register(names.MESSAGE, message_names)
    names.register(names.OFFER, offer_names)
    names.register(names.CONNECTION, connection_names)


def dialogue_names(keys: Collection[str], reader: Reader) -> Mapping[str, str]:
    """Return the titles of dialogues by their keys."""
    hidden = set() if reader.may_see_health else _about_health(keys)
    return {
        row.key: _hidden() if row.key in hidden else in_language(row.title, reader.language)
        for row in Dialogue.objects.filter(key__in=keys)
    }


def step_names(keys: Collection[str], reader: Reader) -> Mapping[str, str]:
    """Return the titles of steps by `dialogue/version's number/step`."""
    asked = {key: key.split("/", 2) for key in keys if key.count("/") > 1}
    numbers = {int(number) for _dialogue, number, _step in asked.values() if number.isdecimal()}
    rows = Version.objects.filter(
        dialogue__key__in={dialogue for dialogue, _number, _step in asked.values()},
        number__in=numbers,
    )
    pks = {
        (key, number): pk for pk, key, number in rows.values_list("pk", "dialogue__key", "number")
    }
    programs = programs_of(set(pks.values()))
    found = {}
    for key, (dialogue, number, step) in asked.items():
        program = programs.get(pks.get((dialogue, int(number or 0)), 0))
        if program is not None:
            found[key] = _step(program, step, reader)
    return found


def message_names(keys: Collection[str], reader: Reader) -> Mapping[str, str]:
    """Return the dialogue and the step that sent each message, by the message's number."""
    rows = list(
        Message.objects.filter(pk__in=[int(key) for key in keys]).values_list(
            "pk", "version_id", "step"
        )
    )
    wanted = {version for _pk, version, _step in rows}
    programs = programs_of(wanted)
    titles = {
        pk: in_language(title, reader.language)
        for pk, title in Version.objects.filter(pk__in=wanted).values_list("pk", "dialogue__title")
    }
    found = {}
    for pk, version, step in rows:
        program = programs.get(version)
        if program is not None:
            said = _step(program, step, reader)
            is_hidden = isinstance(said, Hidden)
            found[str(pk)] = said if is_hidden else f"{titles[version] or program.key} · {said}"
    return found


def offer_names(keys: Collection[str], reader: Reader) -> Mapping[str, str]:
    """Return the titles of offers by their keys."""
    rows = Offer.objects.filter(key__in=keys).values_list("key", "title")
    return {key: in_language(title, reader.language) for key, title in rows}


def connection_names(keys: Collection[str], _reader: Reader) -> Mapping[str, str]:
    """Return what the other systems are called that dialogues call, by their keys."""
    return dict(Connection.objects.filter(key__in=keys).values_list("key", "title"))


def _step(program: Program, step: str, reader: Reader) -> str:
    if not reader.may_see_health and is_about_health(program):
        return _hidden()
    return step_title(program, step, reader.language)


def _about_health(keys: Collection[str]) -> set[str]:
    rows = Version.objects.filter(dialogue__key__in=keys).values_list("pk", "dialogue__key")
    known = dict(rows)
    programs = programs_of(set(known))
    return {known[pk] for pk, program in programs.items() if is_about_health(program)}


def _hidden() -> Hidden:
    return Hidden(_("a dialogue about health"))
