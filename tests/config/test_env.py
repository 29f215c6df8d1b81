from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from keskio.config.catalogue import CATALOGUE
from keskio.config.env import WrongSetting, read_settings, secret_key

RIGHT = [
    ("KESKIO_PORT", "9000", "port", 9000),
    ("KESKIO_HOST", "0.0.0.0", "host", "0.0.0.0"),
    ("KESKIO_DEMO", "yes", "demo", True),
    ("KESKIO_DEBUG", "off", "debug", False),
    ("KESKIO_HTTPS", "1", "https", True),
    ("KESKIO_SOURCES_INSIDE", "yes", "sources_inside", True),
    ("KESKIO_PROXIES", "2", "proxies", 2),
    ("KESKIO_LANGUAGE", "en", "language", "en"),
    ("KESKIO_TIME_ZONE", "Europe/Stockholm", "time_zone", "Europe/Stockholm"),
    ("KESKIO_PHONE_REGION", "se", "phone_region", "SE"),
    ("KESKIO_WEB_THREADS", "16", "web_threads", 16),
    ("KESKIO_SPOOL_DAYS", "7", "spool_days", 7),
    ("KESKIO_LAKE_MEMORY", "4GB", "lake_memory", "4GB"),
    ("KESKIO_LAKE_THREADS", "8", "lake_threads", 8),
    ("KESKIO_SPARK_MASTER", "spark://host:7077", "spark_master", "spark://host:7077"),
    ("KESKIO_LOG_LEVEL", "DEBUG", "log_level", "DEBUG"),
    ("KESKIO_PUBLIC_URL", "https://a.example/", "public_url", "https://a.example"),
    ("KESKIO_ALLOWED_HOSTS", "a.example, b.example", "allowed_hosts", ["a.example", "b.example"]),
    ("KESKIO_TRUSTED_ORIGINS", "https://c.example", "trusted_origins", ["https://c.example"]),
    ("KESKIO_DATABASE_URL", "postgres://db/keskio", "database_url", "postgres://db/keskio"),
    ("KESKIO_SECRET_KEY", "x" * 40, "secret_key", "x" * 40),
    ("KESKIO_DATA", "/srv/keskio", "data", Path("/srv/keskio")),
    ("KESKIO_SETTINGS", "/etc/keskio.toml", "settings", "/etc/keskio.toml"),
]
WRONG = [
    ("KESKIO_PORT", "many", "'many': write a whole number from 1 to 65535."),
    ("KESKIO_PORT", "70000", "'70000': write a whole number from 1 to 65535."),
    ("KESKIO_DEMO", "perhaps", "'perhaps': write yes or no."),
    ("KESKIO_DEBUG", "", "'': write yes or no."),
    ("KESKIO_HTTPS", "2", "'2': write yes or no."),
    ("KESKIO_PROXIES", "-1", "'-1': write a whole number from 0 to 9."),
    ("KESKIO_LANGUAGE", "sv", "'sv': write one of fi, en."),
    (
        "KESKIO_TIME_ZONE",
        "Helsinki",
        "'Helsinki': write a time zone such as Europe/Helsinki.",
    ),
    ("KESKIO_PHONE_REGION", "358", "'358': write the two letters of a country, such as FI."),
    ("KESKIO_WEB_THREADS", "0", "'0': write a whole number from 1 to 64."),
    (
        "KESKIO_LOG_LEVEL",
        "LOUD",
        "'LOUD': write one of DEBUG, INFO, WARNING, ERROR.",
    ),
    (
        "KESKIO_PUBLIC_URL",
        "a.example",
        "'a.example': write an address such as https://dialogues.example.com.",
    ),
    (
        "KESKIO_TRUSTED_ORIGINS",
        "c.example",
        "'c.example': write an address such as https://dialogues.example.com.",
    ),
    (
        "KESKIO_DATABASE_URL",
        "mysql://root:hush@db/x",
        "not usable: write postgres://user:password@host/name, or leave it out to use SQLite.",
    ),
    (
        "KESKIO_SECRET_KEY",
        "hush",
        "not usable: write at least 40 characters that nobody can guess.",
    ),
    ("KESKIO_DATA", __file__, f"{__file__!r}: this is a file; write the path of a folder."),
]


def test_every_setting_is_tried_right() -> None:
    assert {key for _, _, key, _ in RIGHT} == {setting.key for setting in CATALOGUE}


@pytest.mark.parametrize(("variable", "given", "key", "value"), RIGHT)
def test_setting_is_read_from_the_environment(
    variable: str, given: str, key: str, value: object
) -> None:
    assert read_settings(CATALOGUE, {variable: given})[key] == value


@pytest.mark.parametrize(("variable", "given", "end"), WRONG)
def test_wrong_setting_is_told_of_in_a_sentence(variable: str, given: str, end: str) -> None:
    with pytest.raises(WrongSetting) as caught:
        read_settings(CATALOGUE, {variable: given})
    assert str(caught.value) == f"The setting {variable} is {end}"


def test_environment_comes_before_the_file_and_the_file_before_the_default(tmp_path: Path) -> None:
    file = tmp_path / "keskio.toml"
    file.write_text('port = 9001\nlanguage = "en"\ntrusted_origins = ["https://c.example"]\n')
    read = read_settings(CATALOGUE, {"KESKIO_PORT": "9002"}, file)
    assert [read["port"], read["language"], read["trusted_origins"], read["time_zone"]] == [
        9002,
        "en",
        ["https://c.example"],
        "Europe/Helsinki",
    ]


def test_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("y" * 50 + "\n")
    read = read_settings(CATALOGUE, {"KESKIO_SECRET_KEY_FILE": str(tmp_path / "key")})
    assert read["secret_key"] == "y" * 50


def test_secret_file_that_is_missing_is_told_of(tmp_path: Path) -> None:
    missing = tmp_path / "key"
    with pytest.raises(WrongSetting) as caught:
        read_settings(CATALOGUE, {"KESKIO_SECRET_KEY_FILE": str(missing)})
    assert str(caught.value) == (
        f"The setting KESKIO_SECRET_KEY_FILE names {missing}, which cannot be read:"
        " No such file or directory."
    )


@pytest.mark.parametrize("variable", ["KESKIO_PROT", "KESKIO_PORT_FILE"])
def test_unknown_variable_is_told_of(variable: str) -> None:
    with pytest.raises(WrongSetting) as caught:
        read_settings(CATALOGUE, {variable: "1"})
    assert str(caught.value) == (
        f"There is no setting {variable}, which stands in the environment: take it away or mend"
        " its spelling; docs/settings.md lists them all."
    )


@pytest.mark.parametrize("key", ["prot", "data"])
def test_unknown_key_of_the_file_is_told_of(key: str, tmp_path: Path) -> None:
    file = tmp_path / "keskio.toml"
    file.write_text(f'{key} = "1"\n')
    with pytest.raises(WrongSetting) as caught:
        read_settings(CATALOGUE, {}, file)
    assert str(caught.value) == (
        f"There is no setting {key}, which stands in {file}: take it away or mend its spelling;"
        " docs/settings.md lists them all."
    )


def test_wrong_value_in_the_file_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "keskio.toml"
    file.write_text("port = true\n")
    with pytest.raises(WrongSetting) as caught:
        read_settings(CATALOGUE, {}, file)
    assert str(caught.value) == (
        f"The setting port in {file} is True: write a whole number from 1 to 65535."
    )


def test_file_that_is_not_toml_is_told_of(tmp_path: Path) -> None:
    file = tmp_path / "keskio.toml"
    file.write_text("port: 1\n")
    with pytest.raises(WrongSetting, match=r"keskio.toml is not TOML: "):
        read_settings(CATALOGUE, {}, file)


def test_secret_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    first = secret_key(folder)
    assert len(first) == 64
    assert secret_key(folder) == first
    assert (folder / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == ["secret_key"]


def test_secret_key_is_one_though_many_make_it_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from keskio.config.env import secret_key;"
        " print(secret_key(Path(sys.argv[1])))"
    )
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "new")],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for _ in range(4)
    ]
    assert len({maker.communicate()[0] for maker in makers}) == 1
