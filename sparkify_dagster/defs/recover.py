"""Marks the runs as failed that were at work when the code server ended.

    python -m sparkify_dagster.defs.recover

It belongs before the start of a code server whose runs end with it, as a systemd service's do:
nobody else would notice that they are gone. The sensors ask for their months again. Runs that wait
in the queue are left there, and so are loads by the command, which has its own way to tell.
"""

import dagster as dg

from sparkify_dagster.instance import OWN_RUN

_AT_WORK = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def recover(instance: dg.DagsterInstance) -> list[str]:
    """Mark what was at work as failed; gives the ids of these runs."""
    lost = [
        run
        for run in instance.get_runs(dg.RunsFilter(statuses=_AT_WORK))
        if not OWN_RUN.items() <= run.tags.items()
    ]
    for run in lost:
        instance.report_run_failed(run, "The code server that started this run is gone.")
    return [run.run_id for run in lost]


def main() -> None:
    """Recover the instance of DAGSTER_HOME, made where it is missing."""
    with dg.DagsterInstance.get() as instance:
        for run_id in recover(instance):
            print(f"run {run_id} had ended with its code server; marked as failed")


if __name__ == "__main__":
    main()
