"""Tasks of dialogues about health say what they are only to those who may see health data.

The others see that there is a task, for whom and by when: who calls must find the number, and nothing waits
unseen.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from keskio.know.api import may_see_special
from keskio.respond.models import Task
from keskio.talk.api import dialogues_about_health


def shown_to(user: AbstractBaseUser | AnonymousUser, tasks: Iterable[Task]) -> list[Task]:
    """Return tasks as `user` may see them; those that may not be told are emptied, and say so.

    What is emptied must not be saved.
    """
    found = list(tasks)
    if not any(task.dialogue for task in found) or may_see_special(user):
        return found
    kept = dialogues_about_health()
    for task in found:
        if task.dialogue in kept:
            task.title, task.note, task.result, task.results = {}, "", "", []
            task.dialogue = task.step = ""
            task.is_kept = True
    return found
