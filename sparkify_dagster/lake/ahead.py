"""Making the next item of an iterator in a thread while the last one is used."""

from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Generator[Item, None, None]) -> Iterator[Item]:
    """Yield the items of a generator, one step ahead of who takes them.

    At most two items exist at a time. The generator is closed at the end, also if it is left early.
    """
    context = copy_context()
    with ThreadPoolExecutor(1) as pool:

        def following() -> "Future[Item | None]":
            return pool.submit(lambda: context.run(lambda: next(items, None)))

        pending = following()
        try:
            while (item := pending.result()) is not None:
                pending = following()
                yield item
        finally:
            pending.cancel()
            pool.shutdown()
            items.close()
