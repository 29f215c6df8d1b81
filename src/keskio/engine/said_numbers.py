"""Words for numbers, weekdays and months in Finnish and English, as `said_times` looks for them."""

from __future__ import annotations

FI_NUMBERS = {
    "yhden": 1,
    "yhdessä": 1,
    "kahden": 2,
    "kahdessa": 2,
    "parin": 2,
    "parissa": 2,
    "kolmen": 3,
    "kolmessa": 3,
    "muutaman": 3,
    "muutamassa": 3,
    "neljän": 4,
    "neljässä": 4,
    "viiden": 5,
    "viidessä": 5,
    "kuuden": 6,
    "seitsemän": 7,
    "kahdeksan": 8,
    "yhdeksän": 9,
    "kymmenen": 10,
    "kahdentoista": 12,
    "neljäntoista": 14,
    "puolen": 0.5,
    "puolentoista": 1.5,
}


EN_NUMBERS = {
    "a couple of": 2,
    "a few": 3,
    "half an": 0.5,
    "a": 1,
    "an": 1,
    "the": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "fourteen": 14,
    "couple of": 2,
    "few": 3,
}


FI_DAYS = ("maanantai", "tiistai", "keskiviikko", "torstai", "perjantai", "lauantai", "sunnuntai")


EN_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


FI_MONTHS = (
    *("tammikuu", "helmikuu", "maaliskuu", "huhtikuu", "toukokuu", "kesäkuu", "heinäkuu"),
    *("elokuu", "syyskuu", "lokakuu", "marraskuu", "joulukuu"),
)


EN_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
