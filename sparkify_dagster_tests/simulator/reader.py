"""A slow, strict reader of log files by DESIGN's section 1, independent of the package's own."""

import json
import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_INTEGER = re.compile(r"-?[0-9]+")
_INTEGERS = {"ts": 2**63, "itemInSession": 2**31, "sessionId": 2**31, "status": 2**31}
_FLOATS = ("length", "registration")
_TEXTS = ("artist", "auth", "firstName", "gender", "lastName", "level", "location", "method")
_LENGTHS = dict.fromkeys((*_TEXTS, "page", "song", "userId"), 1024) | {"userAgent": 2048}
_REQUIRED = ("ts", "page", "sessionId", "itemInSession")
_KNOWN = {*_INTEGERS, *_FLOATS, *_LENGTHS}


@dataclass
class Reading:
    """What a file holds."""

    events: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)


def read_log(content: bytes, month: str) -> Reading:
    """Return the good events of a file and the texts at which bad records begin."""
    reading = Reading()
    text = content.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse)
    at = 0
    while at := _next_text(text, at):
        at -= 1
        try:
            value, end = decoder.raw_decode(text, at)
        except ValueError:
            reading.rejected.append(text[at : at + 60])
            at = (text + "\n").index("\n", at)
            continue
        if isinstance(value, dict) and _is_good(value, month):
            reading.events.append(value)
        else:
            reading.rejected.append(text[at : at + 60])
        at = end
    return reading


def _next_text(text: str, at: int) -> int:
    """Return one more than where the next text begins, 0 at the end."""
    found = re.compile(r"[^ \t\r\n]").search(text, at)
    return found.start() + 1 if found else 0


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    keys = [key for key, _ in pairs if key in _KNOWN]
    if len(keys) != len(set(keys)):
        value["ts"] = None
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _is_good(event: dict[str, Any], month: str) -> bool:
    given = {
        key: value for key, value in event.items() if key in _KNOWN and value not in (None, "")
    }
    if not all(key in given for key in _REQUIRED):
        return False
    if not all(_fits(key, value) for key, value in given.items()):
        return False
    at = datetime.fromtimestamp(int(given["ts"]) // 1000, tz=UTC)
    return f"{at:%Y-%m}" == month and bool(_INTEGER.fullmatch(str(given.get("userId", 0))))


def _fits(key: str, value: Any) -> bool:
    if isinstance(value, bool | list | dict):
        return False
    if key in _INTEGERS:
        limit = _INTEGERS[key]
        whole = isinstance(value, int) or bool(_INTEGER.fullmatch(str(value)))
        return whole and not isinstance(value, float) and -limit <= int(value) < limit
    if key in _FLOATS:
        try:
            return math.isfinite(float(value))
        except ValueError:
            return False
    try:
        encoded = str(value).encode()
    except UnicodeEncodeError:
        return False
    return len(encoded) <= _LENGTHS[key] and b"\0" not in encoded
