"""What happens to the service itself, on standard error as one JSON object per line, as requests are."""

from __future__ import annotations

import sys

import structlog


def log_as_json() -> None:
    """Set structlog up, unless somebody has: its own default prints local variables with an error."""
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        # Looked up at each line, as whoever embeds the application may replace standard error.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
