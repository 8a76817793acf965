"""From JSON's values to a column's text, with COPY's rules and error codes.

Codes are those of the Developer Guide's "Load error reference". A number with a fraction or an
exponent is no integer (1207, at the first other character); blanks around a number do not matter.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from typing import Any

from sparkify_dagster_tests.redshift_stand_in.copy_command import CopyCommand
from sparkify_dagster_tests.redshift_stand_in.copy_json import FieldError, as_text
from sparkify_dagster_tests.redshift_stand_in.errors import not_imitated
from sparkify_dagster_tests.redshift_stand_in.rules import documented, from_experience

RULES = (
    documented(
        "A value that its column does not take is an error with a code and a reason: 1204 too "
        "long, 1206 timestamp, 1207 digit, 1208 float, 1213 NOT NULL, 1220 UTF-8, and so on.",
        "r_Load_Error_Reference",
    ),
    from_experience("A number with a fraction or an exponent is no integer (1207)."),
    from_experience("Blanks around a number do not matter."),
    from_experience("NUL in text is an error (1218)."),
    from_experience("true and false reach a VARCHAR column as words."),
    documented(
        "Text too long by trailing blanks alone is cut; EMPTYASNULL, BLANKSASNULL, TRIMBLANKS, "
        "TRUNCATECOLUMNS, ACCEPTINVCHARS, ROUNDEC and TIMEFORMAT do what they say.",
        "copy-parameters-data-conversion",
        "r_Character_types",
    ),
)

_INTEGERS = {"int2": ("Short", 15), "int4": ("Integer", 31), "int8": ("Long", 63)}
_TRUE = {"true", "t", "yes", "y", "1"}
_FALSE = {"false", "f", "no", "n", "0"}
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_TIMESTAMP = "YYYY-MM-DD HH24:MI:SS"
_INVALID = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Column:
    """A column of the target table; `width` is VARCHAR's and CHAR's bytes or 0."""

    name: str
    type: str
    width: int
    precision: int
    scale: int
    not_null: bool

    def convert(self, value: Any, command: CopyCommand) -> str | None:
        """Return the text for PostgreSQL or None; raises FieldError."""
        text = as_text(value)
        if text is not None:
            text = self._text(text, command)
        if text is None and self.not_null:
            raise FieldError(1213, "Missing data for not-null field")
        return text

    def _text(self, text: str, command: CopyCommand) -> str | None:
        if self.type in {"varchar", "bpchar"}:
            return self._characters(text, command)
        stripped = text.strip(" \t\r\n")
        if not stripped:
            return None
        convert = _CONVERSIONS.get(self.type)
        if convert is None:
            raise not_imitated(f"COPY into a column of type {self.type}")
        return convert(self, stripped, command)

    def _characters(self, text: str, command: CopyCommand) -> str | None:
        if (text == "" and command.empty_as_null) or (command.blanks_as_null and not text.strip()):
            return None
        text = self._valid(text, command)
        if command.trim_blanks:
            text = text.rstrip(" \t\r\n")
        data = text.encode()
        if len(data) <= self.width:
            return text
        if command.truncate_columns or len(text.rstrip(" ").encode()) <= self.width:
            return data[: self.width].decode("utf-8", "ignore")
        raise FieldError(1204, "String length exceeds DDL length", text, self.width)

    def _valid(self, text: str, command: CopyCommand) -> str:
        if "\0" in text:
            reason = "Invalid NULL byte - field longer than 1 byte"
            raise FieldError(1218, reason, text, text.index("\0"))
        bad = _INVALID.search(text)
        if bad is None:
            return text
        if command.accept_invalid_characters:
            return _INVALID.sub(command.accept_invalid_characters, text)
        # A byte that is no UTF-8 was read as one of these; others were written as \ud800.
        escaped = "\udc80" <= bad.group() <= "\udcff"
        handler = "surrogateescape" if escaped else "surrogatepass"
        sequence = bad.group().encode("utf-8", handler).hex()
        reason = (
            "String contains invalid or unsupported UTF8 codepoints. "
            f"Bad UTF8 hex sequence: {sequence} (error 3)"
        )
        raise FieldError(1220, reason, text, bad.start())

    def integer(self, text: str, _command: CopyCommand) -> str:
        """Return an integer that fits."""
        name, bits = _INTEGERS[self.type]
        digits = text[1:] if text[0] in "+-" else text
        if not digits.isascii() or not digits.isdigit():
            position = len(text) - len(text.lstrip("+-0123456789")) if digits else 0
            reason = f"Invalid digit, Value '{text[position]}', Pos {position}, Type: {name}"
            raise FieldError(1207, reason, text, position)
        if not -(2**bits) <= int(text) < 2**bits:
            raise FieldError(1222, f"Overflow, Value '{text[:20]}', Type: {name}", text)
        return text

    def floating(self, text: str, _command: CopyCommand) -> str:
        """Return a float, NaN and Infinity too."""
        try:
            number = float(text) if "_" not in text else None
        except ValueError:
            number = None
        if number is None:
            raise FieldError(1208, f"Invalid value, Value '{text[:20]}', Type: Double", text)
        if number in {float("inf"), float("-inf")} and "n" not in text.lower():
            raise FieldError(1204, f"Overflow, Value '{text[:20]}', Type: Double", text)
        return text

    def decimal(self, text: str, command: CopyCommand) -> str:
        """Return a decimal, cut to the column's scale."""
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            raise FieldError(1209, f"Invalid value, Value '{text[:20]}', Type: Decimal", text)
        rounding = ROUND_HALF_UP if command.round_decimals else ROUND_DOWN
        with localcontext(prec=80):
            fitted = number.quantize(Decimal(1).scaleb(-self.scale), rounding=rounding)
        if abs(fitted) >= Decimal(10) ** (self.precision - self.scale):
            reason = f"Overflow for NUMERIC({self.precision},{self.scale})"
            raise FieldError(1207, reason, text)
        return str(fitted)

    def boolean(self, text: str, _command: CopyCommand) -> str:
        """Return t or f."""
        if text.lower() in _TRUE | _FALSE:
            return "t" if text.lower() in _TRUE else "f"
        raise FieldError(1210, f"Unknown boolean format, Value '{text[:20]}'", text)

    def timestamp(self, text: str, command: CopyCommand) -> str:
        """Return a timestamp, read as TIMEFORMAT says."""
        time_format = command.time_format
        try:
            if time_format in {"epochsecs", "epochmillisecs"}:
                unit = 1 if time_format == "epochsecs" else 1000
                moment = _EPOCH + dt.timedelta(seconds=float(Decimal(text) / unit))
                return moment.replace(tzinfo=None).isoformat(sep=" ")
            pattern = r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,6})?"
            if time_format == "auto" or re.fullmatch(pattern, text):
                return dt.datetime.fromisoformat(text).isoformat(sep=" ")
        except (ValueError, OverflowError, InvalidOperation):
            pass
        reason = f"Invalid timestamp format or value [{time_format or _TIMESTAMP}]"
        raise FieldError(1206, reason, text)

    def date(self, text: str, _command: CopyCommand) -> str:
        """Return a date."""
        try:
            return dt.date.fromisoformat(text[:10]).isoformat()
        except ValueError:
            reason = "Invalid Date Format - length must be 10 or more"
            raise FieldError(1205, reason, text) from None


_CONVERSIONS: dict[str, Callable[[Column, str, CopyCommand], str]] = {
    "bool": Column.boolean,
    "date": Column.date,
    "float4": Column.floating,
    "float8": Column.floating,
    "int2": Column.integer,
    "int4": Column.integer,
    "int8": Column.integer,
    "numeric": Column.decimal,
    "timestamp": Column.timestamp,
}
