"""Recognises broken files by their beginning, for engines that read files themselves."""

import json
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from sparkify_dagster.lake.broken import Fault, array_fault, fault_of_raw, fault_of_text
from sparkify_dagster.lake.source import Source, SourceFile

HEAD_BYTES = 8 * 1024
_BLANKS = b" \t\r\n"
_LONGEST_WORD = len("false")


def broken_files(source: Source, files: Sequence[SourceFile]) -> dict[str, Fault]:
    """Give the faults, by path, of the files that `inspect` finds broken."""
    with ThreadPoolExecutor(source.readers) as pool:
        faults = pool.map(lambda file: inspect(source, file), files)
        return {file.path: fault for file, fault in zip(files, faults, strict=True) if fault}


def inspect(source: Source, file: SourceFile) -> Fault | None:
    """Say whether a file is broken by its first 8 KiB, for engines that read files themselves.

    What it cannot see: a gzip that is corrupt or expands without measure further on, and how an
    array ends that is longer than what is read (it is taken for an array around everything).
    Raises SourceChanged and SourceError as `Source.open` does.
    """
    if file.fault:
        return file.fault
    head = source.head(file, HEAD_BYTES)
    fault = fault_of_raw(file.path, head)
    if fault:
        return fault
    text, whole = head, len(head) >= file.size
    if file.zipped:
        unzip = zlib.decompressobj(wbits=31)
        try:
            text = unzip.decompress(head, HEAD_BYTES)
        except zlib.error:
            return None
        whole = whole and not unzip.unconsumed_tail and not unzip.unused_data
        fault = fault_of_text(text)
    return fault or (array_fault(file.path) if _is_array(text, whole=whole) else None)


def _is_array(text: bytes, *, whole: bool) -> bool:
    """Whether a text begins with an array and holds nothing else, as far as it is known."""
    content = text.removeprefix(b"\xef\xbb\xbf").strip(_BLANKS).decode("utf-8", "replace")
    if not content.startswith("["):
        return False
    try:
        _, end = json.JSONDecoder().raw_decode(content)
    except json.JSONDecodeError as error:
        cut_word = not whole and len(content) - error.pos < _LONGEST_WORD
        return _ends_early(error, content) or cut_word or (whole and content.endswith("]"))
    except RecursionError:
        return whole and content.endswith("]")
    return end == len(content)


def _ends_early(error: json.JSONDecodeError, text: str) -> bool:
    """Whether a text is no JSON only since it ends before the value does."""
    return not text[error.pos :].strip(" \t\r\n") or error.msg.startswith("Unterminated string")
