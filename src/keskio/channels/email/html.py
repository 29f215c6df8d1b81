"""HTML letters as plain text: the words, in lines, with what is quoted marked by `>`."""

from __future__ import annotations

from html.parser import HTMLParser

LONGEST = 100_000
BLOCKS = frozenset(
    """
    address article blockquote dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr li main
    nav ol p pre section table tr ul
    """.split()  # noqa: SIM905 - thirty quoted words read worse
)
SILENT = frozenset({"script", "style", "head", "title", "template", "noscript"})
EMPTY = frozenset({"br", "hr", "img", "input", "meta", "link", "col", "area", "base", "wbr"})
# What mail programs put around the letter that is answered.
QUOTED_CLASSES = (
    "gmail_quote",
    "gmail_extra",
    "yahoo_quoted",
    "protonmail_quote",
    "moz-cite-prefix",
)
# From here on all is the letter that is answered (Outlook writes it as brothers of this element).
REST_IS_QUOTED = (
    "divrplyfwdmsg",
    "appendonsend",
    "x_divrplyfwdmsg",
    "mail-editor-reference-message",
)


def text_of(html: str) -> str:
    """Return the words of an HTML letter; the parser takes anything, however broken."""
    reader = _Reader()
    reader.feed(html[:LONGEST])
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line = ""
        self._silent = 0
        self._quoted = 0
        self._open: list[tuple[str, bool, bool]] = []

    def text(self) -> str:
        """Return what was read, without blank lines in a row."""
        self._break()
        kept: list[str] = []
        for line in self._lines:
            if line or (kept and kept[-1]):
                kept.append(line)
        return "\n".join(kept).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._break(empty=True)
            return
        if tag in BLOCKS:
            self._break()
        if tag in EMPTY:
            return
        given = {name: (value or "").lower() for name, value in attrs}
        if any(mark in given.get("id", "") for mark in REST_IS_QUOTED):
            self._quoted += 1_000_000
        quoted = tag == "blockquote" or any(c in given.get("class", "") for c in QUOTED_CLASSES)
        silent = tag in SILENT
        self._open.append((tag, silent, quoted))
        self._silent += silent
        self._quoted += quoted

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self._break()
        if tag == "p":
            self._lines.append("")
        if not any(name == tag for name, _, _ in self._open[-50:]):
            return
        while self._open:
            name, silent, quoted = self._open.pop()
            self._silent -= silent
            self._quoted -= quoted
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._silent:
            lead = " " if data[:1].isspace() and self._line else ""
            tail = " " if data[-1:].isspace() else ""
            words = " ".join(data.split())
            self._line = (self._line + lead + words + tail) if words else self._line.rstrip() + lead

    def _break(self, *, empty: bool = False) -> None:
        line, self._line = self._line.strip(), ""
        if line or empty:
            self._lines.append(f"> {line}" if line and self._quoted else line)
