"""The pages of files and tables, as people of each role use them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keskio.kernel.clock import now_micros
from keskio.know.imports.models import Import, Table
from keskio.know.imports.running import Importer
from keskio.web.roles import ADMIN, EDITOR, READER
from tests.know.imports.towns import MAPPING, write
from tests.web.conftest import signed_in, user

__all__ = ["signed_in", "user"]
pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_settings, "DATA_DIR", tmp_path / "house")


def upload(client: Client, tmp_path: Path) -> Import:
    content = write(tmp_path / "asiakkaat.csv").read_bytes()
    answer = client.post("/imports/new/", {"file": SimpleUploadedFile("asiakkaat.csv", content)})
    job = Import.objects.latest("id")
    assert answer["Location"] == f"/imports/{job.pk}/"
    return job


def test_a_file_goes_from_upload_to_report(signed_in: SignedIn, tmp_path: Path) -> None:
    client = signed_in(EDITOR)
    job = upload(client, tmp_path)
    page = client.get(f"/imports/{job.pk}/").content.decode()
    assert "Aino@Example.com".lower() in page
    assert 'value="firstName"' in page

    client.post(f"/imports/{job.pk}/mapping/", {"mapping": MAPPING})
    client.post(f"/imports/{job.pk}/do/", {"what": "try"})
    importer = Importer()
    while importer.turn(now_micros()):
        pass
    tried = client.get(f"/imports/{job.pk}/").content.decode()
    client.post(f"/imports/{job.pk}/do/", {"what": "start"})
    while importer.turn(now_micros()):
        pass
    job.refresh_from_db()
    report = b"".join(client.get(f"/imports/{job.pk}/errors.csv")).decode("utf-8-sig")  # type: ignore[arg-type]

    assert "Nothing has changed yet" in tried or "Mitään ei ole vielä muuttunut" in tried
    assert job.state == "done"
    assert report.splitlines()[1].split(";")[:3] == ["4", "Sähköposti", "ei osoitetta"]
    assert client.get("/imports/").status_code == 200


def test_columns_are_chosen_in_the_form_and_the_rest_of_the_mapping_stays(
    signed_in: SignedIn, tmp_path: Path
) -> None:
    client = signed_in(EDITOR)
    job = upload(client, tmp_path)
    client.post(f"/imports/{job.pk}/mapping/", {"mapping": MAPPING})
    told = {"what-0": "identifier", "called-0": "erp", "what-3": "trait", "called-3": "nick"}
    kept = {f"what-{at}": "other" for at in (7, 8, 9, 10, 11)}

    client.post(f"/imports/{job.pk}/columns/", {**told, **kept})

    job.refresh_from_db()
    assert "erp: Asiakasnumero" in job.mapping
    assert "nick: Etunimi" in job.mapping
    assert "Order Completed" in job.mapping
    assert "Sukunimi" not in job.mapping


def test_a_mapping_that_cannot_be_read_is_told_of_and_not_saved(
    signed_in: SignedIn, tmp_path: Path
) -> None:
    client = signed_in(EDITOR)
    job = upload(client, tmp_path)
    page = client.post(f"/imports/{job.pk}/mapping/", {"mapping": "identifiers: {crm: Puuttuu}"})
    before = job.mapping
    job.refresh_from_db()
    assert "columns that are not there: Puuttuu" in page.content.decode()
    assert job.mapping == before


def test_what_is_no_table_is_not_kept(signed_in: SignedIn, tmp_path: Path) -> None:
    client = signed_in(EDITOR)
    file = SimpleUploadedFile("kuva.png", b"\x89PNG\x00\x01")
    page = client.post("/imports/new/", {"file": file}).content.decode()
    assert "neither CSV nor Excel" in page
    assert Import.objects.count() == 0
    assert list((tmp_path / "house" / "imports").iterdir()) == []


def test_an_import_is_erased_with_its_file(signed_in: SignedIn, tmp_path: Path) -> None:
    client = signed_in(EDITOR)
    job = upload(client, tmp_path)
    client.post(f"/imports/{job.pk}/do/", {"what": "erase"})
    assert (Import.objects.count(), Path(job.path).exists()) == (0, False)


def test_readers_look_and_do_not_touch(signed_in: SignedIn, tmp_path: Path) -> None:
    job = upload(signed_in(EDITOR), tmp_path)
    client = signed_in(READER)
    statuses = [
        client.get("/imports/").status_code,
        client.get(f"/imports/{job.pk}/").status_code,
        client.get("/imports/new/").status_code,
        client.get(f"/imports/{job.pk}/errors.csv").status_code,
        client.post(f"/imports/{job.pk}/do/", {"what": "start"}).status_code,
        client.get("/imports/tables/").status_code,
        client.get("/imports/tables/add/").status_code,
    ]
    assert statuses == [200, 200, 403, 403, 403, 200, 403]


def test_a_table_is_added_tried_out_and_its_password_never_shown(
    signed_in: SignedIn, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "crm.db") as crm:
        crm.execute("CREATE TABLE people (id, email, first)")
        crm.execute("INSERT INTO people VALUES (1, 'aino@example.com', 'Aino')")
    client = signed_in(ADMIN)
    told = {
        "title": "CRM",
        "address": f"sqlite:///{tmp_path}/crm.db",
        "query": "SELECT * FROM people",
        "keys": "id",
        "mapping": "identifiers: {crm: id, email: email}\ntraits: {firstName: first}\n",
        "every_minutes": "60",
        "vanished": "ignore",
        "is_on": "on",
    }
    client.post("/imports/tables/add/", told)
    page = client.post("/imports/tables/crm/do/", {"what": "test"}).content.decode()
    assert "aino@example.com" in page

    client.post("/imports/tables/crm/", {**told, "address": "postgresql://u:hush@127.0.0.1:1/x"})
    page = client.post("/imports/tables/crm/do/", {"what": "test"}).content.decode()
    assert Table.objects.get().address == "postgresql://u:hush@127.0.0.1:1/x"
    assert "hush" not in page
    assert "The other database says" in page

    refused = client.post("/imports/tables/crm/", {**told, "query": "DELETE FROM people"})
    assert "Only one query that reads" in refused.content.decode()
