"""Generated files: records, broken encodings, archives, and archives that are damaged."""

import bz2
import gzip
import io
import json
import lzma
import zipfile

from hypothesis import strategies as st

from sparkify_dagster.lake.datasets import Dataset
from sparkify_dagster_tests.lake import lines
from sparkify_dagster_tests.lake.reading import event, song

Bytes = st.SearchStrategy[bytes]

FILLINGS = (b"", b"", b"", b"\n" * 3_000, (b" " * 40 + b"\n") * 200, b" " * 9_000)


def contents(dataset: Dataset) -> Bytes:
    """Draw the content of a file that is not compressed."""
    records = lines.contents(dataset)
    good = st.integers(1, 60).map(lambda count: _good(dataset, count))
    return st.one_of(
        records,
        st.lists(records, max_size=4).map(b"".join),
        st.tuples(good, records, good).map(b"".join),
        st.tuples(st.sampled_from(FILLINGS), good, records).map(b"".join),
        good,
        st.binary(max_size=80),
        _arrays(dataset),
        _encoded(good),
        st.tuples(good, _endless_lines(), good).map(b"".join),
        _spread(dataset),
    )


def zipped(plain: Bytes) -> Bytes:
    """Draw the content of a file that is called .gz: gzip, whole or damaged, or something else."""
    packed = st.tuples(plain, st.sampled_from((0, 1, 9))).map(lambda c: gzip.compress(*c))
    return st.one_of(
        packed,
        packed,
        st.lists(packed, max_size=3).map(b"".join),
        st.tuples(packed, st.binary(max_size=6)).map(b"".join),
        st.tuples(packed, st.integers(0, 40)).map(lambda c: c[0][: -c[1] or None]),
        st.builds(_damaged, packed, st.integers(0, 200), st.integers(1, 255)),
        packed.map(gzip.compress),
        plain,
    )


def packed(plain: Bytes) -> Bytes:
    """Draw archives that have the name of a file of text."""
    kinds = (
        gzip.compress,
        bz2.compress,
        lzma.compress,
        _zip,
        lambda content: b"PAR1" + content + b"PAR1",
        lambda content: b"\x28\xb5\x2f\xfd" + content,
    )
    return st.tuples(st.sampled_from(kinds), plain).map(lambda c: c[0](c[1]))


def _good(dataset: Dataset, count: int) -> bytes:
    make = event if dataset.folder == "log_data" else song
    key = "itemInSession" if dataset.folder == "log_data" else "year"
    return b"".join(json.dumps(make(**{key: n})).encode() + b"\n" for n in range(count))


def _arrays(dataset: Dataset) -> Bytes:
    def write(count: int, indent: int | None, cut: int, around: bytes) -> bytes:
        records = [json.loads(line) for line in _good(dataset, count).splitlines()]
        content = json.dumps(records, indent=indent).encode()
        return around + content[: len(content) - cut] + around

    indents = st.sampled_from((None, 0, 2))
    around = st.sampled_from((b"", b"\n", b" \r\n", b"1\n"))
    return st.builds(write, st.integers(0, 40), indents, st.sampled_from((0, 0, 1, 9)), around)


def _encoded(plain: Bytes) -> Bytes:
    encodings = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-8-sig", "cp500")
    return st.tuples(plain, st.sampled_from(encodings)).map(
        lambda c: c[0].decode("utf-8", "replace").encode(c[1])
    )


def _endless_lines() -> Bytes:
    begins = st.sampled_from((b"", b"{", b'{"page": "', b'"', b"[", b"[1,", b'{"x": '))
    fill = st.sampled_from((b"x", b" ", b"[", b"1", b"\xc3\xa9", b"\x00", b'{"a":', b"\\"))
    sizes = st.sampled_from((100, 5_000, 40_000))
    return st.builds(lambda begin, one, size: begin + one * size + b"\n", begins, fill, sizes)


def _spread(dataset: Dataset) -> Bytes:
    """Draw objects that span lines, and lines that hold several."""

    def write(count: int, indent: int, between: str) -> bytes:
        records = [json.loads(line) for line in _good(dataset, count).splitlines()]
        return between.join(json.dumps(r, indent=indent) for r in records).encode()

    return st.builds(
        write, st.integers(1, 60), st.integers(0, 3), st.sampled_from(("", " ", "\n", "\n\n,"))
    )


def _damaged(content: bytes, at: int, mask: int) -> bytes:
    at = min(at, len(content) - 1)
    return content[:at] + bytes([content[at] ^ mask]) + content[at + 1 :]


def _zip(content: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("a.json", content)
    return archive.getvalue()
