"""What is done in the worker."""

from __future__ import annotations

from keskio.jobs.contracts import Background, Job
from keskio.respond.desk.learning import AnswerLearner
from keskio.respond.desk.posting import StaffPost
from keskio.respond.desk.telling import Teller


def jobs() -> list[Job]:
    """Return what takes turns in the worker."""
    return [AnswerLearner(), Teller()]


def backgrounds() -> list[Background]:
    """Return what has a thread of its own in the worker."""
    return [StaffPost()]
