"""Faults: records that must be rejected, and good ones that are easily taken for bad.

What is good and what is not is DESIGN's section 1.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

_FIRST_SESSION = 2_000_000_000
"""Session of the first good record that is added; every one has its own."""
_NOTE = "\N{MUSICAL NOTE}"

_WRONG_VALUES = (
    ("ts", "null"),
    ("ts", '"yesterday"'),
    ("ts", "9223372036854775808"),
    ("page", "null"),
    ("page", '""'),
    ("page", "false"),
    ("sessionId", "null"),
    ("sessionId", "2147483648"),
    ("itemInSession", '"three"'),
    ("itemInSession", "[1]"),
    ("itemInSession", '" 12 "'),
    ("status", "-2147483649"),
    ("length", '"long"'),
    ("length", "1e400"),
    ("length", "NaN"),
    ("registration", '"Infinity"'),
    ("song", '["Song"]'),
    ("location", '{"city": "Rome"}'),
    ("userId", '"abc"'),
    ("firstName", '"\\u0000"'),
    ("firstName", '"a\0b"'),
    ("lastName", '"\\ud800"'),
    ("artist", json.dumps("é" * 513, ensure_ascii=False)),
    ("userAgent", json.dumps("a" * 2049)),
)
"""Key and JSON text that spoil an otherwise good event."""

_NO_EVENT = (b"null", b"12", b'"text"', b"true", b"{}", b'[{"page": "Home"}]')

# None of these is closed by a line that may come after it, whatever the order.
_NOT_JSON = (
    b"not json",
    b'{"artist":"Harmonia","page":"Next',
    b'{"artist":"Harmonia","page":',
    b'{"artist":"Harmonia","page":"Home"',
    b'{"artist":"Harmonia" "page":"Home"}',
    b'{"artist":"Harmonia",}',
    b"{'page':'Home'}",
)

_NOT_UTF8 = (b"\xff", b"\xc3(", b"\xc0\xaf", b"\xed\xa0\x80")


@dataclass
class Spoiled:
    """By log month, like 2018-11: records to be rejected, and good ones that were added."""

    rejected: Counter[str] = field(default_factory=Counter)
    added: Counter[str] = field(default_factory=Counter)


def spoil(folder: Path, seed: int, every: int = 20) -> Spoiled:
    """Put faults and odd but good records into every so many-th log file of a source.

    The first file is always among them. Each gets every kind once, in places that `seed`
    chooses: fewer than fifty records to reject, some twenty good ones, a byte order mark, blank
    lines and Windows' line ends. With `every` at 20 no month exceeds the usual limit of 100
    rejects. The good ones play nothing and are no user's: plays and users stay as they were.
    """
    rng = random.Random(f"{seed} faults")  # noqa: S311
    spoiled = Spoiled()
    for number, path in enumerate(sorted(folder.glob("log_data/*/*/*.json"))[::every]):
        year, month = path.parts[-3:-1]
        events = _EventTexts(int(year), int(month), _FIRST_SESSION + 1_000 * number)
        bad = list(_bad_records(events))
        good = list(_good_records(events))
        lines = path.read_bytes().split(b"\n")
        for record in (*bad, *(text for _, text in good), b"", b" \t"):
            lines.insert(rng.randint(0, len(lines)), record + rng.choice((b"", b"\r")))
        path.write_bytes(b"\xef\xbb\xbf" + b"\n".join(lines))
        spoiled.rejected[f"{year}-{month}"] += len(bad)
        spoiled.added[f"{year}-{month}"] += sum(records for records, _ in good)
    return spoiled


class _EventTexts:
    """Texts of events of one month, each with a session of its own."""

    def __init__(self, year: int, month: int, first_session: int) -> None:
        begin = datetime(year, month, 1, tzinfo=UTC)
        end = (begin + timedelta(days=31)).replace(day=1)
        self.first_ms = int(begin.timestamp()) * 1000
        self.last_ms = int(end.timestamp()) * 1000 - 1
        self._session = first_session

    def text(self, **values: str) -> str:
        """Return an event as JSON; `values` are the texts of other values than the usual."""
        self._session += 1
        usual = {
            "ts": str(self.first_ms + self._session % 1000),
            "page": '"Home"',
            "sessionId": str(self._session),
            "itemInSession": "0",
            "auth": '"Logged Out"',
            "method": '"GET"',
            "status": "200",
            "level": '"free"',
            "userId": '""',
        }
        members = (f'"{key}":{value}' for key, value in (usual | values).items())
        return "{" + ",".join(members) + "}"


def _bad_records(events: _EventTexts) -> Iterator[bytes]:
    """Yield lines that are one reject each."""
    yield from _NOT_JSON
    yield from _NO_EVENT
    for key, value in _WRONG_VALUES:
        yield events.text(**{key: value}).encode()
    yield events.text(ts=f"{events.first_ms}.5").encode()
    yield events.text(ts=f"{events.first_ms}e0").encode()
    yield events.text(ts=str(events.first_ms - 1)).encode()
    yield events.text(ts=str(events.last_ms + 1)).encode()
    yield re.sub(r'"sessionId":\d+,', "", events.text()).encode()
    yield events.text().replace("{", '{"page":"Home",').encode()
    yield events.text().replace("{", '{"p\\u0061ge":"Home",').encode()
    for garbled in _NOT_UTF8:
        yield events.text(song='"?"').encode().replace(b"?", garbled)


def _good_records(events: _EventTexts) -> Iterator[tuple[int, bytes]]:
    """Yield texts of good records, with their number."""
    yield 1, events.text(ts=str(events.first_ms)).encode()
    yield 1, events.text(ts=str(events.last_ms)).encode()
    yield 1, events.text(ts=f'"{events.first_ms}"', status='"-200"', length='"1.5e2"').encode()
    yield 1, events.text(itemInSession='"0"', artist="12.50", song="7").encode()
    yield 1, events.text(nothing='{"a": [1, {"b": null}]}', more="true").encode()
    yield 1, events.text(unknown="1").replace("{", '{"unknown":2,').encode()
    yield 1, events.text(artist=json.dumps("é" * 512, ensure_ascii=False)).encode()
    yield 1, events.text(userAgent=json.dumps("a" * 2048)).encode()
    yield 1, events.text(artist=json.dumps(_NOTE * 2)).encode()
    yield 1, events.text(artist='"{[}\\"\\\\"').encode()
    yield 1, events.text().replace("page", "p\\u0061ge").encode()
    yield 1, re.sub(r',"auth".*}', "}", events.text()).encode()
    yield 1, f" \t{events.text()}  ".encode()
    yield 1, json.dumps(json.loads(events.text()), indent=2).encode()
    yield 1, events.text().replace(",", ",\r\n\r\n").encode()
    yield 2, f"{events.text()} {events.text()}".encode()
    yield 3, (events.text() + events.text() + events.text()).encode()
    yield 2, json.dumps(json.loads(events.text()), indent=1).encode() + events.text().encode()
