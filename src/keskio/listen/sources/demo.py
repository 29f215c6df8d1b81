"""What the demo company has: one source, paused, of which nothing has come. The demo calls nobody."""

from __future__ import annotations

from datetime import datetime

from keskio.listen.sources.actions import add_source
from keskio.listen.sources.models import Source


def seed_demo(now: datetime) -> None:  # noqa: ARG001 - every wing's shape
    """Add the example source; twice is once."""
    if Source.objects.exists():
        return
    add_source(
        kind="rss",
        name="Pyöräilyblogit (esimerkki)",
        settings={
            "urls": "https://blogi.example/atom.xml\nhttps://foorumi.example/uusimmat.rss",
            "words": "pyöräliike ketju\nketjun huolto",
            "every": "30",
        },
        made_by="admin",
        paused=True,
    )
