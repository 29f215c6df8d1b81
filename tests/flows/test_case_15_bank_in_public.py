"""Case 15: what is said of a bank in public is read, ranked, and alerts when a theme rises.

The messages are written for this test. The real reader reads them, with the ready word list of banking.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.test import Client

from keskio.events.api import events_named
from keskio.kernel.clock import VirtualClock, now_micros
from keskio.listen.actions import take_in
from keskio.listen.contracts import HEARD, RISING, Gone, Post
from keskio.listen.hearing import Hearing
from keskio.listen.models import Mention
from keskio.listen.readers import current_reader
from keskio.listen.trends.models import Alert
from keskio.listen.trends.watching import Watch
from keskio.listen.wordlists.actions import save_draft, use_draft
from keskio.web.actions import create_user

pytestmark = pytest.mark.django_db

HOUR = 3_600_000_000
QUEUE = (
    "Jonotin pankin konttorissa taas tunnin ja lopulta tiski meni kiinni nenän edestä. Järkyttävää!"
)
ONLINE = "Verkkopankki on kaatunut koko aamun eikä laskuja saa maksettua, raivostuttavaa"
LOGIN = "Verkkopankkiin kirjautuminen ei onnistu, osaako joku neuvoa mitä tässä voi tehdä?"
BRANCH = (
    "Lähin konttori lakkautettiin ja nyt vanha äiti joutuu ajamaan 60 kilsaa, todella surullista"
)
CARD = "pankkikorttini imastii automaattii ja nyt pelottaa et rahat meni"
WARNS = (
    "Varoitan kaikkia: tästä pankista ei kannata ottaa lainaa, puolen vuoden odotus, töykeä palvelu"
)
RUDE = "Asiakaspalvelija tiuski minulle kuin koiralle, olo oli nöyryytetty ja pettynyt"
PEERS = "Onko muilla samaa ongelmaa että pankin sovellus jumittaa ja kortti hylätään?"
GUIDES = "Ehdotan että pankki avaisi chatin myös viikonloppuna, nykyinen jonotus on liian hidas"
THANKS = "Ihana palvelu pankissa tänään, kiitos virkailijalle!"
WEATHER = "Kävin lenkillä rannassa, aurinko paistoi"
NEWS = "Pankin tilinpäätös julkaistaan torstaina"
ALL = (QUEUE, ONLINE, LOGIN, BRANCH, CARD, WARNS, RUDE, PEERS, GUIDES, THANKS, WEATHER, NEWS)

OUTAGE = (
    "Verkkopankki nurin taas, en pääse kirjautumaan ollenkaan",
    "Mikä siinä pankissa on kun sovellus kaatuu heti avatessa",
    "verkkopankki ei toimi, vuokra pitäs maksaa tänään argh",
    "Nettipankki jumissa jo toista tuntia, ihan hirveetä",
    "Pankin tunnistautuminen ei onnistu mihinkään palveluun, todella huono juttu",
    "mobiilipankki kaatui kesken maksun ja nyt en tiedä menikö raha, pelottaa",
    "Verkkopankin huoltokatko ilman varoitusta, ei näin, tosi surkeaa",
)


@pytest.fixture(autouse=True)
def _banking() -> None:
    """Let the company read with the ready list of banking."""
    save_draft({"kind": "company", "uses": ["bank"]}, by="eija")
    use_draft(by="eija")


def said(text: str, at: int, **other: object) -> Post:
    """Return a public message; every text has a writer of its own."""
    told: dict[str, object] = {"author": f"w{abs(hash_of(text))}", **other}
    return Post(
        source="mastodon",
        source_id=f"{at}",
        text=text,
        at=at,
        channel="mastodon",
        **told,  # type: ignore[arg-type]
    )


def hash_of(text: str) -> int:
    """Return a number of a text that is the same every time."""
    return sum(place * ord(letter) for place, letter in enumerate(text, start=1))


def hear(posts: Sequence[Post]) -> None:
    """Let a source hand over messages, and the worker take its turns."""
    take_in(posts)
    job = Hearing(current_reader)
    while job.turn(now_micros()):
        pass
    Watch().turn(now_micros())


def found(text: str) -> Mention:
    """Return the mention of a text."""
    return Mention.objects.get(text=text)


def strongest(mention: Mention) -> set[str]:
    """Return the emotions that are felt."""
    return {name for name, weight in mention.emotions.items() if weight >= 0.5}


def test_messages_about_a_bank_are_read(clock: VirtualClock) -> None:
    start = now_micros()
    hear([said(text, start + n) for n, text in enumerate(ALL)])

    matched = set(Mention.objects.filter(is_match=True).values_list("text", flat=True))
    assert matched == set(ALL) - {WEATHER, NEWS}
    assert all(found(text).negative >= 0.5 for text in matched - {THANKS})
    assert found(THANKS).negative < 0.2

    themes = {text: set(found(text).themes) for text in ALL}
    assert {"speed", "branch"} <= themes[QUEUE]
    assert themes[ONLINE] == {"online"}
    assert "branch" in themes[BRANCH]
    assert "cards" in themes[CARD]
    assert "service" in themes[RUDE]

    assert "anger" in strongest(found(ONLINE))
    assert "sadness" in strongest(found(BRANCH))
    assert "fear" in strongest(found(CARD))
    assert "joy" in strongest(found(THANKS))
    sides = {text: found(text).side for text in (QUEUE, ONLINE, RUDE)}
    assert sides == {QUEUE: "physical", ONLINE: "physical", RUDE: "emotional"}
    motives = {text: found(text).motive for text in (WARNS, PEERS, GUIDES, QUEUE)}
    assert motives == {WARNS: "warns", PEERS: "peer_support", GUIDES: "guides", QUEUE: "vents"}
    assert len(events_named({HEARD}, after=0, limit=100)[0]) == len(matched)
    steps = [step["name"] for step in found(QUEUE).evidence]
    assert steps[0] == "collect"
    assert steps[-1] == "mention"
    assert len(steps) == 13


def test_reach_and_reposts_raise_urgency(clock: VirtualClock) -> None:
    at = now_micros()
    hear([said(ONLINE, at), said(ONLINE, at + 1, reach=50_000, author="toimittaja")])
    small, large = Mention.objects.order_by("at")
    assert large.urgency > small.urgency
    hear([said(ONLINE, at, reposts=2000)])
    small.refresh_from_db()
    assert small.urgency > large.urgency
    assert Mention.objects.count() == 2


def test_a_rising_theme_alerts_with_examples_and_makes_messages_more_urgent(
    clock: VirtualClock,
) -> None:
    usual = (QUEUE, THANKS, BRANCH, LOGIN)
    start = now_micros()
    hear([said(usual[day % 4], start + day * 24 * HOUR, author=f"u{day}") for day in range(14)])
    clock.advance(timedelta(days=14))
    hear([])
    assert Alert.objects.count() == 0

    began = now_micros()
    hear([said(OUTAGE[0], began, author="ensin")])
    before = Mention.objects.get(at=began).urgency
    clock.advance(timedelta(hours=1))
    hear([said(text, began + n * 60_000_000) for n, text in enumerate(OUTAGE[1:], start=1)])

    alert = Alert.objects.get(theme="online")
    assert (alert.authors >= 5, alert.closed_at) == (True, None)
    texts = set(Mention.objects.filter(id__in=alert.examples).values_list("text", flat=True))
    assert len(texts) == 5
    assert texts <= set(OUTAGE)
    events, _ = events_named({RISING}, after=0, limit=10)
    assert "online" in {json.loads(event.body)["properties"]["theme"] for event in events}

    hear([said(OUTAGE[0], now_micros(), author="viimeinen")])
    assert Mention.objects.get(at=now_micros()).urgency > before

    client = Client(headers={"accept-language": "fi"})
    client.force_login(create_user("eija", password="kuutamo-järvellä-88", role="editor"))
    page = client.get(f"/trends/alerts/{alert.pk}/").content.decode()
    assert "Verkkopankki ja sovellus" in page
    assert sum(text in page for text in OUTAGE) >= 4
    assert "Verkkopankki ja sovellus" in client.get("/trends/").content.decode()


def test_what_its_writer_deletes_is_gone_everywhere(clock: VirtualClock) -> None:
    at = now_micros()
    hear([said(ONLINE, at)])
    take_in([], [Gone("mastodon", str(at))])
    mention = Mention.objects.get()
    assert (mention.text, mention.author, mention.evidence, mention.state) == ("", "", [], "gone")
    assert mention.themes == {"online": 1.0}
