"""Macros as documents: read, refused with a sentence, foretold, and run in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User

from keskio.kernel.clock import VirtualClock
from keskio.respond.desk.actions import save_macro, save_snippet
from keskio.respond.desk.doing import AskFirst, run_macro
from keskio.respond.desk.hours_text import NotDays, NotHours, days_of, periods_of
from keskio.respond.desk.macros import NotAMacro, foretold, read_macro
from keskio.respond.desk.models import Draft, Macro
from keskio.respond.desk.snooze import NoSuchTime, until_of
from keskio.respond.inbox.models import Case, Entry
from tests.respond.desk.conftest import Opened

DOCUMENT = """
title: {fi: Kiitä ja sulje, en: Thank and close}
does:
  - close: yes
  - reply: {fi: "Kiitos, {{ customer.first_name }}!", en: Thanks}
  - themes: [huolto]
"""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("does: []", "A macro has two parts: title and does."),
        ("{title: A, does: []}", "does: a list of at least one step."),
        ("{title: A, does: [{dance: yes}]}", "does, step 1: no step 'dance'; there are"),
        ("{title: A, does: [{kind: strange}]}", "does, step 1, kind: one of complaint"),
        ("{title: A, does: [{snooze: never}]}", "does, step 1, snooze: tomorrow, monday"),
        ("{title: A, does: [{close: no}]}", "does, step 1, close: yes."),
        ('{title: A, does: [{reply: {fi: "{{ x"}}]}', "does, step 1, reply, fi: "),
        ("{title: A, does: [{close: yes}, {close: yes}]}", "does: each kind of step at most once."),
    ],
)
def test_read_macro_says_where_and_what(text: str, sentence: str) -> None:
    with pytest.raises(NotAMacro) as refused:
        read_macro(text)
    assert refused.value.message.startswith(sentence)


def test_read_macro_puts_what_is_said_first_and_what_ends_last() -> None:
    assert [name for name, _ in read_macro(DOCUMENT).steps] == ["reply", "themes", "close"]


@pytest.fixture
def ville(user: Callable[[str], User]) -> User:
    return user("editor")


@pytest.mark.django_db
def test_run_macro_does_what_was_foretold(opened: Opened, ville: User) -> None:
    case = opened()
    macro = save_macro(None, key="kiita", text=DOCUMENT, by="editor")

    told = foretold(macro, case, ville)
    run_macro(macro, case, ville)

    assert [step.text for step in told] == ["Kiitos, Aino!", "", ""]
    case.refresh_from_db()
    assert (case.state, case.themes) == ("closed", ["huolto"])
    sent = Entry.objects.get(case=case, kind="out")
    assert (sent.text, sent.by) == ("Kiitos, Aino!", "editor")
    macro.refresh_from_db()
    assert macro.used == 1


@pytest.mark.django_db
def test_a_macro_that_would_reply_in_public_asks_first_and_does_nothing(
    opened: Opened, ville: User
) -> None:
    case = opened(channel="social", network="mastodon", address="@aino@example.social")
    macro = save_macro(None, key="kiita", text=DOCUMENT, by="editor")

    with pytest.raises(AskFirst):
        run_macro(macro, case, ville)

    assert Entry.objects.filter(case=case, kind="out").count() == 0
    assert Case.objects.get(pk=case.pk).state == "new"
    run_macro(macro, case, ville, is_confirmed=True)
    assert Entry.objects.get(case=case, kind="out").is_open_to_all is True


@pytest.mark.django_db
def test_a_draft_step_leaves_the_text_for_a_person(opened: Opened, ville: User) -> None:
    case = opened()
    save_snippet(
        None, key="moi", title={"fi": "Moi"}, text={"fi": "Moi {{ me.name }}"}, by="editor"
    )
    macro = Macro(key="m", text="{title: A, does: [{draft: {snippet: moi}}, {assign: me}]}")
    macro.changed_at = case.opened_at
    macro.save()

    run_macro(macro, case, ville)

    assert Draft.objects.get(case_id=case.pk).text == "Moi editor"
    assert Entry.objects.filter(case=case, kind="out").count() == 0
    assert Case.objects.get(pk=case.pk).assignee == "editor"


def test_until_is_nine_by_the_clock_of_helsinki_also_over_a_change_of_clocks() -> None:
    friday = datetime(2026, 3, 27, 10, tzinfo=UTC)  # the clocks change on Sunday

    assert until_of("tomorrow", friday) == datetime(2026, 3, 28, 7, tzinfo=UTC)
    assert until_of("monday", friday) == datetime(2026, 3, 30, 6, tzinfo=UTC)
    assert until_of("2026-04-02", friday) == datetime(2026, 4, 2, 6, tzinfo=UTC)
    assert until_of("7", friday) == datetime(2026, 4, 3, 6, tzinfo=UTC)


def test_monday_is_the_next_one_even_on_a_monday(clock: VirtualClock) -> None:
    monday = datetime(2026, 3, 2, 7, tzinfo=UTC)
    assert until_of("monday", monday) == datetime(2026, 3, 9, 7, tzinfo=UTC)


@pytest.mark.parametrize("wanted", ["2026-03-01", "2026-02-31", "soon", ""])
def test_until_refuses_what_is_past_or_no_time(wanted: str) -> None:
    with pytest.raises(NoSuchTime):
        until_of(wanted, datetime(2026, 3, 2, 7, tzinfo=UTC))


def test_hours_are_read_as_people_write_them() -> None:
    assert periods_of("8.00-12.00, 12:30–16:00") == [["08:00", "12:00"], ["12:30", "16:00"]]
    assert periods_of("") == []
    for text in ("eight to four", "08:00", "25:00-26:00"):
        with pytest.raises(NotHours):
            periods_of(text)
    assert days_of("2026-12-24\n2026-05-01") == ["2026-05-01", "2026-12-24"]
    with pytest.raises(NotDays):
        days_of("joulu")
