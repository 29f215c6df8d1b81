"""What a past answer or a language model may never show."""

from __future__ import annotations

import pytest

from keskio.respond.desk.masking import masked, named


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Soita 045 700 0001 tai +358 45 700 0001.", "Soita [number] tai [number]."),
        ("Osoite on Mäkitie 12 B 4, 00100 Helsinki", "Osoite on [address], [address]"),
        ("Kirjoita aino.m@example.com tai @aino@example.social", "Kirjoita [e-mail] tai [name]"),
        ("Tilaus T-20481 ja lasku 99120", "Tilaus [number] ja lasku [number]"),
        (
            "Henkilötunnus 131052-308T, tili FI21 1234 5600 0007 85",
            "Henkilötunnus [number], tili [number]",
        ),
        ("Katso https://example.com/a?b=1 heti", "Katso [link] heti"),
        ("Huolto kestää 2 päivää ja maksaa 45 €.", "Huolto kestää 2 päivää ja maksaa 45 €."),
        ("Rekisteri ABC-123", "Rekisteri [number]"),
    ],
)
def test_masked_takes_out_what_has_a_form(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hei Liisa, kiitos!", "Hei [name], kiitos!"),
        ("Selvä.\n\nTerveisin\nMatti Virtanen, korjaamo", "Selvä.\n\nTerveisin\n[name]"),
        ("Dear Ms Smith", "Dear [name]"),
        ("Nimeni on Kalle Koskinen ja odotan.", "Nimeni on [name] ja odotan."),
    ],
)
def test_masked_takes_out_names_by_where_they_stand(text: str, expected: str) -> None:
    assert masked(text) == expected


def test_masked_knows_the_names_of_the_case_in_their_finnish_forms() -> None:
    text = "Mäkisen pyörä, Ainolle ja Virtaselta; ville lupasi. Ainakin näin."

    found = masked(text, ["Aino Mäkinen", "Virtanen", "ville"])

    assert found == "[name] pyörä, [name] ja [name]; [name] lupasi. Ainakin näin."


def test_masked_speaks_the_language_of_the_text() -> None:
    assert masked("Hei Aino, numero 12345", language="fi") == "Hei [nimi], numero [numero]"


def test_named_puts_a_known_first_name_in() -> None:
    assert named("Hei [nimi], [nimi] soittaa.", "Siiri") == "Hei Siiri, [nimi] soittaa."
    assert named("Hi [name]!", "") == "Hi [name]!"
