"""Publishing against whatever comes between: drafts, second eyes, plans, half-done changes, undoing.

A stateful machine does these in any order while people enter, answer and wait. After each step the books
balance, nobody is lost or inside twice, nobody has had a message of an enrolment twice, no published
version has changed, and nothing is live that the rules of review would not have let through.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.db import transaction
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from keskio.engine.dialogue.migrating import Instruction, Plan
from keskio.kernel.clock import VirtualClock
from keskio.kernel.sql import fetch
from keskio.talk.models import Change, Dialogue, Enrolment, Version
from keskio.talk.publishing.changing import Carrier, NotUndoable, undo_change, undo_plan_of
from keskio.talk.publishing.drafts import (
    NotOpen,
    Overtaken,
    create_draft,
    discard_draft,
    save_draft,
)
from keskio.talk.publishing.models import Draft
from keskio.talk.publishing.plans import CannotMove
from keskio.talk.publishing.publishing import NeedsSecond, publish_draft, publish_text
from keskio.talk.publishing.review import (
    NotAsked,
    OwnDraft,
    agree,
    ask_for_review,
    set_needs_second,
)
from tests.talk.publishing.test_changing import balanced, programme
from tests.talk.world import World

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
PEOPLE = ("aino", "eero", "siiri")
WRITERS = ("onni", "ville")
ONCE = """
    SELECT enrolment_id, step, count(*) FROM talk_message
    WHERE state NOT IN ('withdrawn', 'failed') GROUP BY enrolment_id, step
"""
NEGATIVE = "SELECT version_id, step, outcome, count FROM talk_tally WHERE count < 0"
people, writers = st.sampled_from(PEOPLE), st.sampled_from(WRITERS)
texts = st.builds(
    programme,
    text=st.sampled_from(["Muistutus", "Uusi"]),
    days=st.sampled_from([2, 10]),
    think=st.booleans(),
).map(lambda text: text.replace("trigger:", "reentry: after_end\ntrigger:"))
instructions = st.sampled_from(
    [
        Instruction(),
        Instruction(due_now=True),
        Instruction("stay"),
        Instruction("exit"),
        Instruction("move", "remind"),
        Instruction("move", "rest"),
    ]
)
plans = st.none() | st.builds(
    Plan,
    st.dictionaries(st.sampled_from(["offer", "think", "remind", "rest"]), instructions),
    st.sampled_from([Instruction(), Instruction("stay")]),
)


class PublishingMachine(RuleBasedStateMachine):
    """A company that publishes while its dialogue runs; everything is undone after each example."""

    clock: ClassVar[VirtualClock]

    @initialize(text=texts)
    def begin(self, text: str) -> None:
        self.all = transaction.atomic()
        self.all.__enter__()
        self.clock.turn_to(START)
        self.world = World(self.clock)
        for name in PEOPLE:
            self.world.person(name)
        publish_text(text, by="onni")
        self.documents: dict[int, str] = dict(Version.objects.values_list("pk", "document"))
        self.drafts: list[int] = []
        self.agreed: set[tuple[int, int]] = set()
        self.is_strict = False

    # the company's days

    @rule(person=people)
    def enter(self, person: str) -> None:
        self.world.tell(person, "Asked")

    @rule(person=people, word=st.sampled_from(["Kiitos", "STOP", "START"]))
    def answer(self, person: str, word: str) -> None:
        self.world.reply(person, word)

    @rule()
    def claim_only(self) -> None:
        self.world.run()

    @rule(days=st.integers(0, 6))
    def pass_time(self, days: int) -> None:
        self.world.wait(days=days, hours=1)

    # writing

    @rule(text=texts, by=writers)
    def write(self, text: str, by: str) -> None:
        self.drafts.append(create_draft(text, by=by).pk)

    @precondition(lambda self: self.drafts)
    @rule(data=st.data(), text=texts, by=writers, behind=st.booleans())
    def save(self, data: st.DataObject, text: str, by: str, behind: bool) -> None:
        draft = self._one(data)
        revision = draft.revision - behind
        try:
            save_draft(draft.pk, text, revision=revision, by=by)
        except NotOpen:
            assert draft.state not in ("open", "asked")
        except Overtaken:
            assert behind

    @precondition(lambda self: self.drafts)
    @rule(data=st.data(), by=writers)
    def ask(self, data: st.DataObject, by: str) -> None:
        draft = self._one(data)
        try:
            ask_for_review(draft.pk, by=by)
        except NotOpen:
            assert draft.state not in ("open", "asked")

    @precondition(lambda self: self.drafts)
    @rule(data=st.data(), by=st.sampled_from([*WRITERS, "helmi"]))
    def agree(self, data: st.DataObject, by: str) -> None:
        draft = self._one(data)
        try:
            agree(draft.pk, revision=draft.revision, by=by)
        except (NotAsked, NotOpen):
            assert draft.state != "asked"
        except OwnDraft:
            assert by in WRITERS
        else:
            self.agreed.add((draft.pk, draft.revision))

    @precondition(lambda self: self.drafts)
    @rule(data=st.data())
    def discard(self, data: st.DataObject) -> None:
        draft = self._one(data)
        try:
            discard_draft(draft.pk, by="onni")
        except NotOpen:
            assert draft.state not in ("open", "asked")

    @rule(needed=st.booleans())
    def ask_for_second_eyes(self, needed: bool) -> None:
        set_needs_second(needed, by="onni")
        self.is_strict = needed

    # publishing

    @precondition(lambda self: self.drafts)
    @rule(data=st.data(), plan=plans)
    def publish(self, data: st.DataObject, plan: Plan | None) -> None:
        draft = self._one(data)
        may = not self.is_strict or (draft.pk, draft.revision) in self.agreed
        before = self._written()
        try:
            version = publish_draft(draft.pk, revision=draft.revision, by="onni", plan=plan).version
        except NotOpen:
            assert draft.state not in ("open", "asked")
        except NeedsSecond:
            assert not may
        except CannotMove:
            assert plan is not None
            assert self._written() == before
        else:
            assert may
            self.documents.setdefault(version.pk, draft.text)

    @rule(turns=st.integers(1, 3))
    def carry(self, turns: int) -> None:
        for _ in range(turns):
            Carrier().turn(self.clock.micros())  # another process each time
        self.world.run()

    @rule()
    def carry_all(self) -> None:
        for _ in range(40):
            again = Carrier().turn(self.clock.micros())
            self.world.run()
            if not again and not self._under_way():
                return
        raise AssertionError("a change does not come to an end")

    @precondition(lambda self: Change.objects.exists())
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        change = Change.objects.get(pk=data.draw(st.sampled_from(self._changes())))
        foreseen = undo_plan_of(change.pk)
        try:
            undo_change(change.pk, by="helmi")
        except NotUndoable:
            assert change.state != "done"
            return
        if self._under_way() == 1:
            inside = Enrolment.objects.filter(status=0).count()
            self.carry_all()
            taken = "SELECT count(*) FROM talk_moved WHERE change_id = %s AND undone = 'back'"
            assert fetch(taken, (change.pk,))[0][0] <= foreseen.all_back
            assert Enrolment.objects.filter(status=0).count() <= inside + foreseen.taken_out + 3

    # what always holds

    @invariant()
    def the_books_balance(self) -> None:
        assert balanced()
        assert fetch(NEGATIVE) == []

    @invariant()
    def nobody_is_lost_or_inside_twice(self) -> None:
        entered = (
            "SELECT coalesce(sum(count), 0) FROM talk_tally WHERE step = '' AND outcome = 'entered'"
        )
        assert fetch(entered)[0][0] == Enrolment.objects.count()
        inside = Counter(Enrolment.objects.filter(status=0).values_list("customer_id", flat=True))
        assert set(inside.values()) <= {1}
        assert not Enrolment.objects.filter(status=3).exists()

    @invariant()
    def nobody_gets_a_message_twice(self) -> None:
        assert [row for row in fetch(ONCE) if row[2] > 1] == []

    @invariant()
    def versions_never_change(self) -> None:
        assert self._written() == self.documents
        assert Dialogue.objects.get().live_version_id in self.documents

    def teardown(self) -> None:
        if not hasattr(self, "all"):
            return
        try:
            self.carry_all()
            self.world.wait(days=40)
            self.the_books_balance()
            self.nobody_gets_a_message_twice()
            assert not Enrolment.objects.filter(status=0).exists(), "somebody waits for ever"
        finally:
            transaction.set_rollback(True)
            self.all.__exit__(None, None, None)

    def _one(self, data: st.DataObject) -> Draft:
        return Draft.objects.get(pk=data.draw(st.sampled_from(self.drafts)))

    def _written(self) -> dict[int, Any]:
        return dict(Version.objects.values_list("pk", "document"))

    def _changes(self) -> list[int]:
        return list(Change.objects.order_by("id").values_list("pk", flat=True))

    def _under_way(self) -> int:
        return Change.objects.filter(state__in=("carrying", "undoing")).count()


def test_publishing_holds_whatever_comes_between(db: None, clock: VirtualClock) -> None:
    PublishingMachine.clock = clock
    run_state_machine_as_test(
        PublishingMachine,
        settings=settings(
            max_examples=12, stateful_step_count=18, deadline=None, phases=[Phase.generate]
        ),
    )
