"""What is served: products and snapshots."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from api.access import requires
from api.dependencies import parts_of, served_product
from api.http_cache import cache_headers, etag_of, not_modified
from api.pages import ProductName, page_body
from api.parameters import StrictQuery, no_repetition
from api.problems import responses
from api.request_context import context_of
from api.schemas import Page

router = APIRouter(
    prefix="/v1", tags=["products"], dependencies=[Depends(requires("read:forecast")), Depends(no_repetition)]
)


class NoQuery(StrictQuery):
    """No parameters."""


class ProductQuery(StrictQuery):
    """The product."""

    product: ProductName = None


@router.get(
    "/products", summary="The products", operation_id="listProducts", response_model=None, responses=responses()
)
async def list_products(request: Request, asked: Annotated[NoQuery, Query()]) -> Response:
    """Every product that the caller may see, with what it is about and how fresh it is."""
    del asked
    allowed = context_of(request).caller.products
    rows = []
    for name, served in sorted(parts_of(request).serving.products.items()):
        if allowed is not None and name not in allowed:
            continue
        manifest, index = served.snapshot.manifest, served.snapshot.index
        rows.append(
            {
                **manifest.product.model_dump(mode="json", exclude={"name"}),
                "product": name,
                "horizon": manifest.product.horizon,
                "published_horizon": index.horizon,
                "quantile_levels": index.levels,
                "n_series": len(index),
                "cutoff": manifest.cutoff,
                "data_as_of": manifest.data_as_of,
                "model_version": manifest.model_version,
                "snapshot_id": manifest.snapshot_id,
                "published_at": manifest.published_at,
                "stale": served.stale_reason is not None,
                "stale_reason": served.stale_reason,
            }
        )
    return Response(
        orjson.dumps({"products": rows}), headers={"Cache-Control": "no-cache"}, media_type="application/json"
    )


@router.get(
    "/snapshots",
    summary="The published snapshots that are kept",
    operation_id="listSnapshots",
    response_model=Page,
    responses=responses("UNKNOWN_PRODUCT"),
)
async def list_snapshots(request: Request, asked: Annotated[ProductQuery, Query()]) -> Response:
    """Lineage of each kept snapshot, newest first: run, code, data, tables and rows."""
    served, caller = served_product(request, asked.product)
    etag = etag_of(request, served, caller)
    if (known := not_modified(request, served, etag)) is not None:
        return known
    rows = [
        orjson.dumps(
            {
                **manifest.model_dump(mode="json", exclude={"product"}),
                "served": manifest.snapshot_id == served.snapshot.manifest.snapshot_id,
            }
        )
        for manifest in served.kept
    ]
    return Response(page_body(served, rows, None), headers=cache_headers(served, etag), media_type="application/json")
