"""What checking a survey can find: a closed list, each with its sentence and how to mend it, in en and fi."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """One finding: at which question ("" for the whole), what, and how to mend it."""

    code: str
    severity: Literal["error", "warning"] = "error"
    question: str = ""
    detail: str = ""

    def sentence(self, language: str = "en") -> str:
        """Return what is wrong, in "en" or "fi"."""
        return FINDINGS[self.code][language == "fi"].format(detail=self.detail)

    def mend(self, language: str = "en") -> str:
        """Return how to mend it, in "en" or "fi"."""
        return FINDINGS[self.code][2 + (language == "fi")].format(detail=self.detail)


# code: (sentence en, sentence fi, mend en, mend fi)
FINDINGS: Mapping[str, tuple[str, str, str, str]] = {
    "unreadable": (
        "The survey cannot be read: {detail}.",
        "Kyselyä ei voi lukea: {detail}.",
        "Correct the place that the sentence names.",
        "Korjaa kohta, jonka lause nimeää.",
    ),
    "unknown_field": (
        "There is no field {detail} here.",
        "Kenttää {detail} ei tässä ole.",
        "Remove it or correct its name.",
        "Poista se tai korjaa sen nimi.",
    ),
    "unknown_kind": (
        "There is no kind of question {detail}.",
        "Kysymyslajia {detail} ei ole.",
        "Use nps, csat, ces, emotion, choice, number, text, matrix or ranking.",
        "Käytä jotakin lajeista nps, csat, ces, emotion, choice, number, text, matrix tai ranking.",
    ),
    "missing_language": (
        "A text has no version in {detail}.",
        "Tekstistä puuttuu kieli {detail}.",
        "Write it, or remove the language from languages.",
        "Kirjoita se tai poista kieli kohdasta languages.",
    ),
    "too_few_options": (
        "There is nothing to choose from: {detail} needs at least two.",
        "Valittavaa ei ole: kohdassa {detail} täytyy olla vähintään kaksi vaihtoehtoa.",
        "Write more of them, or make it another kind of question.",
        "Kirjoita niitä lisää tai vaihda kysymyksen lajia.",
    ),
    "asked_later": (
        "The condition looks at the answer to {detail}, which is not asked before it.",
        "Ehto katsoo vastausta kysymykseen {detail}, jota ei kysytä ennen sitä.",
        "Move the question behind the one it depends on, or correct the name.",
        "Siirrä kysymys sen jälkeen, josta se riippuu, tai korjaa nimi.",
    ),
    "weak_contrast": (
        "The colours of {detail} are too near each other to be read (at least 4.5:1 is needed).",
        "Värit {detail} ovat liian lähellä toisiaan, jotta tekstin voisi lukea (tarvitaan vähintään 4,5:1).",
        "Choose a darker or a lighter colour.",
        "Valitse tummempi tai vaaleampi väri.",
    ),
    "no_touchpoint": (
        "A touchpoint survey does not say which touchpoint it is about.",
        "Kosketuspistekysely ei kerro, mitä kosketuspistettä se koskee.",
        "Write touchpoint: its key.",
        "Kirjoita touchpoint: kosketuspisteen avain.",
    ),
    "case_of_nobody": (
        "An anonymous survey cannot open a case: nobody would know whose it is.",
        "Nimetön kysely ei voi avata tapausta: kukaan ei tietäisi, kenen se on.",
        "Remove case, or let the survey be answered by known customers.",
        "Poista case tai anna tunnettujen asiakkaiden vastata kyselyyn.",
    ),
    "many_questions": (
        "The survey has {detail} questions; most people stop before the end of so many.",
        "Kyselyssä on {detail} kysymystä; useimmat lopettavat kesken näin monen kohdalla.",
        "Leave out what nobody will act upon.",
        "Jätä pois kysymykset, joiden vastauksiin kukaan ei tartu.",
    ),
    "no_thanks": (
        "Nothing is said when somebody has answered.",
        "Vastaajalle ei sanota mitään, kun hän on vastannut.",
        "Write thanks.",
        "Kirjoita kiitosteksti kohtaan thanks.",
    ),
}
