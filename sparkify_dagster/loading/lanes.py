"""Work side by side: each item in transactions of its own, as many at once as there are lanes.

One month leaves much of a machine idle: it commits, reads ahead, or waits for the server.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import TypeVar

from sparkify_dagster.warehouse.base import Warehouse

Item = TypeVar("Item")
Result = TypeVar("Result")

_POLL_SECONDS = 0.1


def side_by_side(
    warehouse: Warehouse, work: Callable[[Item], Result], items: Sequence[Item]
) -> Iterator[Result]:
    """Yield the result of each item's work, a month's for one, in the order of the items.

    An error comes up where the result would; what is at work then is stopped.
    """
    lanes = min(warehouse.lanes, len(items))
    if lanes <= 1:
        yield from map(work, items)
        return
    with warehouse.session(), ThreadPoolExecutor(lanes) as pool:
        pending = [pool.submit(copy_context().run, work, item) for item in items]
        try:
            for future in pending:
                yield future.result()
        except BaseException:
            _stop(warehouse, pending)
            raise


def _stop(warehouse: Warehouse, pending: Sequence["Future[Result]"]) -> None:
    running = [future for future in pending if not future.cancel()]
    while wait(running, _POLL_SECONDS).not_done:
        warehouse.interrupt()  # over and over: it ends one statement, not those that follow
