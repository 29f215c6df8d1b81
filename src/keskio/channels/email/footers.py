"""What stands below every letter: where the receiver says what may be sent, in their language."""

from __future__ import annotations

from html import escape

WORDS = {
    "fi": "Muuta, mitä saat meiltä, tai lopeta viestit",
    "sv": "Ändra vad du får av oss, eller stoppa meddelandena",
    "en": "Change what you get from us, or stop the messages",
}


def with_footer(text: str, address: str, language: str) -> str:
    """Return a plain letter with the footer, unless it leads to the page already.

    >>> with_footer("Hei!", "https://x.fi/p/a/", "en").splitlines()[-1]
    'Change what you get from us, or stop the messages: https://x.fi/p/a/'
    """
    if not address or address in text:
        return text
    return f"{text.rstrip()}\n\n-- \n{_words(language)}: {address}\n"


def with_html_footer(html: str, address: str, language: str) -> str:
    """Return a letter in HTML with the footer at its end, unless it leads to the page already."""
    if not html or not address or escape(address) in html or address in html:
        return html
    footer = f'<p><small><a href="{escape(address)}">{escape(_words(language))}</a></small></p>'
    place = html.lower().rfind("</body>")
    return html + footer if place < 0 else html[:place] + footer + html[place:]


def _words(language: str) -> str:
    return WORDS.get(language[:2], WORDS["en"])
