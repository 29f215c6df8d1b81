"""The new words of an answer: what the writer wrote, without the letter that is answered.

Everything goes line by line, in time that grows with the text only: letters are written by strangers,
and regular expressions over whole letters can be made to run for hours. Rules, in order:
1. From a rule such as "-----Alkuperäinen viesti-----", or a block of headers ("Lähettäjä: …
   Lähetetty: … Aihe: …"), all that follows is the old letter.
2. A line (or up to four lines) such as "su 22.11.2026 klo 14.37 Keskiö <x@y> kirjoitti:" goes; when
   no line behind it is quoted with `>`, all that follows is the old letter too.
3. Lines that begin with `>` go; the writer's words between them stay.
4. From "-- " on there is the signature; "Lähetetty iPhonesta" and the like go.
"""

from __future__ import annotations

import re

VERBS = (
    "kirjoitti", "wrote", "skrev", "schrieb", "écrit", "escribió", "escreveu", "ha scritto", "schreef",
    "napisał", "napisał(a)", "kirjutas", "написал", "пишет",
)  # fmt: skip
RULE_WORDS = (
    "alkuperäinen viesti", "original message", "ursprungligt meddelande", "oprindelig meddelelse",
    "edelleenlähetetty viesti", "välitetty viesti", "välitetty viesti alkaa", "forwarded message",
    "vidarebefordrat meddelande", "ursprüngliche nachricht", "message d'origine", "reply above this line",
    "vastaa tämän rivin yläpuolelle", "original appointment",
)  # fmt: skip
FIRST_HEADERS = frozenset({"lähettäjä", "from", "från", "von", "fra", "de", "keneltä"})
OTHER_HEADERS = frozenset(
    """
    lähetetty sent skickat gesendet sendt date päivä päiväys päivämäärä datum vastaanottaja to till an
    til kenelle kopio cc kopia aihe subject ämne betreff emne
    """.split()  # noqa: SIM905 - thirty quoted words read worse
)
SENT_FROM = re.compile(
    r"(lähetetty (\S+ )?(\S*(sta|stä|lta|ltä)\b|outlook)|hanki outlook|sent from (my|outlook|mail|yahoo)"
    r"|get outlook for|skickat från (min|outlook)|hämta outlook|gesendet von|sent via )",
    re.IGNORECASE,
)
SIGN_OFF = re.compile(
    r"(ystävällisin |parhain |lämpimin )?(terveisin|terveisiin|terv|t(?=[.:])|yst ?terv|terkuin)\b"
    r"|ystävällisesti,?$"
    r"|(best|kind|warm|many)? ?(regards|wishes)\b|best\b,|br\b,?$|sincerely\b"
    r"|(med )?(vänliga?|bästa) hälsning(ar)?\b|hälsningar\b|mvh\b",
    re.IGNORECASE,
)
HEADER = re.compile(r"[*_ ]{0,4}(\w{2,14})[*_ ]{0,4}:")
RULE = re.compile(r"[-_=*]{2,}")
LONGEST = 200_000
LONGEST_LINE = 2000


def new_words_of(text: str) -> str:
    r"""Return what the writer of an answer wrote, without quotes, rules and signature.

    >>> print(new_words_of("A, kiitos!\n\nKeskiö kirjoitti 22.11.2026 klo 14.37:\n> Huolto?\n"))
    A, kiitos!
    """
    lines = [line.rstrip() for line in text[:LONGEST].replace("\xa0", " ").splitlines()]
    kept: list[str] = []
    place = 0
    while place < len(lines):
        line = lines[place]
        if _begins_old_letter(lines, place) or line.strip() in {"--", "-- "}:
            break
        height = _attribution_at(lines, place)
        if height:
            place += height
            if not _is_quoted_next(lines, place):
                break
            continue
        if not line.lstrip().startswith(">") and not SENT_FROM.match(line.strip()[:60]):
            kept.append(line)
        place += 1
    return _tidy(kept)


def without_sign_off(words: str) -> str:
    r"""Return new words without a closing formula and the few lines of a name behind it.

    >>> without_sign_off("A\n\nTerveisin\nMatti Meikäläinen")
    'A'
    """
    lines = words.splitlines()
    for place in range(max(1, len(lines) - 6), len(lines)):
        line = lines[place].strip()
        if len(line) <= 60 and SIGN_OFF.match(line):
            return _tidy(lines[:place])
    return words


def _begins_old_letter(lines: list[str], place: int) -> bool:
    bare = lines[place].strip()[:LONGEST_LINE]
    if RULE.match(bare) and bare.strip("-_=*: ").casefold() in RULE_WORDS:
        return True
    if bare.startswith("___") and not bare.strip("_") and place + 1 < len(lines):
        following = _next_filled(lines, place + 1)
        return following is not None and _is_header_block(lines, following)
    return _is_header_block(lines, place)


def _is_header_block(lines: list[str], place: int) -> bool:
    if _header_name(lines[place]) not in FIRST_HEADERS:
        return False
    others = {_header_name(line) for line in lines[place + 1 : place + 8]}
    return len(others & OTHER_HEADERS) >= 2


def _header_name(line: str) -> str:
    found = HEADER.match(line[:40].lstrip())
    return found.group(1).casefold() if found else ""


def _attribution_at(lines: list[str], place: int) -> int:
    """Return how many lines "On … wrote:" takes here, 0 when it is none."""
    if not lines[place].strip() or lines[place].lstrip().startswith(">"):
        return 0
    joined = ""
    for height in range(1, 5):
        if place + height > len(lines) or not lines[place + height - 1].strip():
            return 0
        joined = f"{joined} {lines[place + height - 1].strip()}"
        if len(joined) > 400:
            return 0
        if _is_attribution(joined):
            return height
    return 0


def _is_attribution(joined: str) -> bool:
    said = joined.casefold()
    if not said.endswith(":") or not any(verb in said for verb in VERBS):
        return False
    # A date or an address: "Matti kirjoitti:" alone may be the writer's own words.
    return "@" in said or any(character.isdigit() for character in said)


def _is_quoted_next(lines: list[str], place: int) -> bool:
    following = _next_filled(lines, place)
    return following is not None and lines[following].lstrip().startswith(">")


def _next_filled(lines: list[str], place: int) -> int | None:
    return next((n for n in range(place, len(lines)) if lines[n].strip()), None)


def _tidy(lines: list[str]) -> str:
    kept: list[str] = []
    for line in lines:
        if line.strip() or (kept and kept[-1]):
            kept.append(line.strip() if not line.strip() else line)
    return "\n".join(kept).strip()
