"""The rows of the benchmark's last table: what was measured, and what it may be at most."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A measured figure beside the most that it may be."""

    what: str
    measured: float
    allowed: float
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether the figure is as low as it has to be."""
        return self.measured <= self.allowed

    def __str__(self) -> str:
        measured, allowed = (f"{value:,.10g}{self.unit}" for value in (self.measured, self.allowed))
        return f"  {self.what:<58}{measured:>12}{allowed:>12}  {'met' if self.met else 'MISSED'}"


def show(figures: Iterable[Figure]) -> None:
    """Print figures as a table."""
    print(f"  {'':<58}{'measured':>12}{'at most':>12}")
    for figure in figures:
        print(figure, flush=True)
