"""A person's answer in social media: through the ledger and the real sender to a real small server."""

from __future__ import annotations

import threading
import time

from keskio.channels.api import add_account
from keskio.kernel.sql import fetch
from keskio.talk.api import answer
from keskio.talk.sending import SendingThread
from tests.servers.mastodon import TOKEN, Mastodon, mastodon

PATIENCE = 300.0


def send_until(state: str, message: int) -> str:
    """Let the sender work until the message is in `state`; return its number at the provider."""
    stop = threading.Event()
    thread = threading.Thread(target=SendingThread("social", owner="me").run, args=[stop])
    thread.start()
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            sql = "SELECT state, provider_id FROM talk_message WHERE id = %s"
            [(found, number)] = fetch(sql, (message,))
            if found == state:
                return str(number)
            assert time.monotonic() < deadline, found
            time.sleep(0.02)
    finally:
        stop.set()
        thread.join()


def answered(there: Mastodon) -> int:
    add_account(
        provider="mastodon", name="M", settings={"url": there.url}, secrets={"token": TOKEN}
    )
    asked = there.write("Pyörä hajosi")
    return answer(
        customer=0,
        channel="social",
        to="@aino@esimerkki.example",
        text="Korjataan heti!",
        case=7,
        number=1,
        by="sari",
        in_reply_to=str(asked),
    )


def test_a_public_answer_is_posted_once_though_its_first_outcome_is_lost(
    transactional_db: None,
) -> None:
    with mastodon() as there:
        there.lose_answer = 1
        message = answered(there)
        number = send_until("sent", message)
        posted = [status for status in there.statuses.values() if status["in_reply_to_id"]]
    assert [status["id"] for status in posted] == [number]
    assert posted[0]["content"] == "<p>@aino@esimerkki.example Korjataan heti!</p>"


def test_a_public_answer_that_stays_lost_is_unknown_and_not_sent_again(
    transactional_db: None,
) -> None:
    with mastodon() as there:
        there.lose_answer = 3
        message = answered(there)
        send_until("unknown", message)
        send_until("unknown", message)
        posted = [status for status in there.statuses.values() if status["in_reply_to_id"]]
    assert (len(posted), there.calls.count("POST /api/v1/statuses")) == (1, 3)
