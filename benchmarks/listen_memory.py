"""What memory a process takes that reads messages and does nothing else; `benchmarks.listen` runs it.

Messages are asked for as a list in JSON on standard input. Prints MB in JSON: `now`, and `most` at any time.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from keskio.listen.model.scoring import Scorer
from keskio.listen.reading.batch import Incoming
from keskio.listen.reading.pipeline import Reader
from keskio.listen.wordlists.documents import READY, ready_documents


def memory() -> float:
    """Return what this process has in memory, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    """Read the messages and print what memory it took."""
    language, *texts = json.load(sys.stdin)
    reader = Reader(ready_documents(READY), scorer=Scorer.load())
    posts = [Incoming(str(n), text, language_hint=language) for n, text in enumerate(texts)]
    for start in range(0, len(posts), 500):  # as many at a time as the job *hearing*
        reader.read(posts[start : start + 500])
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    languages = sorted(words for words, known in reader.scorer._words.items() if len(known))  # noqa: SLF001 - only to tell
    print(json.dumps({"now": memory(), "most": most, "languages": languages}))


if __name__ == "__main__":
    main()
