"""The door of the room."""

from __future__ import annotations

from keskio.listen.asking import Said, mentions, said_by_customers
from keskio.listen.deciding import link_to_customer
from keskio.listen.linking import set_case_finder
from keskio.listen.surveys.queries import titles_of as survey_titles
from keskio.listen.texts import MentionText, texts_of_mentions
from keskio.listen.themes import theme_names, themes_in_words

__all__ = [
    "MentionText",
    "Said",
    "link_to_customer",
    "mentions",
    "said_by_customers",
    "set_case_finder",
    "survey_titles",
    "texts_of_mentions",
    "theme_names",
    "themes_in_words",
]
