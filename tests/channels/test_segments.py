"""Parts of text messages at their edges."""

from __future__ import annotations

import pytest

from keskio.channels.sms.segments import Segments, segments_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments("gsm", 0, 1)),
        ("a" * 160, Segments("gsm", 160, 1)),
        ("a" * 161, Segments("gsm", 161, 2)),
        ("a" * 306, Segments("gsm", 306, 2)),
        ("a" * 307, Segments("gsm", 307, 3)),
        ("ä" * 160, Segments("gsm", 160, 1)),
        ("€" * 80, Segments("gsm", 160, 1)),
        # 153 is odd: a euro sign that would stand across the border moves to the next part.
        ("a" * 152 + "€" + "a" * 152, Segments("gsm", 306, 3)),
        ("š", Segments("ucs2", 1, 1)),
        ("š" * 70, Segments("ucs2", 70, 1)),
        ("š" * 71, Segments("ucs2", 71, 2)),
        ("🙂" * 35, Segments("ucs2", 70, 1)),
        # 67 is odd: 33 emoji a part.
        ("🙂" * 66, Segments("ucs2", 132, 2)),
        ("🙂" * 67, Segments("ucs2", 134, 3)),
        ("`", Segments("ucs2", 1, 1)),
        ("[~]^{}\\|€", Segments("gsm", 18, 1)),
        ("Åker Ärla Önska åäö", Segments("gsm", 19, 1)),
    ],
)
def test_parts_are_counted_as_the_standard_says(text: str, expected: Segments) -> None:
    assert segments_of(text) == expected
