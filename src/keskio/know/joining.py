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

Taking a batch in one go or cut anywhere gives the same customers. Another *order* gives the same ones
too unless an identifier is disputed: of two known customers on one device, the first keeps the
device's anonymous id; of two that tell the same address, the first keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from keskio.events.contracts import Envelope
from keskio.know.identifiers import ADDRESSES, ANONYMOUS, Named, Pair, Refusal

UNPROVEN = "?"
"""Stands before the type of an identifier that nobody trusted vouches for."""


class NewLink(msgspec.Struct, gc=False):
    """A line to add to the ledger. `takes`: an unproven line in force has to end first."""

    pair: Pair
    customer: int
    envelope: Envelope
    proven: bool
    takes: bool = False


class Joining:
    """What a batch of envelopes means for the ledger, decided but not yet written.

    New customers have negative numbers until they are written. `owners`: identifiers to customers
    as the ledger has them; `unproven`: those that yield; `types`: for every customer whom the
    batch may change, the types of its identifiers.
    """

    def __init__(
        self, owners: dict[Pair, int], unproven: set[Pair], types: Mapping[int, set[str]]
    ) -> None:
        self.links: list[NewLink] = []
        self.merges: list[tuple[int, int, Envelope]] = []
        self.refusals: list[tuple[int, Refusal, Envelope]] = []
        self.new: list[Envelope] = []
        self._owners = owners
        self._unproven = unproven
        self._types: dict[int, set[str]] = dict(types)
        self._now_is: dict[int, int] = {}

    def place(self, envelope: Envelope, said: Named) -> int:
        """Return the customer that `envelope` speaks of; 0 when it names nobody."""
        pairs = [p for p in said.pairs if p[0] != "customer" or p in self._owners]
        if said.former:
            pairs.append(self._former(said.former))
        if not pairs:
            return 0
        lead = pairs[0]
        customer = self._owner(lead) or self._taker(lead, pairs[1:], envelope, said)
        for pair in pairs:
            if pair != lead or pair not in self._owners:
                self._join(pair, customer, envelope, is_alias=bool(said.former))
        for pair in said.claims:
            self._claim(pair, customer, envelope)
        for refusal in said.refusals:
            self.refusals.append((customer, refusal, envelope))
        return customer

    def decided(self) -> bool:
        """Tell whether there is anything to write."""
        return bool(self.new or self.links or self.merges or self.refusals)

    def now(self, customer: int) -> int:
        """Return who `customer` has become by the merges so far."""
        while customer in self._now_is:
            customer = self._now_is[customer]
        return customer

    def is_known(self, customer: int) -> bool:
        """Tell whether a customer that the batch may change has any telling, proven identifier."""
        return any(t not in ANONYMOUS and t[0] != UNPROVEN for t in self._types[customer])

    def _owner(self, pair: Pair) -> int:
        return self.now(self._owners.get(pair, 0))

    def _former(self, value: str) -> Pair:
        is_user = ("user_id", value) in self._owners and ("anonymous_id", value) not in self._owners
        return ("user_id" if is_user else "anonymous_id", value)

    def _taker(self, lead: Pair, others: Sequence[Pair], envelope: Envelope, said: Named) -> int:
        """Return whose the free identifier `lead` becomes (rule 2)."""
        for pair in others:
            owner = self._owner(pair)
            if not owner or pair in self._unproven:
                continue
            if not self.is_known(owner):
                return owner
            if not envelope.trusted or pair[0] in ANONYMOUS:
                continue
            is_former = bool(said.former) and pair == ("user_id", said.former)
            if is_former or self._has_room(owner, lead[0]):
                return owner
        return self._newcomer(envelope)

    def _newcomer(self, envelope: Envelope) -> int:
        self.new.append(envelope)
        customer = -len(self.new)
        self._types[customer] = set()
        return customer

    def _has_room(self, customer: int, kind: str) -> bool:
        return kind in ADDRESSES or kind in ANONYMOUS or kind not in self._types[customer]

    def _join(self, pair: Pair, customer: int, envelope: Envelope, *, is_alias: bool) -> None:
        """Link `pair` to `customer`, or bring its owner along, or refuse (rules 3 and 5)."""
        owner = self._owner(pair)
        if not owner:
            may_be_second = is_alias and envelope.trusted and pair[0] == "user_id"
            if may_be_second or self._has_room(customer, pair[0]):
                self._link(pair, customer, envelope)
            else:
                self._refuse(pair, "limit", customer, envelope)
        elif pair in self._unproven and envelope.trusted:
            self._link(pair, customer, envelope, takes=True)
        elif owner == customer:
            return
        elif not self.is_known(owner):
            self._merge(owner, customer, envelope)
        else:
            self._refuse(pair, "known_to_another", customer, envelope)

    def _claim(self, pair: Pair, customer: int, envelope: Envelope) -> None:
        """Link an address that a browser told, if it is free and the customer has none (rule 4)."""
        owner = self._owner(pair)
        if owner == customer:
            return
        if pair in self._owners:
            self._refuse(pair, "known_to_another", customer, envelope)
        elif {pair[0], UNPROVEN + pair[0]} & self._types[customer]:
            self._refuse(pair, "not_trusted", customer, envelope)
        else:
            self._link(pair, customer, envelope, proven=False)

    def _link(
        self,
        pair: Pair,
        customer: int,
        envelope: Envelope,
        *,
        proven: bool = True,
        takes: bool = False,
    ) -> None:
        self.links.append(NewLink(pair, customer, envelope, proven, takes))
        self._owners[pair] = customer
        self._types[customer].add(pair[0] if proven else UNPROVEN + pair[0])
        if proven:
            self._unproven.discard(pair)
        else:
            self._unproven.add(pair)

    def _merge(self, anonymous: int, into: int, envelope: Envelope) -> None:
        self._now_is[anonymous] = into
        self._types[into] |= self._types[anonymous]
        self.merges.append((anonymous, into, envelope))

    def _refuse(self, pair: Pair, reason: str, customer: int, envelope: Envelope) -> None:
        self.refusals.append((customer, Refusal(pair, reason), envelope))
