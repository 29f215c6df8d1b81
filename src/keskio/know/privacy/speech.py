"""What customers read of privacy: in the three languages of the preference page, and in our notices."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES: Mapping[str, str] = {"fi": "Suomi", "sv": "Svenska", "en": "English"}

CHANNELS: Mapping[str, Mapping[str, str]] = {
    "email": {"fi": "Sähköposti", "sv": "E-post", "en": "E-mail"},
    "sms": {"fi": "Tekstiviesti", "sv": "Textmeddelande", "en": "Text message"},
    "letter": {"fi": "Kirje", "sv": "Brev", "en": "Letter"},
    "call": {"fi": "Puhelu", "sv": "Telefonsamtal", "en": "Phone call"},
    "push": {"fi": "Sovellus", "sv": "App", "en": "App"},
    "web": {"fi": "Verkkosivut", "sv": "Webbplats", "en": "Web pages"},
    "social": {"fi": "Some", "sv": "Sociala medier", "en": "Social media"},
    "*": {"fi": "Sallin", "sv": "Jag tillåter", "en": "I allow it"},
}

PAGE: Mapping[str, Mapping[str, str]] = {
    "title": {
        "fi": "Viestit ja tietosi",
        "sv": "Meddelanden och dina uppgifter",
        "en": "Messages and your data",
    },
    "about": {
        "fi": "Nämä asetukset koskevat osoitetta",
        "sv": "Inställningarna gäller adressen",
        "en": "These settings are for the address",
    },
    "lead": {
        "fi": "Valitse, mistä saamme kertoa sinulle ja missä.",
        "sv": "Välj vad vi får berätta för dig om och var.",
        "en": "Choose what we may tell you about, and where.",
    },
    "language": {"fi": "Kieli", "sv": "Språk", "en": "Language"},
    "save": {"fi": "Tallenna valinnat", "sv": "Spara valen", "en": "Save choices"},
    "stop_title": {"fi": "Lopeta kaikki", "sv": "Stoppa allt", "en": "Stop everything"},
    "stop_text": {
        "fi": "Emme lähetä sinulle enää mitään missään kanavassa.",
        "sv": "Vi skickar dig inget mer i någon kanal.",
        "en": "We send you nothing more in any channel.",
    },
    "stop_button": {
        "fi": "Lopeta kaikki viestit",
        "sv": "Stoppa alla meddelanden",
        "en": "Stop all messages",
    },
    "this_title": {
        "fi": "Lopeta tällaiset viestit",
        "sv": "Sluta få sådana här meddelanden",
        "en": "Stop messages like this one",
    },
    "this_button": {"fi": "Lopeta nämä viestit", "sv": "Stoppa dessa", "en": "Stop these messages"},
    "data_title": {"fi": "Tietosi", "sv": "Dina uppgifter", "en": "Your data"},
    "data_text": {
        "fi": "Voit pyytää tiedot, jotka meillä on sinusta, tai pyytää meitä unohtamaan sinut. Lähetämme"
        " ensin viestin, jossa vahvistat pyynnön. Vastaamme kuukauden kuluessa.",
        "sv": "Du kan begära de uppgifter vi har om dig, eller be oss glömma dig. Vi skickar först ett"
        " meddelande där du bekräftar begäran. Vi svarar inom en månad.",
        "en": "You may ask for the data that we have of you, or ask us to forget you. We first send you"
        " a message in which you confirm the request. We answer within a month.",
    },
    "access_button": {
        "fi": "Pyydä tietosi",
        "sv": "Begär dina uppgifter",
        "en": "Ask for your data",
    },
    "erasure_button": {
        "fi": "Pyydä, että sinut unohdetaan",
        "sv": "Be att bli glömd",
        "en": "Ask to be forgotten",
    },
    "saved": {"fi": "Valinnat on tallennettu.", "sv": "Valen har sparats.", "en": "Choices saved."},
    "stopped": {
        "fi": "Kaikki viestit on lopetettu.",
        "sv": "Alla meddelanden har stoppats.",
        "en": "All messages have been stopped.",
    },
    "unsubscribed": {
        "fi": "Tällaiset viestit on lopetettu.",
        "sv": "Sådana här meddelanden har stoppats.",
        "en": "Messages like that one have been stopped.",
    },
    "asked": {
        "fi": "Pyyntö on kirjattu. Jos sait siitä viestin, vahvista pyyntö siinä.",
        "sv": "Din begäran har antecknats. Om du fick ett meddelande om den, bekräfta där.",
        "en": "The request has been noted. If you got a message about it, confirm it there.",
    },
    "agreed": {"fi": "Mihin suostut", "sv": "Vad du samtycker till", "en": "What you agree to"},
    "gone_title": {
        "fi": "Meillä ei ole tietojasi",
        "sv": "Vi har inga uppgifter om dig",
        "en": "We have no data of yours",
    },
    "gone_text": {
        "fi": "Tämän linkin takana ei ole enää ketään. Emme lähetä sinulle mitään.",
        "sv": "Det finns ingen bakom den här länken längre. Vi skickar dig ingenting.",
        "en": "There is nobody behind this link any more. We send you nothing.",
    },
    "broken_title": {
        "fi": "Linkki ei toimi",
        "sv": "Länken fungerar inte",
        "en": "The link does not work",
    },
    "broken_text": {
        "fi": "Linkki on katkennut tai muuttunut matkalla. Avaa se viestistä uudelleen tai kopioi koko"
        " osoite.",
        "sv": "Länken är avbruten eller ändrad. Öppna den på nytt från meddelandet eller kopiera hela"
        " adressen.",
        "en": "The link is cut or was changed on its way. Open it from the message again, or copy the whole"
        " address.",
    },
    "busy_title": {"fi": "Hetkinen", "sv": "Ett ögonblick", "en": "One moment"},
    "busy_text": {
        "fi": "Täältä on juuri tullut paljon pyyntöjä. Yritä minuutin kuluttua uudelleen.",
        "sv": "Många förfrågningar har just kommit härifrån. Försök igen om en minut.",
        "en": "Many requests have just come from here. Try again in a minute.",
    },
    "confirm_consent": {
        "fi": "Vahvista suostumuksesi",
        "sv": "Bekräfta ditt samtycke",
        "en": "Confirm your consent",
    },
    "confirm_access": {
        "fi": "Vahvista pyyntö saada tietosi",
        "sv": "Bekräfta din begäran om uppgifter",
        "en": "Confirm that you ask for your data",
    },
    "confirm_erasure": {
        "fi": "Vahvista pyyntö tulla unohdetuksi",
        "sv": "Bekräfta din begäran om att bli glömd",
        "en": "Confirm that you ask to be forgotten",
    },
    "confirm_button": {"fi": "Vahvistan", "sv": "Jag bekräftar", "en": "I confirm"},
    "confirmed": {
        "fi": "Kiitos, vahvistus on kirjattu.",
        "sv": "Tack, bekräftelsen har antecknats.",
        "en": "Thank you, your confirmation has been noted.",
    },
    "late": {
        "fi": "Vahvistuksen aika on mennyt umpeen. Tee pyyntö uudelleen.",
        "sv": "Tiden för bekräftelsen har gått ut. Gör begäran på nytt.",
        "en": "The time to confirm is over. Please ask again.",
    },
}

SUBJECTS: Mapping[str, Mapping[str, str]] = {
    "consent": PAGE["confirm_consent"],
    "access": PAGE["confirm_access"],
    "erasure": PAGE["confirm_erasure"],
}
LETTERS: Mapping[str, Mapping[str, str]] = {
    "consent": {
        "fi": "{purpose}: vahvista suostumuksesi tästä linkistä: {link}\n\nEllet itse pyytänyt tätä, sinun ei"
        " tarvitse tehdä mitään.",
        "sv": "{purpose}: bekräfta ditt samtycke med länken: {link}\n\nOm du inte bad om detta behöver du"
        " inte göra något.",
        "en": "{purpose}: confirm your consent by this link: {link}\n\nIf you did not ask for this, you need"
        " do nothing.",
    },
    "access": {
        "fi": "Pyysit tietojasi. Vahvista pyyntö tästä linkistä: {link}",
        "sv": "Du begärde dina uppgifter. Bekräfta begäran med länken: {link}",
        "en": "You asked for your data. Confirm the request by this link: {link}",
    },
    "erasure": {
        "fi": "Pyysit, että unohdamme sinut. Vahvista pyyntö tästä linkistä: {link}",
        "sv": "Du bad oss glömma dig. Bekräfta begäran med länken: {link}",
        "en": "You asked us to forget you. Confirm the request by this link: {link}",
    },
}


def said(texts: Mapping[str, str], language: str) -> str:
    """Return a text in `language`, else in English, else whichever there is."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def page_in(language: str) -> dict[str, str]:
    """Return every text of the page in a language."""
    return {name: said(texts, language) for name, texts in PAGE.items()}


def _of(fi: str, sv: str, en: str) -> dict[str, str]:
    return {"fi": fi, "sv": sv, "en": en}


EXPORT: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "page": {
        "title": _of("Tietosi", "Dina uppgifter", "Your data"),
        "lead": _of(
            "Kaikki tiedot, jotka meillä on sinusta. Ajat ovat UTC-aikoja.",
            "Alla uppgifter som vi har om dig. Tiderna är i UTC.",
            "All data that we have of you. Times are in UTC.",
        ),
        "made": _of("Koottu", "Sammanställt", "Put together"),
        "rows": _of("riviä", "rader", "rows"),
    },
    "tables": {
        "know_customer": _of("Perustiedot", "Grunduppgifter", "Basic data"),
        "know_link": _of("Tunnisteet", "Identifierare", "Identifiers"),
        "know_merge": _of("Yhdistämiset", "Sammanslagningar", "Merges"),
        "know_consent": _of("Suostumukset", "Samtycken", "Consents"),
        "events_event": _of("Tapahtumat", "Händelser", "Events"),
        "events_spooled": _of("Saapuneet pyynnöt", "Inkomna anrop", "Requests as they came"),
        "talk_message": _of("Viestit", "Meddelanden", "Messages"),
        "talk_enrolment": _of("Dialogit", "Dialoger", "Dialogues"),
        "talk_decision": _of(
            "Päätökset viesteistä", "Beslut om meddelanden", "Decisions on messages"
        ),
        "talk.explained": _of(
            "Miksi viestit tulivat", "Varför meddelandena kom", "Why the messages came"
        ),
        "talk_coupon": _of("Koodit", "Koder", "Codes"),
        "respond_task": _of("Tehtävät", "Uppgifter för personal", "Tasks"),
        "objects_object": _of("Kohteet", "Objekt", "Objects"),
        "segments_membership": _of("Segmentit", "Segment", "Segments"),
        "segments_stageof": _of("Vaiheet", "Skeden", "Stages"),
        "computed_value": _of("Lasketut ominaisuudet", "Beräknade egenskaper", "Computed traits"),
        "profiles_customervalue": _of("Arvioitu arvo", "Uppskattat värde", "Estimated value"),
        "profiles_rfmscore": _of("Ostopisteet", "Köppoäng", "Purchase scores"),
        "privacy_demand": _of("Pyynnöt", "Begäranden", "Requests"),
        "privacy_notice": _of("Vahvistukset", "Bekräftelser", "Confirmations"),
        "tracking_quarantined": _of("Sivuun siirretyt", "Undanlagda", "Set aside"),
    },
}
