"""The page for feedback as it ships."""

from __future__ import annotations

from typing import Any

READY: dict[str, Any] = {
    "title": {"fi": "Anna palautetta", "en": "Give feedback"},
    "intro": {
        "fi": "Kerro, mikä meni pieleen tai onnistui. Jokainen palaute luetaan, ja valitus on tervetullut:"
        " sen avulla korjaamme.",
        "en": "Tell us what went wrong, or well. Every message is read, and complaints are welcome: they"
        " are how we mend things.",
    },
    "thanks": {
        "fi": "Kiitos! Palautteesi on perillä.",
        "en": "Thank you! Your feedback has arrived.",
    },
    "topics": [
        {"key": "service", "title": {"fi": "Asiakaspalvelu", "en": "Customer service"}},
        {"key": "delivery", "title": {"fi": "Toimitus", "en": "Delivery"}},
        {"key": "product", "title": {"fi": "Tuote", "en": "Product"}},
        {"key": "invoice", "title": {"fi": "Lasku", "en": "Invoice"}},
        {"key": "website", "title": {"fi": "Verkkopalvelu", "en": "Web site"}},
    ],
}
