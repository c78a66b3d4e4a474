"""Times that a command or a run is given as text."""

from __future__ import annotations

from datetime import UTC, datetime

from dagster_project.errors import UsageError


def as_instant(text: str, option: str) -> datetime:
    """An instant in UTC without zone; a text with an offset is converted, one without is UTC already.

    >>> as_instant("2026-07-01T02:00:00+02:00", "--as-of")
    datetime.datetime(2026, 7, 1, 0, 0)

    Raises:
        UsageError: not an ISO timestamp; the message names the option.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            expected="an ISO date or timestamp such as 2026-07-01T02:00:00", found=text, do=f"Correct {option}."
        ) from error
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant
