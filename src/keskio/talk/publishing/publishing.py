"""Publishing: a definition becomes a version, and those inside are moved as a plan says, in one go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.db import transaction

from keskio.engine.dialogue.findings import Finding
from keskio.engine.dialogue.migrating import Plan
from keskio.engine.dialogue.program import Program
from keskio.kernel.clock import now, now_micros
from keskio.kernel.errors import Mistake
from keskio.talk.actions import CannotPublish, publish
from keskio.talk.documents import compile_text
from keskio.talk.models import Change, Dialogue, Version
from keskio.talk.publishing.changing import begin_change, check_plan, olds_of
from keskio.talk.publishing.drafts import OPEN, NotOpen, Overtaken, note
from keskio.talk.publishing.forecasting import MOST, Forecast, forecast
from keskio.talk.publishing.models import Draft, Note
from keskio.talk.publishing.plans import Old, write_plan
from keskio.talk.publishing.review import is_agreed
from keskio.talk.worlds import refusals_of


class NeedsSecond(Mistake):
    """A second person must agree to this text before it is published."""

    code = "needs_second_person"


class Published(msgspec.Struct, frozen=True):
    """What was published, and the change that moves those inside (None: everybody stays)."""

    version: Version
    change: Change | None


class Look(msgspec.Struct, frozen=True):
    """What publishing would come upon: the program, what was found in it, and who is inside."""

    program: Program | None
    findings: list[Finding]
    dialogue: Dialogue | None
    olds: list[Old]

    @property
    def errors(self) -> list[Finding]:
        """Return what keeps it from being published."""
        return [finding for finding in self.findings if finding.severity == "error"]

    def others(self, text: str, variables: Mapping[str, Any]) -> list[Old]:
        """Return the versions that people would be moved from: not the live one published again."""
        live = Version.objects.filter(pk__in=[old.version for old in self.olds], document=text)
        same = {one.pk for one in live if one.variables == dict(variables) and _is_live(one)}
        return [old for old in self.olds if old.version not in same]


def look_at(text: str, variables: Mapping[str, Any]) -> Look:
    """Return what publishing `text` would come upon. Nothing is written."""
    program, findings = compile_text(text, variables=variables)
    if program is None:
        return Look(None, findings, None, [])
    findings = [*findings, *refusals_of(program)]
    dialogue = Dialogue.objects.filter(key=program.key).first()
    return Look(program, findings, dialogue, olds_of(dialogue.pk) if dialogue else [])


def foresee(look: Look, plan: Plan, *, most: int | None = MOST) -> Forecast:
    """Return what `plan` would do with those inside."""
    assert look.program is not None, "what cannot be read moves nobody"
    return forecast(look.program, plan, look.olds, now_micros(), most=most)


def publish_text(
    text: str, *, by: str, variables: Mapping[str, Any] | None = None, plan: Plan | None = None
) -> Published:
    """Publish a definition as the live version; `plan` moves those inside the earlier ones.

    Without a plan everybody stays. The version and the beginning of the change are written together.
    Raises CannotPublish, and CannotMove when the plan leaves somebody without a place.
    """
    others: list[Old] = []
    if plan is not None:
        look = look_at(text, variables or {})
        if look.program is None or look.errors:
            raise CannotPublish(look.errors)
        others = look.others(text, variables or {})
        check_plan(plan, look.program, others)
    with transaction.atomic():
        version = publish(text, variables=variables, by=by)
        if plan is None or not others:
            return Published(version, None)
        return Published(version, begin_change(version, plan, by=by))


def publish_draft(draft: int, *, revision: int, by: str, plan: Plan | None = None) -> Published:
    """Publish a draft as it was at `revision`.

    Raises NotOpen, Overtaken when there is a newer save, NeedsSecond, CannotPublish, CannotMove.
    """
    row = Draft.objects.get(pk=draft)
    with transaction.atomic():
        held = Draft.objects.select_for_update().get(pk=draft)
        if held.state not in OPEN:
            raise NotOpen
        if held.revision != revision:
            raise Overtaken(held, row.text)
        if not is_agreed(held):
            raise NeedsSecond
        held.state, held.changed_at = Draft.State.PUBLISHED, now()
        held.plan = write_plan(plan) if plan else ""
        held.save(update_fields=["state", "changed_at", "plan"])
        published = publish_text(held.text, by=by, variables=held.variables, plan=plan)
        note(held, Note.What.PUBLISHED, by=by, comment=str(published.version.number))
    return published


def _is_live(version: Version) -> bool:
    return version.dialogue.live_version_id == version.pk
