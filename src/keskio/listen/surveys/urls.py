"""Addresses."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from keskio.listen.surveys import public_views as public

app_name = "surveys"
_COLOUR = "[0-9a-f]{6}"
urlpatterns: list[URLPattern] = [
    re_path(
        rf"^s/theme/(?P<main>{_COLOUR})-(?P<paper>{_COLOUR})-(?P<ink>{_COLOUR})\.css$",
        public.theme,
        name="theme",
    ),
    path("s/e/<str:token>/", public.embedded, name="embedded"),
    path("s/e/<str:token>/<str:key>/", public.embedded, name="embedded_question"),
    path("s/k/<str:token>/", public.kiosk, name="kiosk"),
    path("s/k/<str:token>/<str:key>/", public.kiosk, name="kiosk_question"),
    path("s/<str:token>/", public.answer, name="answer"),
    path("s/<str:token>/<str:key>/", public.answer, name="answer_question"),
]
