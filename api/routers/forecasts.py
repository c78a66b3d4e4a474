"""The published forecasts: one series, or many at once. No SQL here: finished JSON out of the index."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import Caller, require
from api.dependencies import parts_of, served_product
from api.http_cache import cache_headers, etag_of, not_modified
from api.index import Selection
from api.parameters import LEVEL, MAX_TEXT, moment, single_values, strict_body, whole_number
from api.problems import Problem, malformed, responses
from api.request_context import context_of
from api.schemas import Batch, BatchRequest, Forecast, ForecastRequest
from api.serving import Served
from api.visibility import unknown_series

router = APIRouter(prefix="/v1", tags=["forecasts"])
RESERVED = frozenset({"product", "unique_id", "h", "from", "to", "quantiles"})
FIELDS = ("product", "unique_id", "h", "from", "to", "quantiles")


def _parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


PARAMETERS = [
    _parameter("product", "The product; may be left out when one is served.", type="string", maxLength=MAX_TEXT),
    _parameter("unique_id", "The series. Its business keys may be given instead, each as key.NAME.", type="string"),
    _parameter("h", "How many periods; default all that are published.", type="integer", minimum=1),
    _parameter("from", "First period, inclusive.", type="string"),
    _parameter("to", "Last period, inclusive.", type="string"),
    _parameter("quantiles", "Quantile levels, separated by commas; default all that are published.", type="string"),
]


@router.get(
    "/forecast",
    summary="The forecast of one series",
    operation_id="readForecast",
    response_model=Forecast,
    openapi_extra={"parameters": PARAMETERS},
    responses={
        304: {"description": "The caller has this answer already."},
        **responses("UNKNOWN_SERIES", "UNKNOWN_PRODUCT", "HORIZON_TOO_LONG", "RANGE_OUTSIDE_HORIZON"),
    },
)
async def read_forecast(request: Request) -> Response:
    """The published forecast of one series, named by unique_id or by its business keys."""
    caller = require(request, "read:forecast")
    served, _ = served_product(request, request.query_params.get("product"))
    values = single_values(request, served.forecast_parameters)
    row = _find(request, served, caller, values.get("unique_id"), _given_keys(served, values))
    selection = Selection(
        h=whole_number(values, "h"),
        first=moment(values, "from"),
        last=moment(values, "to"),
        levels=_levels(served, values["quantiles"].split(",")) if "quantiles" in values else None,
    )
    _require_horizon(served, selection.h)
    etag = etag_of(request, served, caller)
    if (known := not_modified(request, served, etag)) is not None:
        return known
    return _answer(request, served, row, _body(served, row, selection), cache_headers(served, etag))


@router.post(
    "/forecast",
    summary="The forecast of one series, asked for in a body",
    operation_id="askForecast",
    response_model=Forecast,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ForecastRequest"}}},
        }
    },
    responses=responses(
        "UNKNOWN_SERIES",
        "UNKNOWN_PRODUCT",
        "HORIZON_TOO_LONG",
        "BAD_JSON",
        "UNSUPPORTED_MEDIA_TYPE",
        "BODY_TOO_LARGE",
        "REQUEST_TIMEOUT",
    ),
)
async def ask_forecast(request: Request) -> Response:
    """The same answer as GET; the horizon is named explicitly."""
    caller = require(request, "read:forecast")
    asked = await strict_body(request, ForecastRequest)
    served, _ = served_product(request, asked.product)
    row = _find(request, served, caller, asked.unique_id, asked.keys)
    _require_horizon(served, asked.h)
    levels = None if asked.quantiles is None else _levels(served, [f"{level:g}" for level in asked.quantiles])
    body = _body(served, row, Selection(h=asked.h, levels=levels))
    return _answer(request, served, row, body, {"Cache-Control": "no-store"})


@router.post(
    "/forecast:batch",
    summary="The forecasts of many series",
    operation_id="askForecastBatch",
    response_model=Batch,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BatchRequest"}}},
        }
    },
    responses=responses(
        "UNKNOWN_PRODUCT",
        "HORIZON_TOO_LONG",
        "BAD_JSON",
        "UNSUPPORTED_MEDIA_TYPE",
        "BODY_TOO_LARGE",
        "BATCH_TOO_LARGE",
        "REQUEST_TIMEOUT",
    ),
)
async def ask_forecast_batch(request: Request) -> Response:
    """One result per series, in the order asked for; a series that cannot be answered does not stop the others."""
    caller = require(request, "read:forecast")
    asked = await strict_body(request, BatchRequest)
    served, _ = served_product(request, asked.product)
    wanted = _wanted(asked, parts_of(request).settings.max_batch)
    _require_horizon(served, asked.h)
    selection = Selection(h=asked.h)
    index = served.snapshot.index
    pieces: list[bytes] = []
    answered = context_of(request).answered
    failed = 0
    visible = parts_of(request).visibility.rows(served, caller)
    for unique_id, keys in wanted:
        row = _row(served, unique_id, keys)
        if row is None or (visible is not None and row not in visible):
            failed += 1
            pieces += (b",", _failed(served, unique_id, keys))
            answered.append((unique_id, None))
            continue
        name = index.unique_ids[row]
        pieces += (b',{"unique_id":', orjson.dumps(name), b',"status":"ok","forecast":')
        pieces += _body(served, row, selection)
        pieces.append(b"}")
        answered.append((name, row))
    head = {
        "product": served.product,
        "snapshot_id": served.snapshot.manifest.snapshot_id,
        "stale": served.stale_reason is not None,
        "stale_reason": served.stale_reason,
        "counts": {"ok": len(wanted) - failed, "failed": failed},
    }
    # Every result begins with a comma; before the first one stands the head instead.
    pieces[0] = orjson.dumps(head)[:-1] + b',"results":[' + pieces[0][1:]
    pieces.append(b"]}")
    headers = {"Cache-Control": "no-store", "X-Snapshot-Id": served.snapshot.manifest.snapshot_id}
    return Response(b"".join(pieces), headers=headers, media_type="application/json")


def _wanted(asked: BatchRequest, limit: int) -> Sequence[tuple[str | None, Mapping[str, str] | None]]:
    if (asked.unique_ids is None) == (asked.keys is None):
        raise malformed([("unique_ids", "give either unique_ids or keys")])
    if asked.unique_ids is not None:
        wanted: list[tuple[str | None, Mapping[str, str] | None]] = [(name, None) for name in asked.unique_ids]
    else:
        wanted = [(None, keys) for keys in asked.keys or ()]
    if not wanted:
        raise malformed([("unique_ids" if asked.unique_ids is not None else "keys", "name at least one series")])
    if len(wanted) > limit:
        raise Problem("BATCH_TOO_LARGE", f"A batch may have {limit:,} series, this one has {len(wanted):,}.")
    return wanted


def _failed(served: Served, unique_id: str | None, keys: Mapping[str, str] | None) -> bytes:
    problem = unknown_series(served, "unique_id" if keys is None else "keys")
    shown = None if unique_id is None else unique_id[:MAX_TEXT]
    return orjson.dumps({"unique_id": shown, "status": "error", "error": problem.as_item()})


def _given_keys(served: Served, values: Mapping[str, str]) -> dict[str, str] | None:
    keys = {}
    for name in served.snapshot.manifest.product.keys:
        value = values.get(f"key.{name}") or (values.get(name) if name not in RESERVED else None)
        if value is not None:
            keys[name] = value
    return keys or None


def _find(
    request: Request, served: Served, caller: Caller, unique_id: str | None, keys: Mapping[str, str] | None
) -> int:
    if (unique_id is None) == (keys is None):
        named = ", ".join(served.snapshot.manifest.product.keys)
        raise malformed([("unique_id", f"name the series by unique_id, or by its keys ({named})")])
    unknown = sorted(set(keys or ()) - set(served.snapshot.manifest.product.keys))
    if unknown:
        raise malformed([(f"keys.{name[:64]}", "the product has no such key") for name in unknown])
    row = _row(served, unique_id, keys)
    visible = parts_of(request).visibility.rows(served, caller)
    if row is None or (visible is not None and row not in visible):
        context_of(request).answered.append((unique_id, None))
        raise unknown_series(served, "unique_id" if keys is None else "keys")
    return row


def _row(served: Served, unique_id: str | None, keys: Mapping[str, str] | None) -> int | None:
    index = served.snapshot.index
    if unique_id is not None:
        row = index.row_of.get(unique_id)
        # Identifiers are kept in Unicode's composed form; a file or keyboard may give the other one.
        return row if row is not None else index.row_of.get(unicodedata.normalize("NFC", unique_id))
    names = served.snapshot.manifest.product.keys
    if not keys or not set(keys) <= set(names):
        return None
    return index.row_of_keys.get(tuple(keys.get(name) for name in names))


def _require_horizon(served: Served, h: int | None) -> None:
    horizon = served.snapshot.index.horizon
    if h is not None and h > horizon:
        raise Problem("HORIZON_TOO_LONG", f"h may be at most {horizon}, the published horizon.", param="h")


def _levels(served: Served, asked: Sequence[str]) -> tuple[str, ...]:
    published = served.snapshot.index.levels
    levels = []
    for level in asked:
        shown = f"{float(level):g}" if LEVEL.fullmatch(level) else ""
        if shown not in published:
            raise malformed([("quantiles", f"published are {', '.join(published)}")])
        levels.append(shown)
    return tuple(levels)


def _body(served: Served, row: int, selection: Selection) -> tuple[bytes, ...]:
    index, middle = served.snapshot.index, served.middle_of(row)
    if selection.is_everything(index.n_points[row]):
        return index.body(row, middle)
    body = index.selected_body(row, middle, selection)
    if body is None:
        raise Problem("RANGE_OUTSIDE_HORIZON", "No published period lies between from and to.", param="from")
    return body


def _answer(request: Request, served: Served, row: int, body: tuple[bytes, ...], headers: dict[str, str]) -> Response:
    index = served.snapshot.index
    context_of(request).answered.append((index.unique_ids[row], row))
    headers["X-Model-Version"] = index.model_versions[row]
    return Response(b"".join(body), headers=headers, media_type="application/json")
