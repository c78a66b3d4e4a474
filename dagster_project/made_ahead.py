"""Parts that are made while the one before is used: DuckDB writes and NumPy computes at the same time.

Both let go of Python's lock, so a single thread beside the writer keeps two cores busy where they took turns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")


def made_ahead(parts: Iterable[Part]) -> Iterator[Part]:
    """The same parts in their order; one more than is used is held, and never asked for by two threads at once.

    What a part raises while it is made is raised where it would have been used.
    """
    source = iter(parts)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="made_ahead") as maker:
        upcoming = maker.submit(_next_of, source)
        while (found := upcoming.result()) is not None:
            upcoming = maker.submit(_next_of, source)
            yield found[0]


def _next_of(source: Iterator[Part]) -> tuple[Part] | None:
    """The next part as the only one of a tuple, None at the end: a StopIteration would not pass a future."""
    for part in source:
        return (part,)
    return None
