"""Validators and freshness headers: an answer is a function of snapshot, URL, staleness and what the caller may see."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

from api.access import Caller
from api.serving import Served

CACHE_CONTROL = "private, max-age=60, stale-if-error=86400"
VARY = "Accept, Authorization, X-API-Key"


def etag_of(request: Request, served: Served, caller: Caller) -> str:
    """The strong validator of this answer; it is known before the answer is."""
    said = b"\0".join(
        (
            request.scope["path"].encode(),
            request.scope["query_string"],
            request.headers.get("accept", "").encode(),
            (served.stale_reason or "").encode(),
            caller.tag.encode(),
        )
    )
    return f'"{served.snapshot.manifest.snapshot_id}-{hashlib.blake2b(said, digest_size=8).hexdigest()}"'


def cache_headers(served: Served, etag: str) -> dict[str, str]:
    """Headers of an answer that may be kept and asked for again with its ETag."""
    return {
        "ETag": etag,
        "Cache-Control": CACHE_CONTROL,
        "Vary": VARY,
        "Last-Modified": _http_date(served.snapshot.published_at),
        "X-Snapshot-Id": served.snapshot.manifest.snapshot_id,
    }


@lru_cache(maxsize=64)
def _http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def not_modified(request: Request, served: Served, etag: str) -> Response | None:
    """304 if the caller has this answer already."""
    given = request.headers.get("if-none-match")
    if given is None:
        return None
    known = {candidate.strip().removeprefix("W/") for candidate in given.split(",")}
    if etag in known or "*" in known:
        return Response(status_code=304, headers=cache_headers(served, etag))
    return None
