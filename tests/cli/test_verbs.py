from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.contrib.auth.models import User

from keskio.cli.bench import NAMES
from keskio.cli.main import VERBS, cli, main
from keskio.events.api import append_events
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import VirtualClock
from keskio.tracking.models import Key, Source

CLEAN = {
    **{name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")},
    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
}


def run(*arguments: str, given: str = "") -> tuple[int, str]:
    """Run the command and return its exit code and what it printed."""
    result = CliRunner().invoke(cli, arguments, input=given, catch_exceptions=False)
    return result.exit_code, result.output


# `bench` hands its options on: each benchmark has help of its own.
@pytest.mark.parametrize("verb", sorted(set(VERBS) - {"bench"}))
def test_every_verb_is_there_and_says_what_it_does(verb: str) -> None:
    code, said = run(verb, "--help")
    assert code == 0
    assert said.startswith("Usage: ")


def test_every_verb_is_imported_where_no_django_is_set_up() -> None:
    """In a process of its own, as in a shell: here Django is there before any test begins."""
    modules = sorted({module.partition(":")[0] for module, *_ in VERBS.values()})
    told = "; ".join(
        ["from importlib import import_module", *(f"import_module({m!r})" for m in modules)]
    )
    ran = subprocess.run([sys.executable, "-c", told], env=CLEAN, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr.decode()) == (0, "")


def test_list_of_verbs_names_them_all() -> None:
    _, said = run("--help")
    listed = {line.split()[0] for line in said.partition("Verbs:")[2].splitlines() if line.strip()}
    assert listed >= set(VERBS)


def test_unknown_verb_is_wrong_use() -> None:
    assert run("dance")[0] == 2


@pytest.mark.django_db
def test_key_is_printed_once_and_its_source_made_once() -> None:
    _, first = run("key", "create", "--source", "Web shop")
    _, second = run("key", "create", "--source", "Web shop", "--browser")
    assert first.startswith("wk_")
    assert first != second
    assert list(Source.objects.values_list("name", flat=True)) == ["Web shop"]
    assert sorted(Key.objects.values_list("kind", flat=True)) == ["browser", "server"]


@pytest.mark.django_db
def test_events_are_exported_as_json_lines_in_order(clock: VirtualClock) -> None:
    at = clock.micros()
    append_events(
        [
            NewEvent(customer=7, name="Order Completed", at=at, body='{"properties":{"total":3}}'),
            NewEvent(customer=8, name="page.viewed", at=at - 1),
        ]
    )
    _, said = run("events", "export")
    lines = [json.loads(line) for line in said.splitlines()]
    assert [(line["customer"], line["name"], line.get("properties")) for line in lines] == [
        (7, "Order Completed", {"total": 3}),
        (8, "page.viewed", None),
    ]
    assert lines[0]["at"] == "2026-03-02T07:00:00Z"
    assert run("events", "export", "--since", "2026-03-02T07:00:01") == (0, "")


@pytest.mark.django_db
def test_user_is_made_with_a_role_and_may_sign_in() -> None:
    code, said = run(
        "user", "create", "aino", "--role", "editor", "--password-stdin", given="kesäyö-kaste-12\n"
    )
    assert (code, said) == (0, "aino may sign in now.\n")
    aino = User.objects.get(username="aino")
    assert aino.check_password("kesäyö-kaste-12")
    assert [group.name for group in aino.groups.all()] == ["editor"]


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["short", "password1234"])
def test_easy_password_is_refused_in_a_sentence(
    password: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    with pytest.raises(SystemExit) as left:
        main(["user", "create", "aino", "--password-stdin"])
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("keskio: ")
    assert not User.objects.exists()


@pytest.mark.django_db
def test_user_is_made_once() -> None:
    given = "kesäyö-kaste-12\n"
    run("user", "create", "aino", "--password-stdin", given=given)
    with pytest.raises(Exception, match=r"There is already a user 'aino': choose another name."):
        run("user", "create", "aino", "--password-stdin", given=given)


@pytest.mark.django_db
def test_doctor_says_what_is_wrong_and_how_to_mend_it(tmp_path: Path) -> None:
    code, said = run("doctor")
    assert code == 1
    assert (
        "Nobody may sign in yet: `keskio user create NAME`, or the link that `keskio up` prints."
        in said.splitlines()
    )


@pytest.mark.parametrize("name", sorted(NAMES))
def test_each_benchmark_begins_in_a_process_of_its_own(name: str) -> None:
    """Without the packages of its peers it says which it lacks; it never breaks while it is read."""
    command = (sys.executable, "-m", "keskio.cli", "bench", name, "--help")
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, "usage:" in ran.stdout) == (
        0,
        True,
    ) or "requirements/bench" in ran.stderr


def test_benchmark_that_is_not_there_is_told_of() -> None:
    code, said = run("bench", "nothing")
    assert code == 2
    assert "'nothing' is not one of " in said
