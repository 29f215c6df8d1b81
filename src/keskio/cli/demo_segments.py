"""The demo company's segments and stages, kept up while its past is told."""

from __future__ import annotations

SEGMENTS = (
    """\
key: recent-buyers
title: {fi: Äskettäin ostaneet, en: Recent buyers}
description:
  fi: Ostaneet viimeisten 90 päivän aikana.
  en: Those who have bought during the last 90 days.
when: {event: Order Completed, in: {last: 90 days}}
""",
    """\
key: regulars
title: {fi: Kanta-asiakkaat, en: Regulars}
when: {event: Order Completed, in: {last: 365 days}, times: {at_least: 2}}
""",
    """\
key: big-spenders
title: {fi: Paljon ostavat, en: Big spenders}
when: {event: Order Completed, sum: revenue, at_least: 900, in: {last: 365 days}}
""",
    """\
key: bought-a-bicycle
title: {fi: Pyörän ostaneet, en: Bought a bicycle}
when:
  event: Order Completed
  where: {property: revenue, at_least: 200}
""",
    """\
key: regulars-by-sms
title: {fi: Kanta-asiakkaat tekstiviestillä, en: Regulars by SMS}
description:
  fi: Kanta-asiakkaat, joille saa lähettää tarjouksia tekstiviestillä.
  en: Regulars to whom offers may be sent by SMS.
when:
  all:
    - {segment: regulars}
    - {consent: marketing, channel: sms}
""",
    """\
key: service-next
title: {fi: Huollon aika, en: Time for service}
when:
  all:
    - event: Order Completed
      where: {property: revenue, at_least: 200}
      in: {before: 180 days}
    - not:
        event: Order Completed
        where: {property: product, contains: huolto}
        in: {last: 180 days}
""",
)


def seed_segments() -> None:
    """Save the segments and the models of stages where they are not there, and write their members."""
    from keskio.know.api import (
        found_segments,
        save_ready_models,
        save_segment,
        segments_now,
    )

    known = {row.key for row in segments_now()}
    for text in SEGMENTS:
        if text.splitlines()[0].removeprefix("key: ") not in known:
            save_segment(text, by="admin")
    save_ready_models(by="admin")
    found_segments()


def follow_log() -> None:
    """Let segments and stages take in what is in the log now."""
    from keskio.kernel.clock import now_micros
    from keskio.know.segments.following import SegmentFollower

    follower = SegmentFollower()
    while follower.turn(now_micros()):
        pass
