"""A reader of a few lines, to compare the loader with: it finds where records begin, no more."""

import json
import zlib

_DEEPEST = 100


class TooDeepError(ValueError):
    """Brackets are nested more deeply than is accepted."""


def plain_text(content: bytes, *, zipped: bool) -> tuple[bytes, bool]:
    """Give a file's plain text, and whether it breaks off."""
    if not zipped:
        return content, False
    text, unzip, begun = b"", zlib.decompressobj(31), False
    for byte in content:
        if not begun and not byte:
            continue  # padding between and after the members
        try:
            text += unzip.decompress(bytes([byte]))
        except zlib.error:
            return text, True
        begun = not unzip.eof
        unzip = unzip if begun else zlib.decompressobj(31)
    return text, begun


def lines_of_records(text: bytes) -> list[int]:
    """Give the line on which each record begins, good or bad."""
    content = text.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    decoder, at = json.JSONDecoder(parse_constant=_refuse), 0
    found: list[int] = []
    while True:
        at = len(content) - len(content[at:].lstrip(" \t\r\n"))
        if at == len(content):
            return found
        found.append(content.count("\n", 0, at) + 1)
        try:
            _, end = decoder.raw_decode(content, at)
            _refuse_deep(content[at:end])
        except (ValueError, RecursionError):
            end = content.find("\n", at)
        at = end if end >= 0 else len(content)


def _refuse(name: str) -> object:
    raise ValueError(name)


def _refuse_deep(text: str) -> None:
    depth, in_string, escaped = 0, False, False
    for character in text:
        if in_string:
            in_string = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > _DEEPEST:
                raise TooDeepError
        elif character in "]}":
            depth -= 1
