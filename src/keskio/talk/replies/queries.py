"""Reads of the wing."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from keskio.engine.dialogue.check_world import purposes_of
from keskio.kernel.i18n import in_language
from keskio.kernel.sql import any_of, fetch, listed
from keskio.talk.drawing import step_title
from keskio.talk.replies.models import Unclear
from keskio.talk.shelf import programs_of
from keskio.talk.whys import HEALTH

ASKED = "SELECT id, version_id, step, status FROM talk_enrolment WHERE {enrolments}"


class Question(msgspec.Struct, frozen=True):
    """A question that a reply may have answered; it is over when the dialogue is."""

    enrolment: int
    dialogue: str
    step: str
    is_over: bool
    is_about_health: bool = False


def open_count() -> int:
    """Return how many replies wait for a person."""
    return Unclear.objects.filter(decided_at__isnull=True).count()


def questions_of(replies: Sequence[Unclear], language: str) -> dict[int, list[Question]]:
    """Return by reply the questions that it may have answered. Two queries for all."""
    wanted = {enrolment for reply in replies for enrolment in reply.enrolments}
    rows = fetch(ASKED.format(enrolments=any_of("id")), (listed(wanted),)) if wanted else []
    programs = programs_of({version for _, version, _, _ in rows})
    found = {}
    for enrolment, version, step, status in rows:
        program = programs.get(version)
        if program is not None:
            title = in_language(program.title, language) or program.key
            about_health = HEALTH in purposes_of(program)
            found[enrolment] = Question(
                enrolment, title, step_title(program, step, language), status != 0, about_health
            )
    return {
        reply.pk: [found[enrolment] for enrolment in reply.enrolments if enrolment in found]
        for reply in replies
    }
