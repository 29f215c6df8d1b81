"""HTML letters as text."""

from __future__ import annotations

import pytest

from keskio.channels.email.html import text_of


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hei</p><p>A</p>", "Hei\n\nA"),
        ("Hei<br>A<br/><br>B", "Hei\nA\n\nB"),
        ("<div>Hei <b>sinä</b>, A</div>", "Hei sinä, A"),
        ("<ul><li>yksi</li><li>kaksi</li></ul>", "yksi\nkaksi"),
        ("<head><title>x</title></head><style>p{}</style><script>1</script>A", "A"),
        ("&auml;&nbsp;&#8364;&lt;b&gt;", "ä €<b>"),
        ("A<blockquote>vanha<br>rivi</blockquote>", "A\n> vanha\n> rivi"),
        ('A<div class="gmail_quote">x <div>y</div></div>B', "A\n> x\n> y\nB"),
        ("<p>A<p>B", "A\nB"),
        ("<<<>>><b", "<<<>>><b"),
    ],
)
def test_words_come_in_lines(html: str, text: str) -> None:
    assert text_of(html) == text


def test_a_page_of_fifteen_thousand_open_tags_is_read() -> None:
    assert text_of("<div>" * 15_000 + "A") == "A"
