"""Whether times without an offset are local: such a clock skips an hour in spring and repeats one in autumn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import duckdb
import pyarrow.parquet as pq

# The zone in which most people of a country live; others are named with --timezone.
ZONES = {
    "AT": "Europe/Vienna", "AU": "Australia/Sydney", "BE": "Europe/Brussels", "CA": "America/Toronto",
    "CH": "Europe/Zurich", "CZ": "Europe/Prague", "DE": "Europe/Berlin", "DK": "Europe/Copenhagen",
    "ES": "Europe/Madrid", "FI": "Europe/Helsinki", "FR": "Europe/Paris", "GB": "Europe/London", "GR": "Europe/Athens",
    "HU": "Europe/Budapest", "IE": "Europe/Dublin", "IT": "Europe/Rome", "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo", "NZ": "Pacific/Auckland", "PL": "Europe/Warsaw", "PT": "Europe/Lisbon",
    "RO": "Europe/Bucharest", "SE": "Europe/Stockholm", "US": "America/New_York",
}  # fmt: skip


def infer_timezone(connection: duckdb.DuckDBPyConnection, country: str | None) -> tuple[str, str]:
    """The zone of the times in table `observed`, and the reason.

    It is local if every hour that spring skips is empty; where the data has no spring, if the hour that autumn repeats
    holds twice the rows of the hour before it.
    """
    zone = ZONES.get(country or "")
    if zone is None:
        return "UTC", "times have no offset; name the local clock with --timezone if there is one"
    bounds = connection.execute("select min(moment), max(moment) from observed").fetchone()
    skipped, repeated = _odd_hours(zone, *bounds) if bounds else ([], [])
    if skipped:
        if sum(_rows_in(connection, skipped)) == 0:
            return zone, f"the hour that spring skips in {zone} has no rows in {len(skipped)} springs"
        return "UTC", f"the hour that spring skips in {zone} has rows, so the clock is not the local one"
    if repeated:
        rows = sum(_rows_in(connection, repeated))
        before = sum(_rows_in(connection, [hour - timedelta(hours=1) for hour in repeated]))
        if before and rows > 1.5 * before:
            return zone, f"the hour that autumn repeats in {zone} has {rows:,} rows, the hour before it {before:,}"
        return "UTC", f"the hour that autumn repeats in {zone} has no more rows than others"
    return "UTC", f"no change of clocks in the data tells whether times are those of {zone}"


def zone_in_file(path: Path, column: str) -> str | None:
    """The zone that a Parquet file stores with its times; None for other files, and for an offset without a place."""
    if path.suffix != ".parquet":
        return None
    zone = getattr(pq.read_schema(path).field(column).type, "tz", None)
    return zone if zone in available_timezones() and zone != "UTC" else None


def _rows_in(connection: duckdb.DuckDBPyConnection, hours: Sequence[datetime]) -> list[int]:
    """Rows of table `observed` in each of these hours."""
    counted = connection.execute(
        """
        select count(moment) from unnest($hours) with ordinality as listed(hour, position)
        left join observed on moment >= hour and moment < hour + interval 1 hour
        group by position order by position
        """,
        {"hours": list(hours)},
    ).fetchall()
    return [int(count) for (count,) in counted]


def _odd_hours(zone: str, first: datetime, last: datetime) -> tuple[list[datetime], list[datetime]]:
    """Local hours between two instants that clocks jump over, and those that they show twice."""
    clock = ZoneInfo(zone)
    skipped, repeated = [], []
    day = datetime(first.year, first.month, first.day)  # noqa: DTZ001 - local time without a zone is what is looked at
    while day <= last:
        before = day.replace(tzinfo=clock).utcoffset()
        after = (day + timedelta(days=1)).replace(tzinfo=clock).utcoffset()
        if before != after:
            hours = [day + timedelta(hours=number) for number in range(24)]
            hours = [hour for hour in hours if first <= hour <= last]
            skipped += [hour for hour in hours if not _exists(hour, clock)]
            repeated += [hour for hour in hours if _exists(hour, clock) and _comes_twice(hour, clock)]
        day += timedelta(days=1)
    return skipped, repeated


def _comes_twice(hour: datetime, clock: ZoneInfo) -> bool:
    return hour.replace(tzinfo=clock).utcoffset() != hour.replace(tzinfo=clock, fold=1).utcoffset()


def _exists(hour: datetime, clock: ZoneInfo) -> bool:
    there = hour.replace(tzinfo=clock).astimezone(ZoneInfo("UTC"))
    return there.astimezone(clock).replace(tzinfo=None) == hour
