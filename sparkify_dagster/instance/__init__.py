"""The Dagster instance: where it is, which of its runs are alive, and how the command runs a job.

- `home` finds DAGSTER_HOME and opens the instance.
- `heartbeat` shows that a run is alive, and marks runs that died.
- `executors` are Dagster's, with that heartbeat.
- `failures` reads from a run's events why it failed.
- `runs` runs a job for `sparkify load`.
- `private` holds everything that uses a private part of Dagster.

Nothing here imports Dagster before it is needed, because that takes a second.
"""
