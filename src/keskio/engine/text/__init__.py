"""Reading what people write: short answers that choose, and free text cut into words and judged.

`choices`: whether a short answer names a choice. `tokens`: the one cutting of free text. Further modules
hold the rules of language that listening is built on. The names of `choices` are given here too.
"""

from __future__ import annotations

from keskio.engine.text.choices import choice_in, normalise, words_of

__all__ = ["choice_in", "normalise", "words_of"]
