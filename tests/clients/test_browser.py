"""analytics.js in a real Chromium, on a page of another origin, loaded from the door itself."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients import calls as told
from tests.clients.servers import Installation, Server

pytestmark = [pytest.mark.browser, pytest.mark.node]

SERVE = ("-m", "tests.clients.serve")
# Segment's own snippet, unfolded: a queue until the script has come.
PAGE = """<!doctype html><meta charset="utf-8"><title>Shop</title><script>
!function(){var i="analytics",a=window[i]=window[i]||[];a.invoked=!0;
a.methods=["identify","track","page","screen","group","alias","ready","reset","on"];
a.factory=function(e){return function(){
if(window[i].initialized)return window[i][e].apply(window[i],arguments);
var n=Array.prototype.slice.call(arguments);n.unshift(e);a.push(n);return a}};
for(var n=0;n<a.methods.length;n++){var key=a.methods[n];a[key]=a.factory(key)}
a.load=function(key,n){var t=document.createElement("script");t.type="text/javascript";t.async=!0;
t.src="CDN/analytics.js/v1/"+key+"/analytics.min.js";var r=document.getElementsByTagName("script")[0];
r.parentNode.insertBefore(t,r);a._loadOptions=n};a._writeKey="KEY";a._cdn="CDN";a.SNIPPET_VERSION="5.2.1";
a.load("KEY",OPTIONS)}();
</script><p>Hello</p>"""
SEND = """async (calls) => {
  await new Promise((resolve) => analytics.ready(resolve));
  for (const call of calls) {
    if (call.type === "identify") await analytics.identify(call.userId, call.traits);
    if (call.type === "track") await analytics.track(call.event, call.properties);
    if (call.type === "page") await analytics.page(call.category, call.name, call.properties);
    if (call.type === "group") await analytics.group(call.groupId, call.traits);
    if (call.type === "alias") await analytics.alias(call.userId, call.previousId);
  }
  return analytics.user().anonymousId();
}"""
BATCHING = {
    "integrations": {
        "Segment.io": {
            "deliveryStrategy": {"strategy": "batching", "config": {"size": 5, "timeout": 300}}
        }
    }
}


class Shop(http.server.ThreadingHTTPServer):
    """A web page of another origin."""

    def __init__(self, page: str) -> None:
        self.page = page.encode()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}/"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Shop)
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(self.server.page)))
        self.end_headers()
        self.wfile.write(self.server.page)

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def open_shop() -> Iterator[Callable[..., Shop]]:
    """Open shops whose page loads analytics.js from a server."""
    shops: list[Shop] = []

    def start(server: Server, options: dict[str, Any]) -> Shop:
        key = server.installation.browser_key
        page = PAGE.replace("CDN", server.url).replace("KEY", key)
        shop = Shop(page.replace("OPTIONS", json.dumps(options)))
        threading.Thread(target=shop.serve_forever, daemon=True).start()
        shops.append(shop)
        return shop

    yield start
    for shop in shops:
        shop.shutdown()
        shop.server_close()


@pytest.fixture(scope="session")
def scripts(node_modules: Path) -> Path:
    """The folder with analytics.js as its package brings it."""
    return node_modules / "@segment" / "analytics-next" / "dist" / "umd"


def calls() -> list[dict[str, Any]]:
    """Return calls that a page can make; it is always the same visitor."""
    kinds = {"identify", "page", "group"}
    chosen = [call for call in told.one_of_each() if call["type"] in kinds]
    return [*chosen, *({**call, "userId": "u-1"} for call in told.many(12))]


def outcome(events: list[dict[str, Any]]) -> list[str]:
    """Return the events as they were meant: without what the page adds of itself."""
    for event in events:
        event["sent"].pop("anonymousId", None)
        if event["name"] == "page.viewed":
            added = {"path", "referrer", "search", "title", "url"} - {"path"}
            event["properties"] = {k: v for k, v in event["properties"].items() if k not in added}
    return told.found(events)


@pytest.mark.parametrize(
    ("options", "faults"),
    [
        pytest.param({}, [], id="one request an event"),
        pytest.param(BATCHING, [], id="batching"),
        pytest.param({}, [["before", 429], ["after", 500], ["before", 500]], id="faults"),
    ],
)
def test_a_page_of_another_origin_is_heard_once(  # noqa: PLR0917 - fixtures
    installation: Installation,
    serve: Callable[..., Server],
    open_shop: Callable[..., Shop],
    browser: Any,
    scripts: Path,
    options: dict[str, Any],
    faults: list[Any],
) -> None:
    server = serve(
        command=SERVE, options=("--scripts", str(scripts), "--faults", json.dumps(faults))
    )
    shop = open_shop(server, options)
    page = browser.new_page()
    page.goto(shop.url)
    sent = calls()
    anonymous = page.evaluate(SEND, sent)
    events = installation.wait_for(len(sent))
    assert {event["sent"]["anonymousId"] for event in events} == {anonymous}
    assert len({event["customer"] for event in events}) == 1
    assert outcome(events) == told.expected(sent)
    assert installation.set_aside() == []


def test_a_page_keeps_its_queue_while_the_server_is_killed_and_started_again(
    installation: Installation,
    serve: Callable[..., Server],
    open_shop: Callable[..., Shop],
    browser: Any,
    scripts: Path,
) -> None:
    server = serve(command=SERVE, options=("--scripts", str(scripts)))
    shop = open_shop(server, {})
    page = browser.new_page()
    page.goto(shop.url)
    sent = calls()
    page.evaluate(SEND, sent[:3])
    assert len(installation.wait_for(3)) == 3
    server.kill()
    page.evaluate(SEND, sent[3:])
    server.start()
    assert outcome(installation.wait_for(len(sent))) == told.expected(sent)
