"""What loads sent to the stand-in: which of it was in vain, or sent twice."""

import re
from collections import Counter
from collections.abc import Iterator

from sparkify_dagster_tests.redshift_stand_in import Recording

_MONTH = re.compile(r"CAST\('(\d{4}-\d\d)' AS VARCHAR\(7\)\) AS log_month")


def sent_twice(recording: Recording) -> list[str]:
    """Name the months (or `songs`) that were copied more than once, or copied and not committed."""
    copied = list(_copied(recording))
    counts = Counter(scope for scope, _ in copied)
    undone = [f"{scope}, not committed" for scope, committed in copied if not committed]
    return [*undone, *(scope for scope, count in counts.items() if count > 1)]


def _copied(recording: Recording) -> Iterator[tuple[str, bool]]:
    """Yield what each transaction with a COPY staged, and whether it was committed."""
    open_transactions: dict[int, list[str]] = {}
    for statement in recording.received:
        text = statement.text
        if text.startswith("BEGIN"):
            open_transactions[statement.session] = []
        open_transactions.setdefault(statement.session, []).append(text)
        if text.startswith(("COMMIT", "ROLLBACK")):
            yield from _scope(open_transactions.pop(statement.session))
    for texts in open_transactions.values():
        yield from _scope(texts)


def _scope(texts: list[str]) -> Iterator[tuple[str, bool]]:
    """Yield nothing, or what a transaction staged by COPY."""
    copies = [text for text in texts if "COPY " in text and "MANIFEST" in text]
    if copies:
        months = _MONTH.findall("\n".join(texts))
        songs = any("staging_songs" in text for text in copies)
        scope = "songs" if songs else (months or ["a month"])[0]
        yield scope, texts[-1].startswith("COMMIT")
