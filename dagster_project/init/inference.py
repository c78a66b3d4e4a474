"""`forecast init`: from the user's files to a product, with the reason for every choice."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import yaml
from pydantic import ValidationError

from dagster_project.errors import UsageError
from dagster_project.frequency import HOUR, Frequency, frequency
from dagster_project.ingest.quoting import quoted_name
from dagster_project.init.choices import choose, counted
from dagster_project.init.driver_roles import add_attribute_file, add_driver_file, roles_in_observations
from dagster_project.init.given import Given, checked, product_name
from dagster_project.init.history import History, build_observed, describe_history, periods_between
from dagster_project.init.local_clock import ZONES, infer_timezone, zone_in_file
from dagster_project.init.numbers import read_number_format
from dagster_project.init.product_text import Draft, product_text
from dagster_project.init.roles import infer_keys
from dagster_project.init.source_table import SourceTable, load
from dagster_project.init.spacing import infer_spacing
from dagster_project.init.times import TimeReading, read_times
from dagster_project.number_format import PLAIN, NumberFormat
from dagster_project.product_settings import KEY_SLOTS, Product
from dagster_project.strict_yaml import validation_fault

# Fewer are dirt, and the later row counts; more are series that the keys throw together.
_TOO_MANY_REPEATS = 0.1


@dataclass(frozen=True, slots=True)
class Explanation:
    """One choice: about what, which, and why."""

    topic: str
    choice: str
    reason: str


@dataclass(frozen=True, slots=True)
class Inference:
    """The product, its file as text, and every choice with its reason."""

    product: Product
    text: str
    explanations: tuple[Explanation, ...]


def infer(given: Given) -> Inference:
    """Infer a product of one's own data.

    Raises:
        UsageError: a column, time, target or frequency that cannot be meant; the message says what to name.
        DeliveryRejected: a file that ingest would refuse too.
    """
    with (
        tempfile.TemporaryDirectory(prefix="forecast-init-") as workspace,
        duckdb.connect(str(Path(workspace) / "init.duckdb"), config={"memory_limit": "2GB"}) as connection,
    ):
        connection.execute("set timezone = 'UTC'")
        draft = _draft(connection, given, Path(workspace))
    text = product_text(draft)
    try:
        product = Product.model_validate(yaml.safe_load(text))
    except ValidationError as error:
        raise validation_fault(error, Path(f"{draft.name}.yml"), Product, UsageError) from error
    return Inference(product, text, tuple(Explanation(*explained) for explained in draft.explained))


def _draft(connection: duckdb.DuckDBPyConnection, given: Given, workspace: Path) -> Draft:
    given = checked(given)
    explained: list[tuple[str, str, str]] = []
    named = [given.time, given.target, *(given.keys or ())]
    table = load(connection, given.observations, "source_rows", workspace, named)
    table.require([given.time], "--time")
    table.require([given.target], "--target")
    stored = zone_in_file(given.observations, given.time)
    reading = read_times(connection, table.name, given.time, table.file, stored)
    explained.append(("time", reading.time_format or "ISO", reading.reason))
    number_format = _number_format(connection, table, given, explained)
    keys = _keys(connection, table, given, number_format, explained)
    build_observed(
        connection, table, target=given.target, keys=keys, moment_sql=reading.sql, number_format=number_format
    )
    freq = _frequency(connection, given, reading, explained)
    history = describe_history(connection, freq)
    explained.append(("series", f"{history.n_series:,}", f"{history.n_rows:,} rows, {history.span}"))
    signs = ", may be negative" if history.allow_negative else ""
    explained.append(("target", history.kind + signs, history.reason))
    _note_repeats(history, keys, freq, explained)
    timezone = _timezone(connection, given, reading, stored, freq, explained)
    taken = [given.time, given.target, *keys]
    roles = roles_in_observations(
        connection,
        table,
        taken,
        n_series=history.n_series,
        n_planned=history.n_planned,
        number_format=number_format,
    )
    if given.drivers is not None:
        last = add_driver_file(
            connection,
            roles,
            given.drivers,
            workspace,
            time=given.time,
            moment_sql=reading.sql,
            keys=keys,
            target=given.target,
            number_format=number_format,
        )
        planned = periods_between(history.last, last, freq) if last else 0
        history = replace(history, n_planned=max(planned, 0))
    if given.attributes is not None:
        add_attribute_file(
            connection,
            roles,
            given.attributes,
            workspace,
            keys=keys,
            n_series=history.n_series,
            number_format=number_format,
        )
    roles.limit()
    if given.horizon is not None and given.horizon >= history.n_periods:
        raise UsageError(
            f"a horizon shorter than the history of {history.n_periods:,} periods",
            f"{given.horizon:,}",
            "Correct --horizon, or deliver a longer history.",
        )
    n_plans = sum(known == "ahead" for _, known, _ in roles.drivers)
    choices = choose(freq, history, given.horizon, n_plans)
    seasons = ", ".join(map(str, choices.season_lengths))
    explained += [
        ("horizon", str(choices.horizon), choices.reasons["horizon"]),
        ("season_lengths", seasons, choices.reasons["season_lengths"]),
        ("backtest", counted(choices.n_windows, "window"), choices.reasons["backtest"]),
        *(
            (verdict.model, "competes" if verdict.is_candidate else "left out", verdict.reason)
            for verdict in choices.models
        ),
        *((facts.name, f"driver, {facts.kind}, known {known}", why) for facts, known, why in roles.drivers),
        *((facts.name, "attribute", "one value per series") for facts in roles.attributes),
        *((name, "not used", why) for name, why in roles.ignored),
    ]
    return Draft(
        name=product_name(given),
        given=given,
        keys=keys,
        n_distinct_keys={key: _n_distinct(connection, key) for key in keys},
        freq=freq,
        timezone=timezone,
        time_format=reading.time_format,
        number_format=number_format,
        history=history,
        choices=choices,
        roles=roles,
        explained=explained,
    )


def _note_repeats(history: History, keys: list[str], freq: Frequency, explained: list[tuple[str, str, str]]) -> None:
    if history.repeated_share > _TOO_MANY_REPEATS:
        raise UsageError(
            f"one row per {' and '.join([*keys, 'time' if freq.is_subdaily else 'day'])}",
            f"{history.repeated_share:.0%} of the rows that repeat another one's",
            "Name the columns that tell the series apart with --keys, or add the rows up first.",
        )
    if history.repeated_share:
        reason = f"{history.repeated_share:.1%} of the rows have the series and time of another; the last one counts"
        explained.append(("duplicates", "latest", reason))


def _number_format(
    connection: duckdb.DuckDBPyConnection, table: SourceTable, given: Given, explained: list[tuple[str, str, str]]
) -> NumberFormat:
    others = [column for column in table.columns if column not in {given.time, given.target, *(given.keys or ())}]
    number_format, reason = read_number_format(connection, table, given.target, others)
    if number_format != PLAIN:
        explained.append(("number_format", number_format, reason))
    return number_format


def _keys(
    connection: duckdb.DuckDBPyConnection,
    table: SourceTable,
    given: Given,
    number_format: NumberFormat,
    explained: list[tuple[str, str, str]],
) -> list[str]:
    if given.keys is not None:
        table.require(given.keys, "--keys")
        if len(given.keys) > KEY_SLOTS:
            raise UsageError(f"at most {KEY_SLOTS} keys", f"{len(given.keys)}", "Join some of them in one column.")
        return list(given.keys)
    keys, reason = infer_keys(connection, table, given.time, given.target, number_format)
    explained.append(("keys", ", ".join(keys) or "none, a single series", reason))
    return keys


def _frequency(
    connection: duckdb.DuckDBPyConnection, given: Given, reading: TimeReading, explained: list[tuple[str, str, str]]
) -> Frequency:
    if given.freq is None:
        spacing = infer_spacing(connection, reading.period)
        explained.append(("freq", spacing.freq, spacing.reason))
        return frequency(spacing.freq)
    try:
        return frequency(given.freq)
    except ValueError as error:
        raise UsageError("a frequency", str(error), "Correct --freq.") from error


def _timezone(
    connection: duckdb.DuckDBPyConnection,
    given: Given,
    reading: TimeReading,
    stored: str | None,
    freq: Frequency,
    explained: list[tuple[str, str, str]],
) -> str:
    if given.timezone is not None:
        return given.timezone
    if not freq.is_subdaily:
        if stored is None or not reading.is_local_day:
            return "UTC"
        explained.append(("timezone", stored, "the file stores its days as midnights of this clock"))
        return stored
    if freq.seconds > HOUR:
        explained.append(("timezone", "UTC", "periods of several hours begin at 00:00 UTC, whatever the local clock"))
        return "UTC"
    if reading.has_offset:
        zone = stored or ZONES.get(given.country or "", "UTC")
        carry = "the file stores its times with this zone" if stored else "times carry their offset"
        reason = f"{carry}; days and hours are those of this clock"
    else:
        zone, reason = infer_timezone(connection, given.country)
    explained.append(("timezone", zone, reason))
    return zone


def _n_distinct(connection: duckdb.DuckDBPyConnection, column: str) -> int:
    found = connection.execute(f"select count(distinct {quoted_name(column)}) from source_rows").fetchone()  # noqa: S608 - quoted
    return int(found[0]) if found else 0
