"""What can be wrong in a condition: a closed list, each with what, and how to mend it, in two languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong, and where: `place` is a path such as "all[1].where"."""

    code: str
    place: str = ""
    values: Mapping[str, str] = {}

    def sentence(self, language: str = "en") -> str:
        """Return what is wrong, in "en" or "fi"."""
        told = PROBLEMS[self.code][language == "fi"].format(**self.values)
        near = self.values.get("near")
        if near:
            told += f" Tarkoititko {near}?" if language == "fi" else f" Did you mean {near}?"
        return told

    def mend(self, language: str = "en") -> str:
        """Return how to mend it, in "en" or "fi"."""
        return PROBLEMS[self.code][2 + (language == "fi")].format(**self.values)

    def told(self, language: str = "en") -> str:
        """Return the place, what is wrong there and how to mend it, in one line."""
        place = f"{self.place}: " if self.place else ""
        return f"{place}{self.sentence(language)} {self.mend(language)}"


class Unreadable(ValueError):
    """A condition cannot be read; `problems` says what, where, and how to mend it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(problem.told() for problem in problems))
        self.problems = tuple(problems)


def problem(code: str, place: str = "", **values: object) -> Problem:
    """Return a problem; its values are shown as they stand in the document."""
    return Problem(code, place, {name: str(value) for name, value in values.items()})


def nearest(word: object, known: Iterable[str]) -> str:
    """Return the known word that `word` was probably meant to be, in quotes, or ""."""
    found = get_close_matches(str(word).lower(), list(known), n=1, cutoff=0.6)
    return repr(found[0]) if found else ""


# code: (sentence en, sentence fi, mend en, mend fi)
PROBLEMS: Mapping[str, tuple[str, str, str, str]] = {
    "not_a_condition": (
        "a condition is an object such as {{trait: town, is: Oulu}}, not {found}.",
        "ehto on olio kuten {{trait: town, is: Oulu}}, ei {found}.",
        "Write one.",
        "Kirjoita sellainen.",
    ),
    "unknown_beginning": (
        "no condition begins with {found}.",
        "mikään ehto ei ala sanalla {found}.",
        "Use one of {known}.",
        "Käytä jotakin näistä: {known}.",
    ),
    "stands_alone": (
        "{word} stands alone in its condition.",
        "{word} on ehdossaan yksin.",
        "Take {others} away, or put both into {{all: [...]}}.",
        "Poista {others} tai kokoa molemmat kohtaan {{all: [...]}}.",
    ),
    "not_a_list": (
        "'all' and 'any' take a list of conditions that is not empty.",
        "'all' ja 'any' sisältävät luettelon ehtoja, joka ei ole tyhjä.",
        "Write {word}: [CONDITION, ...].",
        "Kirjoita {word}: [EHTO, ...].",
    ),
    "unknown_word": (
        "there is no word {found} in {what}.",
        "kohdassa {what} ei ole sanaa {found}.",
        "Use {known}.",
        "Käytä sanoja {known}.",
    ),
    "missing": (
        "{what} needs {missing}.",
        "{what} tarvitsee kohdan {missing}.",
        "Write it as {form}.",
        "Kirjoita se muodossa {form}.",
    ),
    "one_operator": (
        "{what} needs exactly one of {known}.",
        "{what} tarvitsee täsmälleen yhden näistä: {known}.",
        "Compare it with one value.",
        "Vertaa sitä yhteen arvoon.",
    ),
    "not_a_name": (
        "{what} must be a name, not {found}.",
        "{what} on nimi, ei {found}.",
        "Write a text that is not empty.",
        "Kirjoita teksti, joka ei ole tyhjä.",
    ),
    "bad_value": (
        "{operator} takes {wanted}, not {found}.",
        "{operator} vaatii arvokseen: {wanted}, ei {found}.",
        "Correct the value.",
        "Korjaa arvo.",
    ),
    "no_null": (
        "nothing is equal to null.",
        "mikään ei ole yhtä kuin null.",
        "Use exists: false for what is not known.",
        "Käytä kohtaa exists: false, kun tietoa ei ole.",
    ),
    "not_a_length": (
        "{found} is not a length of time.",
        "{found} ei ole aikaväli.",
        "Write for example '90 days', '2 hours' or '1 month', at most 100 years.",
        "Kirjoita esimerkiksi '90 days', '2 hours' tai '1 month', enintään 100 vuotta.",
    ),
    "no_months": (
        "{what} cannot be said in months or years, whose lengths vary.",
        "kohtaa {what} ei voi sanoa kuukausina tai vuosina, joiden pituus vaihtelee.",
        "Write days, such as '30 days'.",
        "Kirjoita päivinä, esimerkiksi '30 days'.",
    ),
    "not_a_window": (
        "{found} is not a window of time.",
        "{found} ei ole aikaikkuna.",
        "Write {{last: 90 days}}, {{before: 90 days}}, {{next: 7 days}}, {{this: month}} or"
        " {{from: DATE, to: DATE}}.",
        "Kirjoita {{last: 90 days}}, {{before: 90 days}}, {{next: 7 days}}, {{this: month}} tai"
        " {{from: PÄIVÄ, to: PÄIVÄ}}.",
    ),
    "not_a_date": (
        "{found} is not a date or a time.",
        "{found} ei ole päivä eikä hetki.",
        "Write it as 2026-09-29 or 2026-09-29T18:00.",
        "Kirjoita se muodossa 2026-09-29 tai 2026-09-29T18:00.",
    ),
    "events_are_past": (
        "events lie behind us, and 'next' looks ahead.",
        "tapahtumat ovat takanapäin, ja 'next' katsoo eteenpäin.",
        "Use last, before, this, or from and to.",
        "Käytä kohtaa last, before, this tai from ja to.",
    ),
    "backwards": (
        "{first} comes behind {last}.",
        "{first} on myöhemmin kuin {last}.",
        "Change their places.",
        "Vaihda niiden paikkaa.",
    ),
    "not_here": (
        "{word} has no meaning here.",
        "kohdalla {word} ei ole tässä merkitystä.",
        "Use {known}.",
        "Käytä: {known}.",
    ),
    "too_deep": (
        "conditions stand inside each other more than {most} times.",
        "ehtoja on sisäkkäin yli {most} kertaa.",
        "Write it flatter.",
        "Kirjoita se matalammaksi.",
    ),
}
