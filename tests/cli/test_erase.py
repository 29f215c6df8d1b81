"""`keskio know erase` and the export of everything by their output."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from keskio.cli import know as verbs
from keskio.cli import privacy
from keskio.know.api import customer_by, find_or_create
from keskio.know.privacy.forgetting import list_file

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def installation(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The tests' own database in the place of an installation."""
    for module in (verbs, privacy):
        monkeypatch.setattr(module, "use_installation", lambda **_: None)
    yield
    list_file().unlink(missing_ok=True)


def aino() -> int:
    return find_or_create([("crm", "K1")], traits={"name": "Aino Virtanen"})


def run(*arguments: str, said: str = "") -> tuple[int, bytes, str]:
    result = CliRunner().invoke(verbs.know, arguments, input=said)
    return result.exit_code, result.stdout_bytes, result.stderr


def test_erase_prints_the_receipt_and_a_replay_forgets_again() -> None:
    customer = aino()

    code, out, _ = run("erase", str(customer), "--reason", "asked", "--yes")

    assert code == 0
    assert f"Customer {customer} is forgotten" in out.decode()
    assert "know_link: 1" in out.decode()
    aino()
    code, out, _ = run("erase", "--replay")
    assert (code, out.decode().splitlines()[-1]) == (0, "1 people were there again.")
    assert customer_by("crm", "K1") is None


def test_erase_asks_and_does_nothing_without_a_yes() -> None:
    customer = aino()
    assert run("erase", str(customer), said="n\n")[0] == 1
    assert customer_by("crm", "K1") == customer
    assert run("erase")[0] == 2
    assert run("erase", "4711", "--yes")[0] == 1


def test_export_has_every_table_and_comes_packed_too() -> None:
    customer = aino()

    code, out, _ = run("export", str(customer))
    assert code == 0
    assert set(json.loads(out)["held"]) == {"know_customer", "know_link", "events_event"}

    code, out, _ = run("export", str(customer), "--format", "zip", "--language", "en")
    packed = zipfile.ZipFile(io.BytesIO(out))
    assert "<h1>Your data</h1>" in packed.read("everything.html").decode()
