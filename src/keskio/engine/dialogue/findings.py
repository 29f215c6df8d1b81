"""What `check` and the reading of a definition can find: a closed list with sentences in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal, TypeAlias

import msgspec

Severity: TypeAlias = Literal["error", "warning"]
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})(?: (\d{2}):(\d{2}))?")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LANGUAGES = {
    "fi": ("Finnish", "suomeksi"),
    "en": ("English", "englanniksi"),
    "sv": ("Swedish", "ruotsiksi"),
}


class Finding(msgspec.Struct, frozen=True):
    """One finding: where, what, and how to mend it.

    `detail` is the value that was wrong; `other` a second value that the sentence names.
    """

    code: str
    severity: Severity
    step: str = ""
    detail: str = ""
    other: str = ""

    def sentence(self, language: str = "en") -> str:
        """Return what is wrong, in "en" or "fi"."""
        return self._filled(FINDINGS[self.code][language == "fi"], language)

    def mend(self, language: str = "en") -> str:
        """Return how to mend it, in "en" or "fi"."""
        return self._filled(FINDINGS[self.code][2 + (language == "fi")], language)

    def _filled(self, text: str, language: str) -> str:
        other = self.other
        if self.code == "no_consent_text":
            other = ", ".join(_language(code, language) for code in other.split(", "))
        return text.format(
            detail=_said(self.detail, language), step=self.step, other=_said(other, language)
        )


def _said(value: str, language: str) -> str:
    """Write a whole value that is a day or a moment as the language does, others as they are."""
    found = _MOMENT.fullmatch(value)
    if found is None:
        return value
    hour, minute = found[2], found[3]
    try:
        day = date.fromisoformat(found[1])
    except ValueError:
        return value
    if language == "fi":
        clock = f" klo {int(hour)}.{minute}" if hour else ""
        return f"{day.day}.{day.month}.{day.year}{clock}"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}" + (f", {hour}:{minute}" if hour else "")


def _language(code: str, language: str) -> str:
    return _LANGUAGES.get(code, (code, code))[language == "fi"]


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
        "Use one of the kinds that docs/dialogues.md lists: send, ask, survey, wait, branch, split, offer, "
        "task, update, call, start, stop, timeline, repeat or end.",
        "Käytä jotakin lajeista send, ask, survey, wait, branch, split, offer, task, update, call, start, "
        "stop, timeline, repeat tai end.",
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
    "unset_variable": (
        "The variable {detail} is not set on every way here, for example on {other}.",
        "Muuttujaa {detail} ei aseteta jokaisella polulla tänne, esimerkiksi polulla {other}.",
        "Lead that way elsewhere, give {detail} a value under variables, or write "
        "{{% if {detail} %}} around it.",
        "Johda polku muualle, anna muuttujalle {detail} arvo kohdassa variables tai kirjoita "
        "sen ympärille {{% if {detail} %}}.",
    ),
    "coupon_before_offer": (
        "The code {detail} is used, but on the way {other} none has been reserved.",
        "Koodia {detail} käytetään, mutta polulla {other} sellaista ei ole varattu.",
        "Lead the way through the step that reserves it, or lead its outcomes sold_out and refused "
        "to another message.",
        "Johda polku varaavan askeleen kautta, tai johda sen tulokset sold_out ja refused toiseen "
        "viestiin.",
    ),
    "repeats_for_ever": (
        "This step goes on for ever: it has no end.",
        "Tämä askel toistuu loputtomiin: sillä ei ole loppua.",
        "Give it times, until or while, or give the dialogue ends, exit or a goal.",
        "Anna sille times, until tai while, tai dialogille ends, exit tai goal.",
    ),
    "never_comes_back": (
        "The outcome {detail} never comes back here, so what would follow is never done.",
        "Tulos {detail} ei koskaan palaa tähän, joten loput jäävät tekemättä.",
        "Lead the last step of that way back to {step}.",
        "Johda polun viimeinen askel takaisin askeleeseen {step}.",
    ),
    "over_on_arrival": (
        "Nobody comes here before {other}, but the deadline is {detail}.",
        "Kukaan ei tule tähän ennen kuin {other}, mutta määräaika on {detail}.",
        "Move the deadline, or shorten what comes before.",
        "Siirrä määräaikaa tai lyhennä sitä, mitä on ennen.",
    ),
    "deadline_past": (
        "The deadline {detail} has passed already.",
        "Määräaika {detail} on jo mennyt.",
        "Give a later moment.",
        "Anna myöhempi hetki.",
    ),
    "message_may_lack_date": (
        "Where {detail} is not known, this is not sent.",
        "Jos {detail} ei ole tiedossa, tätä ei lähetetä.",
        "Say under outcomes where dropped.date_unknown goes, or let in only those of whom it is known "
        "(eligible).",
        "Kerro kohdassa outcomes, minne dropped.date_unknown vie, tai ota mukaan vain ne, joilta se "
        "tiedetään (eligible).",
    ),
    "work_may_lack_date": (
        "Where {detail} is not known, this is due by the end of the next working day.",
        "Jos {detail} ei ole tiedossa, määräaika on seuraavan työpäivän loppu.",
        "Let in only those of whom it is known (eligible), or give a time of its own, unless that is "
        "what you want.",
        "Ota mukaan vain ne, joilta se tiedetään (eligible), tai anna oma määräaika, ellet halua juuri tätä.",
    ),
    "end_may_lack_date": (
        "Where {detail} is not known, this has no end before it is.",
        "Jos {detail} ei ole tiedossa, tämä ei pääty ennen kuin se tiedetään.",
        "Let in only those of whom it is known (eligible), or give it another end too.",
        "Ota mukaan vain ne, joilta se tiedetään (eligible), tai anna sille muukin loppu.",
    ),
    "starts_in_past": (
        "The start {detail} has passed: everyone comes in as soon as this is published.",
        "Alku {detail} on jo mennyt: kaikki tulevat sisään heti, kun tämä julkaistaan.",
        "Give a later start, unless that is what you want.",
        "Anna myöhempi alku, ellet halua juuri tätä.",
    ),
    "no_stop_instruction": (
        "The text message in {detail} does not say how to stop further messages.",
        "Tekstiviesti kielellä {detail} ei kerro, miten viestit voi lopettaa.",
        "Add for example: No more messages: STOP",
        "Lisää esimerkiksi: Ei enää viestejä: LOPETA",
    ),
    "event_not_seen": (
        "The event {detail} has not been seen for 90 days (last: {other}).",
        "Tapahtumaa {detail} ei ole nähty 90 päivään (viimeksi: {other}).",
        "Correct the name, or see to it that the event is sent.",
        "Korjaa nimi tai huolehdi, että tapahtuma lähetetään.",
    ),
    "event_never_seen": (
        "The event {detail} has never been seen.",
        "Tapahtumaa {detail} ei ole nähty koskaan.",
        "Correct the name, or see to it that the event is sent.",
        "Korjaa nimi tai huolehdi, että tapahtuma lähetetään.",
    ),
    "no_such_segment": (
        "There is no segment {detail}.",
        "Segmenttiä {detail} ei ole.",
        "Make the segment, or correct its key.",
        "Luo segmentti tai korjaa sen avain.",
    ),
    "no_such_stages": (
        "There is no model of stages {detail}.",
        "Vaihemallia {detail} ei ole.",
        "Make the model, or correct its key.",
        "Luo malli tai korjaa sen avain.",
    ),
    "no_such_objects": (
        "There is no kind of objects {detail}.",
        "Kohdelajia {detail} ei ole.",
        "Make the kind, or correct its key.",
        "Luo laji tai korjaa sen avain.",
    ),
    "no_such_offer": (
        "There is no offer {detail}: everyone would be refused.",
        "Tarjousta {detail} ei ole: kukaan ei saisi sitä.",
        "Make the offer, or correct its key.",
        "Luo tarjous tai korjaa sen avain.",
    ),
    "no_such_connection": (
        "There is no connection {detail}: the call would always fail.",
        "Yhteyttä {detail} ei ole: kutsu epäonnistuisi aina.",
        "Make the connection, or correct its key.",
        "Luo yhteys tai korjaa sen avain.",
    ),
    "no_such_queue": (
        "There is no queue {detail}.",
        "Jonoa {detail} ei ole.",
        "Correct the queue's name.",
        "Korjaa jonon nimi.",
    ),
    "no_such_dialogue": (
        "There is no dialogue {detail}.",
        "Dialogia {detail} ei ole.",
        "Publish that dialogue first, or correct its key.",
        "Julkaise se dialogi ensin tai korjaa sen avain.",
    ),
    "no_such_channel": (
        "The channel {detail} is not set up: messages in it are not sent.",
        "Kanavaa {detail} ei ole otettu käyttöön: siinä ei lähetetä viestejä.",
        "Set the channel up, or name another.",
        "Ota kanava käyttöön tai nimeä toinen.",
    ),
    "no_consent_text": (
        "Nobody can have agreed to {detail} knowingly: it has no consent text in {other}.",
        "Kukaan ei ole voinut suostua tietoisesti tarkoitukseen {detail}: sillä ei ole "
        "suostumustekstiä ({other}).",
        "Write the text on the page of purposes.",
        "Kirjoita teksti käyttötarkoitusten sivulla.",
    ),
    "language_in_use": (
        "{other} customers use the language {detail}, in which this dialogue says nothing.",
        "{other} asiakasta käyttää kieltä {detail}, jolla tässä dialogissa ei sanota mitään.",
        "Add {detail} to languages and write the texts; until then they get the first language.",
        "Lisää {detail} kohtaan languages ja kirjoita tekstit; siihen asti he saavat ensimmäisen kielen.",
    ),
    "health_for_marketing": (
        "The dialogue is for {other}, but {detail} is health data.",
        "Dialogin tarkoitus on {other}, mutta {detail} on terveystieto.",
        "Leave it out, or make the dialogue's purpose health.",
        "Jätä se pois tai anna dialogin tarkoitukseksi health.",
    ),
    "quiet_until_too_late": (
        "Everybody comes here at {detail}, in the quiet hours, and at their end ({other}) it is too late.",
        "Kaikki tulevat tähän kello {detail}, hiljaisten tuntien aikaan, ja niiden päättyessä "
        "({other}) on myöhäistä.",
        "Let people come here earlier, give it longer, or say quiet: ignore where that is right.",
        "Tuo ihmiset tähän aiemmin, anna lisää aikaa tai sano quiet: ignore, jos se on oikein.",
    ),
    "never_under_limits": (
        "The rules of contact allow no such message ever ({detail}).",
        "Yhteydenottosäännöt eivät salli tällaista viestiä koskaan ({detail}).",
        "Change the rules, the channel or the message's purpose.",
        "Muuta sääntöjä, kanavaa tai viestin tarkoitusta.",
    ),
    "limit_until_too_late": (
        "This message can never be sent: the rules allow {detail}, and the messages before it have "
        "used that up until it is too late.",
        "Tätä viestiä ei voida koskaan lähettää: säännöt sallivat {detail}, ja sitä edeltävät viestit "
        "ovat käyttäneet sen siihen asti, kun on myöhäistä.",
        "Wait longer before it, let it be valid for longer, or make it a service message if it is one.",
        "Odota ennen sitä kauemmin, anna sen olla voimassa kauemmin tai tee siitä palveluviesti, jos "
        "se on sellainen.",
    ),
    "offer_over_before": (
        "The offer {other} is over on {detail}, before anybody can get this message.",
        "Tarjous {other} päättyy {detail}, ennen kuin kukaan voi saada tätä viestiä.",
        "Let the offer be valid for longer, or send the code earlier.",
        "Jatka tarjouksen voimassaoloa tai lähetä koodi aiemmin.",
    ),
    "outlives_offer": (
        "This goes on after the offer {other}, which it carries, is over on {detail}.",
        "Tämä jatkuu sen jälkeen, kun siinä annettu tarjous {other} päättyy {detail}.",
        "End it when the offer ends, or let the offer be valid for longer.",
        "Päätä tämä tarjouksen päättyessä tai jatka tarjouksen voimassaoloa.",
    ),
    "competes": (
        "The live dialogue {detail} wants the same people at the same time ({other}).",
        "Käynnissä oleva dialogi {detail} tavoittelee samoja ihmisiä samaan aikaan ({other}).",
        "Part the audiences, the times or the classes, or let arbitration choose and look who loses.",
        "Erota kohderyhmät, ajat tai luokat, tai anna sovittelun valita ja katso, kumpi jää väliin.",
    ),
}


def error(code: str, step: str = "", detail: str = "", other: str = "") -> Finding:
    """Return a finding that forbids publishing."""
    return Finding(code, "error", step, detail, other)


def warning(code: str, step: str = "", detail: str = "", other: str = "") -> Finding:
    """Return a finding that a person should look at."""
    return Finding(code, "warning", step, detail, other)
