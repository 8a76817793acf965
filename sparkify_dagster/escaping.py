"""Text from the source, made safe for where it is shown: one function for each destination.

Titles, names, file names and error messages may hold anything. They are data wherever they are
shown: never an escape sequence on a terminal, a formula in a spreadsheet or markup in a picture.
"""

import re
import unicodedata
from html import escape

# Controls, surrogates, line separators, and what reverses or hides text (category Cf).
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"  # ordinary in Persian, in Indian scripts and in emoji
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_NOT_IN_XML = re.compile("[\ufffe\uffff]")  # beyond what is escaped already
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def for_terminal(text: str, *, keep: str = "") -> str:
    r"""Return text whose control characters are visible escapes, such as \x1b and \u202e.

    `keep` are control characters to leave as they are: a message of several lines keeps "\n".
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        _escaped(character)
        if unicodedata.category(character) in _UNSAFE and character not in keep
        else character
        for character in text
    )


def for_csv(value: object) -> object:
    """Return a value for a CSV file that is safe to open in a spreadsheet and on a terminal.

    Text that begins like a formula (=, +, -, @, after any blanks) gets a leading apostrophe, which
    spreadsheets show as text; a number written as text does not. Control characters other than
    tab and newline become visible escapes. Values other than text are returned as they are.
    """
    if not isinstance(value, str):
        return value
    text = for_terminal(value, keep="\t\n")
    is_formula = _FORMULA.match(text) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text


def for_svg(text: str) -> str:
    """Return text for an SVG picture: no markup, and no character that XML does not allow."""
    return escape(_NOT_IN_XML.sub("\ufffd", for_terminal(text)))


def for_chat(text: str) -> str:
    """Return text for a chat program's webhook, in which < begins a link or a mention.

    Source: Slack's guide to formatting message text, which asks to escape these characters.
    """
    return escape(for_terminal(text, keep="\n"), quote=False)


def _escaped(character: str) -> str:
    if character in _JOINERS:
        return character
    code = ord(character)
    width = "x" if code < 0x100 else "u" if code < 0x10000 else "U"  # noqa: PLR2004 - as in Python
    digits = {"x": 2, "u": 4, "U": 8}[width]
    return _SHORT.get(character) or f"\\{width}{code:0{digits}x}"
