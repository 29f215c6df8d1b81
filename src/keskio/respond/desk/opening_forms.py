"""Forms of what opens cases, and of the queues that they come to."""

from __future__ import annotations

from typing import Any

import msgspec
from django import forms
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keskio.kernel.i18n import in_language
from keskio.respond.desk.queries import colleagues
from keskio.respond.desk.words import CHANNEL_NAMES
from keskio.respond.inbox.contracts import OpeningRules
from keskio.respond.inbox.models import Case, Queue


def _share(label: Any, help_text: Any = "") -> forms.FloatField:
    return forms.FloatField(
        label=label,
        help_text=help_text,
        min_value=0,
        max_value=1,
        widget=forms.NumberInput({"step": "0.05"}),
    )


class OpeningForm(forms.Form):
    """When what is heard becomes a case, and how severe it is."""

    opens_messages = forms.BooleanField(
        label=_("Messages that no dialogue takes open a case"), required=False
    )
    opens_calls = forms.BooleanField(label=_("Calls open a case"), required=False)
    opens_low_scores = forms.BooleanField(
        label=_("Low scores open a case"),
        required=False,
        help_text=_("Which scores are low is said in each survey."),
    )
    opens_mentions = forms.BooleanField(label=_("Public messages open a case"), required=False)
    negative_from = _share(
        _("… when their negativity is at least"),
        _("From 0, not at all, to 1, as negative as can be."),
    )
    urgency_from = _share(_("… or their urgency is at least"))
    networks = forms.CharField(
        label=_("Networks with a negativity of their own"),
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("One a line, such as mastodon 0.4. With 1 hardly anything opens a case."),
    )
    themes = forms.CharField(
        label=_("Themes that always open a case"),
        required=False,
        max_length=1000,
        help_text=_("Keys with commas between, such as safety, data-breach."),
    )
    serious_from = _share(_("A case is serious when negativity is at least"))
    critical_from = _share(_("… and critical when urgency is at least"))
    oldest_days = forms.IntegerField(
        label=_("What is older than this opens nothing (days)"),
        min_value=1,
        max_value=3650,
        help_text=_("So that the past of a new source does not flood the inbox."),
    )

    def clean_networks(self) -> dict[str, float]:
        """Read the thresholds of networks, one a line."""
        found = {}
        for line in self.cleaned_data["networks"].splitlines():
            name, _gap, share = line.strip().rpartition(" ")
            if not line.strip():
                continue
            try:
                value = float(share.replace(",", "."))
            except ValueError:
                value = -1.0
            if not name.strip() or not 0 <= value <= 1:
                raise forms.ValidationError(
                    gettext_lazy("Write each as a network and a number from 0 to 1, one a line.")
                )
            found[name.strip().lower()] = value
        return found

    def clean_themes(self) -> list[str]:
        """Return the themes, each once."""
        return _listed(self.cleaned_data["themes"])

    def rules(self, before: OpeningRules) -> OpeningRules:
        """Return the rules that were written; what the form does not have is as before."""
        return msgspec.structs.replace(before, **self.cleaned_data)


def initial_of_rules(rules: OpeningRules) -> dict[str, Any]:
    """Return what the form begins with."""
    return {
        **msgspec.to_builtins(rules),
        "networks": "\n".join(f"{name} {share:g}" for name, share in rules.networks.items()),
        "themes": ", ".join(rules.themes),
    }


def _listed(text: str) -> list[str]:
    return list(dict.fromkeys(word for one in text.split(",") if (word := one.strip())))


def _queues(without: str) -> list[tuple[str, Any]]:
    language = get_language() or "fi"
    others = [
        (one.key, in_language(one.title, language) or one.key)
        for one in Queue.objects.exclude(key=without)
    ]
    return [("", _("nowhere")), *others]


class QueueForm(forms.Form):
    """A queue: which new cases come to it, and where those go that are late."""

    key = forms.SlugField(label=_("Key"), max_length=60)
    title_fi = forms.CharField(label=_("Name in Finnish"), max_length=100)
    title_en = forms.CharField(label=_("Name in English"), max_length=100, required=False)
    position = forms.IntegerField(
        label=_("Place in the order"),
        min_value=0,
        max_value=1000,
        initial=0,
        help_text=_("A new case comes to the first queue that it fits."),
    )
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        required=False,
        choices=lambda: list(CHANNEL_NAMES.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all."),
    )
    kinds = forms.MultipleChoiceField(
        label=pgettext_lazy("case", "Kinds"),
        required=False,
        choices=Case.Kind.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all."),
    )
    themes = forms.CharField(
        label=_("Themes"),
        required=False,
        max_length=1000,
        help_text=_("Keys with commas between; one is enough. None: all."),
    )
    next_queue = forms.ChoiceField(label=_("A late case goes to the queue"), required=False)
    lead = forms.ChoiceField(label=_("A late case is given to"), required=False)

    def __init__(self, *args: Any, queue: Queue | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._queue = queue
        self.fields["key"].disabled = queue is not None
        self.fields["next_queue"].choices = _queues(queue.key if queue else "")  # type: ignore[attr-defined]
        people = [("", _("nobody")), *colleagues().items()]
        self.fields["lead"].choices = people  # type: ignore[attr-defined]

    def clean_key(self) -> str:
        """Refuse the key of another queue."""
        key = str(self.cleaned_data["key"])
        if self._queue is None and Queue.objects.filter(key=key).exists():
            raise forms.ValidationError(_("There is a queue with this key already."))
        return key

    def values(self) -> dict[str, Any]:
        """Return the columns of the queue."""
        given = dict(self.cleaned_data)
        titles = {"fi": given.pop("title_fi"), "en": given.pop("title_en")}
        titles = {language: title for language, title in titles.items() if title}
        return {**given, "title": titles, "themes": _listed(given["themes"])}


def initial_of_queue(queue: Queue) -> dict[str, Any]:
    """Return what the form of a queue begins with."""
    kept = ("key", "position", "channels", "kinds", "next_queue", "lead")
    return {
        **{name: getattr(queue, name) for name in kept},
        "themes": ", ".join(queue.themes),
        **{f"title_{language}": title for language, title in queue.title.items()},
    }
