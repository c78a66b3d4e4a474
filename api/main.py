"""The application: its parts put together. `uvicorn --factory api.main:create_app`, or `python -m api`."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from api.access import Keys
from api.dependencies import QUERIES_AT_ONCE, Parts
from api.gate import Direct, Gate
from api.json_lines import JsonLines
from api.logs import log_as_json
from api.metrics import Metrics
from api.openapi import describe
from api.parameters import field_errors
from api.problems import Problem, malformed
from api.request_context import context_of
from api.routers import (
    accuracy,
    comparisons,
    export,
    forecasts,
    history,
    models,
    monitoring,
    products,
    series,
    service,
)
from api.serving import Serving
from api.settings import Settings
from api.visibility import Visibility

# In the order in which a path is looked for: what is asked most stands first.
ROUTERS = (forecasts, service, comparisons, products, series, history, accuracy, models, monitoring, export)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The API over the published snapshots below `settings.home`; without settings, those of the environment.

    Raises:
        ValueError: a setting or the keys file is wrong; the message names it.
    """
    log_as_json()
    settings = settings or Settings()
    serving = Serving(settings)
    metrics = Metrics(serving)
    keys = Keys.from_file(settings.api_keys_file)
    lines = JsonLines(sys.stderr.buffer)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await serving.refresh()
        watching = asyncio.create_task(serving.watch())
        yield
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        await asyncio.to_thread(lines.close)

    app = FastAPI(
        title="Forecasts",
        version="1",
        description="Published forecasts. Every answer says which snapshot it comes from and how fresh it is.",
        lifespan=lifespan,
        docs_url="/docs" if settings.docs_enabled else None,
        openapi_url="/openapi.json" if settings.docs_enabled else None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.parts = Parts(settings, serving, keys, metrics, Visibility(), asyncio.Semaphore(QUERIES_AT_ONCE))
    for module in ROUTERS:
        app.include_router(module.router)
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(RequestValidationError, _answer_malformed)
    app.add_exception_handler(HTTPException, _answer_http)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "X-API-Key", "Content-Type", "If-None-Match", "X-Request-Id"],
            expose_headers=["ETag", "X-Request-Id", "X-Snapshot-Id", "X-Model-Version", "Retry-After", "Link"],
        )
    # Added last, so it is the outermost: it also sees what the layers inside refuse.
    direct = {} if settings.cors_origins else _direct()
    app.add_middleware(Gate, settings=settings, keys=keys, metrics=metrics, lines=lines, direct=direct)
    describe(app)
    return app


def _direct() -> dict[tuple[str, str], Direct]:
    """The forecasts' endpoints: they take nothing but the request, and answer with finished bytes."""
    return {
        (method, route.path): Direct(route, route.endpoint)
        for route in forecasts.router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }


async def _answer_problem(request: Request, error: Exception) -> Response:
    problem = error if isinstance(error, Problem) else Problem("INTERNAL", "An unexpected error.")
    context = context_of(request)
    context.code = problem.code
    return problem.response(path=request.url.path, request_id=context.request_id)


async def _answer_malformed(request: Request, error: Exception) -> Response:
    """FastAPI's own answer repeats what was sent, and cannot be encoded when that is NaN."""
    errors = error.errors() if isinstance(error, RequestValidationError) else []
    return await _answer_problem(request, malformed(field_errors(errors)))


async def _answer_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if status == 404:
        problem = Problem("NOT_FOUND", "GET /docs lists the endpoints.", headers=headers)
    elif status == 405:
        problem = Problem("METHOD_NOT_ALLOWED", "See the Allow header.", headers=headers)
    else:
        problem = Problem("BAD_REQUEST", "The request cannot be read.", headers=headers)
    return await _answer_problem(request, problem)
