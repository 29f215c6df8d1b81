"""The names that templates of other rooms show: themes and channels."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from keskio.listen.templatetags.listening import heard_in, themes_named


@pytest.mark.django_db
def test_themes_are_named_in_the_readers_language() -> None:
    with override("fi"):
        assert themes_named(["delivery", "brand_new"]) == ["Toimitus ja nouto", "brand new"]
    with override("en"):
        assert themes_named(["delivery"]) == ["Delivery and pickup"]


def test_no_themes_ask_the_database_nothing() -> None:
    assert themes_named([]) == []
    assert themes_named([""]) == []


def test_channels_are_words() -> None:
    with override("fi"):
        assert (heard_in("survey"), heard_in("mastodon")) == ("Kysely", "Mastodon")
