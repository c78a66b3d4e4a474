"""Is it alive, is it ready, how is it doing, what does this error mean."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from api.access import requires
from api.dependencies import Parts, parts_of
from api.problems import KINDS, Problem, responses
from api.schemas import Health, Problems, Ready

router = APIRouter(tags=["service"])
NO_STORE = {"Cache-Control": "no-store"}


@router.get("/", summary="What is here", response_model=None, operation_id="readRoot")
async def read_root() -> dict[str, str]:
    """Where to go from here."""
    return {"service": "forecast", "docs": "/docs", "ready": "/ready", "products": "/v1/products"}


@router.get("/health", summary="Is the process alive", response_model=Health, operation_id="readHealth")
async def read_health() -> Response:
    """Always ok while the process answers; says nothing about forecasts."""
    return Response(b'{"status":"ok"}', headers=NO_STORE, media_type="application/json")


@router.get(
    "/ready",
    summary="Can forecasts be served",
    operation_id="readReady",
    response_model=Ready,
    responses={503: {"model": Ready, "description": "Nothing can be served."}, **responses()},
)
async def read_ready(request: Request) -> Response:
    """200 while every product can be served, if need be from an older snapshot (`degraded`); 503 when none can."""
    parts = parts_of(request)
    products = [_product(parts, name, datetime.now(UTC)) for name in _names(parts)]
    served = [product for product in products if product["status"] != "missing"]
    if not served:
        status = "unavailable"
    else:
        status = "ok" if all(product["status"] == "ok" for product in products) else "degraded"
    body = orjson.dumps({"status": status, "products": products})
    headers = NO_STORE if served else {**NO_STORE, "Retry-After": "5"}
    return Response(body, 200 if served else 503, headers, "application/json")


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    operation_id="readMetrics",
    response_class=Response,
    dependencies=[Depends(requires("metrics"))],
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **responses()},
)
async def read_metrics(request: Request) -> Response:
    """Requests by route, latency, problems by code, and the snapshots that are served."""
    return Response(parts_of(request).metrics.text(), headers={**NO_STORE, "Content-Type": CONTENT_TYPE_LATEST})


@router.get(
    "/problems/{code}",
    summary="What an error code means",
    operation_id="readProblem",
    response_model=Problems,
    responses=responses("UNKNOWN_PROBLEM"),
)
async def read_problem(code: Annotated[str, Path(description="A code, as in `code` of an error.")]) -> Response:
    """The page that the `type` of an error points to."""
    kind = KINDS.get(code)
    if kind is None:
        raise Problem("UNKNOWN_PROBLEM", f"Known are {', '.join(sorted(KINDS))}.", param="code")
    body = {"code": code, "status": kind.status, "title": kind.title, "when": kind.when}
    return Response(orjson.dumps(body), media_type="application/json")


def _names(parts: Parts) -> list[str]:
    return sorted({*parts.settings.products, *parts.serving.products, *parts.serving.problems})


def _product(parts: Parts, name: str, now: datetime) -> dict[str, Any]:
    served = parts.serving.products.get(name)
    reason = parts.serving.problems.get(name)
    if served is None:
        empty = dict.fromkeys(("snapshot_id", "published_at", "age_hours", "data_as_of", "cutoff", "schema_version"))
        return {"product": name, "status": "missing", **empty, "reason": reason or "nothing is published yet"}
    manifest = served.snapshot.manifest
    return {
        "product": name,
        "status": "ok" if served.stale_reason is None else "degraded",
        "snapshot_id": manifest.snapshot_id,
        "published_at": manifest.published_at,
        "age_hours": round((now - served.snapshot.published_at).total_seconds() / 3600, 2),
        "data_as_of": manifest.data_as_of,
        "cutoff": manifest.cutoff,
        "schema_version": manifest.schema_version,
        "reason": served.stale_reason,
    }
