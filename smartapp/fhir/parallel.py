"""Several requests at once, over as many threads as the client has pooled connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def together(calls: tuple[Callable[[], T], ...], workers: int) -> list[T]:
    """Run all ``calls`` and return their results in order.

    When some fail, the first one's error (in the order given) is raised, and only after all have
    finished: nothing is left running behind an error page.
    """
    if len(calls) < 2:
        return [call() for call in calls]
    with ThreadPoolExecutor(max_workers=min(workers, len(calls))) as pool:
        futures = [pool.submit(call) for call in calls]
    return [future.result() for future in futures]
