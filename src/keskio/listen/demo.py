"""What the demo company hears: four weeks of public messages about a bicycle shop, written by us.

The same each time: nothing is drawn by lot. In the last hours deliveries are late, and many speak of it.
"""

from __future__ import annotations

from datetime import datetime
from itertools import cycle, islice

from keskio.kernel.clock import Micros, to_micros
from keskio.listen.actions import take_in
from keskio.listen.contracts import Post
from keskio.listen.hearing import DAY, Hearing
from keskio.listen.models import Mention
from keskio.listen.readers import current_reader
from keskio.listen.trends.watching import HOUR, Watch
from keskio.listen.wordlists.actions import save_draft, use_draft
from keskio.listen.wordlists.models import Version

SOURCE, BY = "demo", "demo"
DAYS, A_DAY = 28, 7

SAID = (
    "Ketjun huolto oli taas nopea ja iloinen, pyörä kuin uusi. Kiitos!",
    "Jonotin Ketjun kassalla puoli tuntia, vain yksi myyjä paikalla. Tosi ärsyttävää.",
    "Ostin Ketjusta sähköpyörän ja akku hyytyi viikossa. Todella pettynyt tuotteeseen.",
    "Onko kellään kokemusta Ketjun verkkokaupasta, palautus ei tunnu onnistuvan?",
    "Myyjä osasi neuvoa oikean koon heti, ihana palvelu!",
    "Talvirenkaat Ketjusta reilusti kalliimmat kuin muualla, hinta nousi taas. Harmittaa.",
    "The staff at Ketju were friendly and helpful, my bike works great again.",
    "Ordered a helmet from the Ketju web shop, wrong size arrived and nobody answers. Annoying.",
    "Ketjun myymälässä oli mukava asioida, kiitos asiantuntevasta palvelusta",
    "pyöräni oli huollossa kolme viikkoa eikä kukaan soittanu, aika surkeeta",
    "Voisiko Ketju pitää huollon auki lauantaisin? Arkena ei ehdi mitenkään.",
    "Uusi kypärä Ketjusta hajosi ekalla lenkillä, pelottaa ajatella mitä ois voinu käydä",
    "Lapsen pyörä vaihdettiin isompaan ilman turhia kysymyksiä. Luotan tähän kauppaan.",
    "En enää ikinä osta Ketjusta, asiakaspalvelu oli töykeä ja vähättelevä",
    "Ketju's prices went up again, the same tyres are much cheaper elsewhere",
    "Varoitus muille: Ketjun alennuskoodi ei toimi verkkokaupassa, rahat meni täyteen hintaan",
    "Huolto teki enemmän kuin pyydettiin eikä veloittanut siitä mitään, mahtavaa",
    "Miksi Ketjun verkkokauppa kaatuu aina kun yrittää maksaa? Turhauttavaa.",
)
MATTERS_NOT = (
    "Kaunis pyöräilysää tänään, rannassa oli paljon väkeä",
    "Tänään metsässä näkyi hirvi ja kaksi vasaa",
    "Working from the summer cottage this week",
)
LATE = (
    "Ketjun toimitus myöhässä jo toista viikkoa, lapsen synttäripyörä ei ehdi. Todella harmillista!",
    "Tilasin Ketjusta talvirenkaat, paketti ei tullut luvattuna päivänä eikä kukaan vastaa",
    "Missä mun tilaus viipyy? Ketjun seuranta ei päivity ja toimitus on myöhässä, raivostuttavaa",
    "Toinen myöhästynyt toimitus Ketjulta putkeen, alkaa riittää tämä odottelu",
    "Ketju lupasi toimituksen kahdessa päivässä, nyt kulunut yhdeksän. Surkeaa!",
    "My Ketju delivery is late again and no one answers my emails, very disappointed",
    "onko muilla ketjun paketti jumissa? toimitus myöhässä, ei mitään tietoa",
    "Kuriiri jätti Ketjun paketin sateeseen ja pyörän laatikko oli märkä, ihan järkyttävää",
    "Ketjun toimitus peruttiin ilman ilmoitusta, odotin kotona koko päivän turhaan",
)
CHANNELS = ("mastodon", "bluesky", "review", "reddit")
REACHES = (40, 120, 310, 75, 2_400, 18, 640)


def seed_demo(now: datetime) -> int:
    """Let the demo company have heard four weeks of messages; return how many. Twice is once."""
    if Mention.objects.filter(source__startswith=SOURCE).exists():
        return 0
    if not Version.objects.exists():
        save_draft({"kind": "company", "uses": ["retail"]}, by=BY)
        use_draft(by=BY)
    at = to_micros(now)
    count = take_in([*_quiet(at), *_late(at)])
    hearing = Hearing(current_reader)
    while hearing.turn(at):
        pass
    Watch().turn(at)
    return count


def _quiet(now: Micros) -> list[Post]:
    """Return what is said every day: seven messages, more of them in the evenings."""
    texts = islice(cycle((*SAID, *MATTERS_NOT)), DAYS * A_DAY)
    posts = []
    for number, text in enumerate(texts):
        day, place = divmod(number, A_DAY)
        at = (
            now
            - (DAYS - day) * DAY
            + (9 + place * 2) * HOUR // 2
            - (number * 7919 % 3_000) * 1_000_000
        )
        # The same words again a week later come from somebody else, who says when it was.
        again = f" ({number // len(SAID) + 1}. kerta)" if number >= len(SAID) else ""
        posts.append(_post(number, text + again, min(at, now - 13 * HOUR), f"kuski{number % 61}"))
    return posts


def _late(now: Micros) -> list[Post]:
    """Return how the last hours went: deliveries are late, and one message is shared widely."""
    return [
        _post(
            1000 + place,
            text,
            now - 5 * HOUR + place * HOUR // 2,
            f"odottaja{place}",
            reposts=86 if place == 2 else place % 3,
        )
        for place, text in enumerate(LATE)
    ]


def _post(number: int, text: str, at: Micros, author: str, reposts: int = 0) -> Post:
    channel = CHANNELS[number % len(CHANNELS)]
    return Post(
        source=f"{SOURCE}-{channel}",
        source_id=f"demo-{number}",
        text=text,
        at=at,
        channel=channel,
        author=f"@{author}@example.social",
        reach=REACHES[number % len(REACHES)],
        reposts=reposts,
        url=f"https://{channel}.example/{number}",
        extra={"account_created": at - 400 * DAY},
    )
