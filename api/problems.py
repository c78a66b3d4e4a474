"""Errors as RFC 9457 problem details: one shape, a stable `code`, and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: HTTP status, title, and when it happens."""

    status: int
    title: str
    when: str


KINDS: dict[str, Kind] = {
    "BAD_JSON": Kind(400, "The body is not JSON", "The body is not UTF-8 JSON, holds NaN, or is nested too deeply."),
    "HORIZON_TOO_LONG": Kind(400, "Beyond the published horizon", "h is larger than what was published."),
    "RANGE_OUTSIDE_HORIZON": Kind(400, "Outside the published horizon", "No published point lies in the range."),
    "BATCH_TOO_LARGE": Kind(413, "Too many series in one batch", "The batch holds more series than the limit."),
    "URL_TOO_LONG": Kind(400, "The URL is too long", "Path and query are longer than the limit."),
    "BAD_REQUEST": Kind(400, "Bad request", "The request cannot be read."),
    "MISSING_KEY": Kind(401, "An API key is needed", "Keys are configured and the request has none."),
    "INVALID_KEY": Kind(401, "The API key is not valid", "The key is unknown or revoked."),
    "KEY_EXPIRED": Kind(401, "The API key has expired", "The key was valid once."),
    "SCOPE_MISSING": Kind(403, "The API key may not do this", "The key lacks the scope of this endpoint."),
    "NOT_FOUND": Kind(404, "No such page", "The path is unknown."),
    "UNKNOWN_PRODUCT": Kind(404, "No such product", "The product is not served here."),
    "UNKNOWN_SERIES": Kind(404, "No such series", "The series is not in the snapshot, or not visible to the key."),
    "UNKNOWN_MODEL": Kind(404, "No such model version", "The version is not in the registry."),
    "UNKNOWN_TABLE": Kind(404, "No such table", "The table is not published."),
    "UNKNOWN_PROBLEM": Kind(404, "No such problem", "The code of a problem page is unknown."),
    "UNKNOWN_CUTOFF": Kind(404, "No forecast of that cutoff", "The series has no published forecast of the cutoff."),
    "METHOD_NOT_ALLOWED": Kind(405, "The path does not know this method", "See the Allow header."),
    "NOT_ACCEPTABLE": Kind(406, "The format is not offered", "The Accept header excludes every offered format."),
    "REQUEST_TIMEOUT": Kind(408, "The request took too long to arrive", "Headers or body came too slowly."),
    "SNAPSHOT_EXPIRED": Kind(410, "The snapshot is no longer served", "A cursor belongs to an earlier snapshot."),
    "BODY_TOO_LARGE": Kind(413, "The body is too large", "The body is larger than the limit."),
    "EXPORT_TOO_LARGE": Kind(413, "Too many rows for this format", "Excel files have a row limit."),
    "UNSUPPORTED_MEDIA_TYPE": Kind(415, "The body's type is not supported", "Bodies are application/json."),
    "VALIDATION_FAILED": Kind(422, "The request is malformed", "A field is missing, unknown, or of another type."),
    "RATE_LIMITED": Kind(429, "Too many requests", "The caller's limit is reached; see Retry-After."),
    "HEADERS_TOO_LARGE": Kind(431, "The headers are too large", "The headers are larger than the limit."),
    "INTERNAL": Kind(500, "Something went wrong here", "An error of ours; the request id finds it in the logs."),
    "NO_SNAPSHOT": Kind(503, "Nothing is published yet", "No intact snapshot of the product could be loaded."),
    "QUERY_TIMEOUT": Kind(503, "The query took too long", "Narrow the request, or use the export."),
}


class FieldProblem(BaseModel):
    """One field that is wrong."""

    param: str = Field(description="Name of the parameter or path of the field.")
    detail: str = Field(description="What is expected there.")


class ProblemDetails(BaseModel):
    """The body of every answer that is not a success (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "/problems/UNKNOWN_SERIES",
                "title": "No such series",
                "status": 404,
                "detail": "Product 'demo' has no series 'S9|P1'. GET /v1/series?product=demo lists them.",
                "instance": "/v1/forecast",
                "code": "UNKNOWN_SERIES",
                "request_id": "6f1c2b7a9d3e4f50",
                "param": "unique_id",
                "errors": [],
            }
        }
    )

    type: str = Field(description="Address of a page about this kind of problem.")
    title: str = Field(description="The kind of problem in words; the same for every occurrence.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong this time, and what to do.")
    instance: str = Field(description="The path that was asked for.")
    code: str = Field(description="The kind of problem as a stable code.")
    request_id: str = Field(description="Finds the request in the logs; also in the X-Request-Id header.")
    param: str | None = Field(description="The parameter that is wrong, if it is one.")
    errors: list[FieldProblem] = Field(description="Every field that is wrong, for malformed requests.")


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem
    """A request that cannot be answered as asked; `detail` is what the caller reads."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        param: str | None = None,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.param = param
        self.errors = errors
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        """The HTTP status of this kind."""
        return KINDS[self.code].status

    def as_item(self) -> dict[str, Any]:
        """The error of one item in a batch."""
        return {"code": self.code, "detail": self.detail, "param": self.param}

    def response(self, *, path: str, request_id: str) -> Response:
        """The problem as an HTTP answer."""
        kind = KINDS[self.code]
        body = {
            "type": f"/problems/{self.code}",
            "title": kind.title,
            "status": kind.status,
            "detail": self.detail,
            "instance": path,
            "code": self.code,
            "request_id": request_id,
            "param": self.param,
            "errors": [{"param": param, "detail": detail} for param, detail in self.errors],
        }
        headers = {"Cache-Control": "no-store", **self.headers}
        return Response(orjson.dumps(body), kind.status, headers, MEDIA_TYPE)


def malformed(errors: Sequence[tuple[str, str]]) -> Problem:
    """A request with wrong fields, each named with what is expected; what was sent is never repeated."""
    listed = "; ".join(f"{param}: {detail}" for param, detail in errors[:5])
    return Problem("VALIDATION_FAILED", listed, param=errors[0][0] if errors else None, errors=errors)


def responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's entry for the problems an endpoint may answer with; the ones every endpoint has are included."""
    listed = {*codes, "VALIDATION_FAILED", "MISSING_KEY", "SCOPE_MISSING", "RATE_LIMITED", "INTERNAL", "NO_SNAPSHOT"}
    listed |= {"URL_TOO_LONG"}
    entries: dict[int | str, dict[str, Any]] = {}
    for code in sorted(listed):
        kind = KINDS[code]
        entry = entries.setdefault(
            kind.status,
            {
                "description": "",
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
            },
        )
        entry["description"] = f"{entry['description']} `{code}`: {kind.when}".strip()
    return entries
