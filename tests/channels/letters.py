"""Letters as strangers' programs write them, for tests: captured shapes with invented people."""

from __future__ import annotations

REPLY_GMAIL_FI = """\
From: Aino Virtanen <aino@example.org>
To: Keskiö <vastaus@example.com>
Subject: Re: Syyshuolto
Message-ID: <CAF1@mail.example.org>
In-Reply-To: <x1@example.com>
Date: Sun, 22 Nov 2026 15:00:00 +0200
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b1"

--b1
Content-Type: text/plain; charset="UTF-8"
Content-Transfer-Encoding: quoted-printable

A

su 22. marrask. 2026 klo 14.37 Keski=C3=B6 Pyörä (vastaus@example.com)
kirjoitti:

> Syyshuolto ja talvirenkaat 85 =E2=82=AC.
> Vastaa A tai B.
>

--b1
Content-Type: text/html; charset="UTF-8"

<div dir="ltr">A</div><br><div class="gmail_quote">su 22. kirjoitti:<blockquote>Syyshuolto</blockquote></div>

--b1--
""".replace("Pyörä", "Py=C3=B6r=C3=A4")

REPLY_OUTLOOK_FI = """\
From: Eero <eero@example.org>
To: vastaus@example.com
Subject: VS: Syyshuolto
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: 8bit

Hei,

otan B-vaihtoehdon. Särkikö hinta?

Terveisin
Eero

________________________________
Lähettäjä: Keskiö <vastaus@example.com>
Lähetetty: sunnuntai 22. marraskuuta 2026 14.37
Vastaanottaja: Eero <eero@example.org>
Aihe: Syyshuolto

Syyshuolto ja talvirenkaat 85 e.
"""

REPLY_OUTLOOK_HTML = """\
From: Eero <eero@example.org>
To: vastaus@example.com
Subject: Re: Syyshuolto
Content-Type: text/html; charset=utf-8

<html><head><style>p {margin:0}</style></head><body>
<p>Kiitos, <b>A</b> sopii &amp; passaa.</p><p>Soita klo&nbsp;10.</p>
<div id="appendonsend"></div><hr>
<div id="divRplyFwdMsg" dir="ltr"><font><b>From:</b> Keski&ouml;<br><b>Sent:</b> Sunday</font></div>
<div><p>Syyshuolto ja talvirenkaat.</p></div></body></html>
"""

REPLY_IPHONE = """\
From: aino@example.org
To: vastaus@example.com
Subject: Re: Syyshuolto
In-Reply-To: <x1@example.com>
Content-Type: text/plain; charset=utf-8

Joo, A kiitos

Lähetetty iPhonesta

> Keskiö <vastaus@example.com> kirjoitti 22.11.2026 kello 14.37:
>
> Vastaa A tai B.
"""

REPLY_BETWEEN = """\
From: aino@example.org
To: vastaus@example.com
Subject: Re: Kaksi kysymystä
In-Reply-To: <x1@example.com>
Content-Type: text/plain; charset=utf-8

On Sun, 22 Nov 2026 at 14:37, Keskiö <vastaus@example.com> wrote:

> Sopiiko tiistai?

Sopii.

> Entä renkaat?

Nekin.

SIGNATURE
Aino Virtanen
p. 040 123 4567
""".replace("SIGNATURE", "-- ")

DSN_HARD = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounce@example.com
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B/x"

--B/x
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.com.

<nobody@example.org>: host mx.example.org said: 550 5.1.1 User unknown

--B/x
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
X-Postfix-Queue-ID: 4F1
Arrival-Date: Sun, 22 Nov 2026 14:37:00 +0200 (EET)

Final-Recipient: rfc822; nobody@example.org
Original-Recipient: rfc822;nobody@example.org
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--B/x
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

From: Keskio <vastaus@example.com>
To: nobody@example.org
Message-ID: <REFERENCE@example.com>

--B/x--
"""

DSN_DELAYED = DSN_HARD.replace("Action: failed", "Action: delayed").replace(
    "Status: 5.1.1", "Status: 4.4.1"
)
DSN_FULL = DSN_HARD.replace("Status: 5.1.1", "Status: 5.0.0").replace(
    "550 5.1.1 User unknown", "552 5.2.2 Mailbox full"
)
DSN_DELIVERED = (
    DSN_HARD.replace("Action: failed", "Action: delivered")
    .replace("Status: 5.1.1", "Status: 2.0.0")
    .replace("Undelivered Mail Returned to Sender", "Successful Mail Delivery Report")
)

QMAIL_BOUNCE = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.net
To: bounce@example.com
Subject: failure notice

Hi. This is the qmail-send program at mx.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<gone@example.net>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <bounce@example.com>
Subject: Syyshuolto
"""

EXIM_BOUNCE = """\
Return-path: <>
X-Failed-Recipients: lost@example.net
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.net>
To: bounce@example.com
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  lost@example.net
    host mx.example.net [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<lost@example.net>:
    550 5.7.1 Relaying denied

------ This is a copy of the message, including all the headers. ------

Return-path: <bounce@example.com>
"""

AUTOREPLY_EXCHANGE_FI = """\
Return-Path: <>
From: Ville <ville@example.org>
To: vastaus@example.com
Subject: Automaattinen vastaus: Syyshuolto
In-Reply-To: <x1@example.com>
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
Content-Type: text/plain; charset=utf-8

Olen lomalla 30.11. asti. Kiireisissä asioissa soita 010 123 456.
"""

AUTOREPLY_SIEVE = """\
From: ville@example.org
To: vastaus@example.com
Subject: Lomalla
Auto-Submitted: auto-replied (vacation)
Content-Type: text/plain; charset=utf-8

Olen poissa.
"""

COMPLAINT = """\
From: <feedback@isp.example.net>
To: bounce@example.com
Subject: FW: Syyshuolto
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="p"

--p
Content-Type: text/plain; charset=us-ascii

This is an email abuse report.

--p
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <cross@example.net>
Source-IP: 192.0.2.2

--p
Content-Type: message/rfc822

From: Keskio <vastaus@example.com>
To: cross@example.net
Message-ID: <REFERENCE@example.com>
Subject: Syyshuolto

Huolto.
--p--
"""

UNSUBSCRIBE_BUTTON = """\
From: aino@example.org
To: vastaus@example.com
Subject: unsubscribe

"""

UNSUBSCRIBE_WORD = """\
From: aino@example.org
To: vastaus@example.com
Subject: Re: Syyshuolto
In-Reply-To: <x1@example.com>
Content-Type: text/plain; charset=utf-8

Lopeta

Terveisin Aino

ke 25.11.2026 klo 8.00 Keskiö <vastaus@example.com> kirjoitti:
> Vastaa A tai B. Peru viestit vastaamalla LOPETA.
"""

NEWSLETTER = """\
From: Uutiset <uutiset@shop.example.net>
To: vastaus@example.com
Subject: Viikon tarjoukset
List-Id: <uutiset.shop.example.net>
Precedence: bulk
Content-Type: text/plain; charset=utf-8

Halpoja renkaita.
"""

FRESH = """\
From: =?utf-8?q?Siiri_M=C3=A4kel=C3=A4?= <Siiri@Example.org>
To: vastaus@example.com
Subject: =?utf-8?b?S3lzeW15cyBww7Zyw6RzdMOk?=
Content-Type: text/plain; charset=utf-8

Myyttekö lastenpyöriä?
"""
