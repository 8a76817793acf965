r"""Generated texts of source files: good, odd and broken records mixed."""

import json
from functools import cache

from hypothesis import strategies as st

from sparkify_dagster.lake.datasets import Dataset
from sparkify_dagster_tests.lake.reading import TS, event, song

_NUMBERS = (
    *("0", "-0", "-0.0", "00", "-", "7", "-7", "007", "+7", "1E5", "1e3", "1e-400", "1e999"),
    *("-1e999", "1.5", "1.", ".5", "1e", "0x10", "1_000", "4.9e-324", "1.7976931348623157e308"),
    *("1.7976931348623159e308", "2147483647", "2147483648", "-2147483648", "-2147483649"),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775808"),
    *("18446744073709551615", "18446744073709551616", "1" * 30, "1" * 400),
    *(str(TS), f"{TS}.0", "1541030399999", "1541030400000", "1543622399999", "1543622400000"),
)
_CONSTANTS = (
    *("null", "true", "false", "NaN", "-NaN", "nan", "Infinity", "-Infinity", "inf", "nul", "'x'"),
    *("[]", "{}", "[1]", '{"ts": 1}', '{"x": {"userId": "z"}}', "[1,]", '{"a": 1,}', "[NaN]"),
    *("[ -Infinity ]", "[" * 99 + "]" * 99, "[" * 101 + "]" * 101, "[" * 3000 + "]" * 3000),
    *('{"a":' * 150 + "1" + "}" * 150, "1 2", "/*c*/ 1", "\ufeff1", "1\u00a0", "\x0c1", "\u0663"),
)
_TEXTS = (
    *("", " ", "  ", "a", " a ", "12", " 12", "12 ", "-0", "007", "+1", "1.5", "1e5", "NaN", "Inf"),
    *("null", "true", "#", "//", "a,}", ", ]", ":NaN", "[" * 300, "'", "%s", "a;b", 'a"b', "\\"),
    *("a\u2028b", "a\u0085b", "a\x7fb", "\ufeff", "\u0663", "BjÃ¶rk", "\U0001f3b5", "\\u0000"),
    *("é" * 32, "é" * 33, "é" * 512, "é" * 513, "a" * 1024, "a" * 1025, "a" * 2048, "a" * 2049),
)
_RAW_TEXTS = (
    *(r'"\u0000"', r'"\\u0000"', r'"\ud800"', r'"\udc00x"', r'"\ud83c\udfb5"', r'"\ud83d\ud83d"'),
    *(r'"\/"', r'"\x"', r'"\u12"', r'"\u0041"', r'"\U0041"', r'"\u2028"', r'"\n\r\t\b\f"', r'"\0"'),
    *('"a\x0bb"', '"a\x0cb"', '"a\tb"', '"a\x01b"', '"a\x00b"', '"a', 'a"', '"a""b"', '"a"b"'),
)
_UNKNOWN_KEYS = (
    "x",
    "TS",
    "ts ",
    "Page",
    "",
    "#",
    "$.ts",
    "a.b",
    r"a\"b",
    r"\u0000",
    r"\ud800",
    "é",
)
_BLANKS = ("", "", "", "", "", "", " ", "\t", "  ", "\r", "\x0b", "\x0c", "\u00a0")
_PIECES = (
    '"',
    ",",
    "}",
    "{",
    "[",
    "]",
    ":",
    "\\",
    "\x01",
    "\x00",
    "\x1f",
    "#",
    "0",
    "-",
    "\r",
    "é",
)
_NO_OBJECTS = ("", " ", "\t", "null", "12", "[]", "[{}]", "true", '"x"', "{}", "#", '"', "{", "NaN")
_OPENINGS = (*[b""] * 20, b"\xef\xbb\xbf", b"\xff", b"\xe2\x82", b'{"x": "\xc3"}')
_ENDS = ("\n", "\n", "\n", "\r\n", "\n\n", "\r\n\r\n", " \n\t\n", "", "\r", "\n\r\n")


def _quoted(text: str) -> tuple[str, str]:
    return json.dumps(text), json.dumps(text, ensure_ascii=False)


_CHOICES = (
    *(*_NUMBERS, *_CONSTANTS, *_RAW_TEXTS),
    *(quoted for text in (*_TEXTS, *_NUMBERS) for quoted in _quoted(text)),
)
_VALUES = st.one_of(
    st.sampled_from(_CHOICES),
    st.text(max_size=5).map(json.dumps),
    st.integers(-(2**65), 2**65).map(str),
    st.floats(allow_nan=False).map(repr),
)


@cache
def _members(dataset: Dataset) -> st.SearchStrategy[tuple[str, str]]:
    known = [field.key for field in dataset.fields]
    escaped = [f"\\u{ord(key[0]):04x}{key[1:]}" for key in known]
    return st.tuples(st.sampled_from((*known, *known, *escaped, *_UNKNOWN_KEYS)), _VALUES)


@st.composite
def lines(draw: st.DrawFn, dataset: Dataset) -> str:
    """Draw a line: mostly an object, most often with something odd in it."""
    kind = draw(st.integers(0, 20))
    if kind == 0:
        return draw(st.sampled_from(_NO_OBJECTS))
    usual = event(userId="10") if dataset.folder == "log_data" else song(year=1982)
    pairs = [(key, json.dumps(value)) for key, value in usual.items()]
    if kind % 2:
        replaced = draw(st.integers(0, len(usual) - 1))
        pairs[replaced] = (pairs[replaced][0], draw(_VALUES))
    added = draw(st.lists(_members(dataset), max_size=2))
    pairs = [*added, *pairs] if kind % 3 else [*pairs, *added]
    blank = draw(st.sampled_from(_BLANKS))
    text = "{" + f",{blank}".join(f'"{key}"{blank}:{value}' for key, value in pairs) + "}"
    if kind > 2:
        return text
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.sampled_from(_PIECES)) + text[at + draw(st.integers(0, 1)) :]


def contents(dataset: Dataset) -> st.SearchStrategy[bytes]:
    """Give files' contents: one to three lines and their ends."""
    ended = st.tuples(lines(dataset), st.sampled_from(_ENDS)).map("".join)
    text = st.lists(ended, min_size=1, max_size=3).map("".join)
    return st.tuples(st.sampled_from(_OPENINGS), text).map(
        lambda parts: parts[0] + parts[1].encode("utf-8", "surrogatepass")
    )
