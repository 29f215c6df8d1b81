"""Those who wait without a deadline: nothing may wait for ever by mistake, so people look at who does."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from keskio.engine.times import DAY
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.i18n import in_language
from keskio.kernel.sql import any_of, fetch, listed
from keskio.talk.drawing import step_title
from keskio.talk.models import Version
from keskio.talk.shelf import programs_of

# What has waited for less is on its way: a message that is being sent, a report that is to come.
AFTER = DAY
PATIENT = """
    SELECT id, version_id, customer_id, object_key, step, changed_at FROM talk_enrolment
    WHERE status = 0 AND due_at IS NULL AND changed_at < %s AND NOT ({kept})
    ORDER BY changed_at, id LIMIT %s OFFSET %s
"""


class Patient(msgspec.Struct, frozen=True):
    """One customer who waits in a dialogue for something that may never come."""

    enrolment: int
    customer: int
    object_key: str
    since: Micros
    dialogue: str
    dialogue_key: str
    version: int
    step: str
    step_key: str


def patient_people(
    language: str, *, limit: int, offset: int = 0, kept: Collection[int] = ()
) -> list[Patient]:
    """Return those who have waited for more than a day without a deadline, the longest first.

    `kept`: versions of which nobody is told.
    """
    sql = PATIENT.format(kept=any_of("version_id"))
    rows = fetch(sql, (now_micros() - AFTER, listed(kept), limit, offset))
    numbers = {row[1] for row in rows}
    found = {
        version.pk: version
        for version in Version.objects.filter(pk__in=numbers).select_related("dialogue")
    }
    programs = programs_of(numbers)
    return [
        Patient(
            enrolment=pk,
            customer=customer,
            object_key=object_key,
            since=since,
            dialogue=in_language(found[version].dialogue.title, language)
            or found[version].dialogue.key,
            dialogue_key=found[version].dialogue.key,
            version=found[version].number,
            step=step_title(programs[version], step, language),
            step_key=step,
        )
        for pk, version, customer, object_key, step, since in rows
        if version in found and version in programs
    ]
