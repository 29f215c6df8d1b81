"""Prepares a Keskiö for `bench latency`: `python -m benchmarks.latency_setup COUNT`.

Customers with consents, a key, a dialogue that sends to whoever an event tells of. Prints one line
of JSON: the header to send, and the customers' numbers in the order of their user ids.
"""

from __future__ import annotations

import base64
import json
import sys

import benchmarks.installation  # noqa: F401 - before what needs tables
from keskio.cli.installation import bring_up_to_date
from keskio.know.api import all_customer_ids, import_people
from keskio.know.contracts import ConsentRow, NewPerson
from keskio.talk.api import publish
from keskio.tracking.api import add_key, add_source

DEFINITION = """
keskio: dialogue/1
key: latency
title: {fi: Huoltokutsu}
purpose: marketing
quiet: ignore
languages: [fi]
trigger: {event: Service Due}
steps:
  invite:
    kind: send
    title: {fi: Kutsu}
    channel: sms
    text: {fi: "Hei{% if customer.first_name %} {{ customer.first_name }}{% endif %}! Huolto lähestyy."}
"""


def main() -> None:
    """Prepare and print."""
    count = int(sys.argv[1])
    bring_up_to_date()
    import_people(
        NewPerson(
            (("user_id", f"c{i}"),),
            {"first_name": f"Asiakas {i}", "phone": f"+35840{1_000_000 + i}", "language": "fi"},
            (ConsentRow("marketing", "sms"),),
        )
        for i in range(count)
    )
    publish(DEFINITION)
    _, text = add_key(add_source("bench"))
    authorization = "Basic " + base64.b64encode(f"{text}:".encode()).decode()
    customers = all_customer_ids(limit=count)
    print(json.dumps({"authorization": authorization, "customers": customers}))


if __name__ == "__main__":
    main()
