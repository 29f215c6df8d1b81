"""The hand-batched twin: the `transitions` state machine over Django's ORM, a thousand a transaction.

What a careful Django developer would write: one shared machine, bulk_create and bulk_update, one
transaction a batch, SQLite WAL with synchronous=FULL. It gets its events as Python values from
memory, and keeps no ledger, consents, caps or history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection, models, transaction
from transitions import Machine

from benchmarks.flow import FIRST, SECOND, Count, answer_of, replies, shuffled
from benchmarks.stopwatch import Stopwatch

BATCH = 1_000
DONE = {"A": "done_a", "B": "done_b", "other": "done_other"}


class Rules(Machine):
    """The one machine, set to each row's state in turn: `add_model` a row costs a millisecond."""

    def __init__(self) -> None:
        super().__init__(
            states=["new", "waiting", *DONE.values()],
            initial="new",
            transitions=[
                ["enrol", "new", "waiting"],
                *(
                    {"trigger": "reply", "source": "waiting", "dest": end, "conditions": said}
                    for end, said in zip(DONE.values(), ("is_a", "is_b", "is_other"), strict=True)
                ),
            ],
            auto_transitions=False,
        )

    def after(self, state: str, trigger: str, **given: str) -> str:
        """Return the state that `trigger` leads to from `state`."""
        self.set_state(state)
        self.trigger(trigger, **given)
        return str(self.state)

    def is_a(self, answer: str) -> bool:
        return answer == "A"

    def is_b(self, answer: str) -> bool:
        return answer == "B"

    def is_other(self, answer: str) -> bool:
        return answer == "other"


class DjangoBulk:
    """`transitions` and Django rows, in batches by hand."""

    title = "`transitions` + Django ORM, hand-batched (1,000 a transaction)"

    def __init__(self, n: int, folder: Path) -> None:
        self.n = n
        options: dict[str, Any] = {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            " PRAGMA cache_size=-65536;",
        }
        if not settings.configured:
            settings.configure(
                DATABASES={
                    "default": {
                        "ENGINE": "django.db.backends.sqlite3",
                        "NAME": folder / "twin.sqlite3",
                        "OPTIONS": options,
                    }
                },
                DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
                USE_TZ=True,
            )
            django.setup()

    def prepare(self) -> None:
        """Make the two tables."""
        self.machine = Rules()
        self.conversation, self.outbox = _models()
        with connection.schema_editor() as editor:
            editor.create_model(self.conversation)
            editor.create_model(self.outbox)
        self.enrolments = shuffled(self.n, 1)
        texts = replies(self.n)
        self.replies = [(customer, texts[customer - 1]) for customer in shuffled(self.n, 2)]

    def run(self, watch: Stopwatch, arriving: Stopwatch) -> None:  # noqa: ARG002 - see above
        """Enrol everybody, then take everybody's reply."""
        with watch:
            for batch in _batches(self.enrolments):
                self._enrol(batch)
            for replied in _batches(self.replies):
                self._reply(dict(replied))

    def _enrol(self, customers: Sequence[int]) -> None:
        with transaction.atomic():
            rows = [self.conversation(customer=customer) for customer in customers]
            for row in rows:
                row.state = self.machine.after("new", "enrol")
            self.conversation.objects.bulk_create(rows)
            self.outbox.objects.bulk_create(
                [self.outbox(customer=c, text=FIRST.format(name=f"Asiakas {c}")) for c in customers]
            )

    def _reply(self, texts: dict[int, str]) -> None:
        with transaction.atomic():
            rows = list(self.conversation.objects.filter(customer__in=texts))
            for row in rows:
                row.answer = answer_of(texts[row.customer])
                row.state = self.machine.after(row.state, "reply", answer=row.answer)
            self._save(rows)
            self.outbox.objects.bulk_create(
                [self.outbox(customer=row.customer, text=SECOND[row.answer]) for row in rows]
            )

    def _save(self, rows: Sequence[Any]) -> None:
        self.conversation.objects.bulk_update(rows, ["state", "answer"])

    def count(self) -> Count:
        """Count the rows of both tables."""
        states: Counter[str] = Counter(self.conversation.objects.values_list("state", flat=True))
        ends = {answer: states[state] for answer, state in DONE.items()}
        return Count(self.outbox.objects.count(), 2 * sum(ends.values()), ends)


class DjangoUpsert(DjangoBulk):
    """The same, but rows are written back by an upsert, which Django's ORM does faster."""

    title = "the same with `bulk_create(update_conflicts=True)` for `bulk_update`"

    def _save(self, rows: Sequence[Any]) -> None:
        self.conversation.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["state", "answer"],
        )


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def _models() -> tuple[Any, Any]:
    # Models can be made only when Django has been set up.

    class Conversation(models.Model):
        customer = models.BigIntegerField(unique=True)
        state = models.CharField(max_length=20)
        answer = models.CharField(max_length=20, default="")

        class Meta:
            app_label = "twin"

    class Outbox(models.Model):
        customer = models.BigIntegerField()
        text = models.TextField()
        claimed_at = models.DateTimeField(auto_now_add=True)

        class Meta:
            app_label = "twin"

    return Conversation, Outbox


CONTESTANT = DjangoBulk
