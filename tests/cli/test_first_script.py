"""The script at the root, `./keskio`, on machines that lack something."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "keskio"


@pytest.fixture
def script(tmp_path: Path) -> ModuleType:
    """The script as a module, in a checkout with nothing in it."""
    loader = SourceFileLoader("first_script", str(SCRIPT))
    spec = spec_from_loader("first_script", loader)
    assert spec
    module = module_from_spec(spec)
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    here = tmp_path / "checkout"
    for name, place in {
        "HERE": here,
        "VENV": here / ".venv",
        "PYTHON": here / ".venv/bin/python",
        "SOURCES": here / "src",
        "PACKAGE": here / "src/keskio",
        "FRONTEND": here / "frontend",
        "BUILT": here / "src/keskio/web/static/built",
        "REQUIREMENTS": here / "requirements",
    }.items():
        setattr(module, name, place)
    (here / "requirements").mkdir(parents=True)
    (here / ".venv/bin").mkdir(parents=True)
    for name in ("base", "dev", "bench", "node", "uv"):
        (here / "requirements" / f"{name}.txt").write_text(f"# {name}\n")
    return module


def test_old_python_is_told_of() -> None:
    code = SCRIPT.read_text().replace("(3, 11)", "(3, 99)")
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "Python 3.11 or newer is needed" in told.stderr


def test_missing_venv_is_told_of_in_one_line(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(SystemExit) as left:
        script.make_environment()
    asked = "" if os.getuid() == 0 else "sudo "
    version = "{}.{}".format(*sys.version_info)
    assert left.value.code == (
        f"keskio: Python's venv is missing. Install it: {asked}apt-get install python{version}-venv"
    )


def test_list_that_is_installed_is_left_alone(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[object]] = []
    monkeypatch.setattr(script, "runs", lambda command, **_: ran.append(command) or True)
    monkeypatch.setattr(script, "environment_of_uv", dict)
    script.install("base")
    assert len(ran) == 2  # uv was not found, so pip came after it
    script.install("base")
    assert len(ran) == 2
    (script.REQUIREMENTS / "base.txt").write_text("# changed\n")
    script.install("base")
    assert len(ran) > 2


def test_larger_list_holds_the_smaller(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[object]] = []
    monkeypatch.setattr(script, "runs", lambda command, **_: ran.append(command) or True)
    script.mark_installed("dev")
    script.install("base")
    assert ran == []


def test_index_that_cannot_be_reached_is_told_of(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "runs", lambda *_args, **_more: False)
    with pytest.raises(SystemExit) as left:
        script.install("base")
    assert left.value.code == (
        "keskio: base.txt could not be installed: is a package index reachable?"
    )
    assert not script.is_installed("base")


def front_end(script: ModuleType) -> None:
    (script.FRONTEND / "src").mkdir(parents=True)
    (script.FRONTEND / "package.json").write_text("{}")
    (script.FRONTEND / "package-lock.json").write_text("{}")


def test_front_end_is_built_only_when_its_sources_are_newer(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    front_end(script)
    built: list[object] = []

    def build(npm: list[str]) -> bool:
        script.BUILT.mkdir(parents=True, exist_ok=True)
        (script.BUILT / "manifest.json").write_text("{}")
        built.append(npm)
        return True

    monkeypatch.setattr(script, "find_npm", lambda: ["npm"])
    monkeypatch.setattr(script, "built_with", build)
    monkeypatch.setattr(script, "runs", lambda *_args, **_more: True)
    script.build_front_end()
    script.build_front_end()
    assert built == [["npm"]]
    source = script.FRONTEND / "src" / "site.ts"
    source.write_text("")
    later = (script.BUILT / "manifest.json").stat().st_mtime + 10
    os.utime(source, (later, later))
    script.build_front_end()
    assert built == [["npm"], ["npm"]]


@pytest.mark.parametrize(
    ("is_built", "sentence"),
    [
        (True, "the one built earlier is used."),
        (False, "pages show without style."),
    ],
)
def test_build_that_fails_stops_nothing(
    script: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    is_built: bool,
    sentence: str,
) -> None:
    front_end(script)
    if is_built:
        script.BUILT.mkdir(parents=True)
        (script.BUILT / "manifest.json").write_text("{}")
        os.utime(script.BUILT / "manifest.json", (0, 0))
    monkeypatch.setattr(script, "find_npm", lambda: ["npm"])
    monkeypatch.setattr(script, "built_with", lambda _npm: False)
    script.build_front_end()
    assert capsys.readouterr().err.rstrip().endswith(sentence)
