"""How the steps of a run are carried out: Dagster's executors, with a heartbeat for the run.

The process that carries out the run writes the heartbeat, also when each step has a process of its
own. `sparkify load` always carries out all steps in its own process.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from sparkify_dagster.instance.heartbeat import (
    HEARTBEAT_TAG,
    PROCESS_TAG,
    beating,
    first_heartbeat,
)
from sparkify_dagster.settings import Settings

# The processes of steps are forked from one that has imported this: 28 steps take 25 s, not 38.
_PRELOADED = {"forkserver": {"preload_modules": ["sparkify_dagster.code_location"]}}


class _HeartbeatExecutor(dg.Executor):
    """One of Dagster's executors, with a heartbeat for the run."""

    def __init__(self, inner: dg.Executor) -> None:
        self._inner = inner

    @property
    def retries(self) -> Any:  # noqa: ANN401 - a private class of Dagster
        """Return the retries of the executor inside."""
        return self._inner.retries

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:  # noqa: ANN401 - private classes of Dagster
        """Carry out the plan, as the executor inside does."""
        instance, run_id = plan_context.instance, plan_context.run_id
        tags = first_heartbeat()
        instance.add_run_tags(run_id, {key: tags[key] for key in (HEARTBEAT_TAG, PROCESS_TAG)})
        with beating(instance, run_id):
            yield from self._inner.execute(plan_context, execution_plan)


def _in_process(context: dg.InitExecutorContext) -> dg.Executor:
    """Carry out all steps of a run in its own process."""
    make: Any = dg.in_process_executor.executor_creation_fn
    return _HeartbeatExecutor(make(context))


def _multiprocess(context: dg.InitExecutorContext) -> dg.Executor:
    """Carry out each step of a run in a process of its own."""
    make: Any = dg.multiprocess_executor.executor_creation_fn
    return _HeartbeatExecutor(make(context))


_one_process: Any = dg.in_process_executor.config_schema
_many_processes: Any = dg.multiprocess_executor.config_schema
in_process_executor = dg.executor(name="in_process", config_schema=_one_process)(_in_process)
_multiprocess_executor = dg.executor(
    name="multiprocess",
    config_schema=_many_processes,
    requirements=dg.multiple_process_executor_requirements(),
)(_multiprocess)


def build_executor(settings: Settings) -> dg.ExecutorDefinition:
    """Return the executor of all jobs, as SPARKIFY_EXECUTOR and SPARKIFY_MAX_PROCESSES set it."""
    if settings.executor == "in_process":
        return in_process_executor
    chosen = {"max_concurrent": settings.max_processes, "start_method": _PRELOADED}
    return _multiprocess_executor.configured(chosen, name="multiprocess")
