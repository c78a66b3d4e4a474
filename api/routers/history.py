"""What happened: the cleaned observations of a series."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.access import requires
from api.dependencies import parts_of
from api.pages import PageQuery, TablePage
from api.parameters import Moment, Text, no_repetition
from api.problems import Problem, responses
from api.schemas import Page

router = APIRouter(
    prefix="/v1", tags=["history"], dependencies=[Depends(requires("read:forecast")), Depends(no_repetition)]
)


class HistoryQuery(PageQuery):
    """Which observations."""

    unique_id: Annotated[Text, Field(description="A series of the bottom level.")]
    first: Annotated[Moment | None, Field(alias="from", description="First period, inclusive.")] = None
    last: Annotated[Moment | None, Field(alias="to", description="Last period, inclusive.")] = None


@router.get(
    "/history",
    summary="The observations of one series",
    operation_id="readHistory",
    response_model=Page,
    responses=responses("UNKNOWN_PRODUCT", "UNKNOWN_SERIES", "SNAPSHOT_EXPIRED", "QUERY_TIMEOUT"),
)
async def read_history(request: Request, asked: Annotated[HistoryQuery, Query()]) -> Response:
    """Observations in the order of time, with flags for what was imputed, out of stock, or an outlier."""
    page = TablePage(request, asked, "marts.fct_observations")
    row = page.served.snapshot.index.row_of.get(asked.unique_id)
    visible = parts_of(request).visibility.rows(page.served, page.caller)
    if row is None or (visible is not None and row not in visible):
        raise Problem(
            "UNKNOWN_SERIES", f"GET /v1/series?product={page.served.product} lists the series.", param="unique_id"
        )
    page.where("unique_id = ?", asked.unique_id)
    if asked.first is not None:
        page.where("ds >= cast(? as timestamp)", asked.first)
    if asked.last is not None:
        page.where("ds <= cast(? as timestamp)", asked.last)
    return await page.answer(["ds"])
