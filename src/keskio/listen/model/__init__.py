"""The model that listens: linear scores over character n-grams, words, base forms and denied words.

What a message scores is a sum of what its words score, and what a word scores is worked out once and
remembered. So verdicts explain themselves, and known words cost next to nothing. `scoring.Scorer` is
the way in; `language.detect` tells languages apart; `train` makes the frozen tables in `files/`.
"""
