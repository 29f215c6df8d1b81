"""Addresses of the wing."""

from __future__ import annotations

from django.urls import URLPattern, path

from keskio.talk.publishing import draft_views, version_views

app_name = "publishing"
urlpatterns: list[URLPattern] = [
    path("drafts/", draft_views.drafts, name="drafts"),
    path("drafts/add/", draft_views.add, name="add"),
    path("drafts/second/", draft_views.second, name="second"),
    path("drafts/<int:pk>/", draft_views.draft, name="draft"),
    path("drafts/<int:pk>/check/", draft_views.check, name="check"),
    path("drafts/<int:pk>/differences/", draft_views.differences, name="differences"),
    path("drafts/<int:pk>/review/", draft_views.review, name="review"),
    path("drafts/<int:pk>/discard/", draft_views.discard, name="discard"),
    path("drafts/<int:pk>/publish/", draft_views.publish, name="publish"),
    path("dialogues/<str:key>/change/", version_views.change_it, name="change_it"),
    path("dialogues/<str:key>/state/", version_views.state, name="state"),
    path("dialogues/<str:key>/versions/", version_views.versions, name="versions"),
    path("dialogues/<str:key>/compare/", version_views.compared, name="compared"),
    path("dialogues/<str:key>/versions/<int:number>/file/", version_views.file, name="file"),
    path("changes/<int:pk>/", version_views.change, name="change"),
    path("changes/<int:pk>/undo/", version_views.undo, name="undo"),
]
