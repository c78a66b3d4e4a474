"""Whole tables for Excel, BI tools and programs, written from the snapshot as they are read."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.access import requires
from api.dependencies import parts_of, query, served_product
from api.export_formats import MEDIA_TYPES, SUFFIXES, as_xlsx, stream_of
from api.http_cache import cache_headers, etag_of, not_modified
from api.pages import ProductName
from api.parameters import StrictQuery, Text, no_repetition
from api.problems import Problem, responses
from api.sql_json import quoted
from api.visibility import refuse_limited, series_condition

router = APIRouter(
    prefix="/v1", tags=["export"], dependencies=[Depends(requires("read:export")), Depends(no_repetition)]
)
Format = Literal["csv", "xlsx", "parquet", "arrow"]


class ExportQuery(StrictQuery):
    """What to export, and how."""

    product: ProductName = None
    format: Annotated[Format | None, Field(description="Default: what the Accept header asks for, else csv.")] = None
    unique_id: Annotated[Text | None, Field(description="Rows of one series.")] = None
    bom: Annotated[Literal["0", "1"], Field(description="csv: 1 writes the mark by which Excel knows UTF-8.")] = "0"


@router.get(
    "/export/{table}",
    summary="A whole table",
    operation_id="exportTable",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "The table.",
            "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA_TYPES.values()},
        },
        **responses("UNKNOWN_PRODUCT", "UNKNOWN_TABLE", "NOT_ACCEPTABLE", "EXPORT_TOO_LARGE", "QUERY_TIMEOUT"),
    },
)
async def export_table(
    request: Request,
    table: Annotated[str, Path(max_length=100, description="A published table, such as forecast_latest.")],
    asked: Annotated[ExportQuery, Query()],
) -> Response:
    """Every row of a published table; text that a spreadsheet would run as a formula is escaped."""
    served, caller = served_product(request, asked.product)
    snapshot = served.snapshot
    name = table if "." in table else f"marts.{table}"
    columns = snapshot.columns.get(name)
    if columns is None:
        listed = ", ".join(known.removeprefix("marts.") for known in snapshot.columns)
        raise Problem("UNKNOWN_TABLE", f"Published are {listed}.", param="table")
    wanted = asked.format or _accepted(request.headers.get("accept", "*/*"))
    if "unique_id" not in columns:
        refuse_limited(caller, name)
        if asked.unique_id is not None:
            raise Problem("UNKNOWN_TABLE", f"{name} has no series to filter by.", param="unique_id")
    etag = etag_of(request, served, caller)
    if (known := not_modified(request, served, etag)) is not None:
        return known
    condition = series_condition(served, caller) if "unique_id" in columns else "true"
    parameters: list[str] = []
    if asked.unique_id is not None:
        condition += " and unique_id = ?"
        parameters.append(asked.unique_id)
    source = f"from {quoted(name)} where {condition}"
    headers = cache_headers(served, etag)
    headers["Content-Disposition"] = f'attachment; filename="{name.split(".")[-1]}{SUFFIXES[wanted]}"'
    if wanted == "xlsx":
        rows = (await query(request, snapshot, f"select count(*) {source}", parameters))[0][0]
        limit = parts_of(request).settings.max_xlsx_rows
        if rows > limit:
            raise Problem("EXPORT_TOO_LARGE", f"Excel files have at most {limit:,} rows, this has {rows:,}; use csv.")
        body = await as_xlsx(snapshot, columns, source, parameters, title=name.split(".")[-1])
        return Response(body, headers=headers, media_type=MEDIA_TYPES["xlsx"])
    stream = stream_of(wanted, snapshot, columns, source, parameters, with_bom=asked.bom == "1")
    return StreamingResponse(stream, headers=headers, media_type=MEDIA_TYPES[wanted])


def _accepted(accept: str) -> Format:
    offered: dict[str, Format] = {"text/csv": "csv"}
    offered |= {media: name for name, media in MEDIA_TYPES.items() if name != "csv"}  # type: ignore[misc]
    for part in accept.split(","):
        media = part.partition(";")[0].strip().lower()
        if media in offered:
            return offered[media]
        if media in {"*/*", "text/*", ""}:
            return "csv"
    raise Problem("NOT_ACCEPTABLE", f"Offered are {', '.join(sorted(offered))}.", param="Accept")
