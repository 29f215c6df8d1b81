"""All addresses. Reading them puts the rooms' pages and panels in their places."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from keskio.config import wiring

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("keskio.web.urls")),
    path("", include("keskio.listen.urls")),
    path("", include("keskio.listen.wordlists.urls")),
    path("", include("keskio.listen.teaching.urls")),
    path("", include("keskio.listen.sources.urls")),
    path("", include("keskio.listen.trends.urls")),
    path("", include("keskio.listen.surveys.urls")),
    path("", include("keskio.listen.interviews.urls")),
    path("", include("keskio.respond.inbox.urls")),
    path("", include("keskio.respond.desk.urls")),
    path("", include("keskio.respond.promises.urls")),
    path("", include("keskio.respond.recovery.urls")),
    path("", include("keskio.respond.leads.urls")),
    path("", include("keskio.respond.feedback.urls")),
    path("", include("keskio.talk.publishing.urls")),
    path("", include("keskio.talk.contact.urls")),
    path("", include("keskio.talk.offers.urls")),
    path("", include("keskio.talk.backtests.urls")),
    path("", include("keskio.talk.gallery.urls")),
    path("", include("keskio.talk.calls.urls")),
    path("", include("keskio.talk.replies.urls")),
    path("", include("keskio.talk.printing.urls")),
    path("", include("keskio.talk.urls")),
    path("", include("keskio.measure.urls")),
    path("", include("keskio.know.urls")),
    path("", include("keskio.know.segments.urls")),
    path("", include("keskio.know.profiles.urls")),
    path("", include("keskio.know.imports.urls")),
    path("", include("keskio.know.objects.urls")),
    path("", include("keskio.know.computed.urls")),
    path("", include("keskio.know.privacy.urls")),
    path("", include("keskio.know.duplicates.urls")),
    path("", include("keskio.know.groups.urls")),
    path("", include("keskio.respond.urls")),
    path("", include("keskio.tracking.urls")),
    path("", include("keskio.channels.urls")),
]

wiring.register_pages()

handler400 = "keskio.web.views.errors.bad_request"
handler403 = "keskio.web.views.errors.forbidden"
handler404 = "keskio.web.views.errors.not_found"
handler500 = "keskio.web.views.errors.failed"
