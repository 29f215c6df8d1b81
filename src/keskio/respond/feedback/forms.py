"""Forms of the wing: the page for feedback, and a cause."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from keskio.respond.feedback.models import Cause, Page

TEXTS = ("title", "intro", "thanks")


class PageForm(forms.Form):
    """How the page for feedback stands."""

    is_open = forms.BooleanField(label=_("The page is open"), required=False)
    shows_mended = forms.BooleanField(
        label=_("Show what has been mended"),
        required=False,
        help_text=_("Only mended causes that are marked as public, in the words written for it."),
    )
    title_fi = forms.CharField(label=_("Heading in Finnish"), max_length=200)
    title_en = forms.CharField(label=_("Heading in English"), max_length=200, required=False)
    intro_fi = forms.CharField(
        label=_("Beginning in Finnish"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    intro_en = forms.CharField(
        label=_("Beginning in English"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    thanks_fi = forms.CharField(label=_("Thanks in Finnish"), max_length=500)
    thanks_en = forms.CharField(label=_("Thanks in English"), max_length=500, required=False)
    topics = forms.CharField(
        label=_("Topics"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "One on each line, Finnish and English with a bar between: Toimitus | Delivery"
        ),
    )

    @staticmethod
    def initial_of(page: Page) -> dict[str, Any]:
        """Return what the form shows of a page."""
        told: dict[str, Any] = {"is_open": page.is_open, "shows_mended": page.shows_mended}
        for name in TEXTS:
            texts = getattr(page, name)
            told |= {f"{name}_fi": texts.get("fi", ""), f"{name}_en": texts.get("en", "")}
        lines = [
            f"{one['title'].get('fi', '')} | {one['title'].get('en', '')}" for one in page.topics
        ]
        return {**told, "topics": "\n".join(lines)}

    def changes(self) -> dict[str, Any]:
        """Return the page's fields; the form must be valid."""
        chosen = self.cleaned_data
        told: dict[str, Any] = {n: chosen[n] for n in ("is_open", "shows_mended")}
        for name in TEXTS:
            texts = {"fi": chosen[f"{name}_fi"], "en": chosen[f"{name}_en"]}
            told[name] = {language: text for language, text in texts.items() if text}
        topics = []
        for line in chosen["topics"].splitlines():
            fi, _bar, en = (part.strip() for part in line.partition("|"))
            if fi:
                title = {"fi": fi, "en": en} if en else {"fi": fi}
                topics.append({"key": slugify(en or fi)[:60] or "topic", "title": title})
        return {**told, "topics": topics}


class CauseForm(forms.Form):
    """A root cause."""

    title = forms.CharField(label=_("What is wrong"), max_length=200)
    theme = forms.CharField(
        label=_("Theme"), max_length=60, required=False, help_text=_("For example delivery.")
    )
    about = forms.CharField(
        label=_("Why, and how it is mended"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    owner = forms.ChoiceField(label=_("Who mends it"), required=False)
    mend_by = forms.DateField(
        label=_("Mended by"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    state = forms.ChoiceField(label=_("Where it stands"), choices=Cause.State.choices)
    is_public = forms.BooleanField(
        label=_("Tell of it in public once it is mended"), required=False
    )
    told_fi = forms.CharField(
        label=_("The public list says in Finnish"), max_length=500, required=False
    )
    told_en = forms.CharField(
        label=_("The public list says in English"), max_length=500, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = User.objects.filter(is_active=True).order_by("username")
        found = names.values_list("username", flat=True)
        self.fields["owner"].choices = [("", "–"), *((n, n) for n in found)]  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(cause: Cause) -> dict[str, Any]:
        """Return what the form shows of a cause."""
        names = ("title", "theme", "about", "owner", "mend_by", "state", "is_public")
        told = {name: getattr(cause, name) for name in names}
        return {**told, **{f"told_{code}": text for code, text in cause.told.items()}}

    def changes(self) -> dict[str, Any]:
        """Return the cause's fields; the form must be valid."""
        chosen = dict(self.cleaned_data)
        texts = {"fi": chosen.pop("told_fi"), "en": chosen.pop("told_en")}
        return {**chosen, "told": {code: text for code, text in texts.items() if text}}
