"""The errors a user may meet, drawn before they are raised.

ForecastError                    exit code
├── UsageError                   2   wrong command, option or setting
│   ├── ProductError             2   the product file
│   └── ContractError            2   a source contract
├── DeliveryRejected             1   delivered files that cannot be accepted; the last state stays
├── SnapshotDamaged              1   a raw snapshot that is not what its manifest says
├── WarehouseBusy                1   another process holds the working warehouse
├── StepFailed                   1   dbt, training or publishing stopped
└── GateRefused                  3   everything ran, and a check says that it must not be published

Each message is one paragraph: what was expected, what was found and where, what to do now.
"""

# ruff: noqa: N818 - the names state what happened; that reads better where they are raised

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Where:
    """The place of a fault: file, row (1 = first row below the header), column, series, or any other place in words.

    >>> str(Where(file="sales.csv", row=17, column="quantity"))
    "file sales.csv, row 17, column 'quantity'"
    """

    file: str | None = None
    row: int | None = None
    column: str | None = None
    series: str | None = None
    place: str | None = None

    def __str__(self) -> str:
        parts = (
            f"file {self.file}" if self.file is not None else "",
            f"row {self.row:,}" if self.row is not None else "",
            f"column {self.column!r}" if self.column is not None else "",
            f"series {self.series!r}" if self.series is not None else "",
            self.place or "",
        )
        return ", ".join(part for part in parts if part)


class ForecastError(Exception):
    """Something a user can act on: expected, found, where, and what to do.

    >>> str(ForecastError(expected="a header", found="an empty file", do="Export it again.", where=Where(file="a.csv")))
    'Expected a header; found an empty file (file a.csv). Export it again.'
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, expected: str, found: str, do: str, where: Where | str | None = None) -> None:
        self.expected = expected
        self.found = found
        self.do = do
        self.where = where if isinstance(where, Where) else Where(place=where)
        place = str(self.where)
        do = do[:1].upper() + do[1:] + ("" if do.endswith((".", "?", "`")) else ".")
        super().__init__(f"Expected {expected}; found {found}{f' ({place})' if place else ''}. {do}")


class UsageError(ForecastError):
    """A command, an option or a setting that cannot be meant this way."""

    exit_code = 2


class ProductError(UsageError):
    """A product file that does not describe a forecasting problem."""


class ContractError(UsageError):
    """A source contract that does not describe its source."""


class DeliveryRejected(ForecastError):
    """A delivery with a fault; nothing of it was stored, the files are in quarantine.

    `report` is the ingest report when a whole delivery was refused.
    """

    report: object | None = None


class SnapshotDamaged(ForecastError):
    """A raw snapshot whose bytes are not the ones its manifest recorded."""


class WarehouseBusy(ForecastError):
    """Another process holds the working warehouse."""


class StepFailed(ForecastError):
    """A step of the pipeline stopped."""


class GateRefused(ForecastError):
    """A blocking check refuses what was computed; the last published snapshot stays."""

    exit_code = 3


def retold(name: str, text: str) -> ForecastError | None:
    """An error of this module again, of which only the class name and the message crossed a process or a framework.

    >>> retold("UsageError", "Expected a file; found none. Check the path.").exit_code
    2
    """
    kind = globals().get(name)
    if not (isinstance(kind, type) and issubclass(kind, ForecastError)):
        return None
    error = kind.__new__(kind)
    Exception.__init__(error, text)
    error.expected, error.found, error.do, error.where = text, "", "", Where()
    return error
