"""Everything about a person: complete, readable, and nobody else's."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from keskio.kernel.clock import VirtualClock
from keskio.know.api import everything_about, export_as, find_or_create
from keskio.know.privacy.erasing import begin, run_to_end
from keskio.know.privacy.forgetting import list_file
from tests.know.privacy.test_erasing import clean_folder, settle_everywhere

__all__ = ["clean_folder"]
pytestmark = pytest.mark.django_db(transaction=True)
HELD = {
    "channels.simulator",
    "events_event",
    "events_spooled",
    "imports_fault",
    "imports_import",
    "know_consent",
    "know_customer",
    "know_link",
    "objects_object",
    "privacy_demand",
    "privacy_notice",
    "respond_task",
    "segments_membership",
    "talk_enrolment",
    "talk_message",
    "tracking_quarantined",
}


def test_an_export_has_every_table_and_nobody_else(clock: VirtualClock) -> None:
    _, aino, _ = settle_everywhere(clock)

    told = everything_about(aino)

    assert told is not None
    assert set(told["held"]) >= HELD
    assert {row["customer_id"] for row in told["held"]["talk_message"]} == {aino}
    assert told["held"]["know_customer"][0]["traits"]["name"] == "Aino Virtanen"
    assert told["held"]["know_consent"][0]["at"] == "2026-03-02T07:00:00+00:00"
    assert "eero@example.com" not in json.dumps(told["held"]["events_event"])


@pytest.mark.parametrize(
    ("language", "title"), [("fi", "Tietosi"), ("sv", "Dina uppgifter"), ("en", "Your data")]
)
def test_the_packed_export_has_a_page_to_read_and_the_json(
    clock: VirtualClock, language: str, title: str
) -> None:
    aino = find_or_create([("crm", "K1")], traits={"name": "Aino <b>Virtanen</b>"})
    told = everything_about(aino)
    assert told is not None

    packed = zipfile.ZipFile(io.BytesIO(export_as("zip", told, language)))

    assert packed.namelist() == ["everything.html", "everything.json"]
    page = packed.read("everything.html").decode()
    assert f"<h1>{title}</h1>" in page
    assert "Aino &lt;b&gt;Virtanen&lt;/b&gt;" in page
    assert json.loads(packed.read("everything.json"))["customer"] == aino


def test_nobody_has_no_export_and_the_forgotten_only_a_number(clock: VirtualClock) -> None:
    assert everything_about(4711) is None
    aino = find_or_create([("crm", "K1")], traits={"name": "Aino Virtanen"})
    run_to_end(begin(aino, reason="", by="admin").pk)

    told = everything_about(aino)

    assert told is not None
    assert set(told["held"]) == {"know_customer"}
    assert told["held"]["know_customer"][0]["name"] == ""
    list_file().unlink()
