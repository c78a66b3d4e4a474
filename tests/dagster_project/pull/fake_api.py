"""A paged HTTP API on the loopback, with the troubles of real ones: it fails, expires tokens, and stalls."""

from __future__ import annotations

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE_SIZE = 5


class FakeApi:
    """Answers `/values?page=…` with five records a page and a cursor; `POST /token` gives the next token."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self.records = records
        self.answered: Counter[str] = Counter()
        self.asked: list[dict[str, str]] = []
        self.failures: dict[str, list[int]] = {}
        self.tokens = {"secret"}
        self.next_token = "rotated"
        self.stalled_page: str | None = None
        self.is_asked_for_stalled = threading.Event()
        self.release = threading.Event()
        self.on_page: dict[str, Any] = {}
        self.redirect_to: str | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def page(self, number: int) -> dict[str, Any]:
        first = (number - 1) * PAGE_SIZE
        more = first + PAGE_SIZE < len(self.records)
        return {
            "indicator": {"values": self.records[first : first + PAGE_SIZE], "count": len(self.records)},
            "meta": {"next": str(number + 1) if more else None},
        }

    def close(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()


def _handler(api: FakeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            page = query.get("page", "1")
            api.asked.append(query)
            if self.headers.get("x-api-key") not in api.tokens:
                return self._answer(401, {"error": "token"})
            if api.redirect_to:
                self.send_response(302)
                self.send_header("Location", api.redirect_to)
                self.end_headers()
                return None
            if page == api.stalled_page:
                api.is_asked_for_stalled.set()
                api.release.wait(60)
            if api.failures.get(page):
                code = api.failures[page].pop(0)
                if code == 0:
                    # The connection breaks in the middle of an answer.
                    self.send_response(200)
                    self.send_header("Content-Length", "1000")
                    self.end_headers()
                    self.wfile.write(b'{"indicator"')
                    self.close_connection = True
                    return None
                return self._answer(code, {"error": "trouble"})
            if page in api.on_page:
                api.on_page.pop(page)()
            api.answered[page] += 1
            return self._answer(200, api.page(int(page)))

        def do_POST(self) -> None:
            if self.headers.get("x-api-key") != "long-lived":
                return self._answer(401, {"error": "token"})
            api.tokens = {api.next_token}
            return self._answer(200, {"token": api.next_token})

        def _answer(self, code: int, body: dict[str, Any]) -> None:
            text = json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Nothing on the test's output."""

    return Handler
