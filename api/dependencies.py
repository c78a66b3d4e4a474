"""What endpoints work with: the application's parts, the product that is asked for, one query on its snapshot."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
from starlette.requests import Request

from api.access import Caller, Keys
from api.metrics import Metrics
from api.problems import Problem, malformed
from api.request_context import context_of
from api.serving import Served, Serving
from api.settings import Settings
from api.snapshot import Snapshot
from api.visibility import Visibility

# Queries beside the hot path: each may use DuckDB's threads, so a few at a time are all that helps.
QUERIES_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one application."""

    settings: Settings
    serving: Serving
    keys: Keys
    metrics: Metrics
    visibility: Visibility
    query_slots: asyncio.Semaphore


def parts_of(request: Request) -> Parts:
    """The parts of the application that answers this request."""
    parts: Parts = request.app.state.parts
    return parts


def served_product(request: Request, name: str | None) -> tuple[Served, Caller]:
    """The product that is asked for; without a name, the only one there is.

    Raises:
        Problem: the name is needed, unknown, not visible to the caller, or nothing of it is published.
    """
    parts = parts_of(request)
    context = context_of(request)
    caller = context.caller
    products = parts.serving.products
    if name is None:
        visible = [product for product in products if caller.products is None or product in caller.products]
        if len(visible) == 1:
            name = visible[0]
        elif visible:
            raise malformed([("product", f"name one of {', '.join(sorted(visible))}")])
        else:
            raise _nothing("No product is published yet.")
    served = products.get(name)
    if caller.products is not None and name not in caller.products:
        served = None
    elif served is None and (name in parts.settings.products or name in parts.serving.problems):
        raise _nothing(f"Product {name!r}: {parts.serving.problems.get(name, 'nothing is published yet')}.")
    if served is None:
        raise Problem("UNKNOWN_PRODUCT", "GET /v1/products lists the products served here.", param="product")
    context.served = served
    return served, caller


def _nothing(detail: str) -> Problem:
    return Problem("NO_SNAPSHOT", f"{detail} `forecast run` ends with publishing.", headers={"Retry-After": "5"})


async def query(
    request: Request, snapshot: Snapshot, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()
) -> list[tuple[Any, ...]]:
    """Rows of one query on a snapshot, on a cursor of its own, stopped at the deadline.

    Raises:
        Problem: the query took too long.
    """
    parts = parts_of(request)
    async with parts.query_slots:
        cursor = snapshot.cursor()
        timer = asyncio.get_running_loop().call_later(parts.settings.query_deadline_s, cursor.interrupt)
        try:
            return await asyncio.to_thread(lambda: cursor.execute(sql, parameters).fetchall())
        except duckdb.InterruptException:
            raise Problem(
                "QUERY_TIMEOUT",
                f"The query took longer than {parts.settings.query_deadline_s:g} s. Ask for less, or use the export.",
                headers={"Retry-After": "30"},
            ) from None
        finally:
            timer.cancel()
            cursor.close()
