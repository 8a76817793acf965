"""Redshift SQL cut into tokens, and the shape of a statement without its values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sparkify_dagster_tests.redshift_stand_in.errors import not_supported, syntax_error
from sparkify_dagster_tests.redshift_stand_in.rules import documented, from_experience

RULES = (
    documented("Names are folded to lower case, in quotes too.", "r_names"),
    from_experience("A backslash escapes in every string, as in PostgreSQL 8.0."),
    from_experience("E'…', U&'…' and $$…$$ are refused."),
)

Kind = Literal["word", "quoted", "string", "number", "operator"]

_TOKEN = re.compile(
    r"""
      (?P<space>\s+|--[^\n]*|/\*.*?\*/)
    | (?P<prefixed>[EeBbXxNn]'|[Uu]&')
    | (?P<string>'(?:[^'\\]|''|\\.)*')
    | (?P<quoted>"(?:[^"]|"")+")
    | (?P<dollar>\$\w*\$|\$\d+)
    | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<word>[^\W\d][\w$\#]*)
    | (?P<operator>::|<=|>=|<>|!=|\|\|/|\|\||\|/|!~\*|!~|~\*|->>|->|\#>>|\#>|@>|<@|\?[|&]|<<|>>
        |@@|&&
        |[-+*/<>=~!@\#%^&|?(),;.:\[\]{}])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True)
class Token:
    """A piece of SQL.

    `text` is how PostgreSQL is to read it: names folded to lower case, quoted ones too (Redshift's
    default), strings without backslash escapes. `key` is for comparing: a word in capitals, an
    operator as it is, and a mark for the rest.
    """

    kind: Kind
    text: str
    key: str

    @property
    def value(self) -> str:
        """The string that a string token stands for."""
        return self.text[1:-1].replace("''", "'")


def word(text: str) -> Token:
    """Make a token of a word or operator."""
    return Token("word" if text[0].isalpha() else "operator", text, text.upper())


def string(value: str) -> Token:
    """Make a token of a string literal."""
    return Token("string", "'" + value.replace("'", "''") + "'", "'…'")


def tokenise(sql: str) -> list[Token]:
    """Cut a query string into tokens, without comments; raises RedshiftError."""
    tokens: list[Token] = []
    position = 0
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        if match is None:
            raise syntax_error(f'syntax error at or near "{sql[position : position + 20]}"')
        position = match.end()
        if match.lastgroup != "space":
            tokens.append(_token(str(match.lastgroup), match.group()))
    return tokens


def _token(group: str, text: str) -> Token:
    if group == "string":
        return string(_unescape(text[1:-1]))
    if group == "quoted":
        folded = text.lower()
        return Token("quoted", folded, folded)
    if group == "word":
        return Token("word", text, text.upper())
    if group == "number":
        return Token("number", text, text)
    if group == "operator":
        return Token("operator", text, text)
    raise not_supported(f"{text} strings and parameters are not supported")


def _unescape(body: str) -> str:
    """Redshift, like PostgreSQL 8.0, takes backslashes as escapes in every string."""

    def plain(match: re.Match[str]) -> str:
        escaped = match.group(1)
        return "'" if match.group() == "''" else _ESCAPES.get(escaped, escaped)

    return re.sub(r"''|\\(.)", plain, body, flags=re.DOTALL)


def statements(tokens: Sequence[Token]) -> list[list[Token]]:
    """Cut at semicolons; empty statements vanish."""
    found: list[list[Token]] = [[]]
    for token in tokens:
        if token.key == ";":
            found.append([])
        else:
            found[-1].append(token)
    return [statement for statement in found if statement]


def render(tokens: Sequence[Token]) -> str:
    """Write tokens as SQL for PostgreSQL."""
    return " ".join(token.text for token in tokens)


def shape(tokens: Sequence[Token]) -> str:
    """Write a statement without its values; one verdict serves all statements of this shape.

    Strings become 's', numbers 1, and a list of values (IN, VALUES) keeps one of each sort.
    """
    keyed = ["'s'" if token.kind == "string" else token.text for token in tokens]
    if tokens[0].key not in {"CREATE", "ALTER"}:
        # Widths of types matter there.
        keyed = [
            "1" if token.kind == "number" else text
            for token, text in zip(tokens, keyed, strict=True)
        ]
    text = " ".join(keyed)
    literal = r"(?:- )?(?:'s'|1|NULL|TRUE|FALSE|DEFAULT)(?: :: \w+)?"
    row = rf"\( {literal}(?: , {literal})* \)"
    text = re.sub(
        rf"{row}(?: , {row})+",
        lambda rows: " , ".join(dict.fromkeys(re.findall(row, rows[0], re.IGNORECASE))),
        text,
        flags=re.IGNORECASE,
    )
    return re.sub(r"(IN \( )('s'|1)(?: , \2)+( \))", r"\1\2\3", text, flags=re.IGNORECASE)
