from __future__ import annotations

import gzip
from pathlib import Path

from keskio.tracking.scripts import Scripts
from tests.tracking.doors import BROWSER, Caller


def test_analytics_js_is_served_as_it_lies_there(tmp_path: Path) -> None:
    (tmp_path / "standalone.js").write_bytes(b"the loader")
    (tmp_path / "ajs.bundle.0a1b.js").write_bytes(b"a part")
    caller = Caller(scripts=Scripts([tmp_path / "missing", tmp_path]))
    loader = caller.call("GET", f"/analytics.js/v1/{BROWSER}/analytics.min.js")
    assert (loader.status, loader.body) == (200, b"the loader")
    assert loader.headers["content-type"].startswith("text/javascript")
    part = caller.call(
        "GET", "/analytics-next/bundles/ajs.bundle.0a1b.js", headers={"accept-encoding": "gzip, br"}
    )
    assert gzip.decompress(part.body) == b"a part"
    assert (part.headers["content-encoding"], part.headers["cache-control"]) == (
        "gzip",
        "public, max-age=31536000, immutable",
    )


def test_no_address_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.js").write_bytes(b"secret")
    folder = tmp_path / "built"
    folder.mkdir()
    caller = Caller(scripts=Scripts([folder]))
    for name in ("../secret.js", "..%2fsecret.js", "a/../../secret.js"):
        assert caller.call("GET", f"/analytics-next/bundles/{name}").status == 404
