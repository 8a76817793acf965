"""Reads values from the environment one by one, and gathers what is wrong with them."""

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from sparkify_dagster.errors import SettingsError

_PREFIX = "SPARKIFY_"
Choice = TypeVar("Choice", bound=str)


def process_environment() -> dict[str, str]:
    """Return the environment, and below it what `.env` in the working directory says."""
    from dotenv import dotenv_values

    in_file = {k: v for k, v in dotenv_values(Path(".env")).items() if v is not None}
    # AWS's own chain reads the process's environment only.
    for name, value in in_file.items():
        if name.startswith("AWS_"):
            os.environ.setdefault(name, value)
    return {**in_file, **os.environ}


class Environment:
    """Values by name, without the prefix SPARKIFY_; a fault does not end the reading."""

    def __init__(self, values: Mapping[str, str], read_elsewhere: tuple[str, ...]) -> None:
        """Read from these values; `read_elsewhere` names settings that other code reads."""
        self._values = values
        self._faults: list[str] = []
        self._known = {_PREFIX + name for name in read_elsewhere}

    def text(self, name: str, default: str = "") -> str:
        """Return a value without blanks at its ends, or the default if it is empty or missing."""
        self._known.add(_PREFIX + name)
        return self._values.get(_PREFIX + name, "").strip() or default

    def names(self, name: str) -> tuple[str, ...]:
        """Return what a value lists, separated by commas."""
        return tuple(item.strip() for item in self.text(name).split(",") if item.strip())

    def choice(self, name: str, choices: tuple[Choice, ...]) -> Choice:
        """Return one of the choices; the first is the default."""
        value = self.text(name, choices[0])
        for choice in choices:
            if choice == value:
                return choice
        self.fault(name, f"is {value!r}: choose {_either(choices)}")
        return choices[0]

    def matching(self, name: str, default: str, pattern: re.Pattern[str], rule: str) -> str:
        """Return a value that the pattern matches; `rule` says what such a value is."""
        value = self.text(name, default)
        if value and not pattern.fullmatch(value):
            self.fault(name, f"is {value!r}: {rule}")
        return value

    def integer(self, name: str, default: int, *, least: int) -> int:
        """Return a whole number."""
        value = self.text(name, str(default))
        if not re.fullmatch(r"[0-9]{1,9}", value) or int(value) < least:
            self.fault(name, f"is {value!r}: it should be a whole number, at least {least}")
            return default
        return int(value)

    def fault(self, name: str, fault: str) -> None:
        """Note what is wrong with a value."""
        self._faults.append(f"{_PREFIX}{name} {fault}")

    def refuse_faults(self) -> None:
        """Raise SettingsError if there are faults, or settings that nothing reads."""
        for name in sorted(self._values):
            if name.startswith(_PREFIX) and name not in self._known:
                near = get_close_matches(name, sorted(self._known), 1, cutoff=0)
                self._faults.append(f"{name} is not a setting: is {near[0]} meant?")
        if self._faults:
            raise SettingsError("; ".join(self._faults))


def _either(choices: tuple[str, ...]) -> str:
    return ", ".join(choices[:-1]) + " or " + choices[-1]
