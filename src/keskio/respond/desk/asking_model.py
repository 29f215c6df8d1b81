"""An optional language model, by an address that speaks as OpenAI's chat completions do. Off by default.

It is sent the conversation without personal details, exactly as the page shows before it is asked. What
it answers is a draft for a person, marked so; nothing here can send anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import msgspec

from keskio.kernel.errors import Trouble
from keskio.know.api import people_of
from keskio.respond.desk.masking import masked, named
from keskio.respond.desk.models import LanguageModel
from keskio.respond.desk.queries import colleagues
from keskio.respond.desk.snippets import first_name, language_of
from keskio.respond.inbox.contracts import IN, OUT
from keskio.respond.inbox.models import Case, Entry

MESSAGES = 12
"""Of a conversation, at most so many of its last messages are sent."""
LONGEST = 2000
LARGEST = 200_000  # bytes of an answer
INSTRUCTIONS = {
    "fi": (
        "Kirjoitat asiakaspalvelijan puolesta luonnoksen vastaukseksi asiakkaalle suomeksi. Ole lyhyt,"
        " selkeä ja ystävällinen. Älä lupaa mitään, mitä keskustelussa ei ole luvattu. Jätä hakasulkeissa"
        " olevat sanat, kuten [nimi], sellaisiksi."
    ),
    "en": (
        "Draft a reply to the customer in English for a customer servant. Be short, clear and kind. Promise"
        " nothing that has not been promised in the conversation. Leave words in brackets, such as [name],"
        " as they are."
    ),
}


class ModelFailed(Trouble):
    """The language model did not answer. Write the reply yourself, or try again later."""

    code = "language_model_failed"


class _Message(msgspec.Struct):
    content: str = ""


class _Choice(msgspec.Struct):
    message: _Message = msgspec.field(default_factory=_Message)


class _Answer(msgspec.Struct):
    choices: list[_Choice] = []


def asked_of(case: Case, entries: Sequence[Entry], model: LanguageModel) -> dict[str, Any]:
    """Return the body of the request: what leaves the house, all of it. Notes and events never do."""
    language = language_of(case)
    names = names_in(case, entries)
    instructions = model.instructions or INSTRUCTIONS.get(language, INSTRUCTIONS["en"])
    told = [{"role": "system", "content": instructions}]
    said = [entry for entry in entries if entry.kind in (IN, OUT) and entry.text][-MESSAGES:]
    for entry in said:
        role = "user" if entry.kind == IN else "assistant"
        text = masked(entry.text, names, language=language)[:LONGEST]
        told.append({"role": role, "content": text})
    return {"model": model.name, "messages": told, "temperature": 0.3}


def names_in(case: Case, entries: Sequence[Entry]) -> set[str]:
    """Return the names that are known of a case: the customer's and those of everybody who wrote."""
    person = people_of([case.customer_id]).get(case.customer_id) if case.customer_id else None
    names = {case.name, person.name if person else "", *(entry.by for entry in entries)}
    people = colleagues()
    names |= {people[entry.by] for entry in entries if entry.by in people}
    return {name for name in names if name}


def drafted(case: Case, entries: Sequence[Entry], model: LanguageModel) -> str:
    """Return the model's draft, with the customer's first name put in. Raises ModelFailed."""
    address = f"{model.address.rstrip('/')}/chat/completions"
    headers = {"authorization": f"Bearer {model.secret}"} if model.secret else {}
    body = asked_of(case, entries, model)
    try:
        answer = httpx.post(
            address, json=body, headers=headers, timeout=model.timeout, follow_redirects=False
        )
        answer.raise_for_status()
        found = msgspec.json.decode(answer.content[:LARGEST], type=_Answer)
    except (httpx.HTTPError, httpx.InvalidURL, msgspec.DecodeError) as fault:
        raise ModelFailed from fault
    text = found.choices[0].message.content.strip() if found.choices else ""
    if not text:
        raise ModelFailed
    return named(text[: 2 * LONGEST], first_name(case.name))
