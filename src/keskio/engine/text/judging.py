"""How good or bad a message sounds, by rules of language: denial, intensity, contrast, what is implied.

`judge` takes the tokens that the lists know and returns `Judged`: a list of parts, each a place in the
text with its weight and why, and their sum. Rules, in this order:

1. A phrase of the lists counts as a whole, and its words no more by themselves.
2. "hirveän", "kauhean", "terribly" before a good word only strengthen it.
3. A strengthening word before scales by 1.4, a softening one by .6, profanity by 1.3.
4. Denied: good becomes bad (-.9), bad becomes mildly good (-.6), a fault that did not happen is good, and
   what one expects (to be answered, to get in) becomes bad when it is denied.
5. A contrast ("mutta", "silti", "but") makes what is before it weigh half and what is after it 1.4;
   a concession ("vaikka") weighs half. Where both sides are denied, nothing is preferred.
6. Implied: waiting named with its length, "jo" with a time, the umpteenth time, a promise
   remembered, two months named, leaving (`implied`).
7. Praise beside a fault is a hint of irony: it weighs a quarter, and a person should read it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from keskio.engine.text.implied import CUES, implied
from keskio.engine.text.lists import FAR, WEIGHS, Kind, Lists, Phrase, Record

STRONGER, SOFTER, CURSED = 1.4, 0.6, 1.3
DENIED_GOOD, DENIED_BAD, DENIED_NEEDED, DENIED_FAULT = -0.9, -0.6, -1.4, 1.4
FAULT = -1.7
BEFORE, AFTER, CONCEDED, IRONIC = 0.5, 1.4, 0.5, 0.25
STRENGTHENING = Kind.GRIM | Kind.PROFANE
STRENGTHENED = Kind.GOOD | Kind.BAD | Kind.FAULT
MOST_SCALED = 2.0
BESIDE = 2  # the next word but one is still beside this one
SCALED = ", scaled"
VALUED = Kind.GOOD | Kind.BAD | Kind.FAULT | Kind.NEEDED
BREAKS = Kind.STOP
TOLD = VALUED | WEIGHS
SPOKEN_FOR = VALUED | Kind.NEUTRAL
TURNING = Kind.TURN | Kind.YET | Kind.CONCEDE
CURSE = -1.2  # profanity alone
DENYING = Kind.NEGATOR | Kind.STOP | Kind.TURN | Kind.LINK
REACH = 5  # words of its clause that a denial reaches for these rules
LATE = -1.3  # "only now" beside praise
ASKING_MARK = "?"


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A token that the lists know: its place in the message, itself, what is known, whether denied."""

    place: int
    token: str
    record: Record
    denied: bool = False


class Part(msgspec.Struct, frozen=True, gc=False):
    """What one place of the text adds to the sum, and why."""

    place: int
    weight: float
    why: str
    word: str


class Judged(msgspec.Struct, frozen=True, gc=False):
    """The sum of the parts (about -6..6), the parts, the phrases found, and what else was noticed."""

    sum: float
    parts: tuple[Part, ...]
    phrases: tuple[Phrase, ...] = ()
    is_ironic: bool = False
    is_question: bool = False
    is_neutral: bool = False


SILENT = Judged(0.0, ())
NO_PHRASES: list[tuple[Phrase, tuple[int, ...]]] = []


def judge(hits: Sequence[Hit], lists: Lists, kinds: int = 0) -> Judged:
    """Return how good or bad a message sounds; `hits` in the order of the text.

    `kinds`: the bits of all hits, where the caller has them.
    """
    kinds = kinds or _bits_of(hits)
    if kinds & Kind.NEGATOR:
        hits = _denied(hits)
    return concluded(hits, _valued(hits), lists, kinds, pairs_of(hits))


def concluded(
    hits: Sequence[Hit],
    valued: Sequence[Part],
    lists: Lists,
    kinds: int,
    pairs: Sequence[tuple[int, int]],
) -> Judged:
    """Return how good or bad a message sounds, when what its single words say is known.

    For those who look at many messages at once: `hits` denied as far as a denial reaches, and `valued`
    what they say with what stands before them (rules 3 and 4), in the order of the text; `pairs` as in
    `phrases_in`.
    """
    phrases = phrases_in(hits, lists, pairs) if pairs else NO_PHRASES
    parts: list[Part] = []
    used: set[int] = set()
    for phrase, places in phrases:
        kinds |= phrase.mark.kinds
        if phrase.mark.kinds & SPOKEN_FOR:
            used.update(places)
        if phrase.mark.weight:
            parts.append(Part(places[0], phrase.mark.weight, "phrase", phrase.text))
    parts += [part for part in valued if part.place not in used] if used else valued
    if kinds & CUES:
        parts += [Part(*found) for found in implied(hits, used, kinds)]
    if kinds & Kind.LATE and kinds & Kind.HURRAH:
        late = next(hit for hit in hits if hit.record.bits & Kind.LATE)
        parts.append(Part(late.place, LATE, "late", late.token))
    if kinds & Kind.PROFANE and not parts:
        cursed = next(hit for hit in hits if hit.record.bits & Kind.PROFANE)
        parts = [Part(cursed.place, CURSE, "profanity", cursed.token)]
    is_ironic = is_neither = False
    if len(parts) > 1 or kinds & Kind.IRONY:
        parts.sort(key=_place)
        if kinds & TURNING:
            parts = _contrasted(parts, hits)
            is_neither = any(part.why.endswith("neither") for part in parts)
        if kinds & (Kind.HURRAH | Kind.IRONY):
            parts, is_ironic = _doubted(parts, hits, kinds)
    return Judged(
        sum([part.weight for part in parts]),
        tuple(parts),
        tuple([phrase for phrase, _ in phrases]),
        is_ironic,
        bool(kinds & Kind.QUESTION) and (hits[-1].token == ASKING_MARK or _begins_asking(hits)),
        bool(kinds & Kind.NEUTRAL) or is_neither,
    )


def _bits_of(hits: Sequence[Hit]) -> int:
    kinds = 0
    for hit in hits:
        kinds |= hit.record.bits
    return kinds


def _denied(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits with denial reaching on to the end of a short clause; "ei vittu" denies nothing."""
    found: list[Hit] = []
    left = -1  # the last place that the denial reaches
    cursed = False
    for at, hit in enumerate(hits):
        kinds = hit.record.bits
        if not kinds & DENYING:
            pass
        elif kinds & Kind.NEGATOR:
            after = hits[at + 1] if at + 1 < len(hits) else None
            cursed = bool(
                after and after.place == hit.place + 1 and after.record.bits & Kind.PROFANE
            )
            left = -1 if cursed else hit.place + REACH
        else:
            left, cursed = -1, cursed and not kinds & Kind.STOP
        denied = not cursed and not kinds & Kind.SIGN and (hit.denied or hit.place <= left)
        found.append(hit if denied == hit.denied else Hit(hit.place, hit.token, hit.record, denied))
    return found


def _place(part: Part) -> int:
    return part.place


def _begins_asking(hits: Sequence[Hit]) -> bool:
    return any(hit.place <= 1 and hit.record.bits & Kind.QUESTION for hit in hits[:2])


def phrases_in(
    hits: Sequence[Hit], lists: Lists, pairs: Sequence[tuple[int, int]]
) -> list[tuple[Phrase, tuple[int, ...]]]:
    """Return the phrases in a message with the places of their words, longest first, none overlapping.

    `pairs`: the hits that may be the first two words of a phrase, in the order of the text.
    """
    found: list[tuple[Phrase, tuple[int, ...]]] = []
    beginnings = lists.beginnings
    for at, after in pairs:
        begins = hits[at].record.begins
        for key in hits[after].record.keys:
            for first in begins:
                if key in beginnings[first]:
                    found += _phrases_at(beginnings[first][key], hits, at, after)
    return found if len(found) < 2 else _apart(found)


def pairs_of(hits: Sequence[Hit]) -> list[tuple[int, int]]:
    """Return the pairs of hits near enough to be the first two words of a phrase, in one clause."""
    pairs: list[tuple[int, int]] = []
    for at, hit in enumerate(hits):
        if not hit.record.begins:
            continue
        farthest = hit.place + FAR
        for after in range(at + 1, len(hits)):
            other = hits[after]
            if other.place > farthest or other.record.bits & BREAKS:
                break
            pairs.append((at, after))
    return pairs


def _phrases_at(
    phrases: Sequence[Phrase], hits: Sequence[Hit], at: int, after: int
) -> Iterator[tuple[Phrase, tuple[int, ...]]]:
    for phrase in phrases:
        places = _places(phrase, hits, at, after)
        if places:
            yield phrase, places


def _apart(found: list[tuple[Phrase, tuple[int, ...]]]) -> list[tuple[Phrase, tuple[int, ...]]]:
    """Return the phrases, longest first, of which none that weighs shares a word with another."""
    found.sort(key=lambda pair: (-len(pair[1]), -abs(pair[0].mark.weight), pair[1]))
    taken: set[int] = set()
    kept = []
    for phrase, places in found:
        if phrase.mark.weight or phrase.mark.kinds & Kind.NEUTRAL:
            if taken.intersection(places):
                continue
            taken.update(places)
        kept.append((phrase, places))
    return kept


def _places(phrase: Phrase, hits: Sequence[Hit], at: int, after: int) -> tuple[int, ...]:
    """Return the places of a phrase that begins with hits `at` and `after`, or nothing."""
    places = [hits[at].place, hits[after].place]
    if places[1] - places[0] > phrase.reach[0]:
        return ()
    here = after
    for key, reach in zip(phrase.keys[2:], phrase.reach[1:], strict=True):
        for step in range(here + 1, len(hits)):
            hit = hits[step]
            if hit.place - places[-1] > reach or hit.record.bits & BREAKS:
                return ()
            if key in hit.record.keys:
                places.append(hit.place)
                here = step
                break
        else:
            return ()
    return tuple(places)


def _valued(hits: Sequence[Hit]) -> list[Part]:
    """Return what single words say, with what stands before them."""
    parts: list[Part] = []
    for at, hit in enumerate(hits):
        kinds = hit.record.bits
        if not kinds & TOLD or kinds & Kind.NEUTRAL:
            continue
        if kinds & STRENGTHENING and _strengthens(hits, at):
            continue
        weight, why = own_weight(hit.record, denied=hit.denied)
        if weight:
            scale = _scale(hits, at)
            why = why if scale == 1 else why + SCALED
            parts.append(Part(hit.place, weight * scale, why, hit.token))
    return parts


def own_weight(record: Record, *, denied: bool) -> tuple[float, str]:
    """Return what a word says by itself, and why."""
    mark = record.mark
    if denied:
        if mark.kinds & Kind.GOOD:
            return DENIED_GOOD * max(mark.weight, 1.4), "denied good"
        if mark.kinds & Kind.FAULT:
            return DENIED_FAULT, "denied fault"
        if mark.weight < 0:
            return DENIED_BAD * mark.weight, "denied bad"
        if mark.kinds & Kind.NEEDED:
            return DENIED_NEEDED, "denied need"
    if mark.kinds & Kind.FAULT and not mark.weight:
        return FAULT, "fault"
    return mark.weight, "sign" if mark.kinds & Kind.SIGN else "good" if mark.weight > 0 else "bad"


def scale_of(kinds: int) -> float:
    """Return by how much a word strengthens or softens what stands right after it."""
    if kinds & Kind.SOFT:
        return SOFTER
    if kinds & (Kind.STRONG | Kind.GRIM) and not kinds & Kind.QUESTION:
        return STRONGER
    return CURSED if kinds & Kind.PROFANE else 1.0


def _strengthens(hits: Sequence[Hit], at: int) -> bool:
    """Say whether the next valued word makes this one a mere "very"."""
    for other in hits[at + 1 : at + 3]:
        if other.place - hits[at].place > BESIDE or other.record.bits & BREAKS:
            return False
        if other.record.bits & STRENGTHENED:
            return True
    return False


def _scale(hits: Sequence[Hit], at: int) -> float:
    scale = 1.0
    for before in reversed(hits[max(0, at - 2) : at]):
        kinds = before.record.bits
        if hits[at].place - before.place > BESIDE or kinds & BREAKS:
            break
        scale *= scale_of(kinds)
    return min(scale, MOST_SCALED)


def _contrasted(parts: list[Part], hits: Sequence[Hit]) -> list[Part]:
    """Return the parts weighed by where the text turns."""
    turns = [
        hit.place for hit in hits if hit.record.bits & (Kind.TURN | Kind.YET) and not hit.denied
    ]
    concessions = [hit.place for hit in hits if hit.record.bits & Kind.CONCEDE]
    if parts and turns and all(part.why.startswith("denied") for part in parts):
        if min(part.weight for part in parts) < 0 < max(part.weight for part in parts):
            return [_weighed(part, 0.25, "neither") for part in parts]
        return parts
    turned = []
    for part in parts:
        scale = 1.0
        if turns:
            scale = BEFORE if part.place < turns[-1] else AFTER
        if any(
            place < part.place and not _stopped(hits, place, part.place) for place in concessions
        ):
            scale = CONCEDED
        turned.append(_weighed(part, scale, "contrast") if scale != 1 else part)
    return turned


def _stopped(hits: Sequence[Hit], start: int, end: int) -> bool:
    return any(start < hit.place < end and hit.record.bits & BREAKS for hit in hits)


def _weighed(part: Part, scale: float, why: str) -> Part:
    return Part(part.place, part.weight * scale, f"{part.why}, {why}", part.word)


def _doubted(parts: list[Part], hits: Sequence[Hit], kinds: int) -> tuple[list[Part], bool]:
    """Return the parts with ironic praise weighed down, and whether there is a hint of irony."""
    praise = {hit.place for hit in hits if hit.record.bits & Kind.HURRAH and not hit.denied}
    praising = [part for part in parts if part.place in praise and part.weight > 0]
    bad = [part for part in parts if part.weight < 0 and part.why != "sign, contrast"]
    hinted = bool(kinds & Kind.IRONY)
    if not praising or kinds & (Kind.TURN | Kind.YET | Kind.CONCEDE):
        return parts, hinted and bool(praising or bad)
    repeated = bool(kinds & (Kind.AGAIN | Kind.ONLY)) and bool(bad)
    if not (hinted or repeated or _stands_beside_fault(praising, bad, hits)):
        return parts, False
    weighed = [_weighed(part, IRONIC, "irony?") if part in praising else part for part in parts]
    if hinted and sum([part.weight for part in bad]) > -1.2:
        weighed = [_weighed(part, -0.8, "irony?") if part in praising else part for part in parts]
    return weighed, True


def _stands_beside_fault(praising: list[Part], bad: list[Part], hits: Sequence[Hit]) -> bool:
    """Say whether a shout of praise opens or closes a message whose other clauses only tell of faults."""
    if not bad or len(praising) > 1:
        return False
    opens = praising[0].place <= 2
    closes = praising[0].place >= hits[-1].place - 2
    faults = sum(part.weight for part in bad)
    return (opens or closes) and faults <= -1.2
