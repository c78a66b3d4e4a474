"""What changed between two forecasts of the same periods: the analyst's first question."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.access import requires
from api.dependencies import parts_of, query, served_product
from api.http_cache import cache_headers, etag_of, not_modified
from api.pages import ProductName, page_body
from api.parameters import Moment, StrictQuery, Text, no_repetition
from api.problems import Problem, malformed, responses
from api.schemas import Page
from api.serving import Served
from api.sql_json import json_object, json_value
from api.visibility import unknown_series

router = APIRouter(
    prefix="/v1", tags=["forecasts"], dependencies=[Depends(requires("read:forecast")), Depends(no_repetition)]
)


class ComparisonQuery(StrictQuery):
    """Which two forecasts."""

    product: ProductName = None
    unique_id: Annotated[Text, Field(description="The series.")]
    cutoff_a: Annotated[Moment | None, Field(description="The earlier forecast; default the one before.")] = None
    cutoff_b: Annotated[Moment | None, Field(description="The later forecast; default the newest.")] = None
    model: Annotated[Text | None, Field(description="One model in both; default the serving one.")] = None


@router.get(
    "/forecast/compare",
    summary="What changed between two forecasts",
    operation_id="compareForecasts",
    response_model=Page,
    responses=responses("UNKNOWN_PRODUCT", "UNKNOWN_SERIES", "UNKNOWN_CUTOFF", "QUERY_TIMEOUT"),
)
async def compare_forecasts(request: Request, asked: Annotated[ComparisonQuery, Query()]) -> Response:
    """One row per period that both forecasts cover: yhat_a, yhat_b, the change, and who made each."""
    served, caller = served_product(request, asked.product)
    etag = etag_of(request, served, caller)
    row = served.snapshot.index.row_of.get(asked.unique_id)
    visible = parts_of(request).visibility.rows(served, caller)
    if row is None or (visible is not None and row not in visible):
        raise unknown_series(served)
    types = served.snapshot.columns.get("marts.fct_forecasts")
    if types is None:
        raise Problem("UNKNOWN_CUTOFF", "Earlier forecasts are not published.")
    if (known := not_modified(request, served, etag)) is not None:
        return known
    model = asked.model or await _serving_model(request, served, asked.unique_id)
    cutoffs = [
        text
        for (text,) in await query(
            request,
            served.snapshot,
            "select distinct cast(cast(cutoff as timestamp) as varchar) from marts.fct_forecasts "
            "where unique_id = ? and model = ? order by 1",
            [asked.unique_id, model],
        )
    ]
    later = _pick(cutoffs, asked.cutoff_b, "cutoff_b")
    earlier = _pick(cutoffs[: cutoffs.index(later)] if asked.cutoff_a is None else cutoffs, asked.cutoff_a, "cutoff_a")
    if earlier == later:
        raise malformed([("cutoff_a", "name two different cutoffs")])
    fields = {
        "ds": json_value("b.ds", types["ds"]),
        "yhat_a": json_value("a.yhat", "DOUBLE"),
        "yhat_b": json_value("b.yhat", "DOUBLE"),
        "change": json_value("(b.yhat - a.yhat)", "DOUBLE"),
        "model": "b.model",
        "model_version_a": "a.model_version",
        "model_version_b": "b.model_version",
        "forecast_source_a": "a.forecast_source",
        "forecast_source_b": "b.forecast_source",
        "cutoff_a": json_value("a.cutoff", types["cutoff"]),
        "cutoff_b": json_value("b.cutoff", types["cutoff"]),
    }
    rows = await query(
        request,
        served.snapshot,
        f"""
        select cast(to_json({json_object(fields)}) as varchar)
        from marts.fct_forecasts as b
        inner join marts.fct_forecasts as a
            on a.unique_id = b.unique_id and a.model = b.model and a.ds = b.ds
        where b.unique_id = $unique_id and b.model = $model
            and b.cutoff = cast($later as timestamp) and a.cutoff = cast($earlier as timestamp)
        order by b.ds
        """,  # noqa: S608 - quoted
        {"unique_id": asked.unique_id, "model": model, "later": later, "earlier": earlier},
    )
    body = page_body(served, [found[0].encode() for found in rows], None)
    return Response(body, headers=cache_headers(served, etag), media_type="application/json")


async def _serving_model(request: Request, served: Served, unique_id: str) -> str:
    rows = await query(
        request,
        served.snapshot,
        "select model from marts.forecast_latest where unique_id = ? order by ds limit 1",
        [unique_id],
    )
    if not rows:
        raise Problem("UNKNOWN_CUTOFF", "No forecast of this series is published.")
    return str(rows[0][0])


def _pick(cutoffs: list[str], asked: str | None, param: str) -> str:
    if asked is None:
        if not cutoffs:
            raise Problem("UNKNOWN_CUTOFF", "There is no earlier forecast of this series.", param=param)
        return cutoffs[-1]
    wanted = asked.replace("T", " ")
    for cutoff in cutoffs:
        if cutoff.startswith(wanted):
            return cutoff
    shown = ", ".join(cutoff.removesuffix(" 00:00:00") for cutoff in cutoffs[-5:])
    raise Problem("UNKNOWN_CUTOFF", f"Published are {shown or 'none'}.", param=param)
