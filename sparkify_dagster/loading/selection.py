"""What a build replaces of a table: the days that changed, and rows that late rows link anew."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from sparkify_dagster.loading import relink
from sparkify_dagster.loading.builds import State
from sparkify_dagster.models import windows
from sparkify_dagster.models.model import Model
from sparkify_dagster.models.windows import Window

NEW_ROWS = "new_rows"  # the temporary table that holds rows before they are published


_NO_DAYS, _NONE_RELINKED = Window(), Window(name="relinked")


@dataclass(frozen=True)
class Selection:
    """The rows of some months that a build computes and replaces.

    `days` are built as a whole; of the days `relinked`, only rows that late rows link anew.
    `partial` are the months of which other days stay as they are.
    """

    model: Model
    months: tuple[str, ...] = ()
    days: Window = _NO_DAYS
    relinked: Window = _NONE_RELINKED
    partial: frozenset[str] = frozenset()

    def only(self, months: Collection[str]) -> "Selection":
        """Return the part of the selection that lies in some months."""
        return Selection(
            self.model,
            tuple(month for month in self.months if month in months),
            self.days.only(months),
            self.relinked.only(months),
            self.partial.intersection(months),
        )

    @property
    def every_day(self) -> Window:
        """The days in which rows are replaced, whether all or some of their rows."""
        return Window.of_days([*self.days.days, *self.relinked.days], "every_day")

    @property
    def whole_months(self) -> Window:
        """All days of the months of which some days stay as they are."""
        return Window.of_months(self.partial, "months")

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters of the selection's SQL."""
        windows_used = (self.days, self.relinked, self.every_day, self.whole_months)
        return {name: value for w in windows_used for name, value in w.parameters().items()}

    def selects(self) -> list[str]:
        """Return the SELECTs that compute the rows."""
        found = []
        if self.days:
            sql = self.model.select or f"SELECT * FROM {self.model.name}"
            found.append(windows.bound(sql, lambda table: windows.restricted(table, self.days)))
        if self.relinked:
            found.append(relink.select(self.model, self.relinked))
        return found

    def condition(self) -> str:
        """Return the condition by which published rows belong to the selection."""
        conditions = [self.days.condition(self.model)] if self.days else []
        if self.relinked:
            conditions.append(relink.condition(self.model, self.relinked))
        return f"({' OR '.join(conditions)})"

    def audited(self, *, days_only: bool) -> windows.Relation:
        """Return what a check reads in place of each table: the new rows instead of its own.

        Rules about whole days see only the days that are built as a whole.
        """
        partly = days_only and bool(self.relinked)
        own = (
            f"(SELECT * FROM {NEW_ROWS} WHERE {self.days.condition(self.model)})"
            if partly
            else NEW_ROWS
        )
        days = self.days if days_only else self.every_day

        def relation(table: str) -> str:
            return own if table == self.model.name else windows.restricted(table, days)

        return relation


@dataclass
class Work:
    """What is to be done for some months of a table.

    `waiting` months cannot be built, since what they read is not current; `current` months need
    nothing; of `unchecked` months the published rows have to pass changed checks.
    """

    selection: Selection
    waiting: list[str] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)


def plan(state: State, model: Model, months: Sequence[str]) -> Work:
    """Decide what has to be done for months of a table that is built by windows."""
    days, relinked = set[date](), set[date]()
    selected, partial = list[str](), set[str]()
    work = Work(Selection(model))
    for month in sorted(months):
        build = state.builds.get((model.name, month))
        pending = state.pending_for(model, month)
        if not state.windows_ready(model, month):
            work.waiting.append(month)
        elif build is None or build.inputs != state.wanted_inputs(model):
            selected.append(month)
            days |= {*windows.Window.of_months([month]).days}
        elif not pending:
            checked = state.is_checked(model, month)
            (work.current if checked else work.unchecked).append(month)
        elif model.grain == "month":
            selected.append(month)
            days |= {*windows.Window.of_months([month]).days}
        else:
            selected.append(month)
            partial.add(month)
            for change in pending:
                (relinked if change.origin == model.name else days).update(change.dates)
    work.selection = Selection(
        model,
        tuple(selected),
        Window.of_days(days),
        Window.of_days(relinked - days, "relinked"),
        frozenset(partial),
    )
    return work
