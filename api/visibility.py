"""Which series a caller may see: a key may be limited to values of dim_series, `only: {"region": ["north"]}`."""

from __future__ import annotations

from api.access import Caller
from api.problems import Problem
from api.serving import Served
from api.sql_json import quoted, text


class Visibility:
    """The visible series of each limited key, worked out once per snapshot."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, str], frozenset[int]] = {}

    def rows(self, served: Served, caller: Caller) -> frozenset[int] | None:
        """Rows of the index that the caller may see; None means all."""
        if not caller.only:
            return None
        snapshot = served.snapshot
        key = (served.product, snapshot.manifest.snapshot_id, caller.name)
        if key not in self._rows:
            if len(self._rows) > 1000:
                self._rows.clear()
            with snapshot.cursor() as cursor:
                found = cursor.execute(
                    f"select unique_id from marts.dim_series where {condition(served, caller)}"  # noqa: S608 - quoted
                ).fetchall()
            row_of = snapshot.index.row_of
            self._rows[key] = frozenset(row_of[identifier] for (identifier,) in found if identifier in row_of)
        return self._rows[key]


def condition(served: Served, caller: Caller) -> str:
    """The caller's limits as a condition on dim_series; a column that is not there lets nothing through."""
    columns = served.snapshot.columns["marts.dim_series"]
    parts = []
    for column, values in sorted(caller.only.items()):
        if column not in columns or not values:
            return "false"
        parts.append(f"cast({quoted(column)} as varchar) in ({', '.join(text(value) for value in sorted(values))})")
    return " and ".join(parts) or "true"


def series_condition(served: Served, caller: Caller, column: str = "unique_id") -> str:
    """The caller's limits as a condition on any table with a series column."""
    if not caller.only:
        return "true"
    visible = f"select unique_id from marts.dim_series where {condition(served, caller)}"  # noqa: S608 - quoted
    return f"{column} in ({visible})"


def refuse_limited(caller: Caller, what: str) -> None:
    """Tables that mix all series are not for a key that may see some of them.

    Raises:
        Problem: the caller is limited.
    """
    if caller.only:
        raise Problem("SCOPE_MISSING", f"The key {caller.name!r} is limited to some series; {what} covers all of them.")


def unknown_series(served: Served, param: str = "unique_id") -> Problem:
    """The same answer for a series that does not exist and one that the caller may not see."""
    detail = f"Product {served.product!r} has no such series. GET /v1/series?product={served.product} lists them."
    return Problem("UNKNOWN_SERIES", detail, param=param)
