"""Messages on their way: put before the gate, or known to have gone under another number."""

from __future__ import annotations

import msgspec

from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.run import Run


def propose(run: Run, found: p.Send | p.Ask, valid_until: int | None) -> None:
    """Put the message before the gate; what the person has had under another number counts as sent."""
    if found.key not in run.told:
        run.propose(found, valid_until)
        return
    run.channel = run.told[found.key]
    run.told = {key: channel for key, channel in run.told.items() if key != found.key}
    run.because("already_told")
    if isinstance(found, p.Ask):
        sent_off(run, found)
    else:
        run.go(found, "delivered" if waits_for_delivery(found) else "sent")


def waits_for_delivery(found: p.Step) -> bool:
    """Tell whether the step goes on only when its message has arrived."""
    return "delivered" in found.outcomes and "sent" not in found.outcomes


def sent_off(run: Run, found: p.Step) -> None:
    """Go on from where the message of a step is on its way: a question stands open from then on."""
    if isinstance(found, p.Ask):
        assert run.question is not None
        until = run.question.until
        if run.visit == run.before.visit:  # it was held: people answer what they have got
            until = run.moment(found.deadline)
        run.question = msgspec.structs.replace(
            run.question, until=until, channel=run.channel, asked_at=run.at
        )
        run.phase = "answer"
        run.set_timer(until, "question")
        return
    run.phase = "result"
    run.because("claimed")
