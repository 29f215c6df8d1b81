"""The pages of offers: stocks, codes, lists that are brought in, and who may."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keskio.kernel.clock import VirtualClock
from keskio.talk.api import add_offer, publish
from keskio.talk.models import Coupon, Offer
from keskio.talk.offers import actions
from keskio.talk.offers.following import Coupons
from keskio.web.actions import create_user
from keskio.web.roles import EDITOR, READER
from tests.talk.offers.test_coupons import OFFERING
from tests.talk.world import World

pytestmark = pytest.mark.django_db(transaction=True)
LIST = {"title_fi": "Kevät", "kind": "list", "per_customer": 1, "key": "spring"}


@pytest.fixture
def signed_in(db: None) -> Callable[[str], Client]:
    def sign_in(role: str) -> Client:
        client = Client()
        client.force_login(create_user(role, password="kuutamo-järvellä-88", role=role))
        return client

    return sign_in


def test_an_offer_is_made_and_its_codes_brought_in(signed_in: Callable[[str], Client]) -> None:
    client = signed_in(EDITOR)
    made = client.post("/offers/add/", LIST)
    assert (made.status_code, made.headers["Location"]) == (302, "/offers/of/spring/")
    file = SimpleUploadedFile("codes.csv", "koodi\nAA-1;x\nBB 2\nAA-1\nCC-3\n".encode("utf-8-sig"))
    told = client.post("/offers/of/spring/codes/", {"file": file}).content.decode()
    assert list(Coupon.objects.order_by("id").values_list("code", flat=True)) == ["AA-1", "CC-3"]
    assert told.count("<li>Row ") + told.count("<li>Rivi ") == 2
    again = client.post("/offers/of/spring/codes/", {"text": "CC-3\nDD-4"})
    assert "CC-3" in again.content.decode()
    assert Coupon.objects.count() == 3
    changed = {"title_fi": "Kesä", "per_customer": 2, "stock": 2, "valid_days": 7}
    assert client.post("/offers/of/spring/change/", changed).status_code == 302
    offer = Offer.objects.get()
    assert (offer.title, offer.stock, offer.per_customer) == ({"fi": "Kesä"}, 2, 2)
    assert client.post("/offers/add/", LIST).status_code == 200  # there is one already


def test_readers_see_and_do_not_change(
    clock: VirtualClock, signed_in: Callable[[str], Client]
) -> None:
    world = World(clock)
    world.person("aino")
    add_offer("winter", title={"fi": "Talvi"}, stock=5)
    publish(OFFERING)
    world.tell("aino", "Asked")
    world.wait(hours=1)
    code = Coupon.objects.get().code
    world.tell("aino", "coupon.redeemed", code=code, value=12.5)
    world.tell("aino", "coupon.redeemed", code="WRONG")
    Coupons().turn(clock.micros())
    client = signed_in(READER)
    listed = client.get("/offers/").content.decode()
    assert ("Talvi" in listed, "WRONG" in listed) == (True, True)
    shown = client.get("/offers/of/winter/", {"q": code[:4], "state": "redeemed"}).content.decode()
    assert code in shown
    nothing = client.get("/offers/of/winter/", {"state": "free"}).content.decode()
    assert f">{code}<" not in nothing
    assert client.get("/offers/add/").status_code == 403
    assert client.post("/offers/of/winter/codes/", {"text": "X"}).status_code == 403
    assert client.get("/offers/of/none/").status_code == 404


def test_codes_are_taken_in_in_batches(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(actions, "BATCH", 2)
    offer = add_offer("spring", title={"fi": "Kevät"}, codes=["A1"])
    taken = actions.add_codes(offer, iter(["A1", "B2", "", "C3", "D4", "x" * 41]))
    assert (taken.added, [(f.row, f.why) for f in taken.faults]) == (3, [(1, "held"), (6, "form")])
    made = add_offer("winter", title={"fi": "Talvi"})
    with pytest.raises(actions.NotAList):
        actions.add_codes(made, iter(["A2"]))
