"""Root causes of the demo company: one to be mended, one late, one mended and told of in public."""

from __future__ import annotations

from datetime import datetime, timedelta

from keskio.respond.feedback.actions import link_case, save_cause
from keskio.respond.feedback.models import Cause
from keskio.respond.inbox.models import Case


def seed_demo(now: datetime) -> None:
    """Write down the demo's causes, and link some of its cases to the first."""
    today = now.date()
    first = save_cause(
        Cause(
            title="Huollon valmistumisesta ei kerrota",
            theme="service",
            about="Korjaamo ei merkitse työtä valmiiksi samana päivänä. Lisätään kuittaus korjaamon listaan.",
            owner="editor",
            mend_by=today + timedelta(days=12),
            state=Cause.State.MENDING,
        ),
        by="editor",
    )
    for case in Case.objects.filter(kind="complaint").order_by("id")[:4]:
        link_case(first, case.pk, by="editor")
    save_cause(
        Cause(
            title="Verkkokaupan varastosaldo on väärin",
            theme="website",
            owner="admin",
            mend_by=today - timedelta(days=3),
        ),
        by="admin",
    )
    save_cause(
        Cause(
            title="Puhelimessa jonotettiin aamulla",
            theme="service",
            owner="admin",
            state=Cause.State.MENDED,
            is_public=True,
            told={
                "fi": "Puhelimessa on nyt aamuisin kaksi vastaajaa, ja jonosta voi jättää soittopyynnön.",
                "en": "Two people now answer the phone in the morning, and you can ask to be called back.",
            },
        ),
        by="admin",
    )
