"""The sensors `log_files` and `song_files`: what the source holds, against what was loaded.

Upkeep is by jobs and not by automation conditions: a job loads, builds and checks in one run and
one process, where conditions would ask for each table in a tick of its own, half a minute apart;
a change of files has one run; and a month that failed is requested again, for
which conditions have no word. What depends on a table is in the same job, so it follows by itself.

A tick lists a prefix, once, and holds no list: files are added up in fingerprints, a month each,
or one for all songs. A listing that takes longer than a tick may last is taken up by the next.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import dagster as dg

from sparkify_dagster.defs.records import Records
from sparkify_dagster.defs.requests import Decision, Known, Memory, Scan, decide
from sparkify_dagster.instance.failures import SONGS
from sparkify_dagster.instance.heartbeat import mark_dead_runs
from sparkify_dagster.instance.runs import range_tags
from sparkify_dagster.lake.broken import shown
from sparkify_dagster.lake.fingerprint import NO_FILES, Fingerprint
from sparkify_dagster.lake.source import Source, placed
from sparkify_dagster.loading.state import state_of
from sparkify_dagster.partitions import months_between, running_month
from sparkify_dagster.settings import Settings
from sparkify_dagster.warehouse import Warehouse

LOGS_EVERY, SONGS_EVERY = 60, 300  # seconds
LISTING_SECONDS = 30.0  # of the 60 that Dagster gives a tick
_LOOK_AT_CLOCK_EVERY = 1_000
_SHOWN = 5


def build_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """Make the sensors on the source; all are off until somebody switches them on."""

    @dg.sensor(
        job_name="load_log_month",
        minimum_interval_seconds=LOGS_EVERY,
        description="Loads the log months whose files changed: lists log_data/ every minute.",
    )
    def log_files(
        context: dg.SensorEvaluationContext,
        warehouse: dg.ResourceParam[Warehouse],
        source: dg.ResourceParam[Source],
    ) -> dg.SensorResult:
        inside = months_between(settings.first_month, running_month())
        watched = Watched("staging_events", "log_data/", inside, "load_log_month")
        return _Tick(context, warehouse, source, watched).run()

    @dg.sensor(
        job_name="load_songs",
        minimum_interval_seconds=SONGS_EVERY,
        description=(
            "Loads songs that came or changed, and links the plays that they explain: lists "
            "song_data/ every five minutes."
        ),
    )
    def song_files(
        context: dg.SensorEvaluationContext,
        warehouse: dg.ResourceParam[Warehouse],
        source: dg.ResourceParam[Source],
    ) -> dg.SensorResult:
        watched = Watched("staging_songs", "song_data/", [SONGS], "load_songs")
        return _Tick(context, warehouse, source, watched).run()

    return [log_files, song_files]


@dataclass(frozen=True)
class Watched:
    """What a sensor looks after: a staging table, its prefix, its keys and its job."""

    table: str
    prefix: str
    keys: Sequence[str]
    job: str


@dataclass
class Listed:
    """What a stretch of a listing came to; `whole` where it reached the end."""

    scan: Scan
    files: int = 0
    unrecognised: list[str] = field(default_factory=list)
    whole: bool = True


def list_on(source: Source, prefix: str, scan: Scan, seconds: float) -> Listed:
    """List a prefix from where a scan stands, for so many seconds at most.

    Memory is that of the fingerprints, whatever the number of files.
    """
    deadline = time.monotonic() + seconds
    sums = {key: Fingerprint(text) for key, text in scan.sums.items()}
    listed = Listed(Scan())
    for entry in source.files(prefix, scan.after):
        file = placed(entry)
        if file is None:
            listed.unrecognised.append(shown(entry.path))
            continue
        sums.setdefault(file.log_month or SONGS, Fingerprint()).add(file)
        listed.files += 1
        if not listed.files % _LOOK_AT_CLOCK_EVERY and time.monotonic() > deadline:
            listed.scan.after, listed.whole = entry.path, False
            break
    listed.scan.sums = {key: str(fingerprint) for key, fingerprint in sums.items()}
    return listed


class _Tick:
    """One tick of a sensor."""

    def __init__(
        self,
        context: dg.SensorEvaluationContext,
        warehouse: Warehouse,
        source: Source,
        watched: Watched,
    ) -> None:
        self._context = context
        self._warehouse = warehouse
        self._source = source
        self._watched = watched
        self._now = _now()
        self._memory = Memory.load(context.cursor, self._now)
        self._notes: list[str] = []

    def run(self) -> dg.SensorResult:
        """List, compare, and request what is to be loaded."""
        memory = self._memory
        listed = list_on(self._source, self._watched.prefix, memory.scan, LISTING_SECONDS)
        memory.scan = Scan() if listed.whole else listed.scan
        self._note_names("outside the layout, left alone", listed.unrecognised)
        if not listed.whole:
            self._note(f"listed up to {listed.scan.after}; the next tick goes on from there")
            return self._result([])
        mark_dead_runs(self._context.instance)
        records = Records(self._context.instance, self._watched.table)
        if records.last_reset != memory.reset:
            memory.reset, memory.settled, memory.requested = records.last_reset, {}, {}
        wanted = self._wanted(listed.scan.sums, records)
        decision = decide(memory, wanted, self._known(records), self._now)
        self._note_decision(decision, listed)
        return self._result([self._request(keys) for keys in decision.requests])

    def _wanted(self, sums: Mapping[str, str], records: Records) -> dict[str, str]:
        """Give the state that each key should be in; months without files any more are empty."""
        self._note_names(
            "no month of this warehouse, not loaded", {*sums}.difference(self._watched.keys)
        )
        keys = {*sums, *self._memory.settled, *self._memory.requested, *records.keys()}
        return {
            key: state_of(self._warehouse, self._watched.table, sums.get(key, NO_FILES))
            + records.relinked(key)
            for key in keys.intersection(self._watched.keys)
        }

    def _known(self, records: Records) -> Known:
        failed: dict[int, dict[str, str]] = {}

        def failed_in(request: int) -> dict[str, str]:
            if request not in failed:
                failed[request] = records.failed(self._run_key(request))
            return failed[request]

        return Known(records.loaded, records.running, failed_in)

    def _request(self, keys: list[str]) -> dg.RunRequest:
        request = self._memory.requested[keys[0]].number
        tags = {} if keys == [SONGS] else range_tags(keys[0], keys[-1])
        return dg.RunRequest(run_key=self._run_key(request), tags=tags)

    def _run_key(self, request: int) -> str:
        return f"{self._context.sensor_name}-{request}"

    def _note_decision(self, decision: Decision, listed: Listed) -> None:
        for keys in decision.requests:
            attempt = self._memory.requested[keys[0]].attempt
            again = f" (attempt {attempt})" if attempt > 1 else ""
            span = keys[0] if len(keys) == 1 else f"{keys[0]} to {keys[-1]}"
            self._note(f"requests {span}{again}")
        if decision.waiting:
            self._note(f"requested and not loaded yet: {', '.join(decision.waiting)}")
        if decision.given_up:
            self._note(
                f"failed too often, so it waits for a change of its files (or launch the job "
                f"{self._watched.job} yourself): {', '.join(decision.given_up)}"
            )
        if not (decision.requests or decision.waiting or decision.given_up):
            self._note(f"{self._watched.prefix} is loaded as it is: {listed.files:,} files listed")

    def _note_names(self, what: str, names: Iterable[str]) -> None:
        some = sorted(names)
        if some:
            shown = ", ".join(name.encode(errors="replace").decode() for name in some[:_SHOWN])
            more = f" and {len(some) - _SHOWN:,} more" if len(some) > _SHOWN else ""
            self._note(f"{what}: {shown}{more}")

    def _note(self, line: str) -> None:
        self._notes.append(line)
        self._context.log.info(line)

    def _result(self, requests: list[dg.RunRequest]) -> dg.SensorResult:
        return dg.SensorResult(
            run_requests=requests,
            skip_reason=None if requests else dg.SkipReason("; ".join(self._notes)),
            cursor=self._memory.dump(),
        )


def _now() -> int:
    return int(time.time())
