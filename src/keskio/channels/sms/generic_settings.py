"""The settings form of the generic HTTP gateway."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keskio.channels.contracts import Setting
from keskio.channels.sms.settings import NUMBERS, SENDER, WORDS

FIELDS = """to = {to}
from = {sender}
text = {text}
reference = {reference}
callback = {callback}"""
REPORT_WORDS = """delivered = delivered
DELIVRD = delivered
failed = failed
undelivered = failed
UNDELIV = failed
REJECTD = failed
EXPIRED = failed
sent = pending
queued = pending"""

# What the reader of a stored request needs; it is kept beside each request.
MAPPED = (
    "reply_from",
    "reply_to",
    "reply_text",
    "reply_id",
    "reply_at",
    "report_status",
    "report_id",
    "report_reference",
    "report_to",
    "report_detail",
    "report_words",
)

SENDING = _("Sending")
ANSWER = _("What the gateway answers")
REPLIES = _("Replies that come in")
REPORTS = _("Delivery reports")
SIGNATURE = _("Signature")

SETTINGS = (
    Setting(section=SENDING, name="url", label=_("Address for sending"), required=True),
    Setting(
        section=SENDING,
        name="style",
        label=_("Kind of request"),
        kind="choice",
        default="json",
        choices=(("json", "POST, JSON"), ("form", _("POST, form")), ("query", "GET")),
    ),
    Setting(
        section=SENDING,
        name="fields",
        label=_("Fields of the request"),
        help=_(
            "A line for each, name = value. {to} {text} {sender} {reference} {callback} {language} "
            "{token} {password} are filled in."
        ),
        kind="lines",
        required=True,
        default=FIELDS,
    ),
    Setting(
        section=SENDING,
        name="headers",
        label=_("HTTP headers"),
        help=_("A line for each, for example Authorization: Bearer {token}"),
        kind="lines",
    ),
    Setting(section=SENDING, name="token", label=_("Token"), kind="secret"),
    Setting(section=SENDING, name="username", label=_("User name (HTTP Basic)")),
    Setting(section=SENDING, name="password", label=_("Password"), kind="secret"),
    SENDER,
    NUMBERS,
    WORDS,
    Setting(
        section=ANSWER,
        name="id_path",
        label=_("Where the answer has the message's id"),
        help=_("Names apart by dots, such as messages.0.id"),
        default="id",
    ),
    Setting(
        section=ANSWER, name="accepted_path", label=_("Where the answer says that it was accepted")
    ),
    Setting(
        section=ANSWER,
        name="accepted_words",
        label=_("Words that mean accepted"),
        default="ok accepted",
    ),
    Setting(section=REPLIES, name="reply_from", label=_("Reply: phone"), default="from"),
    Setting(section=REPLIES, name="reply_to", label=_("Reply: our number"), default="to"),
    Setting(section=REPLIES, name="reply_text", label=_("Reply: text"), default="text"),
    Setting(section=REPLIES, name="reply_id", label=_("Reply: id"), default="id"),
    Setting(section=REPLIES, name="reply_at", label=_("Reply and report: time"), default="at"),
    Setting(section=REPORTS, name="report_status", label=_("Report: status"), default="status"),
    Setting(section=REPORTS, name="report_id", label=_("Report: id of the message"), default="id"),
    Setting(
        section=REPORTS,
        name="report_reference",
        label=_("Report: our reference"),
        default="reference",
    ),
    Setting(section=REPORTS, name="report_to", label=_("Report: phone"), default="to"),
    Setting(section=REPORTS, name="report_detail", label=_("Report: reason"), default="detail"),
    Setting(
        section=REPORTS,
        name="report_words",
        label=_("Words of reports"),
        help=_("A line for each, their word = delivered, failed or pending."),
        kind="lines",
        default=REPORT_WORDS,
    ),
    Setting(
        section=SIGNATURE,
        name="signature_secret",
        label=_("Secret of the signature"),
        help=_("When the gateway signs its requests with HMAC-SHA256."),
        kind="secret",
    ),
    Setting(
        section=SIGNATURE,
        name="signature_header",
        label=_("Header of the signature"),
        default="X-Signature",
    ),
)
