"""What loads sent to the stand-in more than once."""

import re
from collections import Counter
from collections.abc import Iterable

from sparkify_dagster_tests.redshift_stand_in import Recording

_MONTH = re.compile(r"CAST\('(\d{4}-\d\d)' AS VARCHAR\(7\)\) AS log_month")


def sent_twice(recording: Recording) -> list[str]:
    """Name the months (or `songs`) that more than one transaction staged by COPY."""
    transactions: list[list[str]] = []
    current: dict[int, list[str]] = {}
    for statement in recording.received:
        if statement.text.startswith("BEGIN") or statement.session not in current:
            current[statement.session] = []
            transactions.append(current[statement.session])
        current[statement.session].append(statement.text)
    counts = Counter(scope for texts in transactions for scope in _staged(texts))
    return sorted(scope for scope, count in counts.items() if count > 1)


def _staged(texts: Iterable[str]) -> set[str]:
    """Return what a transaction staged by COPY."""
    copies = [text for text in texts if "COPY " in text and "MANIFEST" in text]
    songs = {"songs" for text in copies if "staging_songs" in text}
    return songs | {*_MONTH.findall("\n".join(texts))} if copies else set()
