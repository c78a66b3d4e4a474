"""Running the API on uvicorn, with a deadline for clients that send slowly.

uvicorn 0.54 waits for ever for the rest of a request, and reads headers of any size: 400 half-open sockets then keep
every good client out. Here headers and body have a deadline each, and headers a size.
"""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from api.problems import KINDS, MEDIA_TYPE
from api.settings import Settings

IDLE, HEADERS, BODY = "idle", "headers", "body"


class DeadlineProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a deadline per phase; `configured` makes a subclass with the settings' values."""

    header_deadline_s = 5.0
    body_deadline_s = 10.0
    max_header_bytes = 32_768

    _phase = IDLE
    _timed_phase = IDLE
    _header_bytes = 0
    _timer: asyncio.TimerHandle | None = None

    @classmethod
    def configured(cls, settings: Settings) -> type[DeadlineProtocol]:
        """The protocol with the deadlines and sizes of the settings."""
        values = {
            "header_deadline_s": settings.header_deadline_s,
            "body_deadline_s": settings.body_deadline_s,
            "max_header_bytes": settings.max_header_bytes,
        }
        return type("ConfiguredDeadlineProtocol", (cls,), values)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the client until the deadline to send its first headers."""
        super().connection_made(transport)
        self._phase = HEADERS
        self._retime()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._phase = IDLE
        self._retime()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; a request that arrives in one piece sets no timer."""
        if self._phase != BODY:
            self._header_bytes += len(data)
        if self._phase == IDLE:
            self._phase = HEADERS
        super().data_received(data)
        if self._phase == HEADERS and self._header_bytes > self.max_header_bytes:
            self._refuse("HEADERS_TOO_LARGE", f"Headers may have {self.max_header_bytes:,} bytes.")
            return
        self._retime()

    def on_headers_complete(self) -> None:
        """From here on the body counts."""
        if self._header_bytes > self.max_header_bytes and self._size_of_headers() > self.max_header_bytes:
            self._refuse("HEADERS_TOO_LARGE", f"Headers may have {self.max_header_bytes:,} bytes.")
            return
        self._phase = BODY
        self._header_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Nothing of a refused request reaches the application."""
        if self.cycle is not None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is here."""
        self._phase = IDLE
        if self.cycle is not None:
            super().on_message_complete()

    def _size_of_headers(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _retime(self) -> None:
        if self._phase == self._timed_phase:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timed_phase = self._phase
        if self._phase != IDLE:
            seconds = self.header_deadline_s if self._phase == HEADERS else self.body_deadline_s
            self._timer = self.loop.call_later(seconds, self._too_slow)

    def _too_slow(self) -> None:
        what = "headers" if self._phase == HEADERS else "body"
        self._refuse("REQUEST_TIMEOUT", f"The {what} did not arrive in time.")

    def _refuse(self, code: str, detail: str) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            self.transport.write(_refusal(code, detail))
        self.transport.close()


def _refusal(code: str, detail: str) -> bytes:
    kind = KINDS[code]
    problem: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": "",
        "code": code,
        "request_id": "",
        "param": None,
        "errors": [],
    }
    body = orjson.dumps(problem)
    head = f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    return STATUS_LINE[kind.status] + head.encode() + body


def server_config(app: ASGIApp, settings: Settings, host: str, port: int) -> uvicorn.Config:
    """Uvicorn as the API needs it: the deadline protocol, no access log of its own, no web sockets."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=DeadlineProtocol.configured(settings),
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=True,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=8,
        lifespan="on",
    )
