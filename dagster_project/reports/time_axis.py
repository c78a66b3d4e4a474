"""Periods on the x axis of a chart, and as text."""

from datetime import date, datetime


def position(ds: date | datetime) -> float:
    """Days since 1970, the x coordinate of charts over time."""
    at = ds if isinstance(ds, datetime) else datetime(ds.year, ds.month, ds.day)  # noqa: DTZ001 - calendar days
    return (at - datetime(1970, 1, 1)).total_seconds() / 86_400  # noqa: DTZ001 - calendar days


def label(days: float) -> str:
    """The date at an x coordinate."""
    return date.fromordinal(date(1970, 1, 1).toordinal() + int(days)).isoformat()


def day(ds: date | datetime) -> str:
    """A period as readers of the page see it."""
    return ds.isoformat(sep=" ", timespec="minutes") if isinstance(ds, datetime) else ds.isoformat()
