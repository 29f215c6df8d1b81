"""Accounts that send to the simulator, for the demo company and for development."""

from __future__ import annotations

from keskio.channels.api import accounts, add_account
from keskio.channels.contracts import Limits
from keskio.channels.simulator.server import own_token

SENDER = "17163"
HEADERS = "Authorization: Bearer {token}"


def use_simulator(
    *,
    host: str = "127.0.0.1",
    port: int = 8001,
    mail_port: int = 8002,
    receiver_port: int = 8003,
    company: str = "Keskiö",
    per_second: float | None = 200,
) -> None:
    """Add an SMS and an e-mail account that send to the simulator; a channel that has one keeps it.

    Letters come back to the e-mail account's own receiver on `receiver_port`.
    """
    if not accounts(channel="sms").exists():
        add_account(
            provider="http",
            name="Simulator",
            settings={"url": f"http://{host}:{port}/send", "headers": HEADERS, "sender": SENDER},
            secrets={"token": own_token()},
            limits=Limits(concurrency=4, per_second=per_second),
        )
    if not accounts(channel="email").exists():
        add_account(
            provider="smtp",
            name="Simulator",
            settings={
                "host": host,
                "port": str(mail_port),
                "security": "none",
                "from_address": "vastaus@keskio.example",
                "from_name": company,
                "bounce_address": "palautus@keskio.example",
                "listen": "lmtp",
                "listen_host": host,
                "listen_port": str(receiver_port),
            },
            limits=Limits(concurrency=4, per_second=per_second),
        )
