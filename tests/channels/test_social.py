"""Answers in social media, to small real servers: what was said, to whom, and what is never said twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from keskio.channels import api
from keskio.channels.contracts import Outgoing
from keskio.channels.registry import provider_of
from keskio.kernel.errors import Mistake, Refused, Trouble
from tests.channels.accounts import account_of
from tests.channels.kannel_server import free_ports
from tests.servers.mastodon import TOKEN, Mastodon, mastodon
from tests.servers.pds import DID, HANDLE, PASSWORD, Pds, pds

AINO = "did:plc:aino"


@pytest.fixture
def there() -> Iterator[Mastodon]:
    with mastodon() as running:
        running.wants_token = TOKEN
        yield running


@pytest.fixture
def sky() -> Iterator[Pds]:
    with pds() as running:
        yield running


def answer(text: str = "Korjataan heti!", **more: Any) -> Outgoing:
    return Outgoing(**{"message": 7, "channel": "social", "to": "", "text": text, **more})


def toot(there: Mastodon, *answers: Outgoing, **settings: Any) -> Any:
    account = account_of("mastodon", url=there.url, token=TOKEN, **settings)
    return provider_of("mastodon").open(account).send(answers)


def skeet(sky: Pds, *answers: Outgoing, password: str = PASSWORD) -> Any:
    account = account_of("bluesky", url=sky.url, handle=HANDLE, password=password)
    return provider_of("bluesky").open(account).send(answers)


def test_an_answer_stands_below_what_it_answers_and_names_its_writer(there: Mastodon) -> None:
    asked = there.write("Pyörä hajosi")
    (result,) = toot(
        there, answer(to="@aino@esimerkki.example", in_reply_to=str(asked), language="fi")
    )
    made = there.statuses[int(result.provider_id)]
    assert result.state == "accepted"
    assert made["content"] == "<p>@aino@esimerkki.example Korjataan heti!</p>"
    assert (made["in_reply_to_id"], made["visibility"]) == (str(asked), "public")
    assert result.sentence == made["url"]


def test_a_direct_answer_is_for_its_receiver_only(there: Mastodon) -> None:
    (result,) = toot(there, answer(to="aino@esimerkki.example", is_direct=True))
    assert there.statuses[int(result.provider_id)]["visibility"] == "direct"


@pytest.mark.parametrize("lost", [1, 2])
def test_a_lost_answer_is_asked_for_by_the_same_key_and_posted_once(
    there: Mastodon, lost: int
) -> None:
    there.lose_answer = lost
    (result,) = toot(there, answer())
    assert (result.state, len(there.statuses)) == ("accepted", 1)
    assert result.provider_id in {status["id"] for status in there.statuses.values()}


def test_what_stays_lost_is_unknown(there: Mastodon) -> None:
    there.lose_answer = 9
    (result,) = toot(there, answer())
    assert (result.state, len(there.statuses)) == ("unknown", 1)


def test_where_servers_know_no_keys_nothing_is_asked_twice(there: Mastodon) -> None:
    there.lose_answer = 1
    (result,) = toot(there, answer(), keys="leave")
    assert (result.state, there.calls.count("POST /api/v1/statuses")) == ("unknown", 1)


@pytest.mark.parametrize(
    ("status", "state", "permanent"),
    [
        (429, "failed", False),
        (401, "failed", False),
        (422, "refused", True),
        (500, "accepted", False),
    ],
)
def test_answers_of_a_server_say_what_became_of_the_post(
    there: Mastodon, status: int, state: str, permanent: bool
) -> None:
    there.ill = [(status, {})]
    (result,) = toot(there, answer())
    assert (result.state, result.permanent) == (state, permanent)
    assert len(there.statuses) == (state == "accepted")


def test_too_long_an_answer_is_refused_before_it_leaves(there: Mastodon, sky: Pds) -> None:
    (toot_result,) = toot(there, answer("x" * 501))
    (skeet_result,) = skeet(sky, answer("y" * 301))
    assert (toot_result.state, skeet_result.state) == ("refused", "refused")
    assert "301 characters, and 300 is the most" in skeet_result.sentence
    assert (there.calls, sky.calls) == ([], [])


def test_a_server_that_cannot_be_reached_is_trouble() -> None:
    nobody = f"http://127.0.0.1:{free_ports(1)[0]}"
    told: list[tuple[str, dict[str, Any]]] = [
        ("mastodon", {"token": TOKEN}),
        ("bluesky", {"handle": HANDLE, "password": PASSWORD}),
    ]
    for provider, secrets in told:
        transport = provider_of(provider).open(account_of(provider, url=nobody, **secrets))
        with pytest.raises(Trouble, match="cannot be reached"):
            transport.send([answer()])


def test_bluesky_answers_in_the_thread(sky: Pds) -> None:
    root = {"uri": f"at://{AINO}/app.bsky.feed.post/3kroot", "cid": "c-root"}
    sky.write(AINO, "3kaa", "Pyörä hajosi", reply={"root": root, "parent": root})
    (result,) = skeet(sky, answer(in_reply_to=f"{AINO}/3kaa", language="fi"))
    made = sky.records[result.provider_id]["value"]
    assert result.state == "accepted"
    assert made["reply"] == {
        "root": root,
        "parent": {"uri": f"at://{AINO}/app.bsky.feed.post/3kaa", "cid": "c-3kaa"},
    }
    assert (made["text"], made["langs"]) == ("Korjataan heti!", ["fi"])


def test_bluesky_signs_in_again_when_its_token_has_run_out(sky: Pds) -> None:
    account = account_of("bluesky", url=sky.url, handle=HANDLE, password=PASSWORD)
    transport = provider_of("bluesky").open(account)
    assert transport.send([answer()])[0].state == "accepted"
    sky.expired = True
    assert transport.send([answer("Toinen")])[0].state == "accepted"
    assert (sky.tokens, len(sky.records)) == (2, 2)


@pytest.mark.parametrize("way", ["lose_answer", "lose_request"])
def test_a_lost_post_of_bluesky_is_looked_for_and_made_once(sky: Pds, way: str) -> None:
    setattr(sky, way, 1)
    (result,) = skeet(sky, answer())
    assert (result.state, list(sky.records)) == ("accepted", [result.provider_id])


def test_what_stays_lost_at_bluesky_is_unknown(sky: Pds) -> None:
    sky.lose_request = 9
    (result,) = skeet(sky, answer())
    assert (result.state, sky.records) == ("unknown", {})


def test_bluesky_refuses_what_it_cannot_do(sky: Pds) -> None:
    direct, gone = skeet(
        sky, answer(is_direct=True), answer(in_reply_to=f"{AINO}/3kgone", message=8)
    )
    assert (direct.state, gone.state) == ("refused", "refused")
    (wrong,) = skeet(sky, answer(), password="wrong")
    assert (wrong.state, wrong.permanent, sky.records) == ("failed", False, {})


def test_each_answer_goes_by_the_network_of_what_it_answers(
    transactional_db: None, there: Mastodon, sky: Pds
) -> None:
    api.add_account(
        provider="mastodon", name="M", settings={"url": there.url}, secrets={"token": TOKEN}
    )
    api.add_account(
        provider="bluesky",
        name="B",
        settings={"url": sky.url, "handle": HANDLE},
        secrets={"password": PASSWORD},
    )
    sky.write(AINO, "3kaa", "Pyörä hajosi")
    asked = there.write("Pyörä hajosi")
    transport = api.transport_for("social")
    assert transport is not None
    results = transport.send(
        [answer("M", in_reply_to=str(asked)), answer("B", in_reply_to=f"{AINO}/3kaa", message=8)]
    )
    assert [result.state for result in results] == ["accepted", "accepted"]
    assert results[1].provider_id.startswith(f"at://{DID}/")
    assert there.statuses[int(results[0].provider_id)]["content"] == "<p>M</p>"


def test_settings_that_cannot_work_are_refused() -> None:
    for provider in ("mastodon", "bluesky"):
        with pytest.raises(Mistake, match="https://"):
            provider_of(provider).open(account_of(provider, url="example.com"))
        with pytest.raises(Refused):
            provider_of(provider).receive(account_of(provider), None)  # type: ignore[arg-type]
