"""The shapes of answers: documentation of what endpoints return, and what tests hold them to."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.parameters import StrictBody, Text

JsonObject = dict[str, Any]
UniqueId = Annotated[str, Field(description="The series: an opaque identifier, its parts are under keys.")]
SnapshotId = Annotated[str, Field(description="The published snapshot that the answer comes from.")]


class Point(BaseModel):
    """The forecast of one period."""

    ds: str = Field(description="The period: a date, or the start of the period in UTC.")
    yhat: float | None = Field(description="The forecast, in the series' unit.")
    yhat_adjusted: float | None = Field(
        default=None, description="The forecast with adjustments by hand; yhat where nobody adjusted it."
    )
    yhat_lower: float | None = Field(description="Lower end of the central interval of the given coverage.")
    yhat_upper: float | None = Field(description="Upper end of the central interval of the given coverage.")
    quantiles: dict[str, float | None] = Field(description="Quantiles by quantile level.")


class Remark(BaseModel):
    """Something about an answer that its reader should know."""

    code: str
    message: str


class Forecast(BaseModel):
    """The published forecast of one series."""

    model_config = ConfigDict(
        protected_namespaces=(),
        json_schema_extra={
            "example": {
                "product": "demo",
                "unique_id": "S1|P1",
                "level": "bottom",
                "keys": {"store": "S1", "product": "P1"},
                "freq": "D",
                "unit": "units",
                "cutoff": "2024-06-30",
                "model": "lightgbm",
                "model_version": "lightgbm-0123456789ab",
                "forecast_source": "model",
                "generated_at": "2024-07-01T05:00:00Z",
                "snapshot_id": "000012-0123456789",
                "stale": False,
                "stale_reason": None,
                "coverage": 0.8,
                "points": [
                    {
                        "ds": "2024-07-01",
                        "yhat": 7.2,
                        "yhat_lower": 3.0,
                        "yhat_upper": 12.9,
                        "quantiles": {"0.1": 3.0, "0.5": 7.0, "0.9": 12.9},
                    }
                ],
                "warnings": [],
            }
        },
    )

    product: str = Field(description="The forecasting product.")
    unique_id: UniqueId
    level: str | None = Field(description="'bottom' for a series, else the hierarchy level of the node.")
    keys: dict[str, str | None] = Field(description="The business keys of the series; null for what a node adds up.")
    freq: str = Field(description="Length of a period, as a pandas alias.")
    unit: str | None = Field(description="Unit of yhat.")
    cutoff: str | None = Field(description="Last period that the forecast knows, inclusive.")
    model: str | None = Field(description="The model that made it.")
    model_version: str | None = Field(description="Version of the model.")
    forecast_source: str | None = Field(description="'model', or 'baseline' after a failure.")
    generated_at: str | None = Field(description="When it was made, UTC.")
    snapshot_id: SnapshotId
    stale: bool = Field(description="Whether a newer forecast should be here and is not.")
    stale_reason: str | None = Field(description="Why it is stale.")
    coverage: float = Field(description="Share of actual values expected between yhat_lower and yhat_upper.")
    points: list[Point] = Field(description="One entry per period, in order.")
    warnings: list[Remark] = Field(description="What a reader should know.")


class ForecastRequest(StrictBody):
    """One series, by unique_id or by its business keys."""

    product: Text | None = Field(None, description="The product; may be left out when one is served.")
    unique_id: Text | None = Field(None, description="The series.")
    keys: dict[Text, Text] | None = Field(None, description="The series by its business keys, instead of unique_id.")
    h: int = Field(ge=1, le=100_000, description="How many periods.")
    quantiles: list[float] | None = Field(None, max_length=50, description="Quantile levels; default all published.")


class BatchRequest(StrictBody):
    """Many series, by unique_ids or by their business keys."""

    product: Text | None = Field(None, description="The product; may be left out when one is served.")
    unique_ids: list[str] | None = Field(None, description="The series; a repeated one is answered twice.")
    keys: list[dict[str, str]] | None = Field(None, description="The series by their keys, instead of unique_ids.")
    h: int | None = Field(None, ge=1, le=100_000, description="How many periods; default all that are published.")


class BatchCounts(BaseModel):
    """How the batch went."""

    ok: int
    failed: int


class BatchError(BaseModel):
    """Why one series was not answered."""

    code: str
    detail: str
    param: str | None


class BatchResult(BaseModel):
    """One series of a batch: its forecast, or why there is none."""

    unique_id: str | None
    status: Literal["ok", "error"]
    forecast: Forecast | None = None
    error: BatchError | None = None


class Batch(BaseModel):
    """The answer to a batch, in the order that was asked for."""

    product: str
    snapshot_id: SnapshotId
    counts: BatchCounts
    results: list[BatchResult]


class Page(BaseModel):
    """Rows of a published table."""

    product: str
    snapshot_id: SnapshotId
    stale: bool
    stale_reason: str | None
    rows: list[JsonObject] = Field(description="The rows; columns are described in the data contract.")
    next_cursor: str | None = Field(None, description="Give it as cursor to get the next page; null on the last one.")


class Row(BaseModel):
    """One row of a published table and what belongs to it."""

    model_config = ConfigDict(extra="allow")

    product: str
    snapshot_id: SnapshotId


class Health(BaseModel):
    """The process is alive."""

    status: Literal["ok"]


class ReadyProduct(BaseModel):
    """One product as it is served."""

    product: str
    status: Literal["ok", "degraded", "missing"]
    snapshot_id: str | None
    published_at: str | None
    age_hours: float | None
    data_as_of: str | None
    cutoff: str | None
    schema_version: str | None
    reason: str | None


class Ready(BaseModel):
    """Whether forecasts can be served, and how fresh they are."""

    status: Literal["ok", "degraded", "unavailable"]
    products: list[ReadyProduct]


class Problems(BaseModel):
    """A page about one kind of problem."""

    code: str
    status: int
    title: str
    when: str
