"""Addresses of the room."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from keskio.web.views import account, first_user, home, users

app_name = "web"
urlpatterns = [
    path("", home.home, name="home"),
    path("mark.svg", home.mark, name="mark"),
    path("sign-in/", account.SignIn.as_view(), name="sign_in"),
    path("set-up/<str:token>/", first_user.first_user, name="first_user"),
    path("sign-out/", LogoutView.as_view(http_method_names=["post"]), name="sign_out"),
    path("account/", account.account, name="account"),
    path("account/password/", account.ChangePassword.as_view(), name="password"),
    path("language/", account.set_language, name="language"),
    path("theme/", account.set_theme, name="theme"),
    path("users/", users.users, name="users"),
    path("users/add/", users.add_user, name="user_add"),
    path("users/<int:pk>/", users.change_user, name="user_change"),
]
