"""A study of the demo company: why people put their bicycle into service, or do not."""

from __future__ import annotations

from datetime import datetime, timedelta

from keskio.listen.interviews.actions import add_interview, add_quote, save_study
from keskio.listen.interviews.passages import passages_of

PHASES = (
    ("need", "Tarve herää", "The need arises"),
    ("compare", "Vertailu", "Comparing"),
    ("buy", "Huollon varaus", "Booking"),
    ("wait", "Odotus", "Waiting"),
    ("after", "Huollon jälkeen", "Afterwards"),
)
THEMES = (
    ("time", "Aika", "Time"),
    ("telling", "Tiedottaminen", "Being told"),
    ("price", "Hinta", "Price"),
)
TEXT = (
    "Yleensä muistan huollon vasta kun ketju katkeaa. Viestistä siitä oli oikeasti hyötyä.\n\n"
    "Hintaa vertasin kahteen muuhun. Teillä se näkyi heti sivulla, se ratkaisi.\n\n"
    "Odottaminen oli pahinta. Kukaan ei kertonut, että pyörä oli valmis jo maanantaina.\n\n"
    "Kun hain sen, mekaanikko näytti mitä oli tehty. Siitä jäi hyvä mieli."
)
# (first sentence, last sentence, phase, theme, feeling)
QUOTES = (
    (1, 1, "need", "telling", "gain"),
    (2, 3, "compare", "price", "gain"),
    (4, 5, "wait", "telling", "pain"),
    (4, 4, "wait", "time", "pain"),
    (6, 7, "after", "telling", "gain"),
)


def seed_demo(now: datetime) -> None:
    """Keep one coded transcript."""
    study = save_study(
        "pyoran-huolto",
        title={"fi": "Pyörän huoltoon tuominen", "en": "Bringing a bicycle to be serviced"},
        phases=[{"key": k, "title": {"fi": fi, "en": en}} for k, fi, en in PHASES],
        themes=[{"key": k, "title": {"fi": fi, "en": en}} for k, fi, en in THEMES],
        journey="bicycle-service",
        by="editor",
    )
    held = now.date() - timedelta(days=20)
    interview = add_interview(
        study,
        by="editor",
        who="Työmatkapyöräilijä, 41",
        held_on=held,
        interviewer="editor",
        consent="Allekirjoitettu lomake: palvelun kehittämiseen, lainaukset ilman nimeä",
        consent_on=held,
        consent_until=held + timedelta(days=730),
        text=TEXT,
    )
    passages = passages_of(interview.text)
    for first, last, phase, theme, feeling in QUOTES:
        add_quote(
            interview,
            passages[first].start,
            passages[last].end,
            phase=phase,
            themes=[theme],
            feeling=feeling,
            by="editor",
        )
