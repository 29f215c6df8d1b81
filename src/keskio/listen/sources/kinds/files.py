"""Files that people bring by hand: exports of reviews, and any table of messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext_lazy as _

from keskio.channels.contracts import Setting
from keskio.kernel.errors import Mistake
from keskio.listen.sources.contracts import Errand, Haul, Source, Way

CHANNELS = (
    ("review", _("Reviews of a place or a shop")),
    ("app", _("Reviews of an app")),
    ("csv", _("Other messages")),
)


class Files:
    """The kind `file`."""

    key = "file"
    way: Way = "file"
    title = _("Files (reviews, tables)")
    sentence = _(
        "Exports of Google Play, App Store, Trustpilot, Google Business, or any CSV or JSON."
    )
    icon = "source"
    channel = "review"
    every = 0
    settings: Sequence[Setting] = (
        Setting(
            name="channel",
            label=_("What the files hold"),
            kind="choice",
            default="review",
            choices=CHANNELS,
        ),
        Setting(
            name="language",
            label=_("Language, where a row tells none"),
            help=_("A code such as fi. Empty: it is recognised."),
        ),
    )

    def check(self, source: Source) -> None:
        """Accept any settings."""

    def collect(self, errand: Errand) -> Iterator[Haul]:  # noqa: ARG002 - Kind's shape
        """Bring nothing by itself."""
        return iter(())

    def test(self, source: Source) -> str:  # noqa: ARG002 - Kind's shape
        """Raise Mistake: there is nothing to call."""
        raise Mistake(str(_("Bring a file: there is no server to try.")))


KIND = Files()
