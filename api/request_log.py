"""One line per request, and one per answered forecast for the pipeline to read."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.json_lines import JsonLines
from api.request_context import RequestContext
from api.settings import Settings


class RequestLog:
    """What is known about requests as JSON lines: keys, bodies and query texts are never part of it.

    Forecasts go to `HOME/<product>/logs/predictions/<day>.jsonl`: every error and fallback, and a share of the rest.
    """

    def __init__(self, settings: Settings, lines: JsonLines) -> None:
        self._settings = settings
        self._lines = lines
        self._sampled = int(settings.prediction_log_share * 1000)
        self._files: dict[tuple[str, str], Path] = {}

    def record(self, method: str, route: str, status: int, seconds: float, context: RequestContext) -> None:
        """Log one answered request."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        latency_ms = round(seconds * 1000, 3)
        served = context.served
        about = {
            "request_id": context.request_id,
            "product": served.product if served else None,
            "snapshot_id": served.snapshot.manifest.snapshot_id if served else None,
            "latency_ms": latency_ms,
        }
        if self._settings.log_requests:
            line: dict[str, Any] = {
                "time": now,
                "level": "error" if status >= 500 else "info",
                "event": "request",
                "caller": context.caller.name,
                "method": method,
                "route": route,
                "status": status,
                "code": context.code,
                **about,
            }
            if len(context.answered) == 1:
                line |= _entry(context, 0)
            self._lines.put(line)
        if self._settings.prediction_log and served is not None and context.answered:
            for entry in self._chosen(context):
                self._lines.put(
                    {"answered_at": now, **about, "http_status": status, **entry}, self._file(served.product, now[:10])
                )

    def _file(self, product: str, day: str) -> Path:
        file = self._files.get((product, day))
        if file is None:
            self._files.clear()
            file = self._settings.home / product / "logs" / "predictions" / f"{day}.jsonl"
            self._files[product, day] = file
        return file

    def _chosen(self, context: RequestContext) -> Iterator[dict[str, Any]]:
        sources = context.served.snapshot.index.forecast_sources if context.served else []
        # A digest instead of a random number: the same request is logged on every machine, or on none.
        seed = zlib.crc32(context.request_id.encode())
        for number, (_, row) in enumerate(context.answered):
            by_chance = zlib.crc32(b"%d" % number, seed) % 1000 < self._sampled
            if by_chance or row is None or sources[row] != "model":
                yield _entry(context, number)


def _entry(context: RequestContext, number: int) -> dict[str, Any]:
    unique_id, row = context.answered[number]
    if row is None or context.served is None:
        shown = None if unique_id is None else unique_id[:512]
        return {"unique_id": shown, "model_version": None, "forecast_source": None, "outcome": "unknown_series"}
    index = context.served.snapshot.index
    return {
        "unique_id": unique_id,
        "model_version": index.model_versions[row],
        "forecast_source": index.forecast_sources[row],
        "outcome": "ok",
    }
