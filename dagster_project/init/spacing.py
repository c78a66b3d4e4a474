"""How far apart the rows of a series are: the frequency of the product."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from dagster_project.errors import UsageError
from dagster_project.frequency import DAY, FREQUENCIES, WEEKDAYS, frequency

# Series enough to know the spacing; the longest ones know it best.
_SERIES = 200


@dataclass(frozen=True, slots=True)
class Spacing:
    """The pandas alias and why it was chosen."""

    freq: str
    reason: str


def infer_spacing(connection: duckdb.DuckDBPyConnection, period: str | None) -> Spacing:
    """The frequency of table `observed` (series, moment); `period`: the unit that the time texts name, if any.

    The usual step within series decides; where rows are sparse, the usual step over all series does.

    Raises:
        UsageError: there are too few moments, or the step is none of our frequencies.
    """
    steps = connection.execute(
        f"""
        with longest as (select series from observed group by series order by count(*) desc, series limit {_SERIES}),
        moments as (select distinct series, moment from observed semi join longest using (series)),
        steps as (
            select date_diff('second', lag(moment) over (partition by series order by moment), moment) as step
            from moments
        )
        select step, count(*) as n from steps where step is not null group by step order by n desc, step limit 50
        """  # noqa: S608 - a number of ours
    ).fetchall()
    if not steps:
        raise UsageError("at least two different times in one series", "one", "Say the frequency with --freq.")
    within = int(steps[0][0])
    overall = _usual_step_over_all(connection)
    facts = _calendar_facts(connection)
    total = sum(int(count) for _, count in steps)
    share = int(steps[0][1]) / total
    step = min(within, overall) if share < 0.6 and not _has_name(within, facts) else within
    freq = _name_of(step, period, facts)
    if freq is None:
        freq = _name_of(min(within, overall), period, facts)
    if freq is None:
        raise UsageError(
            f"rows that are one of {', '.join(FREQUENCIES)} apart",
            f"rows that are mostly {_in_words(within)} apart",
            "Add the rows up to one of these, or name the nearest one with --freq.",
        )
    reason = f"{share:.0%} of the steps within series are {_in_words(within)}; {frequency(freq).in_words}"
    if freq == "D" and facts["weekend_share"] < 0.01:
        reason += "; weekends have no rows"
    return Spacing(freq, reason)


def _usual_step_over_all(connection: duckdb.DuckDBPyConnection) -> int:
    found = connection.execute(
        """
        with moments as (select distinct moment from observed),
        steps as (select date_diff('second', lag(moment) over (order by moment), moment) as step from moments)
        select step from steps where step is not null group by step order by count(*) desc, step limit 1
        """
    ).fetchone()
    return int(found[0]) if found else DAY


def _calendar_facts(connection: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """Shares of moments: at midnight, on each weekday, in the last days of months, in quarter-end months."""
    weekdays = ", ".join(f"avg((isodow(moment) = {number})::int) as weekday_{number}" for number in range(1, 8))
    cursor = connection.execute(
        f"""
        with moments as (select distinct moment from observed)
        select
            avg((moment = date_trunc('day', moment))::int) as midnight,
            avg((day(moment) = 1)::int) as first_day,
            avg((day(moment) >= 26)::int) as near_the_end,
            avg((month(moment) % 3 = 0)::int) as quarter_end,
            avg((isodow(moment) >= 6)::int) as weekend_share,
            {weekdays}
        from moments
        """  # noqa: S608 - our own expressions
    )
    names = [str(item[0]) for item in cursor.description or ()]
    return dict(zip(names, (float(value) for value in cursor.fetchone() or ()), strict=True))


def _has_name(step: int, facts: dict[str, float]) -> bool:
    return _name_of(step, None, facts) is not None


def _name_of(step: int, period: str | None, facts: dict[str, float]) -> str | None:
    """The alias of a step in seconds, if it has one."""
    if step < DAY:
        return next((item.alias for item in FREQUENCIES.values() if item.is_subdaily and item.seconds == step), None)
    days = step / DAY
    weekday = max(range(1, 8), key=lambda number: facts[f"weekday_{number}"])
    end_or_start = "E" if facts["near_the_end"] > 0.9 else "S"
    named = (
        (days == 1, "D"),
        (days == 7, f"W-{WEEKDAYS[weekday - 1]}"),
        (28 <= days <= 31 or period == "M", f"M{end_or_start}"),
        (89 <= days <= 92 or period == "Q", f"Q{end_or_start}"),
        (365 <= days <= 366 or period == "Y", f"Y{end_or_start}"),
    )
    return next((alias for fits, alias in named if fits), None)


def _in_words(step: int) -> str:
    if step % DAY == 0:
        return "1 day" if step == DAY else f"{step // DAY} days"
    if step % 3600 == 0:
        return "1 hour" if step == 3600 else f"{step // 3600} hours"
    if step % 60 == 0:
        return "1 minute" if step == 60 else f"{step // 60} minutes"
    return f"{step} seconds"
