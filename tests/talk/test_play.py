"""Case 1, the bicycle shop's autumn service, through `keskio dialogue play`."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

Line = dict[str, Any]
PLAYBOOK = (
    Path(str(resources.files("keskio.talk"))) / "playbooks/bicycle-autumn-service/dialogue.yaml"
)
ENDS = "2013-03-01T12:00"  # after everything

SCRIPT: list[Line] = [
    {"customer": "silent"},
    {"customer": "english", "language": "en"},
    {"customer": "ville", "consents": {"marketing/sms": "denied", "marketing/email": "denied"}},
    {"customer": "stranger", "traits": {"earlier_customer": False}},
    {"customer": "writer", "addresses": {"email": "writer@example.fi"}},
    {"customer": "york", "zone": "America/New_York"},
    {"customer": "lost", "addresses": {}},
    # A, and a second A; the call is made
    {"at": "2012-09-12T12:00", "customer": "aino", "reply": "A"},
    {"at": "2012-09-12T12:05", "customer": "aino", "reply": "A"},
    {"at": "2012-09-13T10:00", "customer": "aino", "done": "call"},
    {"at": "2012-10-05T12:00", "customer": "aino", "reply": "A"},
    # on a Friday night, with a full stop; nobody calls
    {"at": "2012-09-14T23:30", "customer": "friday", "reply": "a."},
    # the call was made late; the call was declined
    {"at": "2012-09-12T12:00", "customer": "late-call", "reply": "(A)"},
    {"at": "2012-09-14T09:00", "customer": "late-call", "done": "call-late"},
    {"at": "2012-09-12T12:00", "customer": "declined", "reply": "A"},
    {"at": "2012-09-13T09:00", "customer": "declined", "declined": "call"},
    # B; B and then A while the offer lasts; B and then A when it has ended
    {"at": "2012-09-12T12:00", "customer": "code", "reply": " b "},
    {"at": "2012-09-12T12:00", "customer": "both", "reply": "B"},
    {"at": "2012-09-20T12:00", "customer": "both", "reply": "A"},
    {"at": "2012-09-21T12:00", "customer": "both", "done": "call"},
    {"at": "2012-09-12T12:00", "customer": "code-late", "reply": "B"},
    {"at": "2012-10-03T12:00", "customer": "code-late", "reply": "A"},
    # something else, then A
    {"at": "2012-09-12T12:00", "customer": "eero", "reply": "Ahaa kiitos"},
    {"at": "2012-09-15T12:00", "customer": "eero", "reply": "A"},
    {"at": "2012-09-17T12:00", "customer": "eero", "done": "call"},
    # something else, again and again
    {"at": "2012-09-12T12:00", "customer": "chatty", "reply": "Ahaa kiitos"},
    {"at": "2012-09-12T12:01", "customer": "chatty", "reply": "Mitä?"},
    {"at": "2012-09-12T12:02", "customer": "chatty", "reply": "En ymmärrä"},
    {"at": "2012-09-12T12:03", "customer": "chatty", "reply": "Hei?"},
    {"at": "2012-09-12T12:04", "customer": "chatty", "reply": "Haloo"},
    {"at": "2012-09-12T12:05", "customer": "chatty", "reply": "b"},
    # stops: at once; after the thanks; while held back; in the other word; and what comes after
    {"at": "2012-09-10T10:05", "customer": "stop", "reply": "STOP"},
    {"at": "2012-09-10T10:06", "customer": "stop", "reply": "A"},
    {"at": "2012-09-11T10:00", "customer": "stop", "reply": "stop"},
    {"at": "2012-09-12T12:00", "customer": "lopeta", "reply": "A"},
    {"at": "2012-09-12T23:00", "customer": "lopeta", "reply": "Lopeta."},
    {"at": "2012-11-07T10:00", "customer": "stop-late", "reply": "LOPETA"},
    {"at": "2012-11-08T10:00", "customer": "stop-late", "reply": "A"},
    # A after the end of the offer, in each of its times
    {"at": "2012-09-29T23:59", "customer": "last-minute", "reply": "A"},
    {"at": "2012-10-01T12:00", "customer": "last-minute", "done": "call"},
    {"at": "2012-09-30T00:00", "customer": "minute-late", "reply": "A"},
    {"at": "2012-10-03T12:00", "customer": "after-offer", "reply": "A"},
    {"at": "2012-11-07T12:00", "customer": "helmets", "reply": "Kyllä kiitos"},
    {"at": "2012-11-08T12:00", "customer": "helmets", "reply": "A"},
    {"at": "2012-11-25T12:00", "customer": "after-evening", "reply": "A"},
    {"at": "2013-02-10T12:00", "customer": "after-all", "reply": "A"},
    # in English, by e-mail, with a signature
    {"at": "2012-09-12T12:00", "customer": "english", "reply": "a"},
    {"at": "2012-09-13T12:00", "customer": "english", "done": "call"},
    {"at": "2012-09-12T12:00", "customer": "writer", "reply": "A\n\nTerveisin\nKirjoittaja"},
    {"at": "2012-09-13T12:00", "customer": "writer", "done": "call"},
]


def run(*arguments: str | Path, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("KESKIO_", "DJANGO_"))}
    path = os.pathsep.join(filter(None, sys.path))
    return subprocess.run(
        [sys.executable, "-m", "keskio.cli", "dialogue", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env={**clean, "PYTHONPATH": path, "KESKIO_DATA": str(folder / "nowhere"), **environ},
        check=False,
    )


def written(folder: Path, lines: list[Line], name: str = "script.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("play")


@pytest.fixture(scope="module")
def lines(folder: Path) -> list[Line]:
    done = run("play", PLAYBOOK, written(folder, SCRIPT), folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (folder / "nowhere").exists(), "a play leaves no installation behind"
    return [json.loads(line) for line in done.stdout.splitlines()]


def messages(lines: list[Line], customer: str) -> list[tuple[str, str]]:
    """Return what a customer got: the step, and when by the clock in Helsinki."""
    return [(at[:16], step) for at, step, _ in sent(lines, customer)]


def sent(lines: list[Line], customer: str) -> list[tuple[str, str, str]]:
    of_customer = [line for line in lines if line["customer"] == customer]
    return [
        (line["at"], line["step"], line["text"])
        for line in of_customer
        if line.get("effect") == "send_message"
    ]


def steps(lines: list[Line], customer: str) -> list[str]:
    return [step for _, step in messages(lines, customer)]


def tasks(lines: list[Line], customer: str) -> list[tuple[str, str, str]]:
    given = [
        line for line in lines if line["customer"] == customer and line.get("effect") == "give_task"
    ]
    return [(line["step"], line["queue"], line["due"]) for line in given]


def reasons(lines: list[Line], customer: str, *, at: str) -> list[str]:
    of_customer = [line for line in lines if line["customer"] == customer]
    return [
        line["reason"] for line in of_customer if "reason" in line and line["at"].startswith(at)
    ]


def end(
    lines: list[Line], customer: str, dialogue: str = "bicycle-autumn-service"
) -> tuple[str, str]:
    ends = [
        (line["status"], line["outcome"])
        for line in lines
        if (line["customer"], line["dialogue"], line.get("effect")) == (customer, dialogue, "end")
    ]
    (only,) = ends
    return only


INVITED = ("2012-09-10T10:00", "invite")
HELMETS = ("2012-11-06T10:00", "helmets")


# A


def test_a_is_thanked_and_called_on_the_next_working_day(lines: list[Line]) -> None:
    assert messages(lines, "aino") == [INVITED, ("2012-09-12T12:00", "thank")]
    assert tasks(lines, "aino") == [("call", "customer-service", "2012-09-13T16:00:00+03:00")]
    assert end(lines, "aino") == ("ended", "served")


def test_a_second_a_changes_nothing(lines: list[Line]) -> None:
    assert reasons(lines, "aino", at="2012-09-12T12:05") == ["no_open_question"]
    assert reasons(lines, "aino", at="2012-10-05T12:00") == ["no_open_question"]


def test_a_on_a_friday_night_is_called_on_monday_and_a_missed_call_goes_to_the_manager(
    lines: list[Line],
) -> None:
    assert messages(lines, "friday") == [INVITED, ("2012-09-14T23:30", "thank")]
    assert tasks(lines, "friday") == [
        ("call", "customer-service", "2012-09-17T16:00:00+03:00"),
        ("call-late", "manager", "2012-09-18T12:00:00+03:00"),
    ]
    assert end(lines, "friday") == ("ended", "not-served")


def test_a_call_may_be_made_late_or_declined(lines: list[Line]) -> None:
    assert [step for step, _, _ in tasks(lines, "late-call")] == ["call", "call-late"]
    assert end(lines, "late-call") == ("ended", "served")
    assert [step for step, _, _ in tasks(lines, "declined")] == ["call"]
    assert end(lines, "declined") == ("ended", "not-served")


@pytest.mark.parametrize(
    "customer", ["aino", "friday", "late-call", "declined", "eero", "both", "last-minute"]
)
def test_whoever_answered_a_never_gets_the_helmets(lines: list[Line], customer: str) -> None:
    assert "helmets" not in steps(lines, customer)
    assert steps(lines, customer).count("thank") == 1


# B


def test_b_gets_a_code_of_their_own_to_be_used_by_15_november(lines: list[Line]) -> None:
    assert messages(lines, "code") == [INVITED, ("2012-09-12T12:00", "send-coupon")]
    assert tasks(lines, "code") == []
    assert end(lines, "code") == ("ended", "coupon")
    codes = {}
    for customer in ("code", "both", "code-late", "chatty"):
        (reserved,) = [
            line
            for line in lines
            if line["customer"] == customer and line.get("effect") == "reserve"
        ]
        (text,) = [text for _, step, text in sent(lines, customer) if step == "send-coupon"]
        assert reserved["offer"] == "winter-bicycle-20"
        assert text == (
            f"Tässä koodisi: {reserved['code']}. Saat 20 % alennuksen talvipyöristä myymälässä tai "
            "verkkokaupan kampanjakoodikentässä. Käytä koodi viimeistään 15.11.2012."
        )
        codes[customer] = reserved["code"]
    assert len(set(codes.values())) == 4


def test_b_may_still_want_the_service_while_the_offer_lasts(lines: list[Line]) -> None:
    assert steps(lines, "both") == ["invite", "send-coupon", "thank"]
    assert tasks(lines, "both") == [("call", "customer-service", "2012-09-21T16:00:00+03:00")]
    assert end(lines, "both") == ("ended", "served")


def test_b_who_wants_the_service_too_late_is_told_so(lines: list[Line]) -> None:
    assert messages(lines, "code-late") == [
        INVITED,
        ("2012-09-12T12:00", "send-coupon"),
        ("2012-10-03T12:00", "tell-late-with-coupon"),
    ]
    assert tasks(lines, "code-late") == []


# something else


def test_another_answer_gets_guidance_and_a_still_counts(lines: list[Line]) -> None:
    assert messages(lines, "eero") == [
        INVITED,
        ("2012-09-12T12:00", "guide"),
        ("2012-09-15T12:00", "thank"),
    ]
    assert sent(lines, "eero")[1][2] == (
        "Kiitos viestistäsi! Vastaathan alkuperäiseen viestiimme pelkällä kirjaimella, esimerkiksi A."
    )
    assert tasks(lines, "eero") == [("call", "customer-service", "2012-09-17T16:00:00+03:00")]
    assert end(lines, "eero") == ("ended", "served")


def test_guidance_ends_after_three_times_but_the_question_does_not(lines: list[Line]) -> None:
    assert steps(lines, "chatty") == ["invite", "guide", "guide", "guide", "send-coupon"]
    assert reasons(lines, "chatty", at="2012-09-12T12:04") == ["asked_enough"]


# no reaction


def test_no_reaction_gets_the_helmets_at_their_time(lines: list[Line]) -> None:
    assert messages(lines, "silent") == [INVITED, HELMETS]
    text = sent(lines, "silent")[1][2]
    assert "20.11.2012 klo 18–20" in text
    assert "vastaamalla A" in text
    assert end(lines, "silent") == ("ended", "no-reaction")


def test_an_answer_to_the_helmets_registers_for_the_evening(lines: list[Line]) -> None:
    assert messages(lines, "helmets") == [
        INVITED,
        HELMETS,
        ("2012-11-07T12:00", "guide-helmets"),
        ("2012-11-08T12:00", "confirm"),
    ]
    (update,) = [
        line
        for line in lines
        if line["customer"] == "helmets" and line.get("effect") == "set_traits"
    ]
    assert update["traits"] == {"helmet_evening": True}
    assert end(lines, "helmets") == ("ended", "registered")


# A after the end


def test_the_offer_lasts_to_the_end_of_29_september(lines: list[Line]) -> None:
    assert messages(lines, "last-minute") == [INVITED, ("2012-09-29T23:59", "thank")]
    assert tasks(lines, "last-minute") == [
        ("call", "customer-service", "2012-10-01T16:00:00+03:00")
    ]
    assert messages(lines, "minute-late") == [INVITED, ("2012-09-30T00:00", "tell-late"), HELMETS]
    assert tasks(lines, "minute-late") == []


def test_a_after_the_end_is_told_so_at_any_time(lines: list[Line]) -> None:
    assert messages(lines, "after-offer") == [INVITED, ("2012-10-03T12:00", "tell-late"), HELMETS]
    assert messages(lines, "after-evening") == [INVITED, HELMETS, ("2012-11-25T12:00", "tell-over")]
    for customer, place in (("after-offer", 1), ("after-evening", 2)):
        assert sent(lines, customer)[place][2].startswith(
            "Kiitos viestistäsi! Syyshuoltotarjous päättyi 29.9.2012, mutta autamme mielellämme"
        )
        assert tasks(lines, customer) == []


def test_when_all_is_over_nobody_is_answered_by_machine(lines: list[Line]) -> None:
    assert messages(lines, "after-all") == [INVITED, HELMETS]
    assert reasons(lines, "after-all", at="2013-02-10T12:00") == ["no_open_question"]


# stops


@pytest.mark.parametrize(
    ("customer", "got"),
    [
        ("stop", [INVITED, ("2012-09-10T10:05", "confirm")]),
        ("lopeta", [INVITED, ("2012-09-12T12:00", "thank"), ("2012-09-12T23:00", "confirm")]),
        ("stop-late", [INVITED, HELMETS, ("2012-11-07T10:00", "confirm")]),
    ],
)
def test_a_stop_is_confirmed_once_and_nothing_more_is_sent(
    lines: list[Line], customer: str, got: list[tuple[str, str]]
) -> None:
    assert messages(lines, customer) == got
    assert sent(lines, customer)[-1][2] == (
        "Selvä, emme lähetä sinulle enää viestejä tässä kanavassa. Jos muutat mielesi, vastaa ALOITA."
    )
    assert end(lines, customer) == ("exited", "permission_withdrawn")
    assert end(lines, customer, "stop-confirmation") == ("ended", "confirm.sent")


def test_a_second_stop_is_not_confirmed_again(lines: list[Line]) -> None:
    assert reasons(lines, "stop", at="2012-09-11T10:00") == ["stopped"]
    assert steps(lines, "stop").count("confirm") == 1


def test_a_stop_takes_back_what_was_not_yet_sent(lines: list[Line]) -> None:
    taken_back = [line for line in lines if line.get("effect") == "cancel_messages"]
    assert {(line["customer"], line["because"]) for line in taken_back} == {
        ("stop", "permission_withdrawn"),
        ("lopeta", "permission_withdrawn"),
        ("stop-late", "permission_withdrawn"),
    }


# others


def test_without_permission_address_or_having_been_a_customer_nothing_is_sent(
    lines: list[Line],
) -> None:
    assert [messages(lines, name) for name in ("ville", "lost", "stranger")] == [[], [], []]
    assert reasons(lines, "ville", at="2012-09-10T10:00") == ["no_permission"]
    assert end(lines, "ville") == ("ended", "invite.dropped.no_permission")
    assert reasons(lines, "lost", at="2012-09-10T10:00") == ["no_address"]
    assert [line for line in lines if line["customer"] == "stranger"] == []


def test_english_customers_get_english(lines: list[Line]) -> None:
    texts = [text for _, _, text in sent(lines, "english")]
    assert texts[0].startswith(
        "Hi English! Autumn service and winter tyres for 85 € together, valid to 29 September"
    )
    assert texts[1].startswith(
        "Thank you! Our customer service will call you on the next working day"
    )
    assert len(texts) == 2
    (task,) = [
        line
        for line in lines
        if line["customer"] == "english" and line.get("effect") == "give_task"
    ]
    assert task["title"]["en"].startswith("Call the customer and agree on a time")


def test_who_has_only_an_email_address_is_written_to_and_may_sign_the_answer(
    lines: list[Line],
) -> None:
    channels = {
        line["channel"]
        for line in lines
        if line["customer"] == "writer" and line.get("effect") == "send_message"
    }
    assert channels == {"email"}
    assert steps(lines, "writer") == ["invite", "thank"]


def test_quiet_hours_are_the_customers_own(lines: list[Line]) -> None:
    assert [(at, step) for at, step, _ in sent(lines, "york")] == [
        ("2012-09-10T08:00:00-04:00", "invite"),
        ("2012-11-06T08:00:00-05:00", "helmets"),
    ]


def test_times_never_go_back_and_every_line_is_an_effect_or_a_reason(lines: list[Line]) -> None:
    moments = [line["at"] for line in lines if line["customer"] != "york"]
    assert moments == sorted(moments, key=_instant)
    for line in lines:
        assert {"at", "customer", "object", "dialogue", "step"} <= line.keys()
        assert ("effect" in line) != ("reason" in line)
        assert "sentence" in line if "reason" in line else True


def _instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_the_same_script_and_seed_give_the_same_lines(folder: Path) -> None:
    script = folder / "script.jsonl"
    first = run("play", PLAYBOOK, script, folder=folder, PYTHONHASHSEED="1")
    second = run("play", PLAYBOOK, script, "--seed", "0", folder=folder, PYTHONHASHSEED="2")
    other = run("play", PLAYBOOK, script, "--seed", "7", folder=folder)
    assert first.stdout == second.stdout
    assert first.stdout != other.stdout
    assert _without_codes(first.stdout) == _without_codes(other.stdout)


def _without_codes(output: str) -> list[tuple[str, str, str]]:
    return [
        (line["at"], line["customer"], line["step"])
        for line in map(json.loads, output.splitlines())
    ]


def test_the_order_of_lines_in_the_script_is_not_the_order_of_time(
    folder: Path, lines: list[Line]
) -> None:
    mixed = SCRIPT.copy()
    random.Random(5).shuffle(mixed)
    done = run("play", PLAYBOOK, written(folder, mixed, "mixed.jsonl"), folder=folder)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    for customer in {line["customer"] for line in lines}:
        assert [line for line in found if line["customer"] == customer] == [
            line for line in lines if line["customer"] == customer
        ]


def test_until_stops_the_play(folder: Path, lines: list[Line]) -> None:
    done = run(
        "play", PLAYBOOK, folder / "script.jsonl", "--until", "2012-09-12T12:00", folder=folder
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    noon = _instant("2012-09-12T12:00:00+03:00")
    assert found == [line for line in lines if _instant(line["at"]) <= noon]


def test_no_database_is_needed(folder: Path) -> None:
    script = written(folder, SCRIPT[:1], "one.jsonl")
    code = (
        "import sys; from click.testing import CliRunner; from keskio.cli.dialogue import dialogue\n"
        f"done = CliRunner().invoke(dialogue, ['play', {str(PLAYBOOK)!r}, {str(script)!r}])\n"
        "from django.conf import settings\n"
        "print(done.exit_code, settings.configured)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=True,
    )
    assert done.stdout == "0 False\n"
