"""The rules by which identifiers become customers: one envelope after another, in memory.

Rules
-----
1. The most telling identifier of an envelope leads. Whose it is, is the customer.
2. A leading identifier that nobody has goes to the customer of another identifier beside it when
   that customer is still anonymous; or, told by a trusted sender, through an e-mail, a phone
   or another proven identifier, to a customer who has none of its type yet. Otherwise it is a new customer's.
3. The identifiers beside the leading one: a free one is linked, an anonymous customer's brings
   that customer with it (a merge), and one of another known customer is refused. **Two known
   customers are never merged here**, whoever asks.
4. A browser key speaks only of user ids and anonymous ids. Addresses that it tells are linked
   without proof, if free, one of a type: such a line finds the customer who answers from there, but
   makes nobody known, joins nobody, and the first trusted sender that tells of the address takes it.
5. An alias by a trusted sender may give a known customer a second user id, if that id is free.

6. Every type has a rule (`rules`): how many a customer may have, which values are nobody's, which are shared
   mailboxes that reach somebody without saying who. What a person has set apart stays apart.

Identifiers belong to *records*; a record merged away is another customer's now, who answers for it.
What is told by an identifier is told of its record, so that a merge can be undone.

Taking a batch in one go or cut anywhere gives the same customers. Another *order* gives the same ones
too unless an identifier is disputed: of two known customers on one device, the first keeps the
device's anonymous id; of two that tell the same address, the first keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from keskio.events.contracts import Envelope
from keskio.know.identifiers import ANONYMOUS, Named, Pair, Refusal
from keskio.know.rules import EVER, STANDARD, Rules

UNPROVEN = "?"
"""Stands before the type of an identifier that nobody trusted vouches for."""


class NewLink(msgspec.Struct, gc=False):
    """A line to add to the ledger. `takes`: an unproven line in force has to end first."""

    pair: Pair
    record: int
    envelope: Envelope
    proven: bool
    takes: bool = False


class Doubt(msgspec.Struct, gc=False):
    """Two records that a person should look at: why, and by which identifier."""

    one: int
    other: int
    pair: Pair
    reason: str
    envelope: Envelope


class Ledger(msgspec.Struct, gc=False):
    """What the ledger says of the identifiers of a batch.

    `owners`: whose record each is; `redirects`: who the records that were merged away are now;
    `unproven`: identifiers that yield; `counts`: for every customer whom the batch may change, how
    many identifiers of each type; `apart`: pairs of customers that a person has set apart.
    """

    owners: dict[Pair, int]
    redirects: dict[int, int]
    unproven: set[Pair]
    counts: Mapping[int, dict[str, int]]
    apart: set[tuple[int, int]]


class Joining:
    """What a batch of envelopes means for the ledger, decided but not yet written.

    New records have negative numbers until they are written.
    """

    def __init__(self, ledger: Ledger, rules: Rules = STANDARD) -> None:
        self.links: list[NewLink] = []
        self.merges: list[tuple[int, int, Envelope]] = []
        self.refusals: list[tuple[int, Refusal, Envelope]] = []
        self.doubts: list[Doubt] = []
        self.new: list[Envelope] = []
        self._rules = rules
        self._owners = ledger.owners
        self._unproven = ledger.unproven
        self._counts: dict[int, dict[str, int]] = dict(ledger.counts)
        self._apart = ledger.apart
        self._now_is: dict[int, int] = dict(ledger.redirects)

    def place(self, envelope: Envelope, said: Named) -> int:
        """Return the record that `envelope` speaks of; 0 when it names nobody."""
        pairs = [p for p in said.pairs if p[0] != "customer" or p in self._owners]
        if said.former:
            pairs.append(self._former(said.former))
        if not pairs:
            return 0
        lead = pairs[0]
        record = self._owners.get(lead, 0) or self._taker(lead, pairs[1:], envelope, said)
        for pair in pairs:
            if pair != lead or pair not in self._owners:
                self._join(pair, record, envelope, is_alias=bool(said.former))
        for pair in said.claims:
            self._claim(pair, record, envelope)
        for refusal in said.refusals:
            self.refusals.append((record, refusal, envelope))
        return record

    def decided(self) -> bool:
        """Tell whether there is anything to write."""
        return bool(self.new or self.links or self.merges or self.refusals or self.doubts)

    def now(self, record: int) -> int:
        """Return the customer that `record` is, by all merges so far."""
        while record in self._now_is:
            record = self._now_is[record]
        return record

    def is_known(self, record: int) -> bool:
        """Tell whether a customer that the batch may change has any telling, proven identifier."""
        counts = self._counts[self.now(record)]
        return any(t not in ANONYMOUS and t[0] != UNPROVEN and t[0] != EVER for t in counts)

    def _former(self, value: str) -> Pair:
        is_user = ("user_id", value) in self._owners and ("anonymous_id", value) not in self._owners
        return ("user_id" if is_user else "anonymous_id", value)

    def _taker(self, lead: Pair, others: Sequence[Pair], envelope: Envelope, said: Named) -> int:
        """Return the record to which the free identifier `lead` is linked (rule 2)."""
        for pair in others:
            record = self._owners.get(pair, 0)
            if not record or pair in self._unproven:
                continue
            if not self.is_known(record):
                if self._has_room(record, lead[0]):
                    return record
                continue
            if not envelope.trusted or pair[0] in ANONYMOUS or self._rules.is_shared(pair):
                continue
            is_former = bool(said.former) and pair == ("user_id", said.former)
            if is_former or self._has_room(record, lead[0]):
                return record
        return self._newcomer(envelope)

    def _newcomer(self, envelope: Envelope) -> int:
        self.new.append(envelope)
        record = -len(self.new)
        self._counts[record] = {}
        return record

    def _has_room(self, record: int, kind: str) -> bool:
        return self._rules.has_room(kind, self._counts[self.now(record)])

    def _join(self, pair: Pair, record: int, envelope: Envelope, *, is_alias: bool) -> None:
        """Link `pair` to `record`, or bring its owner along, or refuse (rules 3, 5 and 6)."""
        owner = self._owners.get(pair, 0)
        if not owner:
            may_be_second = is_alias and envelope.trusted and pair[0] == "user_id"
            if may_be_second or self._has_room(record, pair[0]):
                self._link(pair, record, envelope)
            else:
                self._refuse(pair, "limit", record, envelope)
        elif pair in self._unproven and envelope.trusted:
            self._link(pair, record, envelope, takes=True)
        elif self.now(owner) != self.now(record):
            self._bring(pair, owner, record, envelope)

    def _bring(self, pair: Pair, owner: int, record: int, envelope: Envelope) -> None:
        """Bring the `owner` of `pair` to `record` if it is anonymous; else refuse, and ask a person."""
        customer, gone = self.now(record), self.now(owner)
        if (gone, customer) in self._apart:
            self._refuse(pair, "kept_apart", record, envelope)
            return
        reason = "known_to_another"
        if self._rules.is_shared(pair):
            reason = "shared"
        elif not self.is_known(gone):
            if self._fits(gone, customer):
                self._merge(gone, customer, envelope)
                return
            reason = "limit"
        self._refuse(pair, reason, record, envelope)
        if reason == "limit" or (envelope.trusted and pair[0] not in ANONYMOUS):
            self.doubts.append(Doubt(record, owner, pair, reason, envelope))

    def _fits(self, gone: int, customer: int) -> bool:
        """Tell whether both together stay within the limits of the rules."""
        theirs, ours = self._counts[gone], self._counts[customer]
        return all(
            self._rules.has_room(kind, ours, more)
            for kind, more in theirs.items()
            if kind[0] not in (UNPROVEN, EVER)
        )

    def _claim(self, pair: Pair, record: int, envelope: Envelope) -> None:
        """Link an address that a browser told, if it is free and the customer has none (rule 4)."""
        owner = self._owners.get(pair, 0)
        if owner and self.now(owner) == self.now(record):
            return
        if owner:
            self._refuse(pair, "known_to_another", record, envelope)
        elif {pair[0], UNPROVEN + pair[0]} & self._counts[self.now(record)].keys():
            self._refuse(pair, "not_trusted", record, envelope)
        else:
            self._link(pair, record, envelope, proven=False)

    def _link(
        self,
        pair: Pair,
        record: int,
        envelope: Envelope,
        *,
        proven: bool = True,
        takes: bool = False,
    ) -> None:
        self.links.append(NewLink(pair, record, envelope, proven, takes))
        self._owners[pair] = record
        counts = self._counts[self.now(record)]
        for kind in (pair[0] if proven else UNPROVEN + pair[0], EVER + pair[0]):
            counts[kind] = counts.get(kind, 0) + 1
        if proven:
            self._unproven.discard(pair)
        else:
            self._unproven.add(pair)

    def _merge(self, gone: int, into: int, envelope: Envelope) -> None:
        self._now_is[gone] = into
        ours = self._counts[into]
        for kind, count in self._counts[gone].items():
            ours[kind] = ours.get(kind, 0) + count
        # What was kept apart from either is kept apart from both.
        if self._apart:
            moved = {(into if a == gone else a, into if b == gone else b) for a, b in self._apart}
            self._apart |= moved
        self.merges.append((gone, into, envelope))

    def _refuse(self, pair: Pair, reason: str, record: int, envelope: Envelope) -> None:
        self.refusals.append((record, Refusal(pair, reason), envelope))
