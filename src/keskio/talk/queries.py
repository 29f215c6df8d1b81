"""Reads of the room that others may ask for by its door."""

from __future__ import annotations

from keskio.talk.models import Version


def published_text(key: str, number: int | None = None) -> str | None:
    """Return the definition of a version exactly as it was published; the live one unless named.

    None when there is no such version.
    """
    versions = Version.objects.select_related("dialogue").filter(dialogue__key=key)
    if number is None:
        found = next((one for one in versions if one.dialogue.live_version_id == one.pk), None)
    else:
        found = versions.filter(number=number).first()
    return None if found is None else found.document
