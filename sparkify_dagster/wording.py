"""Words for numbers, in messages."""


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: 1 row, 2 rows, 2,000 rows."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
