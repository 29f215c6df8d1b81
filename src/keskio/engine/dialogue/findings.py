"""What `check` and the reading of a definition can find: a closed list with sentences in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

Severity: TypeAlias = Literal["error", "warning"]


class Finding(msgspec.Struct, frozen=True):
    """One finding: where, what, and how to mend it. `detail` is the value that was wrong."""

    code: str
    severity: Severity
    step: str = ""
    detail: str = ""

    def sentence(self, language: str = "en") -> str:
        """Return what is wrong, in "en" or "fi"."""
        return FINDINGS[self.code][language == "fi"].format(detail=self.detail, step=self.step)

    def mend(self, language: str = "en") -> str:
        """Return how to mend it, in "en" or "fi"."""
        return FINDINGS[self.code][2 + (language == "fi")].format(
            detail=self.detail, step=self.step
        )


# code: (sentence en, sentence fi, mend en, mend fi)
FINDINGS: Mapping[str, tuple[str, str, str, str]] = {
    "unreadable": (
        "The definition cannot be read: {detail}",
        "Määrittelyä ei voi lukea: {detail}",
        "Correct the place that the sentence names.",
        "Korjaa kohta, jonka lause nimeää.",
    ),
    "unknown_kind": (
        "There is no step kind {detail}.",
        "Askellajia {detail} ei ole.",
        "Use send, ask, wait, branch, offer, task, update or end.",
        "Käytä lajeja send, ask, wait, branch, offer, task, update tai end.",
    ),
    "unknown_field": (
        "There is no field {detail} here.",
        "Kenttää {detail} ei tässä ole.",
        "Remove it or correct its name.",
        "Poista se tai korjaa sen nimi.",
    ),
    "unknown_purpose": (
        "There is no purpose {detail}.",
        "Tarkoitusta {detail} ei ole.",
        "Use one of the purposes that consents are asked for.",
        "Käytä jotakin tarkoitusta, johon suostumuksia kysytään.",
    ),
    "unknown_target": (
        "An outcome leads to {detail}, which does not exist.",
        "Tulos vie askeleeseen {detail}, jota ei ole.",
        "Name an existing step, end, or back.",
        "Nimeä olemassa oleva askel, end tai back.",
    ),
    "unknown_outcome": (
        "This step never has the outcome {detail}.",
        "Tällä askeleella ei koskaan ole tulosta {detail}.",
        "Remove it or correct its name.",
        "Poista se tai korjaa sen nimi.",
    ),
    "outcome_without_path": (
        "The outcome {detail} leads nowhere.",
        "Tulos {detail} ei vie minnekään.",
        "Name where {detail} goes under outcomes.",
        "Kerro kohdassa outcomes, minne {detail} vie.",
    ),
    "missing_none": (
        "Nobody has said what happens when no answer comes.",
        "Ei ole sanottu, mitä tapahtuu, kun vastausta ei tule.",
        "Name where none goes under outcomes.",
        "Kerro kohdassa outcomes, minne none vie.",
    ),
    "missing_other": (
        "Nobody has said what happens to an answer that is none of the choices.",
        "Ei ole sanottu, mitä tapahtuu vastaukselle, joka ei ole mikään vaihtoehdoista.",
        "Name where other goes under outcomes; a message that ends in back keeps the question open.",
        "Kerro kohdassa outcomes, minne other vie; back jättää kysymyksen auki.",
    ),
    "unreachable": (
        "No path leads to this step.",
        "Mikään polku ei vie tähän askeleeseen.",
        "Let an outcome lead here, or remove the step.",
        "Johda jokin tulos tähän tai poista askel.",
    ),
    "loop_without_wait": (
        "The steps {detail} go round without a wait.",
        "Askeleet {detail} kiertävät kehää odottamatta.",
        "Put a wait, a question or a task into the loop.",
        "Lisää kehään odotus, kysymys tai tehtävä.",
    ),
    "back_without_question": (
        "The path goes back to a question, but none is open here.",
        "Polku palaa kysymykseen, mutta mikään ei ole tässä auki.",
        "Use back only after the outcome other of a question.",
        "Käytä back-kohdetta vain kysymyksen other-tuloksen jälkeen.",
    ),
    "waits_for_ever": (
        "This step can wait for ever: it has no time limit.",
        "Tämä askel voi odottaa loputtomiin: sillä ei ole aikarajaa.",
        "Give it for or until, or give the dialogue ends.",
        "Anna sille for tai until, tai dialogille ends.",
    ),
    "missing_language": (
        "The text has no version in {detail}.",
        "Tekstiä ei ole kielellä {detail}.",
        "Write it, or remove the language from languages.",
        "Kirjoita se tai poista kieli kohdasta languages.",
    ),
    "unknown_variable": (
        "The variable {detail} is used but never set.",
        "Muuttujaa {detail} käytetään, mutta sitä ei aseteta.",
        "Set it under variables, keep it from the trigger, or correct its name.",
        "Aseta se kohdassa variables, poimi se käynnistimestä tai korjaa nimi.",
    ),
    "bad_text": (
        "The text cannot be read as a template: {detail}",
        "Tekstiä ei voi lukea mallina: {detail}",
        "Correct the braces and the names in them.",
        "Korjaa aaltosulkeet ja niissä olevat nimet.",
    ),
    "deadline_before_start": (
        "The deadline {detail} is before the dialogue begins.",
        "Määräaika {detail} on ennen dialogin alkua.",
        "Move the deadline or the start.",
        "Siirrä määräaikaa tai alkua.",
    ),
}


def error(code: str, step: str = "", detail: str = "") -> Finding:
    """Return a finding that forbids publishing."""
    return Finding(code, "error", step, detail)


def warning(code: str, step: str = "", detail: str = "") -> Finding:
    """Return a finding that a person should look at."""
    return Finding(code, "warning", step, detail)
