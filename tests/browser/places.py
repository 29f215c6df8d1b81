"""The pages that everybody must be able to read: by name, for tests and for the pictures."""

from __future__ import annotations

FLOW = "/dialogues/bicycle-autumn-service/"
PUBLIC = {"sign-in": "/sign-in/", "first-user": "/set-up/guess/", "not-found": "/nothing-here/"}
PAGES = {
    "home": "/",
    "dialogues": "/dialogues/",
    "dialogue": FLOW,
    "step": f"{FLOW}versions/1/steps/helmets/",
    "customers": "/customers/",
    "customer": "/customers/3/",
    "tasks": "/tasks/",
    "task": "/tasks/1/",
    "unknown-messages": "/messages/unknown/",
    "imports": "/imports/",
    "import-new": "/imports/new/",
    "tables": "/imports/tables/",
    "table-add": "/imports/tables/add/",
    "quarantine": "/quarantine/",
    "quarantined": "/quarantine/1/",
    "channels": "/channels/",
    "channel": "/channels/1/",
    "channel-new": "/channels/add/twilio/",
    "sources": "/sources/",
    "source": "/sources/1/",
    "users": "/users/",
    "user": "/users/add/",
    "account": "/account/",
    "password": "/account/password/",
    "consents": "/consents/",
    "purposes": "/consents/purposes/",
    "purpose": "/consents/purposes/marketing/",
    "erasures": "/privacy/",
    "retention": "/privacy/retention/",
    "health": "/privacy/health/",
    "erase": "/customers/3/erase/",
}
