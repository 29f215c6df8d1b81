"""Settings for tests: those of an installation in a folder of its own, with quick passwords."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="keskio-test-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
os.environ["KESKIO_DATA"] = str(FOLDER)

from keskio.config.settings import *  # noqa: E402, F403 - the folder has to be known first
from keskio.config.settings import DATABASES  # noqa: E402

ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# Files, not memory: threads share them as they do in an installation.
for _alias, _database in DATABASES.items():
    if _database["ENGINE"].endswith("sqlite3"):
        _database["TEST"] = {"NAME": str(FOLDER / f"test-{_alias}.sqlite3")}
        _quick = _database["OPTIONS"]["init_command"].replace("=FULL", "=OFF")
        _database["OPTIONS"]["init_command"] = _quick.replace("=NORMAL", "=OFF")
