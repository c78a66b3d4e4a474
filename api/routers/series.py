"""Finding series: lists, one in detail, and the tree they form."""

from __future__ import annotations

from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.access import requires
from api.dependencies import query, served_product
from api.http_cache import cache_headers, etag_of, not_modified
from api.pages import PageQuery, ProductName, TablePage, contains, page_body
from api.parameters import StrictQuery, Text, Whole, no_repetition
from api.problems import responses
from api.schemas import Page, Row
from api.sql_json import json_row, quoted
from api.visibility import series_condition, unknown_series

router = APIRouter(
    prefix="/v1", tags=["series"], dependencies=[Depends(requires("read:forecast")), Depends(no_repetition)]
)


class SeriesQuery(PageQuery):
    """Which series to list."""

    level: Annotated[Text | None, Field(description="'bottom', or a level of the hierarchy.")] = None
    parent: Annotated[Text | None, Field(description="unique_id of the node above.")] = None
    status: Annotated[
        Literal["new", "active", "discontinued"] | None, Field(description="Where it is in its life.")
    ] = None
    q: Annotated[Text | None, Field(description="A part of the unique_id, whatever its case.")] = None


class OneSeriesQuery(StrictQuery):
    """One series."""

    product: ProductName = None
    unique_id: Annotated[Text, Field(description="The series.")]


class HierarchyQuery(StrictQuery):
    """Which part of the tree."""

    product: ProductName = None
    root: Annotated[Text | None, Field(description="unique_id of the node to start at; default the top.")] = None
    depth: Annotated[Whole, Field(ge=0, le=10, description="How many levels below it.")] = 2


@router.get(
    "/series",
    summary="The series and nodes",
    operation_id="listSeries",
    response_model=Page,
    responses=responses("UNKNOWN_PRODUCT", "SNAPSHOT_EXPIRED", "QUERY_TIMEOUT"),
)
async def list_series(request: Request, asked: Annotated[SeriesQuery, Query()]) -> Response:
    """Series and hierarchy nodes in the order of their unique_id, page by page."""
    page = TablePage(request, asked, "marts.dim_series")
    page.where(series_condition(page.served, page.caller))
    page.where_equal("level", asked.level)
    page.where_equal("parent_id", asked.parent)
    page.where_equal("status", asked.status)
    if asked.q is not None:
        page.where(contains("unique_id"), asked.q)
    return await page.answer(keyset="unique_id")


@router.get(
    "/series/detail",
    summary="One series",
    operation_id="readSeries",
    response_model=Row,
    responses=responses("UNKNOWN_PRODUCT", "UNKNOWN_SERIES", "QUERY_TIMEOUT"),
)
async def read_series(request: Request, asked: Annotated[OneSeriesQuery, Query()]) -> Response:
    """Attributes, first and last period, status, demand class, and which model serves it."""
    served, caller = served_product(request, asked.product)
    etag = etag_of(request, served, caller)
    if (known := not_modified(request, served, etag)) is not None:
        return known
    types = served.snapshot.columns["marts.dim_series"]
    rows = await query(
        request,
        served.snapshot,
        f"select cast(to_json({json_row(types)}) as varchar) from marts.dim_series "  # noqa: S608 - quoted
        f"where unique_id = ? and {series_condition(served, caller)}",
        [asked.unique_id],
    )
    if not rows:
        raise unknown_series(served)
    index = served.snapshot.index
    row = index.row_of[asked.unique_id]
    served_as = {
        "forecast_source": index.forecast_sources[row],
        "model_version": index.model_versions[row],
        "n_points": index.n_points[row],
    }
    head = {"product": served.product, "snapshot_id": served.snapshot.manifest.snapshot_id}
    body = orjson.dumps(head)[:-1] + b"," + rows[0][0].encode()[1:-1] + b"," + orjson.dumps(served_as)[1:]
    return Response(body, headers=cache_headers(served, etag), media_type="application/json")


@router.get(
    "/hierarchy",
    summary="The tree of nodes and series",
    operation_id="readHierarchy",
    response_model=Page,
    responses=responses("UNKNOWN_PRODUCT", "UNKNOWN_SERIES", "QUERY_TIMEOUT"),
)
async def read_hierarchy(request: Request, asked: Annotated[HierarchyQuery, Query()]) -> Response:
    """The nodes below `root`, each with its parent and its depth below the root."""
    served, caller = served_product(request, asked.product)
    etag = etag_of(request, served, caller)
    if (known := not_modified(request, served, etag)) is not None:
        return known
    start = "unique_id = ?" if asked.root is not None else "parent_id is null"
    types = {**served.snapshot.columns["marts.dim_series"], "depth": "INTEGER"}
    row = json_row(
        types, ["unique_id", "level", "parent_id", "status", *served.snapshot.manifest.product.keys, "depth"]
    )
    names = ", ".join(quoted(name) for name in types if name != "depth")
    rows = await query(
        request,
        served.snapshot,
        f"""
        with recursive tree as (
            select {names}, 0 as depth from marts.dim_series where {start}
            union all
            select {", ".join(f"below.{quoted(name)}" for name in types if name != "depth")}, tree.depth + 1
            from marts.dim_series as below inner join tree on below.parent_id = tree.unique_id
            where tree.depth < {asked.depth}
        )
        select cast(to_json({row}) as varchar) from tree where {series_condition(served, caller)}
        order by depth, unique_id
        limit 10000
        """,  # noqa: S608 - quoted
        [asked.root] if asked.root is not None else [],
    )
    if not rows and asked.root is not None:
        raise unknown_series(served, "root")
    body = page_body(served, [found[0].encode() for found in rows], None)
    return Response(body, headers=cache_headers(served, etag), media_type="application/json")
