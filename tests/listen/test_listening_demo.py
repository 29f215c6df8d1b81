"""The demo company has heard four weeks of messages, and one theme is rising."""

from __future__ import annotations

import pytest

from keskio.kernel.clock import now
from keskio.listen.demo import seed_demo
from keskio.listen.models import Mention
from keskio.listen.trends.models import Alert

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_the_demo_hears_messages_and_one_theme_rises() -> None:
    assert seed_demo(now()) == 205
    assert seed_demo(now()) == 0
    assert Mention.objects.filter(state="read").count() == 205
    assert Mention.objects.filter(is_match=True).count() > 150
    assert "delivery" in set(Alert.objects.values_list("theme", flat=True))
    assert Alert.objects.filter(closed_at__isnull=False).count() == 0
