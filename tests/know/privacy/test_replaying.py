"""After a backup from before has been put back, the forgotten are forgotten again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from keskio.kernel.clock import VirtualClock
from keskio.know.api import customer_by, find_or_create
from keskio.know.privacy.erasing import begin, run_to_end
from keskio.know.privacy.forgetting import list_file
from keskio.know.privacy.replaying import replay

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def clean_list() -> Iterator[None]:
    yield
    list_file().unlink(missing_ok=True)


def test_the_forgotten_are_found_by_digest_whatever_their_numbers(clock: VirtualClock) -> None:
    aino = find_or_create([("crm", "K1")], traits={"email": "aino@example.com"})
    run_to_end(begin(aino, reason="asked", by="admin", block=True).pk)
    # The backup: the same person, and another, by other numbers.
    again = find_or_create([("crm", "K1")], traits={"email": "aino@example.com"})
    eero = find_or_create([("crm", "K2")])

    (erasure,) = replay(by="operator")

    assert (erasure.records, erasure.state, erasure.is_replay, erasure.is_blocked) == (
        [again],
        "done",
        True,
        True,
    )
    assert customer_by("crm", "K1") is None
    assert customer_by("crm", "K2") == eero
    assert list(replay(by="operator")) == []


def test_a_torn_line_does_not_hide_the_others(clock: VirtualClock) -> None:
    aino = find_or_create([("crm", "K1")])
    run_to_end(begin(aino, reason="", by="admin").pk)
    with list_file().open("ab") as file:
        file.write(b'{"at": "2026')
    find_or_create([("crm", "K1")])

    assert len(list(replay(by="operator"))) == 1
