"""What the columns of a file mean, and messages made of its rows.

The usual exports are recognised by the names of their columns; for any other table a person says which
column is what. A row that cannot be read is told with its number and why, and the others go on.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

import msgspec
from django.utils.translation import gettext_lazy as _

from keskio.kernel.clock import Micros, to_micros
from keskio.kernel.errors import Mistake
from keskio.listen.actions import LATEST
from keskio.listen.contracts import Post

TARGETS = {
    "text": _("Text"),
    "title": _("Title"),
    "at": _("When it was written"),
    "rating": _("Stars"),
    "id": _("Its own number or id"),
    "author": _("Writer"),
    "url": _("Address"),
    "language": _("Language"),
    "reposts": _("Times shared on"),
    "reach": _("Followers of the writer"),
}
# The names that exports use, in small letters, the likeliest first.
KNOWN: Mapping[str, Sequence[str]] = {
    "text": (
        *("review text", "review content", "comments.0.usercomment.text", "attributes.body"),
        *("content.label", "comment", "text", "content", "body", "message", "review", "palaute"),
        *("teksti", "viesti", "arvostelu", "kommentti", "selitys", "description"),
    ),
    "title": (
        "review title",
        "attributes.title",
        "title.label",
        "title",
        "otsikko",
        "subject",
        "aihe",
    ),
    "at": (
        *("review submit millis since epoch", "review submit date and time"),
        *("review created (utc)", "review created", "comments.0.usercomment.lastmodified.seconds"),
        *("attributes.createddate", "updated.label", "createdat", "createtime", "created_at"),
        *("published", "date", "created", "timestamp", "time", "at", "päivä", "päivämäärä", "aika"),
    ),
    "rating": (
        *("star rating", "review stars", "comments.0.usercomment.starrating", "attributes.rating"),
        *("im:rating.label", "starrating", "stars", "rating", "score", "tähdet", "arvosana"),
    ),
    "id": (
        *("review id", "reviewid", "review link", "id.label", "id", "uuid", "message id", "tunnus"),
        *("source_id", "post id"),
    ),
    "author": (
        *("review username", "authorname", "attributes.reviewernickname", "author.name.label"),
        *("consumer.displayname", "reviewer.displayname", "reviewer", "author", "user", "username"),
        *("name", "kirjoittaja", "nimimerkki", "nimi"),
    ),
    "url": ("review link", "link.attributes.href", "url", "link", "permalink", "osoite"),
    "language": ("reviewer language", "reviewerlanguage", "language", "lang", "kieli"),
    "reposts": ("reposts", "shares", "retweets", "jaot", "jaettu"),
    "reach": ("reach", "followers", "seuraajat"),
}
SHAPES: Mapping[str, Sequence[str]] = {
    "Google Play": ("review submit millis since epoch", "comments.0.usercomment.text"),
    "App Store": ("attributes.reviewernickname", "im:rating.label"),
    "Trustpilot": ("consumer.displayname", "review stars"),
    "Google Business": ("reviewer.displayname", "createtime"),
}
STARS = {"one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0}
MOMENT = re.compile(
    r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,?\s*(?:klo)?\s*(\d{1,2})[.:](\d{2})(?:[.:](\d{2}))?)?"
)
NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")


class Made(msgspec.Struct, frozen=True):
    """What became of rows: posts, and (row as people count, why not) of the others."""

    posts: list[Post]
    faults: list[tuple[int, str]]
    empty: int = 0


def suggested(names: Sequence[str]) -> tuple[dict[str, str], str]:
    """Return which column is likely what, and whose export it looks like ("" for nobody's).

    >>> suggested(["Review Text", "Star Rating", "Review Submit Millis Since Epoch"])[1]
    'Google Play'
    """
    by_small = {name.casefold().strip(): name for name in names}
    mapping = {
        target: by_small[known]
        for target, all_known in KNOWN.items()
        for known in [next((one for one in all_known if one in by_small), "")]
        if known
    }
    whose = next(
        (whose for whose, marks in SHAPES.items() if any(m in by_small for m in marks)), ""
    )
    return mapping, whose


def check_mapping(mapping: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """Return the mapping without empty targets; raises Mistake when it cannot work."""
    kept = {target: name for target, name in mapping.items() if name and target in TARGETS}
    strange = sorted({name for name in kept.values() if name not in names})
    if strange:
        raise Mistake(f"The file has no column {strange[0]!r}.")
    if "text" not in kept and "title" not in kept:
        raise Mistake(str(_("Say which column holds the text.")))
    return kept


class Making(msgspec.Struct, frozen=True, kw_only=True):
    """How rows become posts: whose they are, which column is what, and what stands for what is missing."""

    source: str
    channel: str
    mapping: Mapping[str, str]
    zone: tzinfo
    now: Micros
    language: str = ""


def posts_of(rows: Sequence[Mapping[str, str]], making: Making, *, first: int = 1) -> Made:
    """Return what the rows say; `first` is the number of the first of them."""
    posts: list[Post] = []
    faults: list[tuple[int, str]] = []
    empty = 0
    for number, row in enumerate(rows, first):
        try:
            post = _post_of(row, making)
        except Mistake as mistake:
            faults.append((number, mistake.message))
            continue
        if post is None:
            empty += 1
        else:
            posts.append(post)
    return Made(posts, faults, empty)


def _post_of(row: Mapping[str, str], making: Making) -> Post | None:
    if "" in row:
        raise Mistake(row[""])
    told = {target: str(row.get(name) or "").strip() for target, name in making.mapping.items()}
    text, title = told.get("text", ""), told.get("title", "")
    if not text and not title:
        return None  # stars without words
    at = moment_of(told["at"], making.zone) if told.get("at") else making.now
    author = told.get("author", "")
    said = f"{title}\n{text}\n{told.get('at', '')}\n{author}"
    url = told.get("url", "")
    return Post(
        source=making.source,
        source_id=told.get("id", "") or hashlib.sha256(said.encode()).hexdigest()[:32],
        text=text or title,
        title=title if text else "",
        at=at,
        author=author,
        channel=making.channel,
        url=url if url.startswith(("http://", "https://")) else "",
        language_hint=told.get("language", "") or making.language,
        rating=stars_of(told["rating"]) if told.get("rating") else None,
        reposts=_whole(told.get("reposts", "")),
        reach=_whole(told.get("reach", "")),
    )


def stars_of(told: str) -> float:
    """Return stars: a number, a number of a whole, a word, or the stars themselves; raises Mistake.

    >>> [stars_of(told) for told in ("4", "3,5", "FIVE", "★★★☆☆", "5/5")]
    [4.0, 3.5, 5.0, 3.0, 5.0]
    """
    if told.casefold() in STARS:
        return STARS[told.casefold()]
    if "★" in told:
        return float(told.count("★"))
    found = NUMBER.search(told)
    if found is None:
        raise Mistake(f"{told[:40]!r} is no number of stars.")
    return float(found.group().replace(",", "."))


def moment_of(told: str, zone: tzinfo) -> Micros:
    """Return a moment: ISO 8601, seconds or milliseconds since 1970, or 2.3.2026 9.05; raises Mistake.

    What tells no zone is of `zone`.

    >>> moment_of("2.3.2026 klo 9.05", UTC) == moment_of("2026-03-02T09:05:00Z", UTC)
    True
    >>> moment_of("1772442300000", UTC) == moment_of("1772442300", UTC)
    True
    """
    if told.isdecimal() and 9 <= len(told) <= 16:
        digits = len(told) if len(told) in {10, 13, 16} else 10
        micros: Micros = int(told) * 10 ** (16 - digits)
        if micros > LATEST:
            raise Mistake(f"{told!r} is no time: seconds since 1970 have ten digits.")
        return micros
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        at = _finnish(told)
    return to_micros(at if at.tzinfo else at.replace(tzinfo=zone))


def _finnish(told: str) -> datetime:
    found = MOMENT.fullmatch(told)
    if found is None:
        raise Mistake(f"{told[:40]!r} is no time: write 2026-03-02 09:05 or 2.3.2026 9.05.")
    day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the caller gives the zone
    except ValueError:
        raise Mistake(f"{told[:40]!r} is no time that there ever was.") from None


def _whole(told: str) -> int:
    digits = "".join(sign for sign in told if sign.isdecimal())
    return int(digits[:12]) if digits else 0
