"""Many processes at one SQLite file: nothing is lost and nothing fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROCESSES = 4
TIMES = 40
ADDER = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "keskio.config.settings"
import django
django.setup()
from django.db import transaction
from keskio.events.models import Cursor
for _ in range(int(sys.argv[1])):
    with transaction.atomic():
        row = Cursor.objects.get(name="shared")
        row.position += 1
        row.save()
"""
PREPARE = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "keskio.config.settings"
import django
django.setup()
from keskio.cli.installation import bring_up_to_date
bring_up_to_date()
from keskio.events.models import Cursor
Cursor.objects.create(name="shared", position=0)
"""
COUNT = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "keskio.config.settings"
import django
django.setup()
from keskio.events.models import Cursor
print(Cursor.objects.get(name="shared").position)
"""


def test_contended_transactions_are_neither_lost_nor_refused(tmp_path: Path) -> None:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("KESKIO_", "DJANGO_"))}
    environ = {
        **clean,
        "KESKIO_DATA": str(tmp_path / "data"),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }

    def run(code: str, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    assert run(PREPARE).communicate()[0] == ""
    adders = [run(ADDER, str(TIMES)) for _ in range(PROCESSES)]
    assert [adder.communicate()[0] for adder in adders] == [""] * PROCESSES
    assert run(COUNT).communicate()[0] == f"{PROCESSES * TIMES}\n"
