"""The GSM 7-bit alphabet (3GPP TS 23.038), for the SMPP centre: written apart from the product's."""

from __future__ import annotations

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPE = 0x1B
EXTENSION = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\",
    0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}  # fmt: skip


def decode(octets: bytes) -> str:
    text, escaped = "", False
    for octet in octets:
        if escaped:
            text, escaped = text + EXTENSION[octet], False
        elif octet == ESCAPE:
            escaped = True
        else:
            text += BASIC[octet]
    return text


def encode(text: str) -> bytes | None:
    """Return the octets, or None for a text that the alphabet cannot write."""
    extension = {character: code for code, character in EXTENSION.items()}
    octets = bytearray()
    for character in text:
        if character in extension:
            octets += bytes((ESCAPE, extension[character]))
        elif character in BASIC:
            octets.append(BASIC.index(character))
        else:
            return None
    return bytes(octets)
