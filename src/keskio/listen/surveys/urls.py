"""Addresses."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from keskio.listen.surveys import edit_views, personal_views, views
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
    path("surveys/", views.surveys, name="surveys"),
    path("surveys/add/", views.add, name="add"),
    path("surveys/of/<str:key>/", views.survey, name="survey"),
    path("surveys/of/<str:key>/answers.csv", views.export, name="export"),
    path("surveys/of/<str:key>/asked/", views.asked, name="asked"),
    path("surveys/of/<str:key>/ask/", views.ask, name="ask"),
    path("surveys/of/<str:key>/share/", views.share, name="share"),
    path("surveys/of/<str:key>/links/", personal_views.for_segment, name="links"),
    path("surveys/personal/<int:customer>/", personal_views.for_customer, name="personal"),
    path("surveys/of/<str:key>/state/", views.change_state, name="state"),
    path("surveys/of/<str:key>/edit/", edit_views.edit, name="edit"),
    path("surveys/of/<str:key>/settings/", edit_views.settings, name="settings"),
    path("surveys/of/<str:key>/change/", edit_views.change, name="change"),
    path("surveys/of/<str:key>/text/", edit_views.text, name="text"),
    path("surveys/of/<str:key>/publish/", edit_views.publish, name="publish"),
    path("surveys/of/<str:key>/preview/", edit_views.preview, name="preview"),
    path("surveys/of/<str:key>/question/<str:name>/", edit_views.question, name="question_edit"),
]
