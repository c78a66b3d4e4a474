"""The OpenAPI document: what FastAPI derives, and what it cannot see."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.problems import ProblemDetails
from api.schemas import BatchRequest, Forecast, ForecastRequest

# Bodies are read by our own strict reader, and problems are made by handlers: FastAPI does not meet these models.
# It meets Forecast, and drops the nulls of its example.
EXTRA_MODELS = (ForecastRequest, BatchRequest, ProblemDetails, Forecast)
SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key."},
    "basic": {"type": "http", "scheme": "basic", "description": "Key id and API key, for Excel and BI tools."},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def describe(app: FastAPI) -> None:
    """Have the application answer /openapi.json with the whole document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    _, definitions = models_json_schema(
        [(model, "validation") for model in EXTRA_MODELS], ref_template="#/components/schemas/{model}"
    )
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.update(definitions["$defs"])
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    components["securitySchemes"] = SECURITY_SCHEMES
    # An empty object means that a call without a key is fine too, which holds while no keys are configured.
    schema["security"] = [{}, *({name: []} for name in SECURITY_SCHEMES)]
    schema["servers"] = [{"url": "/", "description": "This server"}]
    return schema
