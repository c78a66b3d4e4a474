"""One's own files: local hours, partial keys, categories, ids as people write them."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import duckdb
import pytest

from dagster_project.instant_text import text_with_seconds_sql, unix_time_sql
from tests.dbt_project.conftest import dbt_build
from tests.dbt_project.macros import macro
from tests.dbt_project.raw_snapshots import write_delivery

HOURS = [dt.datetime.fromisoformat("2024-10-25T22:00") + dt.timedelta(hours=hour) for hour in range(72)]
MADRID_AHEAD_UNTIL = dt.datetime.fromisoformat("2024-10-27T01:00")
CAFE = "Café 007|a"
VARIABLES = {
    "product": "own", "source_system": "tidy", "freq": "h", "ds_type": "timestamp", "period_interval": "1 hour",
    "season_length": 24, "season_lengths": [24, 168], "horizon": 6, "keys": ["site", "meter"],
    "key_slots": ["site", "meter", "key_3", "key_4"], "target_kind": "continuous", "timezone": "Europe/Madrid",
    "driver_slots": ["tariff", "holiday_plan", *[f"driver_{slot:02}" for slot in range(3, 17)]],
    "driver_kinds": ["categorical", "binary", *["numeric"] * 14], "drivers_known_ahead": ["tariff", "holiday_plan"],
    "attribute_slots": ["area", *[f"attribute_{slot}" for slot in range(2, 9)]],
    "hierarchy": [["area"], ["site"]], "entity_modes": {}, "n_windows": 1, "step_size": 6, "country": "ES",
    "tidy": {
        "time": "local time", "target": "kWh", "keys": {"site": "Site", "meter": "Meter No"},
        "drivers": {"tariff": "Tariff", "holiday_plan": "Holiday?"}, "driver_entity": "drivers",
        "attributes": {"area": "Area"}, "attribute_entity": "attributes", "known_at": "announced",
    },
}  # fmt: skip


def local_text(instant: dt.datetime) -> str:
    """The clock in Madrid, without offset: 02:00 comes twice on 2024-10-27."""
    return str(instant + dt.timedelta(hours=2 if instant < MADRID_AHEAD_UNTIL else 1))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    home = tmp_path_factory.mktemp("own")
    readings = [
        {"local time": local_text(instant), "Site": site, "Meter No": "01", "kWh": str(hour)}
        for site in (unicodedata.normalize("NFD", CAFE) + "  ", "Depot")
        for hour, instant in enumerate(HOURS)
        if not (site == "Depot" and hour == 30)
    ]
    readings[0]["Site"] = CAFE
    write_delivery(home / "raw", "tidy", "observations", readings, as_of="2024-11-01 00:00:00")
    # The tariff holds for a whole site, so the file has no meter.
    plans = [
        {"local time": str(instant), "Site": "Depot", "Tariff": tariff, "Holiday?": "yes", "announced": "2024-10-01"}
        for instant, tariff in [
            ("2024-10-28 22:00", "peak"),
            ("2024-10-28 23:00", "base"),
            ("2024-12-24 12:00", "peak"),
        ]
    ]
    write_delivery(home / "raw", "tidy", "drivers", plans, as_of="2024-11-01 00:00:00")
    areas = [{"Site": CAFE, "Area": "north"}, {"Site": "Depot", "Area": "south"}, {"Site": "Depot", "Area": "west"}]
    write_delivery(home / "raw", "tidy", "attributes", areas, as_of="2024-11-01 00:00:00")
    write_delivery(home / "raw", "calendar", "holidays", [], columns=["ds", "country", "subdivision", "name", "kind"])
    connection = duckdb.connect(str(dbt_build(home, VARIABLES)), read_only=True)
    yield connection
    connection.close()


def test_local_hours_become_consecutive_instants_across_the_clock_change(own: duckdb.DuckDBPyConnection) -> None:
    found = own.execute("select ds, y from marts.fct_observations where unique_id like 'Caf%' order by ds").fetchall()

    assert found == [(instant, hour) for hour, instant in enumerate(HOURS)]


def test_spellings_of_one_id_are_one_series_and_a_bar_in_it_is_escaped(own: duckdb.DuckDBPyConnection) -> None:
    found = own.execute("select unique_id, site, meter from marts.dim_series where level = 'bottom' order by 1")

    assert found.fetchall() == [("Café 007\\|a|01", CAFE, "01"), ("Depot|01", "Depot", "01")]


def test_a_missing_reading_is_imputed_from_the_day_before(own: duckdb.DuckDBPyConnection) -> None:
    found = own.execute("select ds, y, missing_kind from marts.fct_observations where is_imputed").fetchall()

    assert found == [(HOURS[30], 6, "missing")]


def test_a_driver_file_without_a_key_serves_every_series_that_shares_the_rest(own: duckdb.DuckDBPyConnection) -> None:
    found = own.execute("""
        select unique_id, ds, tariff, holiday_plan, known_at from marts.fct_drivers order by ds
    """).fetchall()
    announced = dt.datetime.fromisoformat("2024-10-01")

    # base and peak are coded in alphabetical order; what lies beyond the horizon waits.
    assert found == [
        ("Depot|01", dt.datetime.fromisoformat("2024-10-28T21:00"), 2, 1, announced),
        ("Depot|01", dt.datetime.fromisoformat("2024-10-28T22:00"), 1, 1, announced),
    ]


def test_the_later_row_of_an_attribute_wins_and_builds_the_hierarchy(own: duckdb.DuckDBPyConnection) -> None:
    parents = dict(own.execute("select unique_id, parent_id from marts.dim_series where level = 'site'").fetchall())
    log = own.execute("select rule_id, n_rows from monitoring.cleaning_log where entity = 'attributes'").fetchall()

    assert parents == {f"site={CAFE}": "area=north", "site=Depot": "area=west"}
    assert dict(log) == {"accepted": 2, "duplicate_key": 1}


def test_a_day_has_as_many_hours_as_the_local_clock_shows(own: duckdb.DuckDBPyConnection) -> None:
    found = own.execute("""
        select cast(local_ds as date) as day, count(*), any_value(n_hours) from marts.dim_calendar
        where local_ds between '2024-10-26' and '2024-10-28 23:00' or local_ds between '2024-03-31' and '2024-03-31 23:00'
        group by day order by day
    """).fetchall()

    assert [(hours, stated) for _, hours, stated in found] == [(23, 23), (24, 24), (25, 25), (24, 24)]


@pytest.mark.parametrize(
    ("freq", "zone", "text", "expected"),
    [
        ("D", "UTC", "2024-02-29", "2024-02-29"),
        ("D", "UTC", "2024-02-29 13:00:00", "2024-02-29"),
        ("D", "UTC", "29/02/2024", None),
        ("MS", "UTC", "2024-05", "2024-05-01"),
        ("ME", "UTC", "2024-05-31", "2024-05-31"),
        ("QS", "UTC", "2024-Q2", "2024-04-01"),
        ("QE", "UTC", "2024Q4", "2024-10-01"),
        ("QS", "UTC", "Q3 2024", "2024-07-01"),
        ("QS", "UTC", "q1/2024", "2024-01-01"),
        ("QS", "UTC", "Q5-2024", None),
        ("YS", "UTC", "2024", "2024-01-01"),
        ("D", "UTC", "2024-03-01T00:00:00+01:00", "2024-03-01"),
        ("D", "Europe/Madrid", "2024-02-29 23:00:00+00", "2024-03-01"),
        ("D", "Europe/Madrid", "2024-03-01", "2024-03-01"),
        ("MS", "Europe/Madrid", "2024-06-30 22:00:00+00", "2024-07-01"),
        ("MS", "Europe/Madrid", "2024-05", "2024-05-01"),
        ("W-WED", "Europe/Madrid", "2024-05-01 13:00", "2024-05-01"),
        ("h", "UTC", "2024-05-01 10:00", "2024-05-01 10:00:00"),
        ("h", "UTC", "2024-05-01T10:00:00+02:00", "2024-05-01 08:00:00"),
        ("30min", "Europe/Madrid", "2024-05-01T10:30:00Z", "2024-05-01 10:30:00"),
        ("30min", "Europe/Madrid", "2024-05-01 10:30", "2024-05-01 08:30:00"),
        # F43 one file may mix both ways: the same instant is one row.
        ("h", "Europe/Madrid", "2024-05-01T10:00:00+02:00", "2024-05-01 08:00:00"),
        ("h", "Europe/Madrid", "2024-05-01 10:00", "2024-05-01 08:00:00"),
        ("h", "UTC", "2024-05-01T10:00Z", "2024-05-01 10:00:00"),
        ("h", "UTC", "2024-05-01 10:00:00 +0200", "2024-05-01 08:00:00"),
        ("h", "Europe/Madrid", "2024-05-01T10:00+02:00", "2024-05-01 08:00:00"),
        ("D", "UTC", "2024-05-01T00:00Z", "2024-05-01"),
        ("D", "Europe/Madrid", "2024-04-30T22:00Z", "2024-05-01"),
        ("MS", "UTC", "2024-05-01T00:00+02:00", "2024-05-01"),
        ("30min", "Europe/Madrid", "2024-03-31 02:30", None),
        ("h", "Australia/Sydney", "2024-01-01 09:00", "2023-12-31 22:00:00"),
        ("30min", "Australia/Lord_Howe", "2024-10-06 02:10", None),
        ("30min", "Australia/Lord_Howe", "2024-10-06 02:30", "2024-10-05 15:30:00"),
        ("30min", "Australia/Lord_Howe", "2024-07-01 00:00", "2024-06-30 13:30:00"),
    ],
)
def test_times_are_read_as_people_write_them(freq: str, zone: str, text: str, expected: str | None) -> None:
    expression = macro("tidy_time", {"freq": freq, "timezone": zone, "tidy": {}})("source.time")
    found = duckdb.execute(
        f"""
        set timezone = 'UTC';
        select cast({expression} as varchar)
        from (select ? as time, 'd' as _delivery_id, 'f' as _source_file, 1 as _row_number) as source
        """,
        [text],
    ).fetchone()

    assert found == (expected,)


@pytest.mark.parametrize(
    ("freq", "zone", "text", "expected"),
    [
        ("h", "UTC", "1714550400", "2024-05-01 08:00:00"),
        ("h", "Europe/Madrid", "1714550400", "2024-05-01 08:00:00"),
        ("h", "Europe/Madrid", "1714550400.0", "2024-05-01 08:00:00"),
        ("D", "UTC", "1714521600", "2024-05-01"),
        ("D", "Europe/Madrid", "1714514400", "2024-05-01"),
        ("D", "UTC", "soon", None),
    ],
)
def test_unix_times_are_the_instants_that_they_count(freq: str, zone: str, text: str, expected: str | None) -> None:
    found = []
    for name, given in (("unix", text), ("unix_ms", text.replace(".0", "") + "000")):
        expression = macro("tidy_time", {"freq": freq, "timezone": zone, "tidy": {"time_format": name}})("source.time")
        query = f"select cast({expression} as varchar), {unix_time_sql('source.time', name)} from (select ? as time) as source"
        staged, ingested = duckdb.execute(query, [given]).fetchone() or ()
        assert (staged is None) == (ingested is None)
        found.append(staged)

    assert found == [expected, expected]


@pytest.mark.parametrize("text", ["2024-05-01T10:00Z", "2024-05-01 10:00:00 +0100", "2024-05-01", "10:00", "x"])
def test_a_time_is_made_whole_alike_at_ingest_and_in_staging(text: str) -> None:
    query = f"select {text_with_seconds_sql('text')} = {macro('text_with_seconds')('text')} from (select ? as text)"

    assert duckdb.execute(query, [text]).fetchone() == (True,)


@pytest.mark.parametrize(
    ("zone", "first", "last", "minutes"),
    [
        ("Europe/Madrid", "2024-10-26T22:00", "2024-10-27T23:00", 60),
        ("America/New_York", "2024-11-03T04:00", "2024-11-04T05:00", 30),
        ("Australia/Lord_Howe", "2024-04-06T13:00", "2024-04-07T13:30", 30),
    ],
    ids=["F43 25 hours in Madrid", "F43 25 hours in New York", "F43 24.5 hours on Lord Howe Island"],
)
def test_local_times_that_come_twice_are_the_two_instants_that_they_were(
    zone: str, first: str, last: str, minutes: int
) -> None:
    start, end = dt.datetime.fromisoformat(first), dt.datetime.fromisoformat(last)
    instants = [
        start + dt.timedelta(minutes=minutes) * step for step in range((end - start) // dt.timedelta(minutes=minutes))
    ]
    clock = ZoneInfo(zone)
    local = [instant.replace(tzinfo=dt.UTC).astimezone(clock).strftime("%Y-%m-%d %H:%M") for instant in instants]
    freq = "h" if minutes == 60 else f"{minutes}min"
    expression = macro("tidy_time", {"freq": freq, "timezone": zone, "tidy": {}})("source.time", ["source.site"])
    found = duckdb.execute(
        f"""
        select {expression} from (
            select unnest($local) as time, 'A' as site, 'd' as _delivery_id, 'f' as _source_file,
                generate_subscripts($local, 1) as _row_number
        ) as source
        order by source._row_number
        """,
        {"local": local},
    ).fetchall()

    assert len(set(local)) < len(local), "the clock is set back in this night"
    assert [instant for (instant,) in found] == instants
