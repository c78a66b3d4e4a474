"""Which columns a file has, and how they differ from the ones its contract promises."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dagster_project.contracts import EntityContract
from dagster_project.errors import DeliveryRejected, Where
from dagster_project.ingest.decoding import Plain

MAX_COLUMNS = 2000
_HEADER_BYTES = 1 << 21
_DELIMITERS = (",", ";", "\t", "|")
_OURS = ("_delivery_id", "_as_of", "_source_file", "_row_number")


@dataclass(frozen=True, slots=True)
class Header:
    """The column names of a file, as delivered (blanks around them removed), and the delimiter between them."""

    columns: tuple[str, ...]
    delimiter: str
    notes: tuple[str, ...] = ()


def read_header(plain: Plain, expected: Sequence[str]) -> Header:
    """The header of a CSV file; of all delimiters, the one that finds most of the expected names.

    Raises:
        DeliveryRejected: a name appears twice, or there are too many columns.
    """
    with plain.path.open("rb") as file:
        start = file.read(_HEADER_BYTES).decode("utf-8", errors="ignore").removeprefix("\ufeff")
    wanted = set(expected)
    candidates = [(_first_record(start, delimiter), delimiter) for delimiter in _DELIMITERS]
    names, delimiter = max(candidates, key=lambda item: (len(wanted.intersection(_stripped(item[0]))), len(item[0])))
    stripped = _stripped(names)
    notes = ("blanks around column names removed",) if stripped != names else ()
    unnamed = [position for position, name in enumerate(stripped, 1) if not name]
    if unnamed:
        notes = (*notes, f"columns without a name: {unnamed[:5]}; called unnamed_<position>")
    columns = tuple(name or f"unnamed_{position}" for position, name in enumerate(stripped, 1))
    check_names(plain.delivered, columns)
    return Header(columns, delimiter, notes)


def check_names(path: Path, columns: Sequence[str]) -> None:
    """Refuse names that no table can have.

    Raises:
        DeliveryRejected: too many columns, a name twice (DuckDB does not tell case apart), or a name of ours.
    """
    where = Where(file=path.name)
    if len(columns) > MAX_COLUMNS:
        raise DeliveryRejected(
            f"at most {MAX_COLUMNS:,} columns",
            f"{len(columns):,}",
            "Turn columns into rows (one per series and time).",
            where,
        )
    lower = [name.lower() for name in columns]
    doubled = sorted({name for name in columns if lower.count(name.lower()) > 1})
    if doubled:
        raise DeliveryRejected(
            "every column once",
            f"a doubled header: {', '.join(map(repr, doubled))}",
            "Remove or rename one of them.",
            where,
        )
    taken = sorted(set(lower).intersection(_OURS))
    if taken:
        raise DeliveryRejected(
            "columns of the source", f"names that ingest adds: {taken}", "Rename these columns.", where
        )


def compare_columns(path: Path, delivered: Sequence[str], contract: EntityContract) -> list[str]:
    """Warnings about added columns.

    Raises:
        DeliveryRejected: a column is missing, renamed, or stands elsewhere than the contract says.
    """
    promised = [column.name for column in contract.columns]
    added = [name for name in delivered if name not in set(promised)]
    missing = [column.name for column in contract.columns if column.required and column.name not in set(delivered)]
    if missing:
        raise _missing_columns(path, missing, added, delivered)
    warnings = [f"added column {name!r}: kept in the raw snapshot, read by nobody" for name in added[:20]]
    if len(added) > len(warnings):
        warnings.append(f"{len(added) - len(warnings)} more added columns")
    moved = first_moved(delivered, promised)
    if moved is not None and contract.column_order == "strict":
        raise DeliveryRejected(
            f"the columns in the order {', '.join(name for name in promised if name in set(delivered))}",
            f"another order: {moved!r} stands elsewhere",
            "Deliver them in that order; after a change of the extract, change the contract.",
            Where(file=path.name, column=moved),
        )
    return warnings


def first_moved(columns: Sequence[str], before: Sequence[str]) -> str | None:
    """The first column that stands elsewhere among the common ones than it did before, if any does."""
    common = [name for name in columns if name in set(before)]
    order = [name for name in before if name in set(columns)]
    return next((found for found, wanted in zip(common, order, strict=True) if found != wanted), None)


def _missing_columns(
    path: Path, missing: Sequence[str], added: Sequence[str], delivered: Sequence[str]
) -> DeliveryRejected:
    renamed = {name: close for name in missing if (close := _similar(name, added)) is not None}
    shown = ", ".join(map(repr, delivered[:30])) + (", …" if len(delivered) > 30 else "")
    if renamed:
        pairs = ", ".join(f"{close!r} instead of {name!r}" for name, close in renamed.items())
        return DeliveryRejected(
            f"column {', '.join(map(repr, missing))}",
            f"{pairs}; renamed? The header is {shown}",
            "Rename the column back, or change the contract or the product file.",
            Where(file=path.name, column=missing[0]),
        )
    return DeliveryRejected(
        f"column {', '.join(map(repr, missing))}",
        f"the header {shown}",
        "Deliver the missing column, or change the contract or the product file.",
        Where(file=path.name, column=missing[0]),
    )


def _similar(name: str, others: Sequence[str]) -> str | None:
    bare = {re.sub(r"[\W_]+", "", other).casefold(): other for other in others}
    wanted = re.sub(r"[\W_]+", "", name).casefold()
    if wanted in bare:
        return bare[wanted]
    close = difflib.get_close_matches(wanted, bare, n=1, cutoff=0.6)
    return bare[close[0]] if close else None


def _first_record(start: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []


def _stripped(names: Sequence[str]) -> list[str]:
    return [name.strip() for name in names]
