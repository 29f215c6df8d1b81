"""The verbs `keskio dialogue publish` and `export`: files in and out, and what they say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from keskio.cli.main import main
from keskio.kernel.clock import VirtualClock
from keskio.talk.models import Change, Version
from tests.talk.publishing.test_changing import carry, inside, programme
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)
Capture = pytest.CaptureFixture[str]


def called(capsys: Capture, *arguments: str | Path, code: int = 0) -> str:
    """Call the command and return what it wrote."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(["dialogue", *map(str, arguments)])
    written = capsys.readouterr()
    assert left.value.code == code, written.err
    return written.out


def lines(written: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.splitlines()]


def put(folder: Path, text: str, name: str = "programme.yaml") -> Path:
    (folder / name).write_bytes(text.encode())
    return folder / name


def test_a_file_goes_in_and_comes_out_to_the_letter(capsys: Capture, tmp_path: Path) -> None:
    text = programme().replace("title:", "# a word for readers \ntitle:").replace("\n", "\r\n")
    assert lines(called(capsys, "publish", put(tmp_path, text), "--by", "aino")) == [
        {"dialogue": "programme", "version": 1, "published": True, "change": None}
    ]
    assert Version.objects.get(dialogue__key="programme").document == text
    assert called(capsys, "export", "programme").splitlines() == text.splitlines()
    put(tmp_path, programme(text="Uusi"))
    called(capsys, "publish", tmp_path / "programme.yaml")
    assert called(capsys, "export", "programme", "--version", "2") == programme(text="Uusi")
    called(capsys, "export", "programme", "--version", "7", code=2)


def test_what_is_wrong_is_said_and_nothing_is_published(capsys: Capture, tmp_path: Path) -> None:
    wrong = put(tmp_path, programme().replace("timeout: remind", "timeout: nowhere"))
    told, *_rest = lines(called(capsys, "publish", wrong, code=1))
    assert told["step"] == "think"
    assert not Version.objects.filter(dialogue__key="programme").exists()


def test_a_dry_run_counts_by_step_and_the_real_one_does_it(
    capsys: Capture, tmp_path: Path, clock: VirtualClock
) -> None:
    clock.turn_to(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    called(capsys, "publish", put(tmp_path, programme()))
    world = World(clock)
    for name in ("aino", "eero"):
        world.person(name)
        world.tell(name, "Asked")
    world.settle()
    new, plan = put(tmp_path, programme(think=False)), tmp_path / "plan.yaml"
    plan.write_text("everyone: follow\n")
    (fault,) = lines(called(capsys, "publish", new, "--plan", plan, code=1))
    assert fault["step"] == "think"
    plan.write_text("steps: {think: {move: remind}}\n")
    dry = lines(called(capsys, "publish", new, "--plan", plan, "--dry-run"))
    assert dry == [
        {"step": "think", "people": 2, "moved": 2},
        {"people": 2, "messages_at_once": 2},
        {"dialogue": "programme", "published": False},
    ]
    assert (Version.objects.filter(dialogue__key="programme").count(), Change.objects.count()) == (
        1,
        0,
    )
    done = lines(called(capsys, "publish", new, "--plan", plan))
    assert done[-1]["change"] == Change.objects.get().pk
    carry(world)
    world.settle()
    assert inside() == [(2, "rest"), (2, "rest")]
