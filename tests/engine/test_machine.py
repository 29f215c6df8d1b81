"""The engine and its world led step by step by Hypothesis, with the laws held after each."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.engine.programs import EVENTS, MINUTES, PROPERTIES, SAID, SPEECH, STATES, rules_from
from tests.engine.test_laws import NAMES, SEEDS, two
from tests.engine.world import World

PEOPLE = st.sampled_from(NAMES)
WHICH = st.integers(0, 20)


class Talking(RuleBasedStateMachine):
    """People inside two dialogues at once, to whom anything may come in any order."""

    @initialize(seed=SEEDS)
    def begin(self, seed: int) -> None:
        self.world = World(two(seed), rules_from(seed))

    @rule(name=PEOPLE, properties=st.sampled_from(PROPERTIES))
    def invite(self, name: str, properties: dict[str, object]) -> None:
        self.world.come(name, ("invite", properties))

    @rule(name=PEOPLE, which=WHICH)
    def do_what_is_awaited(self, name: str, which: int) -> None:
        self.world.come(name, ("apt", which))

    @rule(name=PEOPLE, event=st.sampled_from(EVENTS), properties=st.sampled_from(PROPERTIES))
    def let_happen(self, name: str, event: str, properties: dict[str, object]) -> None:
        self.world.come(name, ("event", (event, properties)))

    @rule(name=PEOPLE, channel=st.sampled_from(SPEECH), text=st.sampled_from(SAID))
    def reply(self, name: str, channel: str, text: str) -> None:
        self.world.come(name, ("reply", (channel, text)))

    @rule(name=PEOPLE, which=WHICH, state=st.sampled_from(STATES))
    def report(self, name: str, which: int, state: str) -> None:
        self.world.come(name, ("report", (which, state)))

    @rule(name=PEOPLE, which=WHICH, result=st.sampled_from(["done", "declined", "won"]))
    def answer_a_task(self, name: str, which: int, result: str) -> None:
        self.world.come(name, ("task", (which, result)))

    @rule(name=PEOPLE, which=WHICH)
    def bring_a_signal_again(self, name: str, which: int) -> None:
        self.world.come(name, ("again", which))

    @rule(name=PEOPLE, channel=st.sampled_from(SPEECH))
    def stop(self, name: str, channel: str) -> None:
        self.world.come(name, ("stop", channel))

    @rule(
        name=PEOPLE, channel=st.sampled_from(SPEECH), state=st.sampled_from(["given", "withdrawn"])
    )
    def change_a_consent(self, name: str, channel: str, state: str) -> None:
        self.world.come(name, ("consent", ("marketing", channel, state)))

    @rule(name=PEOPLE, which=WHICH)
    def take_out(self, name: str, which: int) -> None:
        self.world.come(name, ("remove", which))

    @rule(minutes=st.sampled_from(MINUTES), standstill=st.booleans())
    def pass_time(self, minutes: int, standstill: bool) -> None:
        self.world.pass_time(minutes, standstill=standstill)

    @invariant()
    def the_laws_hold(self) -> None:
        if hasattr(self, "world"):
            self.world.balance()
            self.world.hold_caps()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.replay()


TestTalking = Talking.TestCase
TestTalking.settings = settings(stateful_step_count=40)
