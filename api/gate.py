"""What every request passes: its id, the caller, limits, security headers, metrics and the log line.

One plain ASGI layer: three of Starlette's BaseHTTPMiddleware cost more than the whole answer. What is asked most is
handed to its endpoint from here: FastAPI's layers and its search for the route cost a third of such an answer.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import EVERYONE, Keys
from api.json_lines import JsonLines
from api.metrics import Metrics
from api.problems import Problem
from api.rate_limit import RateLimit
from api.request_context import RequestContext
from api.request_log import RequestLog
from api.settings import Settings

log = structlog.get_logger()

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
OPEN_PATHS = frozenset({"/", "/health", "/ready", "/docs", "/openapi.json"})
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
# The page of /docs loads its script from a public host; everything else needs nothing.
DOCS_POLICY = (
    b"content-security-policy",
    b"default-src https: data: 'self'; style-src https: 'unsafe-inline'; script-src https: 'unsafe-inline'",
)


@dataclass(frozen=True, slots=True)
class Direct:
    """An endpoint that reads its request itself, and the route that it is documented and counted under."""

    route: BaseRoute
    endpoint: Callable[[Request], Awaitable[Response]]


class Gate:
    """The outermost layer of the application; `direct` maps method and path to endpoints without layers between."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: Settings,
        keys: Keys,
        metrics: Metrics,
        lines: JsonLines,
        direct: Mapping[tuple[str, str], Direct],
    ) -> None:
        self._app = app
        self._direct = direct
        self._settings = settings
        self._keys = keys
        self._metrics = metrics
        self._rate_limit = RateLimit(settings.rate_limit) if settings.rate_limit else None
        self._log = RequestLog(settings, lines)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens inside."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        headers = dict(scope["headers"])
        context = RequestContext(_request_id(headers), EVERYONE)
        scope["forecast.context"] = context
        answer = _Answer(send, context.request_id, scope["path"])
        try:
            self._admit(scope, headers, context, answer)
            body = receive if scope["method"] in {"GET", "HEAD"} else self._bounded(headers, receive)
            direct = self._direct.get((scope["method"], scope["path"]))
            if direct is None:
                await self._app(scope, body, answer.send)
            else:
                scope["route"] = direct.route
                response = await direct.endpoint(Request(scope, body))
                await response(scope, body, answer.send)
        except Problem as problem:
            await self._answer_problem(problem, scope, context, answer, receive)
        except ClientDisconnect:
            context.code = "REQUEST_TIMEOUT"
        except Exception:
            log.exception("unexpected error", request_id=context.request_id, path=scope["path"][:200])
            internal = Problem("INTERNAL", f"Tell the operator the request id {context.request_id}.")
            await self._answer_problem(internal, scope, context, answer, receive)
        finally:
            self._record(scope, context, answer.status, time.perf_counter() - started)

    def _admit(self, scope: Scope, headers: Mapping[bytes, bytes], context: RequestContext, answer: _Answer) -> None:
        if len(scope.get("raw_path", b"")) + len(scope["query_string"]) > self._settings.max_url_bytes:
            raise Problem("URL_TOO_LONG", f"Path and query may have {self._settings.max_url_bytes:,} bytes; use POST.")
        if scope["path"] not in OPEN_PATHS and not scope["path"].startswith("/problems/"):
            context.caller = self._keys.caller(headers)
            if self._rate_limit is not None:
                known = context.caller is not EVERYONE
                who = context.caller.name if known else (scope.get("client") or ("unknown",))[0]
                answer.extra = self._rate_limit.count(who)

    def _bounded(self, headers: Mapping[bytes, bytes], receive: Receive) -> Receive:
        limit = self._settings.max_body_bytes
        too_large = Problem("BODY_TOO_LARGE", f"A body may have {limit:,} bytes.", headers={"Connection": "close"})
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            raise too_large
        received = 0

        async def bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise too_large
            return message

        return bounded

    async def _answer_problem(
        self, problem: Problem, scope: Scope, context: RequestContext, answer: _Answer, receive: Receive
    ) -> None:
        context.code = problem.code
        if answer.status == 0:
            response = problem.response(path=scope["path"], request_id=context.request_id)
            await response(scope, receive, answer.send)

    def _record(self, scope: Scope, context: RequestContext, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        self._metrics.observe(scope["method"], route, status, seconds, context.code)
        self._metrics.answered(context)
        if self._settings.log_requests or (self._settings.prediction_log and context.answered):
            self._log.record(scope["method"], route, status, seconds, context)


class _Answer:
    """Watches what is sent, and adds the headers that every answer has."""

    __slots__ = ("_policy", "_request_id", "_send", "extra", "status")

    def __init__(self, send: Send, request_id: str, path: str) -> None:
        self._send = send
        self._request_id = request_id.encode()
        self._policy = path == "/docs"
        self.extra: tuple[tuple[bytes, bytes], ...] = ()
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message["headers"]
            headers.append((b"x-request-id", self._request_id))
            headers.extend(SECURITY_HEADERS)
            if self._policy:
                headers.remove(SECURITY_HEADERS[3])
                headers.append(DOCS_POLICY)
            headers.extend(self.extra)
        await self._send(message)


def _request_id(headers: Mapping[bytes, bytes]) -> str:
    given = headers.get(b"x-request-id", b"")
    return given.decode() if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
