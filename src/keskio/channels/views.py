"""Pages of the settings of channels. For administrators."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keskio.channels import api
from keskio.channels.contracts import Account, Provider, Result, Secrets
from keskio.channels.forms import AccountForm, TestForm
from keskio.channels.models import Account as Row
from keskio.channels.names import channel_name
from keskio.channels.queries import inbound_url
from keskio.kernel.errors import KeskioError, Mistake
from keskio.web.roles import admin


@require_safe
@admin
def accounts(request: HttpRequest) -> HttpResponse:
    """List the accounts, and the providers that one can be added for."""
    rows = list(api.accounts())
    sending = {row.channel: row.pk for row in reversed(rows) if row.active}
    shown = [
        {
            "row": row,
            "channel": channel_name(row.channel),
            "sends": sending.get(row.channel) == row.pk,
        }
        for row in rows
    ]
    choices = [
        {"key": provider.key, "title": provider.title, "channel": channel_name(provider.channel)}
        for provider in sorted(api.providers().values(), key=lambda p: (p.channel, p.key))
    ]
    return render(request, "channels/accounts.html", {"accounts": shown, "providers": choices})


@require_http_methods(["GET", "POST"])
@admin
def add(request: HttpRequest, key: str) -> HttpResponse:
    """Add an account of a provider."""
    provider = _provider_or_404(key)
    form = AccountForm(request.POST or None, provider=provider, initial={"name": provider.title})
    if request.method == "POST" and form.is_valid():
        try:
            _try_settings(provider, form)
            number = api.add_account(
                provider=key,
                name=form.cleaned_data["name"],
                settings=form.settings(),
                secrets=form.secrets(),
                limits=form.limits(),
                active=form.cleaned_data["active"],
            )
        except Mistake as mistake:
            form.add_error(None, mistake.message)
        else:
            messages.success(request, _("The account was added. Send a test message."))
            return redirect("channels:account", number)
    context = {"form": form, "provider": provider, "channel": channel_name(provider.channel)}
    return render(request, "channels/account_add.html", context)


@require_http_methods(["GET", "POST"])
@admin
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an account; change its settings."""
    row = get_object_or_404(Row, pk=pk)
    provider = _provider_or_404(row.provider)
    form = AccountForm(request.POST or None, provider=provider, account=row)
    if request.method == "POST" and form.is_valid():
        try:
            _try_settings(provider, form)
            api.change_account(
                pk,
                name=form.cleaned_data["name"],
                settings=form.settings(),
                secrets=form.secrets(),
                limits=form.limits(),
                active=form.cleaned_data["active"],
            )
        except Mistake as mistake:
            form.add_error(None, mistake.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("channels:account", pk)
    return _show(request, row, provider, form=form)


@require_POST
@admin
def send_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send one message through an account and say what became of it."""
    row = get_object_or_404(Row, pk=pk)
    provider = _provider_or_404(row.provider)
    test = TestForm(request.POST, channel=row.channel, region=settings.PHONE_REGION)
    if not test.is_valid():
        return _show(
            request, row, provider, form=AccountForm(provider=provider, account=row), test=test
        )
    text = test.cleaned_data["text"]
    try:
        result = api.send_test(pk, to=test.cleaned_data["to"], subject=_("Test message"), text=text)
    except KeskioError as error:
        messages.error(request, error.message)
    else:
        _tell(request, result, parts=api.segments_of(text).parts if row.channel == "sms" else 0)
    return redirect("channels:account", pk)


def _show(
    request: HttpRequest,
    row: Row,
    provider: Provider,
    *,
    form: AccountForm,
    test: TestForm | None = None,
) -> HttpResponse:
    initial = {"text": _("Test message from Keskiö")}
    fresh = TestForm(channel=row.channel, region=settings.PHONE_REGION, initial=initial)
    inbound = ""
    if provider.inbound_query is not None:
        inbound = inbound_url(row.channel, row.inbound_token) + provider.inbound_query
    context = {
        "account": row,
        "provider": provider,
        "channel": channel_name(row.channel),
        "form": form,
        "test": test or fresh,
        "inbound": inbound,
    }
    return render(request, "channels/account.html", context)


def _try_settings(provider: Provider, form: AccountForm) -> None:
    """Open a transport with the given settings; raises Mistake for those that cannot work."""
    tried = Account(
        id=0,
        channel=provider.channel,
        provider=provider.key,
        name="",
        settings=form.settings(),
        secrets=Secrets(form.secrets()),
    )
    provider.open(tried).close()


def _tell(request: HttpRequest, result: Result, *, parts: int) -> None:
    said = f" {result.sentence}" if result.sentence else ""
    if result.state == "accepted":
        in_parts = ngettext("in one part", "in %(count)d parts", parts) % {"count": parts}
        how = f" ({in_parts})" if parts else ""
        messages.success(request, _("The provider took the message%(how)s.") % {"how": how} + said)
    elif result.state == "unknown":
        messages.warning(request, _("It is not known whether the message was taken.") + said)
    else:
        messages.error(request, _("The message was not taken.") + said)


def _provider_or_404(key: str) -> Provider:
    try:
        return api.provider_of(key)
    except Mistake as mistake:
        raise Http404(mistake.message) from None
