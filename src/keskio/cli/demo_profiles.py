"""The demo company's profiles: what a purchase is, last month's RFM, a search for clusters, personas."""

from __future__ import annotations

PERSONAS = (
    {
        "name": "Työmatka-Tiina",
        "summary": "Ajaa töihin joka päivä, myös loskassa.",
        "story": "Tiina pyöräilee kahdeksan kilometriä suuntaansa. Pyörä on hänelle kulkuneuvo, ei harrastus:"
        " sen pitää toimia aamulla.",
        "motives": "Ehtiä ajoissa\nLiikkua huomaamatta\nEi parkkipaikan etsimistä",
        "goals": "Ajaa ympäri vuoden\nHuolto ilman päivän odotusta",
        "hindrances": "Pimeä ja liukas talvi\nHuollon ajanvaraus työaikana",
        "channels": "Tekstiviesti aamulla\nSähköposti",
        "quotes": "Jos rengas on tyhjä, koko päivä on myöhässä.",
    },
    {
        "name": "Perhe-Pekka",
        "summary": "Ostaa lapsille seuraavan koon ja itselle varaosan.",
        "story": "Pekka käy kaupassa keväisin, kun edellinen pyörä on jäänyt pieneksi.",
        "motives": "Turvallinen matka kouluun\nYhteiset retket",
        "goals": "Oikea koko kerralla\nVanha pyörä vaihdossa",
        "hindrances": "Lapset kasvavat kesken kauden",
        "channels": "Sähköposti\nKäynti kaupassa",
        "quotes": "Kypärä ensin, pyörä sitten.",
    },
)


def seed_past() -> None:
    """Say what a purchase is, and score the customers by the log as it is now."""
    from keskio.kernel.clock import now_micros
    from keskio.know.profiles.actions import save_rule
    from keskio.know.profiles.computing import compute_rfm

    rule = save_rule(
        by="demo",
        event="Order Completed",
        property="revenue",
        currency="€",
        unit="week",
        margin=35.0,
        horizon_days=365,
        discount=8.0,
        is_contractual=False,
    )
    compute_rfm(rule, now_micros(), lambda _percent: None)


def seed_present() -> None:
    """Describe personas and ask for searches; the worker computes the rest when it starts."""
    from keskio.know.duplicates.actions import ask_for_search
    from keskio.know.profiles.actions import ask_for_clusters, save_persona
    from keskio.know.profiles.models import Persona
    from keskio.know.profiles.reports import Asked

    for told in PERSONAS:
        save_persona(Persona(**told), by="demo")
    asked = Asked(["recency", "frequency", "average"])
    ask_for_clusters(asked, title="Ostaminen", by="demo")
    ask_for_search(by="demo")
