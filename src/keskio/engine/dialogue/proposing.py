"""Messages on their way: put before the gate, or known to have gone under another number."""

from __future__ import annotations

import msgspec

from keskio.engine.dialogue import program as p
from keskio.engine.dialogue.enrolment import Question
from keskio.engine.dialogue.moments import hangs_on
from keskio.engine.dialogue.run import Run


def propose(run: Run, found: p.Send | p.Ask, since: int | None = None) -> None:
    """Put the message before the gate; what the person has had under another number counts as sent.

    `since`: from when its validity is counted; None: from now.
    """
    if found.key not in run.told:
        until, lacks = _validity(run, found, since)
        run.propose(found, until, lacks)
        return
    run.channel = run.told[found.key]
    run.told = {key: channel for key, channel in run.told.items() if key != found.key}
    run.because("already_told")
    if isinstance(found, p.Ask):
        sent_off(run, found)
    else:
        run.go(found, "delivered" if waits_for_delivery(found) else "sent")


def open_question(run: Run, found: p.Ask) -> None:
    """Open the question of a step, until its deadline; one without a known deadline is never asked."""
    until = run.known_moment(found.deadline)
    run.question = Question(found.key, run.visit, run.at if until is None else until, "")


def _validity(run: Run, found: p.Send | p.Ask, since: int | None) -> tuple[int | None, str]:
    """Return until when the message makes sense, and the date that is not known but says so."""
    ends: list[int] = []
    if isinstance(found, p.Ask):
        assert run.question is not None
        of = hangs_on(found.deadline)
        if of and since is None and run.known_moment(found.deadline) is None:
            return None, of
        ends.append(run.question.until)
    valid = found.message.valid
    if valid is not None:
        until = run.known_moment(valid, since=since)
        if until is None:
            return None, hangs_on(valid)
        ends.append(until)
    return min(ends, default=None), ""


def waits_for_delivery(found: p.Step) -> bool:
    """Tell whether the step goes on only when its message has arrived."""
    return "delivered" in found.outcomes and "sent" not in found.outcomes


def sent_off(run: Run, found: p.Step) -> None:
    """Go on from where the message of a step is on its way: a question stands open from then on."""
    if isinstance(found, p.Ask):
        assert run.question is not None
        until = run.question.until
        if run.visit == run.before.visit:  # it was held: people answer what they have got
            anew = run.known_moment(found.deadline)
            until = until if anew is None else anew
        run.question = msgspec.structs.replace(
            run.question, until=until, channel=run.channel, asked_at=run.at
        )
        run.phase = "answer"
        run.set_timer(until, "question")
        return
    run.phase = "result"
    run.because("claimed")
