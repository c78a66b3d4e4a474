"""What the checks found: the monitoring tables as they were published."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from api.access import requires
from api.pages import PageQuery, TablePage
from api.parameters import Text, no_repetition
from api.problems import responses
from api.schemas import Page
from api.visibility import refuse_limited

router = APIRouter(
    prefix="/v1/monitoring",
    tags=["monitoring"],
    dependencies=[Depends(requires("read:monitoring")), Depends(no_repetition)],
)


class MonitoringQuery(PageQuery):
    """Which facts; a table without the column of a filter has none."""

    run_id: Annotated[Text | None, Field(description="Facts of one run.")] = None
    severity: Annotated[Text | None, Field(description="Facts of one severity.")] = None
    passed: Annotated[Literal["true", "false"] | None, Field(description="Checks: whether they passed.")] = None


@router.get(
    "/{table}",
    summary="Checks, drift, freshness or alerts",
    operation_id="readMonitoring",
    response_model=Page,
    responses=responses("UNKNOWN_PRODUCT", "SNAPSHOT_EXPIRED", "QUERY_TIMEOUT"),
)
async def read_monitoring(
    request: Request,
    table: Annotated[Literal["checks", "drift", "freshness", "alerts"], Path(description="Which table.")],
    asked: Annotated[MonitoringQuery, Query()],
) -> Response:
    """Rows of one monitoring table, one per fact and run."""
    page = TablePage(request, asked, f"monitoring.{table}")
    refuse_limited(page.caller, "monitoring")
    page.where_equal("run_id", asked.run_id)
    page.where_equal("severity", asked.severity)
    page.where_equal("passed", asked.passed)
    return await page.answer()
