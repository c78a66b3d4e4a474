"""The model registry: versions, their lineage, metrics, stage and the decisions about them."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.access import requires
from api.dependencies import query, served_product
from api.http_cache import cache_headers, etag_of, not_modified
from api.pages import PageQuery, ProductName, TablePage
from api.parameters import StrictQuery, Text, no_repetition
from api.problems import Problem, responses
from api.schemas import Page, Row
from api.serving import Served
from api.sql_json import json_row

router = APIRouter(
    prefix="/v1", tags=["models"], dependencies=[Depends(requires("read:forecast")), Depends(no_repetition)]
)
VERSIONS, PROMOTIONS, METRICS = "registry.model_versions", "registry.promotions", "marts.fct_backtest_metrics"


class ModelsQuery(PageQuery):
    """Which versions."""

    model: Annotated[Text | None, Field(description="Versions of one model.")] = None
    stage: Annotated[Text | None, Field(description="Candidate, Validated, Production or Archived.")] = None


class VersionQuery(StrictQuery):
    """The product."""

    product: ProductName = None


@router.get(
    "/models",
    summary="The model versions",
    operation_id="listModels",
    response_model=Page,
    responses=responses("UNKNOWN_PRODUCT", "SNAPSHOT_EXPIRED", "QUERY_TIMEOUT"),
)
async def list_models(request: Request, asked: Annotated[ModelsQuery, Query()]) -> Response:
    """Every version in the registry, newest first."""
    page = TablePage(request, asked, VERSIONS)
    page.where_equal("model", asked.model)
    page.where_equal("stage", asked.stage)
    return await page.answer(["generated_at desc"] if "generated_at" in page.columns else [])


@router.get(
    "/models/{version}",
    summary="One model version",
    operation_id="readModel",
    response_model=Row,
    responses=responses("UNKNOWN_PRODUCT", "UNKNOWN_MODEL", "QUERY_TIMEOUT"),
)
async def read_model(
    request: Request,
    version: Annotated[str, Path(max_length=200, description="The model_version.")],
    asked: Annotated[VersionQuery, Query()],
) -> Response:
    """Lineage, parameters and stage of a version, decisions about it, and backtest metrics of all models."""
    served, caller = served_product(request, asked.product)
    etag = etag_of(request, served, caller)
    if (known := not_modified(request, served, etag)) is not None:
        return known
    versions = await _rows(request, served, VERSIONS, "model_version = ?", [version])
    if not versions:
        raise Problem("UNKNOWN_MODEL", f"GET /v1/models?product={served.product} lists the versions.", param="version")
    decisions = await _rows(request, served, PROMOTIONS, "model_version = ?", [version])
    metrics = await _rows(
        request, served, METRICS, "segment_name in ('overall', 'all') and cutoff is null and h_bucket = 'all'", []
    )
    head = {"product": served.product, "snapshot_id": served.snapshot.manifest.snapshot_id}
    body = b"".join(
        (
            orjson.dumps(head)[:-1],
            b",",
            versions[0][1:-1],
            b',"decisions":[',
            b",".join(decisions),
            b'],"backtest_metrics":[',
            b",".join(metrics),
            b"]}",
        )
    )
    return Response(body, headers=cache_headers(served, etag), media_type="application/json")


async def _rows(request: Request, served: Served, table: str, condition: str, parameters: list[str]) -> list[bytes]:
    types = served.snapshot.columns.get(table)
    if types is None:
        return []
    types = {name: kind for name, kind in types.items() if name not in {"product", "snapshot_id"}}
    found = await query(
        request,
        served.snapshot,
        f"select cast(to_json({json_row(types)}) as varchar) from {table} where {condition} order by all limit 1000",  # noqa: S608
        parameters,
    )
    return [row[0].encode() for row in found]
