"""From the ledger into the open print run: letters that are claimed and in no run yet, set-wise."""

from __future__ import annotations

from django.db import transaction

from keskio.kernel.clock import Micros, from_micros
from keskio.kernel.sql import fetch, run
from keskio.talk.printing.models import PrintRun

SLICE = 2000
IN_NO_RUN = """
    FROM talk_message m
    WHERE m.channel = 'letter' AND m.state = 'claimed'
      AND NOT EXISTS (SELECT 1 FROM printing_sheet s WHERE s.message_id = m.id)
"""
WAITING = f"SELECT m.id {IN_NO_RUN} LIMIT 1"
GATHER = f"""
    INSERT INTO printing_sheet
        (run_id, message_id, customer_id, postcode, address, language, subject, text, content)
    SELECT %s, m.id, m.customer_id, '', '', '', '', '', '{{}}'
    {IN_NO_RUN} ORDER BY m.id LIMIT {SLICE}
"""


def gather(now: Micros) -> bool:
    """Put up to SLICE claimed letters into the open run, opening one if there is none.

    Returns whether there may be more.
    """
    if not fetch(WAITING):
        return False
    with transaction.atomic():
        opened, _new = PrintRun.objects.get_or_create(
            state=PrintRun.State.OPEN, defaults={"opened_at": from_micros(now)}
        )
        return run(GATHER, (opened.pk,)) == SLICE
