"""What the public page for feedback says by itself, in each language."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = (("fi", "Suomi"), ("en", "English"))

WORDS: Mapping[str, Mapping[str, str]] = {
    "fi": {
        "language": "Kieli",
        "kind": "Mistä on kyse?",
        "complaint": "Jokin meni pieleen",
        "praise": "Haluan kiittää",
        "question": "Minulla on kysymys",
        "request": "Toivon jotakin",
        "topic": "Mihin asia liittyy?",
        "no_topic": "Johonkin muuhun",
        "text": "Mitä tapahtui?",
        "wish": "Mikä korjaisi asian? (vapaaehtoinen)",
        "who": "Kenelle vastaamme? (vapaaehtoinen)",
        "who_help": "Ilman osoitetta luemme palautteesi, mutta emme voi vastata.",
        "name": "Nimi",
        "email": "Sähköposti",
        "phone": "Puhelin",
        "send": "Lähetä palaute",
        "privacy": "Käytämme tietojasi vain palautteen käsittelyyn.",
        "number": "Palautteen numero",
        "answer_by": "Vastaamme viimeistään",
        "mended": "Palautteiden ansiosta korjattua",
        "mended_on": "Korjattu",
        "again": "Anna toinen palaute",
        "empty": "Kirjoita, mitä tapahtui.",
        "choose": "Valitse, mistä on kyse.",
        "bad_email": "Sähköpostiosoite ei kelpaa. Oikea on esimerkiksi nimi@esimerkki.fi.",
        "bad_phone": "Puhelinnumero ei kelpaa. Oikea on esimerkiksi 040 123 4567.",
        "too_long": "Teksti on liian pitkä: enintään 5 000 merkkiä.",
        "errors": "Korjaa vielä nämä:",
        "closed": "Palautesivu on suljettu",
        "closed_text": "Palautetta ei voi nyt antaa tällä sivulla.",
        "busy": "Liian monta yritystä",
        "busy_text": "Odota minuutti ja yritä uudelleen. Kirjoittamasi ei ole tallessa: kopioi se talteen.",
    },
    "en": {
        "language": "Language",
        "kind": "What is it about?",
        "complaint": "Something went wrong",
        "praise": "I want to say thank you",
        "question": "I have a question",
        "request": "I wish for something",
        "topic": "What does it concern?",
        "no_topic": "Something else",
        "text": "What happened?",
        "wish": "What would put it right? (optional)",
        "who": "Whom shall we answer? (optional)",
        "who_help": "Without an address we read your feedback but cannot answer.",
        "name": "Name",
        "email": "E-mail",
        "phone": "Phone",
        "send": "Send the feedback",
        "privacy": "We use your details only to handle the feedback.",
        "number": "Number of the feedback",
        "answer_by": "We will answer by",
        "mended": "Mended thanks to feedback",
        "mended_on": "Mended on",
        "again": "Give more feedback",
        "empty": "Write what happened.",
        "choose": "Choose what it is about.",
        "bad_email": "This is not an e-mail address. A right one is for example name@example.com.",
        "bad_phone": "This is not a telephone number. A right one is for example +358 40 123 4567.",
        "too_long": "The text is too long: at most 5,000 characters.",
        "errors": "Please mend these:",
        "closed": "The page for feedback is closed",
        "closed_text": "Feedback cannot be given on this page now.",
        "busy": "Too many tries",
        "busy_text": "Wait a minute and try again. What you wrote is not kept: copy it.",
    },
}


def language_of(asked: str, accepted: str) -> str:
    """Return the language of a visit: the one asked for, else what the browser likes, else Finnish."""
    if asked in WORDS:
        return asked
    return "en" if accepted.lower().startswith("en") else "fi"
