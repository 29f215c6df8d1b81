"""The shortcuts of the inbox, as its sheet and its page show them; `inbox-keys.ts` listens to them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def shortcuts() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the shortcuts by group: keys, and what they do."""
    return [
        (
            pgettext("shortcuts", "Moving"),
            [
                ("j ↓ / k ↑", _("next and previous case in the list")),
                ("Enter", _("open the case")),
                ("Esc", _("back: out of a field, then to the list")),
                ("/", _("search")),
                ("x", _("choose the case in the list, for doing several at once")),
            ],
        ),
        (
            pgettext("shortcuts", "Answering"),
            [
                ("r", _("write a reply")),
                ("n", _("write an internal note")),
                ("i", _("switch between the reply and the internal note")),
                ("1 2 3", _("take an earlier answer into the reply")),
                (":: /", _("in the reply: a ready text")),
                ("@", _("in a note: mention a colleague")),
                ("Ctrl-Alt-P", _("confirm the promise that was heard in the reply")),
                ("Ctrl-Enter", _("send")),
            ],
        ),
        (
            pgettext("shortcuts", "Doing"),
            [
                ("a", _("give the case to somebody")),
                ("z", _("snooze")),
                ("e", _("close the case")),
                ("u", _("undo what you did last")),
                ("Ctrl-K", _("all commands")),
                ("?", _("this list")),
            ],
        ),
    ]
