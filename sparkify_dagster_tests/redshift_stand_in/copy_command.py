"""COPY … FORMAT JSON: the command and its options, as the Developer Guide lists them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sparkify_dagster_tests.redshift_stand_in.errors import (
    RedshiftError,
    not_imitated,
    syntax_error,
)
from sparkify_dagster_tests.redshift_stand_in.lexer import Token
from sparkify_dagster_tests.redshift_stand_in.rules import documented

RULES = (
    documented(
        "With JSON, COPY takes no CSV, DELIMITER, ESCAPE, FILLRECORD, FIXEDWIDTH, "
        "IGNOREBLANKLINES, NULL AS, READRATIO and REMOVEQUOTES.",
        "copy-parameters-data-format",
    ),
    documented("MAXERROR is at most 100,000.", "copy-parameters-data-load"),
    documented("COPY from S3 wants a role or keys.", "copy-parameters-authorization"),
)

_MAXERROR_LIMIT = 100_000
_FLAGS = {
    "GZIP": "gzip", "MANIFEST": "manifest", "TRUNCATECOLUMNS": "truncate_columns",
    "EMPTYASNULL": "empty_as_null", "BLANKSASNULL": "blanks_as_null", "TRIMBLANKS": "trim_blanks",
    "ROUNDEC": "round_decimals", "NOLOAD": "no_load",
}  # fmt: skip
_NOT_IMITATED = {
    "PARQUET", "ORC", "AVRO", "SHAPEFILE", "CREDENTIALS", "ACCESS_KEY_ID", "BZIP2", "LZOP", "ZSTD",
    "ENCRYPTED", "ENCODING", "SSH", "IGNOREALLERRORS", "EXPLICIT_IDS", "IGNOREHEADER", "DATEFORMAT",
    "ACCEPTANYDATE",
}  # fmt: skip
_NOT_WITH_JSON = {
    "CSV", "DELIMITER", "ESCAPE", "FILLRECORD", "FIXEDWIDTH", "IGNOREBLANKLINES", "NULL",
    "READRATIO", "REMOVEQUOTES",
}  # fmt: skip
_TIME_FORMATS = {"auto", "epochsecs", "epochmillisecs"}


@dataclass(frozen=True)
class CopyCommand:
    """A COPY from S3 in JSON; `json` is auto, auto ignorecase, noshred or a JSONPaths file."""

    table: str
    columns: tuple[str, ...]
    source: str
    role: str = ""
    json: str = ""
    gzip: bool = False
    manifest: bool = False
    region: str = ""
    max_errors: int = 0
    truncate_columns: bool = False
    empty_as_null: bool = False
    blanks_as_null: bool = False
    trim_blanks: bool = False
    round_decimals: bool = False
    no_load: bool = False
    accept_invalid_characters: str = ""
    time_format: str = ""

    @classmethod
    def parse(cls, statement: Sequence[Token]) -> "CopyCommand":
        """Read a COPY; raises RedshiftError."""
        reader = _Reader(list(statement[1:]))
        table = reader.name()
        columns: list[str] = []
        if reader.take("("):
            columns.append(reader.name())
            while reader.take(","):
                columns.append(reader.name())
            reader.expect(")")
        reader.expect("FROM")
        command = cls(table, tuple(columns), reader.text("FROM"))
        while reader.left:
            command = _option(command, reader)
        if not command.source.startswith("s3://"):
            raise not_imitated(f"COPY from {command.source.split(':', 1)[0]}")
        if not command.role:
            raise RedshiftError("XX000", "Missing credentials for COPY: give IAM_ROLE")
        if not command.json:
            raise not_imitated("COPY in other formats than JSON")
        return command


class _Reader:
    """Takes tokens one by one."""

    def __init__(self, tokens: list[Token]) -> None:
        self.left = tokens

    def take(self, key: str) -> bool:
        if self.left and self.left[0].key == key:
            del self.left[0]
            return True
        return False

    def expect(self, key: str) -> None:
        if not self.take(key):
            raise self.unexpected()

    def next(self) -> Token:
        if not self.left:
            raise self.unexpected()
        return self.left.pop(0)

    def name(self) -> str:
        token = self.next()
        if token.kind not in {"word", "quoted"}:
            raise syntax_error(f'syntax error at or near "{token.text}"')
        return f"{token.text}.{self.next().text}" if self.take(".") else token.text

    def text(self, option: str) -> str:
        self.take("AS")
        if not self.left or self.left[0].kind != "string":
            raise syntax_error(f"COPY: {option} wants a string")
        return self.next().value

    def unexpected(self) -> RedshiftError:
        near = f'at or near "{self.left[0].text}"' if self.left else "at end of input"
        return syntax_error(f"syntax error {near}")


def _option(command: CopyCommand, reader: _Reader) -> CopyCommand:
    token = reader.next()
    key = token.key
    if key in _FLAGS:
        flag: dict[str, Any] = {_FLAGS[key]: True}
        return replace(command, **flag)
    if key in _NOT_WITH_JSON:
        raise syntax_error(f"COPY: {key} is not supported with JSON")
    if key in _NOT_IMITATED:
        raise not_imitated(f"COPY's {key}")
    option = _VALUED.get(key)
    if option is None:
        raise syntax_error(f'syntax error at or near "{token.text}"')
    return option(command, reader)


def _iam_role(command: CopyCommand, reader: _Reader) -> CopyCommand:
    if reader.take("DEFAULT"):
        return replace(command, role="default")
    return replace(command, role=reader.text("IAM_ROLE"))


def _format(command: CopyCommand, reader: _Reader) -> CopyCommand:
    reader.take("AS")
    reader.expect("JSON")
    return _json(command, reader)


def _json(command: CopyCommand, reader: _Reader) -> CopyCommand:
    reader.take("AS")
    given = reader.left and reader.left[0].kind == "string"
    return replace(command, json=reader.text("JSON") if given else "auto")


def _max_error(command: CopyCommand, reader: _Reader) -> CopyCommand:
    reader.take("AS")
    token = reader.next()
    if not token.text.isdigit() or int(token.text) > _MAXERROR_LIMIT:
        raise RedshiftError(
            "22023", f"MAXERROR must be between 0 and {_MAXERROR_LIMIT}, not {token.text}"
        )
    return replace(command, max_errors=int(token.text))


def _invalid_characters(command: CopyCommand, reader: _Reader) -> CopyCommand:
    reader.take("AS")
    given = reader.left and reader.left[0].kind == "string"
    return replace(command, accept_invalid_characters=reader.next().value if given else "?")


def _time_format(command: CopyCommand, reader: _Reader) -> CopyCommand:
    time_format = reader.text("TIMEFORMAT")
    if time_format not in _TIME_FORMATS:
        raise not_imitated(f"TIMEFORMAT '{time_format}'")
    return replace(command, time_format=time_format)


def _region(command: CopyCommand, reader: _Reader) -> CopyCommand:
    return replace(command, region=reader.text("REGION"))


def _switch(command: CopyCommand, reader: _Reader) -> CopyCommand:
    """COMPUPDATE and STATUPDATE: compression and statistics, nothing that shows here."""
    if reader.left and reader.left[0].key in {"ON", "OFF", "TRUE", "FALSE", "PRESET"}:
        reader.next()
    return command


def _comprows(command: CopyCommand, reader: _Reader) -> CopyCommand:
    reader.next()
    return command


_VALUED: dict[str, Callable[[CopyCommand, _Reader], CopyCommand]] = {
    "ACCEPTINVCHARS": _invalid_characters,
    "COMPROWS": _comprows,
    "COMPUPDATE": _switch,
    "FORMAT": _format,
    "IAM_ROLE": _iam_role,
    "JSON": _json,
    "MAXERROR": _max_error,
    "REGION": _region,
    "STATUPDATE": _switch,
    "TIMEFORMAT": _time_format,
}
