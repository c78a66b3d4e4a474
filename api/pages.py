"""Rows of a published table as a page of JSON; DuckDB filters, orders and writes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import orjson
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.access import Caller
from api.cursors import make_cursor, read_cursor
from api.dependencies import parts_of, query, served_product
from api.http_cache import cache_headers, etag_of, not_modified
from api.parameters import StrictQuery, Text, Whole
from api.problems import malformed
from api.serving import Served
from api.sql_json import json_row, quoted, text

ProductName = Annotated[Text | None, Field(description="The product; may be left out when one is served.")]
Limit = Annotated[Whole, Field(ge=1, description="Rows in the page.")]
Cursor = Annotated[Text | None, Field(description="next_cursor of the page before.")]


class PageQuery(StrictQuery):
    """Parameters of every paged endpoint."""

    product: ProductName = None
    limit: Limit = 100
    cursor: Cursor = None


class TablePage:
    """One page of one table: conditions are added, then it is answered.

    Conditions hold quoted names and literals only; what callers send arrives as parameters.
    """

    def __init__(self, request: Request, asked: PageQuery, table: str) -> None:
        self.request = request
        self.served: Served
        self.caller: Caller
        self.served, self.caller = served_product(request, asked.product)
        self.table = table
        self.columns = self.served.snapshot.columns.get(table, {})
        self._asked = asked
        self._conditions: list[str] = []
        self._parameters: list[object] = []
        largest = parts_of(request).settings.max_page
        if asked.limit > largest:
            raise malformed([("limit", f"at most {largest:,}")])

    def where(self, condition: str, *parameters: object) -> None:
        """Keep rows that meet the condition."""
        self._conditions.append(condition)
        self._parameters.extend(parameters)

    def where_equal(self, column: str, value: object | None) -> None:
        """Keep rows with this value, if one is asked for; a table without the column keeps none."""
        if value is None:
            return
        if column in self.columns:
            self.where(f"cast({quoted(column)} as varchar) = ?", str(value))
        else:
            self.where("false")

    async def answer(self, order_by: Sequence[str] = (), *, keyset: str | None = None) -> Response:
        """The page as JSON; `keyset` names a unique column to continue after, otherwise rows are counted."""
        etag = etag_of(self.request, self.served, self.caller)
        if (known := not_modified(self.request, self.served, etag)) is not None:
            return known
        rows, next_cursor = await self._rows(order_by, keyset) if self.columns else ([], None)
        body = page_body(self.served, rows, next_cursor)
        headers = cache_headers(self.served, etag)
        if next_cursor is not None:
            url = self.request.url.include_query_params(cursor=next_cursor)
            headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
        return Response(body, headers=headers, media_type="application/json")

    async def _rows(self, order_by: Sequence[str], keyset: str | None) -> tuple[list[bytes], str | None]:
        limit, cursor = self._asked.limit, self._asked.cursor
        offset = 0
        if cursor is not None and keyset is not None:
            self.where(f"{quoted(keyset)} > ?", read_cursor(self.served, cursor, str))
        elif cursor is not None:
            offset = int(read_cursor(self.served, cursor, int))
        # Ties must not fall differently from page to page.
        order = quoted(keyset) if keyset else ", ".join([*order_by, *map(quoted, self.columns)])
        last = f"cast({quoted(keyset)} as varchar)" if keyset else "null"
        conditions = " and ".join(self._conditions) or "true"
        found = await query(
            self.request,
            self.served.snapshot,
            f"select cast(to_json({json_row(self.columns)}) as varchar), {last} from {quoted(self.table)} "  # noqa: S608 - quoted
            f"where {conditions} order by {order} limit {limit + 1} offset {offset}",
            self._parameters,
        )
        more = len(found) > limit
        rows = found[:limit]
        next_cursor = None
        if more:
            next_cursor = make_cursor(self.served, rows[-1][1] if keyset else offset + limit)
        return [row[0].encode() for row in rows], next_cursor


def page_body(served: Served, rows: Sequence[bytes], next_cursor: str | None) -> bytes:
    """The page: where it comes from, how fresh it is, the rows, and how to go on."""
    head = {
        "product": served.product,
        "snapshot_id": served.snapshot.manifest.snapshot_id,
        "stale": served.stale_reason is not None,
        "stale_reason": served.stale_reason,
    }
    return b"".join(
        (
            orjson.dumps(head)[:-1],
            b',"rows":[',
            b",".join(rows),
            b'],"next_cursor":',
            orjson.dumps(next_cursor),
            b"}",
        )
    )


def contains(column: str) -> str:
    """A condition that a text column holds a parameter, whatever its case and without wildcards."""
    return f"contains(lower(cast({quoted(column)} as varchar)), lower(?))"


def listed(values: Sequence[str]) -> str:
    """Texts as a SQL list of literals."""
    return ", ".join(text(value) for value in values)
