"""Writes of the wing: labels, wishes to fit anew, versions put in use and put back, names for clusters."""

from __future__ import annotations

import re

from django.db import transaction

from keskio.kernel.clock import now_micros
from keskio.kernel.errors import Mistake
from keskio.kernel.sql import any_of, listed, run, run_many
from keskio.listen.model.scoring import EMOTIONS
from keskio.listen.teaching.contracts import POLARITY, VALUES
from keskio.listen.teaching.models import Cluster, Label, Refit, Version

SKIP = "skip"
YES, NO = "yes", "no"
_THEME = re.compile(r"theme:[a-z0-9][a-z0-9_-]{0,98}")

KEEP = """
    INSERT INTO teaching_label (mention_id, head, value, "by", at) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (mention_id, head) DO UPDATE SET
        value = excluded.value, "by" = excluded."by", at = excluded.at
"""


def label(mention_id: int, head: str, value: str, by: str) -> None:
    """Keep what a person says of a mention; the same head said again takes the place of the first.

    Raises Mistake for a head or a value that there is not. Nothing else is changed: the mention's own
    reading changes when it is read anew.
    """
    _check(head, value)
    run(KEEP, (mention_id, head, value, by, now_micros()))


def _check(head: str, value: str) -> None:
    if head == POLARITY:
        allowed = value in VALUES
    elif head == SKIP:
        allowed = value == YES
    else:
        known = head.removeprefix("emotion:") in EMOTIONS if head.startswith("emotion:") else False
        allowed = (known or bool(_THEME.fullmatch(head))) and value in {YES, NO}
    if not allowed:
        raise Mistake(f"A mention cannot be labelled {head!r} with {value!r}.")


def take_back(mention_id: int, head: str) -> None:
    """Take a label away."""
    Label.objects.filter(mention_id=mention_id, head=head).delete()


def ask_refit(by: str) -> Refit:
    """Ask that the model be fitted anew; a wish that has not begun yet serves for both."""
    with transaction.atomic():
        waiting = Refit.objects.filter(begun_at__isnull=True).order_by("id").first()
        return waiting or Refit.objects.create(asked_at=now_micros(), asked_by=by)


def use_version(version: Version, by: str) -> None:
    """Read with this version from now on, in place of the one in use in its language."""
    with transaction.atomic():
        stop_using(version.language)
        changed = {"state": Version.State.IN_USE, "used_at": now_micros(), "used_by": by}
        Version.objects.filter(pk=version.pk).update(**changed)


def stop_using(language: str) -> int:
    """Read a language with the frozen model alone; returns how many versions were in use (0 or 1)."""
    in_use = Version.objects.filter(language=language, state=Version.State.IN_USE)
    return in_use.update(state=Version.State.BEFORE)


def name_cluster(cluster: Cluster, theme: str, by: str) -> int:
    """Make a theme of a cluster: its examples are labelled with it. Returns how many there were.

    Raises Mistake when the key is none (small letters, digits, - and _) or the cluster is not open.
    """
    _check(f"theme:{theme}", YES)
    now = now_micros()
    with transaction.atomic():
        named = {"state": Cluster.State.NAMED, "theme": theme, "decided_by": by, "decided_at": now}
        if not Cluster.objects.filter(pk=cluster.pk, state=Cluster.State.OPEN).update(**named):
            raise Mistake("Somebody has already decided about these messages.")
        rows = [(mention, f"theme:{theme}", YES, by, now) for mention in _still_there(cluster)]
        run_many(KEEP, rows)
    return len(rows)


def _still_there(cluster: Cluster) -> list[int]:
    from keskio.listen.models import Mention  # noqa: PLC0415 - rooms' tables are ready only later

    return list(Mention.objects.filter(pk__in=cluster.examples).values_list("pk", flat=True))


def leave_cluster(cluster: Cluster, by: str) -> None:
    """Note that a cluster is worth no theme."""
    left = {"state": Cluster.State.LEFT, "decided_by": by, "decided_at": now_micros()}
    Cluster.objects.filter(pk=cluster.pk, state=Cluster.State.OPEN).update(**left)


def forget_labels(mention_ids: list[int]) -> int:
    """Take away the labels of mentions, as when their writer asks; returns how many there were."""
    return run(f"DELETE FROM teaching_label WHERE {any_of('mention_id')}", [listed(mention_ids)])  # noqa: S608 - constants
