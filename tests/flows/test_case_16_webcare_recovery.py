"""Case 16: a negative mention becomes a case with a response time; its plan follows the kind of customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keskio.engine.pressure import Quiet, Rules
from keskio.kernel.clock import VirtualClock, from_micros
from keskio.kernel.sql import fetch
from keskio.listen.actions import take_in as take_in_posts
from keskio.listen.contracts import Post, Reading
from keskio.listen.hearing import Hearing, Unread
from keskio.listen.surveys.actions import publish_survey
from keskio.listen.surveys.ready_made import ready_text
from keskio.respond.inbox.actions import close, reply
from keskio.respond.inbox.following import InboxFollower
from keskio.respond.inbox.looking import Lookout
from keskio.respond.inbox.models import Calendar, Case, Entry, Target
from keskio.respond.promises.actions import make
from keskio.respond.promises.contracts import REPLY, NewPromise
from keskio.respond.promises.following import Promises
from keskio.respond.promises.models import Promise
from keskio.respond.promises.recognising import keeping_of, recognise
from keskio.respond.recovery import actions, compensating, offering
from keskio.respond.recovery.following import Recoveries
from keskio.respond.recovery.models import Compensation, PlanRun
from keskio.respond.recovery.results import results
from keskio.talk.api import add_offer, publish_built_in, publish_playbook, set_rules
from keskio.talk.sender import Sender
from tests.flows.village import Village
from tests.listen.hearing_reader import MarkReader

pytestmark = [pytest.mark.flow, pytest.mark.django_db(transaction=True)]


class Doubting(MarkReader):
    """The reader of the tests, which takes a text with "keksitty" for made up."""

    def read(self, posts: Sequence[Unread]) -> list[Reading]:
        """Return readings in the order of `posts`."""
        import msgspec

        found = super().read(posts)
        return [
            msgspec.structs.replace(reading, motive="made_up")
            if "keksitty" in post.text
            else reading
            for post, reading in zip(posts, found, strict=True)
        ]


class Webcare(Village):
    """A bank that listens, and people who put things right."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self.senders["social"] = Sender("social", owner="webcare")
        reader = Doubting()
        self.others += [
            Hearing(lambda: reader),
            InboxFollower(),
            Lookout(),
            Recoveries(),
            Promises(),
        ]
        self.posts = 0

    def post(self, name: str, text: str) -> Case:
        """Let a customer complain in public, and return the case of it."""
        self.posts += 1
        told = Post(
            source="mastodon",
            source_id=f"status-{self.posts}",
            text=text,
            at=self.clock.micros(),
            author=f"@{name}@example.social",
            author_key=f"key-{name}",
            channel="mastodon",
            thread_id=f"thread-{self.posts}",
            extra={"user_id": name},
        )
        assert take_in_posts([told]) == 1
        self.settle()
        return Case.objects.latest("pk")

    def bought(self, name: str, times: int = 1) -> None:
        """Let a customer buy."""
        for _ in range(times):
            self.tell(name, "Order Completed", total=80)
        self.settle()

    def answer(self, case: Case, text: str, *, public: bool = False) -> Entry:
        """Answer as a person of webcare."""
        entry = reply(case.pk, text, by="anna", public=public)
        self.settle()
        return entry

    def pay(self, case: Case) -> Compensation:
        """Ask for the plan's compensation, and offer it if nobody else has to agree."""
        paid = compensating.ask_compensation(self.run_of(case), by="anna")
        if paid.state == "approved":
            offering.offer(paid.pk, by="anna")
            self.settle()
            paid.refresh_from_db()
        return paid

    def run_of(self, case: Case) -> PlanRun:
        """Return how a case is being put right."""
        return PlanRun.objects.get(case_id=case.pk)

    def steps_of(self, case: Case) -> dict[str, str]:
        """Return the steps of a case's plan with where each stands."""
        return {one.key: one.state for one in self.run_of(case).steps.order_by("place")}

    def said_in(self, case: Case) -> list[tuple[str, bool]]:
        """Return the answers in a case, and whether everybody saw them."""
        found = Entry.objects.filter(case=case, kind="out").order_by("number")
        return [(entry.text, entry.is_open_to_all) for entry in found]

    def hours(self, moment: datetime | None) -> float:
        """Return how many hours away a moment is."""
        assert moment is not None
        return (moment - from_micros(self.clock.micros())) / timedelta(hours=1)


@pytest.fixture
def world(clock: VirtualClock) -> Webcare:
    clock.turn_to(datetime(2026, 6, 1, 6, 0, tzinfo=UTC))  # Monday, nine o'clock in Helsinki
    set_rules(Rules(quiet=Quiet()), by="test")
    publish_built_in()
    publish_survey(ready_text("put-right"))
    publish_playbook("was-it-put-right")
    office = Calendar.objects.create(key="office", weekly=[[["08:00", "16:00"]]] * 5 + [[], []])
    Target.objects.create(channel="social", first_minutes=120, calendar=office)
    for key in ("sorry-20", "sorry-30"):
        add_offer(key, title={"fi": "Hyvitys", "en": "Sorry"}, prefix="ANT", per_customer=9)
    actions.save_ready_plans(by="sari")
    world = Webcare(clock)
    world.person("aino")
    world.person("eero")
    world.person("ville")
    world.bought("aino", 3)
    world.bought("eero")
    return world


def test_a_negative_mention_is_a_case_with_the_response_time_of_its_channel(world: Webcare) -> None:
    case = world.post("aino", "Pankki ei vastaa, jono on loputon")
    assert (case.channel, case.kind, case.customer_id) == (
        *("social", "complaint"),
        world.people["aino"],
    )
    assert world.hours(case.due_at) == 2
    assert world.hours(world.run_of(case).respond_by) == 2


def test_the_plan_follows_the_kind_of_customer(world: Webcare) -> None:
    regular = world.post("aino", "Pankki ei vastaa, jono on loputon")
    occasional = world.post("eero", "Jono on loputon ja pankki kiinni")
    doubtful = world.post("ville", "Pankki varasti mummoni, keksitty juttu")
    plans = [world.run_of(case).plan for case in (regular, occasional, doubtful)]
    assert plans == ["regular-customer", "occasional-customer", "made-up-claim"]
    assert list(world.steps_of(regular))[:2] == ["acknowledge", "apologise"]
    assert "compensate" in world.steps_of(occasional)
    assert list(world.steps_of(doubtful)) == ["neutral", "investigate"]
    with pytest.raises(compensating.NoCompensation):
        world.pay(doubtful)


def test_a_regular_customer_is_acknowledged_and_apologised_to_first(world: Webcare) -> None:
    case = world.post("aino", "Pankki ei vastaa, jono on loputon")
    world.answer(case, "Kiitos, että kerroit. Selvitämme tämän heti.", public=True)
    assert world.steps_of(case)["acknowledge"] == "done"
    world.answer(case, "Pyydän vilpittömästi anteeksi.")
    assert world.steps_of(case) == {
        "acknowledge": "done",
        "apologise": "done",
        "explain": "waiting",
        "compensate": "waiting",
        "survey": "waiting",
    }
    assert world.said_in(case)[0][1] is True
    assert world.said_in(case)[1][1] is False


def test_compensation_in_private_within_budget_and_not_twice(world: Webcare) -> None:
    case = world.post("eero", "Jono on loputon ja pankki kiinni")
    with pytest.raises(offering.InPublic):
        world.answer(case, "Hyvitämme sinulle 20 euroa!", public=True)
    assert world.said_in(case) == []
    paid = world.pay(case)
    ((text, is_public),) = world.said_in(case)
    assert (paid.state, is_public, paid.code in text) == ("offered", False, True)
    world.tell("eero", "coupon.redeemed", code=paid.code, value=20)
    world.settle()
    paid.refresh_from_db()
    assert paid.state == "accepted"
    close(case.pk, by="anna")
    world.wait(days=100)
    again = world.post("eero", "Taas jono, pankki ei opi")
    asked = world.pay(again)
    assert (asked.state, [why for why, _ in asked.why_approval]) == (
        "asked",
        ["twice_in_12_months"],
    )
    compensating.approve(asked.pk, by="sari")
    offering.offer(asked.pk, by="anna")
    assert Compensation.objects.filter(state__in=("accepted", "offered")).count() == 2


def promise_in(world: Webcare, case: Case, entry: Entry) -> Promise:
    """Confirm the promise in an answer, as the composer does."""
    (found,) = recognise(entry.text, "fi", world.clock.micros())
    return make(
        NewPromise(
            customer=case.customer_id,
            text=found.text,
            due_at=found.due_at,
            origin=REPLY,
            key=f"{case.pk}.{entry.number}",
            by="anna",
            owner="anna",
            channel=case.channel,
            case=case.pk,
            keeping=keeping_of(found.text, case.pk),
        )
    )


def test_a_promise_in_a_reply_is_tracked_until_it_is_kept(world: Webcare) -> None:
    case = world.post("aino", "Pankki ei vastaa, jono on loputon")
    entry = world.answer(case, "Pahoittelut! Palaamme asiaan huomenna klo 12 mennessä.")
    promise = promise_in(world, case, entry)
    assert world.hours(promise.due_at) == 27
    world.wait(hours=20)
    assert Promise.objects.get().state == "open"
    world.answer(case, "Tässä lupaamani vastaus: jono johtui häiriöstä.")
    assert Promise.objects.get().state == "kept"


def test_a_broken_promise_holds_campaigns_back_until_it_is_put_right(world: Webcare) -> None:
    case = world.post("aino", "Pankki ei vastaa, jono on loputon")
    promise_in(world, case, world.answer(case, "Palaamme asiaan huomenna klo 12 mennessä."))
    for _ in range(4):
        world.wait(hours=7)
    promise = Promise.objects.get()
    assert (promise.state, promise.repair_case_id) == ("broken", case.pk)
    held = "SELECT count(*) FROM contact_heldback WHERE reason = 'open_promise_broken'"
    assert fetch(held)[0][0] == 1
    told = Entry.objects.filter(case=case, what__startswith="promise_").order_by("number")
    assert [entry.what for entry in told] == ["promise_reminded", "promise_broken"]
    close(case.pk, by="anna")
    world.settle()
    assert fetch(held)[0][0] == 0


def test_afterwards_it_is_asked_whether_it_was_put_right_and_the_result_measured(
    world: Webcare,
) -> None:
    case = world.post("eero", "Jono on loputon ja pankki kiinni")
    world.pay(case)
    close(case.pk, by="anna")
    world.wait(days=2)
    assert world.steps_to("eero")[-1:] != ["ask"]
    world.wait(days=1)
    assert world.run_of(case).follow_up_at is None
    world.wait(hours=1)
    (step, text) = world.texts_to("eero")[-1]
    assert (step, "Kuinka tyytyväinen" in text) == ("ask", True)
    world.reply("eero", "5", channel="email")
    world.settle()
    assert world.run_of(case).satisfied == 1.0
    world.wait(days=30)
    world.bought("eero")
    world.wait(days=70)
    (found,) = [one for one in results() if one.plan == "occasional-customer"]
    told: dict[str, Any] = {
        "ended": found.ended,
        "satisfied": (found.satisfied.goals, found.satisfied.n),
        "bought": (found.bought.goals, found.bought.n),
        "cents": found.cents,
    }
    assert told == {"ended": 1, "satisfied": (1, 1), "bought": (1, 1), "cents": 2000}
    assert found.satisfied_more.verdict == "not_enough"
