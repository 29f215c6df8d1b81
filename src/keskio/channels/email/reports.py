"""Letters that machines write about letters: bounces (RFC 3464) and complaints (RFC 5965).

Bounces in the standard form are read here; older forms by `flufl.bounce`, which knows dozens.
"""

from __future__ import annotations

import re
from email.message import Message

import msgspec
from flufl.bounce import all_failures

STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
DELIVERY_STATUS = frozenset({"message/delivery-status", "message/global-delivery-status"})
NOT_REACHED = frozenset({"failed", "delayed", ""})
FAR = 50_000


class Recipient(msgspec.Struct, frozen=True):
    """What became of a letter to one address: `status` as RFC 3463 has it; `hard` means for ever."""

    address: str
    status: str
    hard: bool
    detail: str = ""


class DeliveryReport(msgspec.Struct, frozen=True):
    """What a report in the standard form says; `failed` is False for good news only."""

    recipients: tuple[Recipient, ...]
    failed: bool


def delivery_report_in(letter: Message) -> DeliveryReport | None:
    """Return what the letter's delivery report says, or None when it has none."""
    found: list[Recipient] = []
    seen = failed = False
    for part in letter.walk():
        if part.get_content_type() not in DELIVERY_STATUS:
            continue
        seen = True
        for block in _blocks_of(part):
            address = _address(block.get("final-recipient") or block.get("original-recipient", ""))
            action = block.get("action", "").split(" ")[0].lower()
            if not address and not action:
                continue
            failed = failed or action in NOT_REACHED
            found.append(_recipient(address, action, block))
    return DeliveryReport(tuple(found), failed) if seen and found else None


def old_bounce_in(letter: Message, text: str) -> tuple[Recipient, ...]:
    """Return the addresses of a bounce in one of the older forms; none when it is no bounce."""
    passing, lasting = all_failures(letter)
    status = STATUS.search(text[:FAR])
    found = {}
    for addresses, hard in ((passing, False), (lasting, True)):
        family = "5" if hard else "4"
        code = f"{family}.0.0"
        if status and status.group(1) == family:
            code = status.group()
        for raw in addresses:
            address = raw.decode("ascii", "replace") if isinstance(raw, bytes) else str(raw)
            found[address.lower()] = Recipient(address, code, hard)
    for address in re.split(r"[,\s]+", str(letter.get("X-Failed-Recipients", ""))):
        if "@" in address and address.lower() not in found:
            code = status.group() if status else "5.0.0"
            found[address.lower()] = Recipient(address, code, code.startswith("5"))
    return tuple(found.values())


def complaint_in(letter: Message) -> tuple[str, ...] | None:
    """Return who complains (addresses, perhaps none), or None when the letter is no complaint."""
    for part in letter.walk():
        if part.get_content_type() != "message/feedback-report":
            continue
        blocks = _blocks_of(part)
        fields = {name: value for block in blocks for name, value in block.items()}
        if fields.get("feedback-type", "abuse").lower() == "not-spam":
            return None
        address = _address(fields.get("original-rcpt-to", ""))
        return (address,) if address else ()
    return None


def original_of(letter: Message) -> str:
    """Return the headers of the letter that a report is about, as text ("" when they are missing)."""
    for part in letter.walk():
        kind = part.get_content_type()
        inner = part.get_payload()
        if kind in {"message/rfc822", "message/global"} and isinstance(inner, list) and inner:
            within = inner[0]
            if isinstance(within, Message):
                return "\n".join(f"{name}: {value}" for name, value in within.raw_items())
        if kind in {"text/rfc822-headers", "message/global-headers"} and isinstance(inner, str):
            return inner[:FAR]
    return ""


def _recipient(address: str, action: str, block: dict[str, str]) -> Recipient:
    detail = block.get("diagnostic-code", "")
    found = STATUS.search(block.get("status", ""))
    status = found.group() if found else ""
    more = STATUS.search(detail)
    # "5.0.0" says nothing; the server's own words often hold the exact code.
    if more and (not status or status.endswith(".0.0")) and more.group(1) == (status or "5")[0]:
        status = more.group()
    if not status:
        status = {"failed": "5.0.0", "delayed": "4.0.0"}.get(action, "2.0.0")
    hard = status.startswith("5") and action in {"failed", ""}
    return Recipient(address, status, hard, detail.partition(";")[2].strip() or detail)


def _blocks_of(part: Message) -> list[dict[str, str]]:
    """Return the groups of fields of a report, names in lower case."""
    inner = part.get_payload()
    if isinstance(inner, list):
        blocks = [_fields(block) for block in inner if isinstance(block, Message)]
    else:
        decoded = part.get_payload(decode=True)
        text = decoded.decode("utf-8", "replace") if isinstance(decoded, bytes) else ""
        blocks = [_parsed(block) for block in re.split(r"\r?\n\r?\n", text[:FAR])]
    return [block for block in blocks if block]


def _fields(block: Message) -> dict[str, str]:
    fields = {name.lower(): " ".join(str(value).split()) for name, value in block.raw_items()}
    # Some servers write a report as the body of a letter inside.
    return fields or _parsed(str(block.get_payload())[:FAR])


def _parsed(text: str) -> dict[str, str]:
    unfolded = re.sub(r"\r?\n[ \t]+", " ", text)
    pairs = (line.partition(":") for line in unfolded.splitlines())
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}


def _address(field: str) -> str:
    """Return the address of `rfc822; someone@example.com`."""
    kind, mark, address = field.partition(";")
    return (address if mark else kind).strip().strip("<>").strip()
