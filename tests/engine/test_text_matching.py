"""Words of lists found in single tokens; the dictionary here is a few words."""

from __future__ import annotations

import doctest

import pytest

from keskio.engine.text import lists, matching, paradigms, spoken, urgency
from keskio.engine.text.matching import Finder, Found, regular_forms
from keskio.engine.text.paradigms import forms_of

LEMMAS = {
    "huonoa": "huono",
    "kortin": "kortti",
    "voi": "voi",
    "kaatunut": "kaatunut",
    "ongelmia": "ongelma",
    "tyytyväisempi": "tyytyväisempi",
    "pankin": "pankki",
}
KNOWN = {*LEMMAS, *LEMMAS.values(), "kortti", "hinta", "hintaan"}
WORDS = [
    "huono",
    "kortti",
    "kaatua",
    "ongelma",
    "verkkopankki",
    "surkea",
    "pankki",
    "tyytyväinen",
    "voi",
]


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder(
        WORDS,
        lemma_of=lambda word: LEMMAS.get(word, word),
        knows=KNOWN.__contains__,
        usual={"voi": "voida", "mä": "minä"},
        parts=["verkkopankki", "pankki", "ongelma"],
    )


@pytest.mark.parametrize("module", [matching, paradigms, spoken, urgency, lists])
def test_module_examples_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("token", "found"),
    [
        ("huono", [Found("huono", "exact")]),
        ("huonoa", [Found("huono", "form")]),
        ("kaatunut", [Found("kaatua", "form")]),
        ("surkeeta", [Found("surkea", "misspelt")]),
        ("korttii", [Found("kortti", "spoken")]),
        ("tyytyväisempi", [Found("tyytyväinen", "form")]),
        ("verkopankki", [Found("verkkopankki", "misspelt")]),
        ("verkkopankkiongelma", [Found("verkkopankki", "compound"), Found("ongelma", "compound")]),
        ("hinta", []),
        ("mä", []),
    ],
)
def test_a_token_is_found_in_whatever_form(finder: Finder, token: str, found: list[Found]) -> None:
    assert list(finder.find(token)) == found


def test_a_usual_form_is_believed_before_the_list(finder: Finder) -> None:
    assert finder.find("voi") == (Found("voi", "exact"),)  # the list asks for it as it stands
    without = Finder(["voi butter"], lemma_of=str, knows=lambda _: True, usual={"voi": "voida"})
    assert without.find("voi") == ()


def test_compounds_can_be_left_out(finder: Finder) -> None:
    assert finder.find("verkkopankkiongelma", compounds=False) == ()


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("luukku", "luukun luukkua luukussa luukkuja luukut"),
        ("kaatua", "kaatui kaaduin kaatunut kaatuneet kaatuvat kaadutaan"),
        ("odottaa", "odotin odotti odottanut odotetaan odotettiin odotettu odottaisi odottamaan"),
        ("lakata", "lakkaa lakkasi lakkasin lakannut lakataan lakattiin"),
        ("töykeä", "töykeää töykeän töykeitä"),
        ("vastaus", "vastauksen vastausta vastauksia vastaukset"),
        ("kuulla", "kuulin kuulee kuullut kuultiin kuullaan kuultu"),
        ("ajatella", "ajattelen ajatteli ajatellut"),
        ("häiritä", "häiritsee häiritsi häirinnyt häiritään"),
        ("virhe", "virheen virhettä virheitä virheet"),
        ("toivoton", "toivottoman toivotonta toivottomia"),
        ("hidas", "hidasta hitaan hitaita"),
        ("saada", "sain sai saan saanut saadaan saatiin saatu"),
        ("kallis", "kalliin kallista kalliita"),
    ],
)
def test_a_finnish_word_has_its_forms(word: str, forms: str) -> None:
    assert set(forms.split()) - forms_of(word) == set()


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("crash", "crashes crashed crashing"),
        ("stop", "stops stopped stopping"),
        ("complain", "complains complained complaining"),
        ("freeze", "freezes freezed"),
        ("worry", "worries worried"),
    ],
)
def test_an_english_word_has_its_regular_forms(word: str, forms: str) -> None:
    assert set(forms.split()) - regular_forms(word) == set()
