"""The purposes that every installation begins with; rows of the table say what the company changes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

HEALTH = "health"
PROFILING = "profiling"
MARKETING = "marketing"
IN_WRITING = ("email", "sms")
PERSONAL = ("email", "sms", "letter", "call")


class PurposeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A purpose as the wing works with it; see `models.Purpose` for the fields."""

    key: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    basis: str = "consent"
    needs_consent: bool = True
    is_special: bool = False
    is_shown: bool = True
    channels: tuple[str, ...] = ()
    lasts_days: int | None = None
    kept_days: int | None = None
    position: int = 100
    is_ready: bool = True


def _words(fi: str, en: str, sv: str) -> dict[str, str]:
    return {"fi": fi, "en": en, "sv": sv}


READY: tuple[PurposeRow, ...] = (
    PurposeRow(
        key=MARKETING,
        title=_words("Tarjoukset ja uutiset", "Offers and news", "Erbjudanden och nyheter"),
        description=_words(
            "Kerromme tarjouksista, uutuuksista ja tapahtumista.",
            "We tell about offers, novelties and events.",
            "Vi berättar om erbjudanden, nyheter och evenemang.",
        ),
        channels=PERSONAL,
        position=10,
    ),
    PurposeRow(
        key="live",
        title=_words("Tarjoukset juuri nyt", "Offers of the moment", "Erbjudanden just nu"),
        description=_words(
            "Lähetämme lyhyen viestin, kun jotakin on tarjolla vain hetken.",
            "We send a short message when something is on offer only for a moment.",
            "Vi skickar ett kort meddelande när något erbjuds bara en stund.",
        ),
        channels=IN_WRITING,
        position=20,
    ),
    PurposeRow(
        key="research",
        title=_words(
            "Kyselyt ja tutkimukset", "Surveys and research", "Enkäter och undersökningar"
        ),
        description=_words(
            "Kysymme mielipidettäsi, jotta osaamme palvella paremmin.",
            "We ask for your opinion to learn to serve better.",
            "Vi frågar om din åsikt för att kunna betjäna bättre.",
        ),
        channels=IN_WRITING,
        position=30,
    ),
    PurposeRow(
        key=PROFILING,
        title=_words("Sinulle valittu sisältö", "Content chosen for you", "Innehåll valt för dig"),
        description=_words(
            "Valitsemme sinulle sopivaa sisältöä sen perusteella, mitä olet ostanut ja katsonut.",
            "We choose what suits you by what you have bought and looked at.",
            "Vi väljer innehåll som passar dig utifrån vad du har köpt och tittat på.",
        ),
        basis="interest",
        needs_consent=False,
        position=40,
    ),
    PurposeRow(
        key=HEALTH,
        title=_words("Terveystiedot", "Health data", "Hälsouppgifter"),
        description=_words(
            "Käsittelemme terveystietojasi vain siihen palveluun, jota olet pyytänyt.",
            "We use your health data only for the service that you have asked for.",
            "Vi behandlar dina hälsouppgifter endast för den tjänst du har bett om.",
        ),
        is_special=True,
        channels=IN_WRITING,
        lasts_days=365,
        kept_days=365,
        position=50,
    ),
    PurposeRow(
        key="service",
        title=_words("Palveluviestit", "Service messages", "Servicemeddelanden"),
        description=_words(
            "Viestit, jotka kuuluvat tilaukseesi tai sopimukseesi.",
            "Messages that belong to your order or contract.",
            "Meddelanden som hör till din beställning eller ditt avtal.",
        ),
        basis="contract",
        needs_consent=False,
        is_shown=False,
        channels=IN_WRITING,
        position=60,
    ),
    PurposeRow(
        key="asked_for",
        title=_words("Pyydetyt viestit", "Messages asked for", "Begärda meddelanden"),
        description=_words(
            "Viestit, joita olet itse pyytänyt, kuten muistutus.",
            "Messages that you have asked for yourself, such as a reminder.",
            "Meddelanden som du själv har bett om, till exempel en påminnelse.",
        ),
        basis="contract",
        needs_consent=False,
        is_shown=False,
        channels=IN_WRITING,
        position=70,
    ),
)
