"""Forms of signing in, of one's own account and of users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from keskio.web.roles import ADMIN, READER, ROLES, give_role

if TYPE_CHECKING:
    _CreationForm = BaseUserCreationForm[User]
    _ModelForm = forms.ModelForm[User]
else:
    _CreationForm = BaseUserCreationForm
    _ModelForm = forms.ModelForm


class FirstUserForm(_CreationForm):
    """The first user, an administrator, made by whoever holds the set-up token."""

    class Meta:
        model = User
        fields = ("username", "email")
        labels = {"email": _("E-mail")}

    def save(self, commit: bool = True) -> User:
        """Save the user and make them an administrator."""
        user: User = super().save(commit=commit)
        give_role(user, ADMIN)
        return user


class AddUserForm(_CreationForm):
    """A new user with a role; the administrator gives them the first password."""

    role = forms.ChoiceField(label=_("Role"), choices=list(ROLES.items()), initial=READER)

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email")
        labels = {"email": _("E-mail")}

    def save(self, commit: bool = True) -> User:
        """Save the user and give them their role."""
        user: User = super().save(commit=commit)
        give_role(user, self.cleaned_data["role"])
        return user


class ChangeUserForm(_ModelForm):
    """What an administrator may change of another user."""

    role = forms.ChoiceField(label=_("Role"), choices=list(ROLES.items()))

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email", "is_active")
        labels = {"email": _("E-mail"), "is_active": _("May sign in")}
        help_texts = {
            "is_active": _(
                "Take this away instead of removing the user: their decisions stay named."
            )
        }

    def save(self, commit: bool = True) -> Any:
        """Save the user and give them their role."""
        user = super().save(commit=commit)
        give_role(user, self.cleaned_data["role"])
        return user
