"""A survey of every kind of question, and a small one."""

from __future__ import annotations

NPS = """
keskio: survey/1
key: nps
title: {fi: Asiakaskysely, en: Customer survey}
level: relationship
sender: Ketju Oy
thanks: {fi: Kiitos vastauksesta!, en: Thanks for your answer!}
questions:
  score:
    kind: nps
    required: true
    text: {fi: "Suosittelisitko meitä?", en: "Would you recommend us?"}
    low: {fi: En lainkaan, en: Not at all}
    high: {fi: Erittäin mielelläni, en: Very gladly}
    comment:
      detractor: {fi: "Mitä korjaisimme ensin?", en: "What should we mend first?"}
      passive: {fi: "Mikä puuttui?", en: "What was missing?"}
      promoter: {fi: "Mikä oli parasta?", en: "What was best?"}
  more:
    kind: text
    text: {fi: Kerro lisää, en: Tell us more}
    when: {answer: score, at_most: 6}
case: {when: {answer: score, at_most: 6}, kind: complaint, severity: high}
"""
EVERYTHING = """
keskio: survey/1
key: everything
title: {fi: Kaikki, en: Everything}
level: journey
theme: {main: "#7a1f5c"}
answers: anonymous
thanks: {fi: Kiitos, en: Thanks}
questions:
  csat:
    kind: csat
    text: {fi: "Kuinka tyytyväinen olit?", en: "How satisfied were you?"}
    labels:
      "1": {fi: Hyvin tyytymätön, en: Very dissatisfied}
      "5": {fi: Hyvin tyytyväinen, en: Very satisfied}
  ces:
    kind: ces
    text: {fi: Asiointi oli helppoa, en: It was easy}
    low: {fi: Eri mieltä, en: Disagree}
    high: {fi: Samaa mieltä, en: Agree}
  feeling: {kind: emotion, text: {fi: "Miltä tuntui?", en: "How did it feel?"}}
  one:
    kind: choice
    text: {fi: "Mistä?", en: "Where?"}
    options: {shop: {fi: Kaupasta, en: Shop}, web: {fi: Verkosta, en: Web}}
  many:
    kind: choice
    many: true
    text: {fi: "Mitä?", en: "What?"}
    options: {a: {fi: A, en: A}, b: {fi: B, en: B}, c: {fi: C, en: C}}
  age:
    kind: number
    text: {fi: Ikä, en: Age}
    at_least: 0
    at_most: 120
    unit: {fi: vuotta, en: years}
  grid:
    kind: matrix
    required: true
    text: {fi: Arvioi, en: Rate}
    rows: {price: {fi: Hinta, en: Price}, speed: {fi: Nopeus, en: Speed}}
    columns: {bad: {fi: Huono, en: Bad}, good: {fi: Hyvä, en: Good}}
  order:
    kind: ranking
    text: {fi: Järjestä, en: Put in order}
    options: {x: {fi: X, en: X}, y: {fi: Y, en: Y}, z: {fi: Z, en: Z}}
  words: {kind: text, text: {fi: Sana on vapaa, en: Anything else}, at_most: 20}
"""
