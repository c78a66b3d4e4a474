"""Whether times without an offset are local: a local clock never shows the hour that spring skips."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb

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
    """The zone of the times in table `observed`, and the reason: local if every skipped spring hour is empty."""
    zone = ZONES.get(country or "")
    if zone is None:
        return "UTC", "times have no offset; name the local clock with --timezone if there is one"
    bounds = connection.execute("select min(moment), max(moment) from observed").fetchone()
    skipped = _skipped_hours(zone, *bounds) if bounds else []
    if not skipped:
        return "UTC", f"no change of clocks in the data tells whether times are those of {zone}"
    hours = ", ".join(f"timestamp '{hour}'" for hour in skipped)
    filled = connection.execute(
        f"select count(distinct date_trunc('hour', moment)) from observed "  # noqa: S608 - instants of ours
        f"where date_trunc('hour', moment) in ({hours})"
    ).fetchone()
    if filled and filled[0] == 0:
        return zone, f"the hour that spring skips in {zone} has no rows in {len(skipped)} years"
    return "UTC", f"the hour that spring skips in {zone} has rows, so the clock is not the local one"


def _skipped_hours(zone: str, first: datetime, last: datetime) -> list[datetime]:
    """Local hours between two instants that do not exist, because clocks jump over them."""
    clock = ZoneInfo(zone)
    skipped = []
    day = datetime(first.year, first.month, first.day)  # noqa: DTZ001 - local time without a zone is what is looked at
    while day <= last:
        before = day.replace(tzinfo=clock).utcoffset()
        after = (day + timedelta(days=1)).replace(tzinfo=clock).utcoffset()
        if before is not None and after is not None and after > before:
            hours = [day + timedelta(hours=number) for number in range(24)]
            skipped += [hour for hour in hours if not _exists(hour, clock) and first <= hour <= last]
        day += timedelta(days=1)
    return skipped


def _exists(hour: datetime, clock: ZoneInfo) -> bool:
    there = hour.replace(tzinfo=clock).astimezone(ZoneInfo("UTC"))
    return there.astimezone(clock).replace(tzinfo=None) == hour
