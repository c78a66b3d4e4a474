"""How good the forecasts are: live and in backtests, baselines beside the models."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.access import requires
from api.dependencies import query, served_product
from api.http_cache import cache_headers, etag_of, not_modified
from api.pages import PageQuery, ProductName, TablePage, page_body
from api.parameters import StrictQuery, Text, Whole, no_repetition
from api.problems import responses
from api.schemas import Page
from api.sql_json import json_object, json_value, quoted
from api.visibility import refuse_limited

router = APIRouter(
    prefix="/v1", tags=["accuracy"], dependencies=[Depends(requires("read:accuracy")), Depends(no_repetition)]
)
TABLES = {"live": "marts.fct_accuracy", "backtest": "marts.fct_backtest_metrics"}
Source = Annotated[
    Literal["live", "backtest"], Field(description="'live' once actuals are final, or 'backtest' over past cutoffs.")
]


class AccuracyQuery(PageQuery):
    """Which figures."""

    source: Source = "live"
    model: Annotated[Text | None, Field(description="One model; default all, baselines included.")] = None
    metric: Annotated[Text | None, Field(description="One metric, such as wape.")] = None
    segment_name: Annotated[Text | None, Field(description="What the rows are split by, such as overall.")] = None
    segment_value: Annotated[Text | None, Field(description="One segment.")] = None
    window: Annotated[Text | None, Field(description="Live figures: the window of time.")] = None
    h_bucket: Annotated[Text | None, Field(description="Backtest figures: the range of horizons.")] = None


class ExceptionsQuery(StrictQuery):
    """Which segments to rank."""

    product: ProductName = None
    source: Source = "live"
    metric: Annotated[Text, Field(description="The metric to rank by.")] = "wape"
    baseline: Annotated[Text, Field(description="The model to compare with.")] = "seasonal_naive"
    segment_name: Annotated[Text | None, Field(description="Rank only segments of this kind.")] = None
    limit: Annotated[Whole, Field(ge=1, le=1000, description="How many.")] = 50


@router.get(
    "/accuracy",
    summary="Accuracy by model, segment and metric",
    operation_id="readAccuracy",
    response_model=Page,
    responses=responses("UNKNOWN_PRODUCT", "SNAPSHOT_EXPIRED", "QUERY_TIMEOUT"),
)
async def read_accuracy(request: Request, asked: Annotated[AccuracyQuery, Query()]) -> Response:
    """Rows of fct_accuracy or fct_backtest_metrics; a backtest row without cutoff is over all windows."""
    page = TablePage(request, asked, TABLES[asked.source])
    refuse_limited(page.caller, "accuracy")
    for column in ("model", "metric", "segment_name", "segment_value", "window", "h_bucket"):
        page.where_equal(column, getattr(asked, column))
    return await page.answer()


@router.get(
    "/accuracy/exceptions",
    summary="Where forecasts are worst",
    operation_id="readAccuracyExceptions",
    response_model=Page,
    responses=responses("UNKNOWN_PRODUCT", "QUERY_TIMEOUT"),
)
async def read_exceptions(request: Request, asked: Annotated[ExceptionsQuery, Query()]) -> Response:
    """Segments ordered by the metric, worst first, with the baseline's value beside the model's."""
    served, caller = served_product(request, asked.product)
    refuse_limited(caller, "accuracy")
    etag = etag_of(request, served, caller)
    if (known := not_modified(request, served, etag)) is not None:
        return known
    table = TABLES[asked.source]
    types = served.snapshot.columns.get(table)
    rows: list[bytes] = []
    if types:
        # One row per segment and model: all windows together, where the table also has single ones.
        over_all = " and cutoff is null" if "cutoff" in types else ""
        grain = [name for name in ("segment_name", "segment_value", "window", "h_bucket") if name in types]
        fields = {
            name: json_value(f"model.{quoted(name)}", types[name]) for name in ("model", *grain, "metric", "value", "n")
        }
        fields["baseline"] = "baseline.model"
        fields["baseline_value"] = json_value("baseline.value", "DOUBLE")
        same = " and ".join(f"model.{quoted(name)} = baseline.{quoted(name)}" for name in grain)
        figures = f"(select * from {table} where metric = $metric{over_all})"  # noqa: S608 - constants
        only = "and model.segment_name = $segment_name" if asked.segment_name else ""
        found = await query(
            request,
            served.snapshot,
            f"""
            select cast(to_json({json_object(fields)}) as varchar)
            from {figures} as model
            left join {figures} as baseline on {same} and baseline.model = $baseline
            where model.model in (select distinct model from marts.forecast_latest) and model.value is not null {only}
            order by model.value desc, model.n desc, {", ".join(f"model.{quoted(name)}" for name in grain)}
            limit {asked.limit}
            """,  # noqa: S608 - quoted
            {
                "metric": asked.metric,
                "baseline": asked.baseline,
                **({"segment_name": asked.segment_name} if asked.segment_name else {}),
            },
        )
        rows = [row[0].encode() for row in found]
    return Response(page_body(served, rows, None), headers=cache_headers(served, etag), media_type="application/json")
