"""Asking an HTTP API for one page: patience with what passes, a fresh token when the old one is refused.

The standard library suffices for a GET with a header, and a pull is bound by the API, not by its client.
"""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any

from dagster_project.errors import StepFailed, UsageError, Where
from dagster_project.pull.settings import Pull, Token

# Too many requests, and the server's own troubles; anything else that is refused stays refused.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
REFUSED_TOKEN = frozenset({401, 403})
UNKNOWN_PAGE = frozenset({400, 404, 410})
MAX_PAGE_BYTES = 256 << 20
LONGEST_WAIT_S = 120.0


class PageUnknown(StepFailed):
    """The API does not know this page (any more)."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token to whatever place the answer names."""

    def redirect_request(self, *_: object) -> None:
        return None


@dataclass
class Client:
    """One API with its settings; remembers the token while the pull lasts."""

    settings: Pull
    _token: str = field(default="", repr=False)
    _opener: urllib.request.OpenerDirector = field(
        default_factory=lambda: urllib.request.build_opener(_NoRedirect), repr=False
    )

    def page(self, params: Mapping[str, str]) -> Any:
        """The JSON answer of one page.

        Raises:
            PageUnknown: the API does not know the page.
            StepFailed: it refuses the request, or is still in trouble after the last attempt.
            UsageError: the token is nowhere to be found.
        """
        url = f"{self.settings.url}?{urllib.parse.urlencode(params)}" if params else self.settings.url
        refreshed = False
        attempt = 1
        while True:
            try:
                return self._answer(urllib.request.Request(url, headers=self._headers()))  # noqa: S310 - http(s) only
            except urllib.error.HTTPError as error:
                if error.code in REFUSED_TOKEN and self.settings.token is not None and not refreshed:
                    # A rotated token costs no attempt, but only a different one is worth asking with.
                    refreshed = self._refresh(self.settings.token)
                    if refreshed:
                        continue
                if error.code not in PASSING or attempt == self.settings.attempts:
                    raise self._failed(f"HTTP {error.code} {error.reason}", error.code, attempt) from error
                wait = _retry_after(error) or self._backoff(attempt)
            except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError, json.JSONDecodeError) as error:
                if attempt == self.settings.attempts:
                    raise self._failed(f"{type(error).__name__}: {error}", None, attempt) from error
                wait = self._backoff(attempt)
            attempt += 1
            time.sleep(min(wait, LONGEST_WAIT_S))

    def _answer(self, request: urllib.request.Request) -> Any:
        response: HTTPResponse
        with self._opener.open(request, timeout=self.settings.timeout_s) as response:
            body = response.read(MAX_PAGE_BYTES + 1)
        if len(body) > MAX_PAGE_BYTES:
            raise self._failed(f"a page of more than {MAX_PAGE_BYTES >> 20} MB", None, 1)
        # Decimals stay as they are spelled: a delivery is stored as it was sent.
        return json.loads(body, parse_float=str)

    def _headers(self) -> dict[str, str]:
        token = self.settings.token
        if token is None:
            return {"Accept": "application/json"}
        self._token = self._token or _secret(token)
        return {"Accept": "application/json", token.header: f"{token.prefix}{self._token}"}

    def _refresh(self, token: Token) -> bool:
        """Whether there is another token than the refused one."""
        before, secret = self._token, _secret(token)
        if token.refresh_url is None:
            self._token = secret
        else:
            headers = {"Accept": "application/json", token.header: f"{token.prefix}{secret}"}
            request = urllib.request.Request(token.refresh_url, data=b"", headers=headers, method="POST")  # noqa: S310 - http(s) only
            try:
                self._token = str(value_at(self._answer(request), token.refresh_path))
            except (urllib.error.URLError, HTTPException, KeyError, json.JSONDecodeError) as error:
                # The error of a request may name its address, never its headers.
                raise self._failed(f"no new token from {token.refresh_url}: {error}", None, 1) from error
        return self._token != before

    def _backoff(self, attempt: int) -> float:
        return float(self.settings.backoff_s * 2 ** (attempt - 1))

    def _failed(self, found: str, code: int | None, attempts: int) -> StepFailed:
        kind = PageUnknown if code in UNKNOWN_PAGE else StepFailed
        advice = "Check the token. " if code in REFUSED_TOKEN else ""
        return kind(
            expected="a JSON answer of the API",
            found=f"{found}, at attempt {attempts} of {self.settings.attempts}",
            do=f"{advice}Nothing was delivered; the pages so far are kept, and the next pull goes on from there.",
            where=Where(place=self.settings.url),
        )


def value_at(answer: Any, path: str | None) -> Any:
    """What lies at a dotted path of a JSON answer.

    >>> value_at({"indicator": {"values": [1, 2]}}, "indicator.values")
    [1, 2]

    Raises:
        KeyError: nothing lies there.
    """
    for part in path.split(".") if path else ():
        if not isinstance(answer, Mapping) or part not in answer:
            raise KeyError(path)
        answer = answer[part]
    return answer


def _secret(token: Token) -> str:
    file = os.environ.get(f"{token.env}_FILE")
    text = Path(file).read_text(encoding="utf-8") if file else os.environ.get(token.env, "")
    if not text.strip():
        raise UsageError(
            f"the API's token in the environment variable {token.env}, or in a file that {token.env}_FILE names",
            "none",
            "Set one of them; the token itself never belongs into a product file.",
        )
    return text.strip()


def _retry_after(error: urllib.error.HTTPError) -> float:
    text = error.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else 0.0
