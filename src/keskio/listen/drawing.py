"""What was read in a mention, as people see it: names, sentences of the steps, and words marked in texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

Text = str | Promise

CHANNELS: dict[str, Text] = {
    "mastodon": "Mastodon",
    "bluesky": "Bluesky",
    "reddit": "Reddit",
    "rss": gettext_lazy("Web feed"),
    "review": gettext_lazy("Review"),
    "app": gettext_lazy("App store"),
    "mail": gettext_lazy("Mail"),
    "email": gettext_lazy("E-mail"),
    "sms": gettext_lazy("Text message"),
    "csv": gettext_lazy("File"),
    "webhook": gettext_lazy("Webhook"),
    "survey": gettext_lazy("Survey"),
}
EMOTIONS: dict[str, Text] = {
    "joy": gettext_lazy("joy"),
    "trust": gettext_lazy("trust"),
    "fear": gettext_lazy("fear"),
    "surprise": gettext_lazy("surprise"),
    "sadness": gettext_lazy("sadness"),
    "disgust": gettext_lazy("disgust"),
    "anger": gettext_lazy("anger"),
    "anticipation": gettext_lazy("anticipation"),
}
SIDES: dict[str, Text] = {
    "physical": gettext_lazy("physical side: waiting, place, price"),
    "emotional": gettext_lazy("emotional side: how one was met"),
}
MOTIVES: dict[str, Text] = {
    "seeks_solution": gettext_lazy("seeks a solution"),
    "vents": gettext_lazy("vents"),
    "peer_support": gettext_lazy("looks for peer support"),
    "warns": gettext_lazy("warns others"),
    "guides": gettext_lazy("guides the company"),
    "made_up": gettext_lazy("may be made up"),
}
LANGUAGES: dict[str, Text] = {
    "fi": gettext_lazy("Finnish"),
    "en": gettext_lazy("English"),
    "sv": gettext_lazy("Swedish"),
}
KINDS: dict[str, Text] = {
    "customer": gettext_lazy("customer"),
    "partner": gettext_lazy("partner"),
    "unknown": pgettext_lazy("writer", "unknown"),
    "suspected": gettext_lazy("suspected troll"),
}
STEPS: dict[str, tuple[Text, Text]] = {
    "collect": (
        gettext_lazy("Collect"),
        gettext_lazy("Sources hand over what was written, each message once."),
    ),
    "language": (
        gettext_lazy("Language"),
        gettext_lazy("Finnish, English or Swedish, by the words and their endings."),
    ),
    "normalise": (
        gettext_lazy("Normalise"),
        gettext_lazy("Small letters, stretched words shortened, addresses and handles set aside."),
    ),
    "match": (
        gettext_lazy("Match"),
        gettext_lazy(
            "Words of the business, and words of complaint, praise or asking, in any form."
        ),
    ),
    "negation": (
        gettext_lazy("Negation and intensity"),
        gettext_lazy("Words that deny, strengthen or turn round what is beside them."),
    ),
    "emotions": (
        gettext_lazy("Emotions"),
        gettext_lazy("Eight emotions after Plutchik, each 0–100 %."),
    ),
    "negativity": (
        gettext_lazy("Negativity"),
        gettext_lazy("How likely a person would call this negative."),
    ),
    "themes": (
        gettext_lazy("Themes"),
        gettext_lazy("What it is about, by the themes of the word lists."),
    ),
    "side": (
        gettext_lazy("Side"),
        gettext_lazy("About the physical or the emotional side of the service."),
    ),
    "motive": (gettext_lazy("Motive"), gettext_lazy("Why it was probably written.")),
    "spread": (
        gettext_lazy("Spread"),
        gettext_lazy("How many people it has reached, by followers and reposts."),
    ),
    "urgency": (
        gettext_lazy("Urgency"),
        gettext_lazy(
            "Negativity, feeling, reach, speed of the theme and customer value, multiplied."
        ),
    ),
    "mention": (gettext_lazy("Mention"), gettext_lazy("What comes out: good or bad on the whole.")),
}
REASONS: dict[str, Text] = {
    "business": gettext_lazy("word of the business"),
    "neutral here": gettext_lazy("only sounds bad: neutral in this business"),
    "good": gettext_lazy("good word"),
    "bad": gettext_lazy("bad word"),
    "fault": gettext_lazy("word of a fault"),
    "needed": gettext_lazy("what was needed"),
    "question": gettext_lazy("question"),
    "profanity": gettext_lazy("swearing: strength, not direction"),
    "phrase": gettext_lazy("listed phrase"),
    "learnt": gettext_lazy("learnt weight"),
    "again": gettext_lazy("again"),
    "waited": gettext_lazy("time waited"),
    "denied need": gettext_lazy("what was needed did not come"),
    "scaled": gettext_lazy("made stronger or weaker by the word before"),
    "physical": gettext_lazy("physical side"),
    "emotional": gettext_lazy("emotional side"),
    "part": gettext_lazy("factor"),
    "company": gettext_lazy("the company's own examples"),
}
PARTS: dict[str, Text] = {
    "negative": gettext_lazy("negativity"),
    "feeling": gettext_lazy("anger or fear"),
    "reach": gettext_lazy("reach"),
    "velocity": gettext_lazy("speed of the theme"),
    "value": gettext_lazy("value of the customer"),
}
_FORM = re.compile(r"^(?P<names>.*?) ?\((?P<how>form|compound|misspelt|[a-z ]+): (?P<of>.*)\)$")
MOST_MARKED = 60


class Word(msgspec.Struct, frozen=True):
    """One word of the evidence: as it stands, its weight, and why it counts, in a sentence."""

    word: str
    weight: float
    why: str


class Shown(msgspec.Struct, frozen=True):
    """One step as the page lists it."""

    name: str
    title: Text
    about: Text
    said: str
    words: tuple[Word, ...]


def name_of(names: Mapping[str, Text], key: str) -> str:
    """Return the name of `key`, or the key itself with spaces."""
    return str(names.get(key, key.replace("_", " ")))


def tone_of(negative: float, polarity: float) -> str:
    """Return how a reading is shown in one word: bad, good or plain."""
    if negative >= 0.5:
        return "bad"
    return "good" if polarity >= 0.3 else "plain"


def theme_name(names: Mapping[str, Mapping[str, str]], key: str, language: str) -> str:
    """Return a theme's name in a language; `*` is everything."""
    if key == "*":
        return _("All mentions")
    found = names.get(key, {})
    return found.get(language) or found.get("en") or key.replace("_", " ")


def shown_steps(
    evidence: Sequence[Mapping[str, Any]], themes: Mapping[str, Mapping[str, str]], language: str
) -> list[Shown]:
    """Return the kept evidence as sentences, in the order of the pipeline."""
    shown = []
    for step in evidence:
        name, said = str(step.get("name", "")), str(step.get("said", ""))
        title, about = STEPS.get(name, (name, ""))
        words = tuple(
            Word(
                name_of(PARTS, word) if name == "urgency" else word,
                float(weight),
                _why(str(why), themes, language),
            )
            for word, weight, why in step.get("words", ())
        )
        shown.append(Shown(name, title, about, _said(name, said, themes, language), words))
    return shown


def _why(why: str, themes: Mapping[str, Mapping[str, str]], language: str) -> str:
    of = ""
    if told := _FORM.match(why):
        why, of = told["names"], told["of"]
    named = []
    for part in filter(None, why.split(", ")):
        if part in EMOTIONS:
            named.append(name_of(EMOTIONS, part))
        elif part in MOTIVES:
            named.append(name_of(MOTIVES, part))
        elif part in themes:
            named.append(theme_name(themes, part, language))
        else:
            named.append(name_of(REASONS, part))
    said = ", ".join(named)
    return _("%(why)s, from %(word)s") % {"why": said, "word": of} if of else said


def _said(name: str, said: str, themes: Mapping[str, Mapping[str, str]], language: str) -> str:
    if name == "themes":
        return (
            ", ".join(theme_name(themes, key, language) for key in said.split(", ") if key) or "–"
        )
    return _SAYINGS[name](said) if name in _SAYINGS else said


def _language_said(said: str) -> str:
    first, _space, lead = said.partition(" ")
    told = {"language": name_of(LANGUAGES, first), "margin": _number(lead, 1)}
    return _("%(language)s; lead over the next language %(margin)s.") % told


def _feeling_said(said: str) -> str:
    first, _space, share = said.partition(" ")
    told = {"emotion": name_of(EMOTIONS, first), "share": _percent(share)}
    return _("Strongest: %(emotion)s, %(share)s %%.") % told if share else said


def _negation_said(said: str) -> str:
    if said == "irony?":
        return _("This may be ironic: good words beside a fault. A person should look.")
    return _("Listed words weigh %(sum)s together.") % {"sum": _number(said, 2)}


_SAYINGS: dict[str, Callable[[str], str]] = {
    "collect": lambda said: (
        _("%(n)s characters of text.") % {"n": said} if said.isdigit() else said
    ),
    "language": _language_said,
    "match": lambda said: _("Concerns us.") if said == "match" else _("Does not concern us."),
    "negation": _negation_said,
    "emotions": _feeling_said,
    "negativity": lambda said: f"{_percent(said)} %",
    "urgency": lambda said: f"{_percent(said)} %",
    "side": lambda said: name_of(SIDES, said) if said else "–",
    "motive": lambda said: name_of(MOTIVES, said) if said else _("No motive shows."),
    "spread": lambda said: _("About %(n)s people.") % {"n": said},
}


def _number(text: str, places: int) -> str:
    """Return a number as the reader's language writes it; what is none stays, nothing is a dash."""
    try:
        return number_format(float(text), places)
    except ValueError:
        return text or "–"


def _percent(text: str) -> str:
    try:
        return str(round(100 * float(text)))
    except ValueError:
        return text


def marked(text: str, evidence: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return `text` in pieces, each with "" or the kind of evidence it was: bad, good, business, theme."""
    kinds: dict[str, str] = {}
    for step in evidence:
        for word, weight, why in step.get("words", ()):
            kind = _kind(str(step.get("name")), float(weight), str(why))
            if kind and kinds.get(word.lower()) not in ("bad", "good"):
                kinds[word.lower()] = kind
    wanted = sorted((word for word in kinds if word.strip()), key=len, reverse=True)[:MOST_MARKED]
    if not wanted:
        return [(text, "")]
    found = re.compile("|".join(map(_as_written, wanted)), re.IGNORECASE)
    pieces: list[tuple[str, str]] = []
    at = 0
    for hit in found.finditer(text):
        if hit.start() > at:
            pieces.append((text[at : hit.start()], ""))
        pieces.append((hit[0], kinds.get(hit[0].lower(), "")))
        at = hit.end()
    if at < len(text):
        pieces.append((text[at:], ""))
    return pieces


def _as_written(word: str) -> str:
    """Return an expression that finds the word, but not inside another."""
    return rf"(?<!\w){re.escape(word)}(?!\w)" if word[0].isalnum() else re.escape(word)


def _kind(step: str, weight: float, why: str) -> str:
    if step in ("negation", "match") and weight:
        return "good" if weight > 0 else "bad"
    if step == "themes":
        return "theme"
    return "business" if step == "match" and why.startswith("business") else ""
