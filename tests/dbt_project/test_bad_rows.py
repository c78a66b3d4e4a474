"""Bad rows of one's own file: each gets its verdict, the good ones beside it stay, and received = accepted + the rest.

The ids name the fault (F33 …) of the list that the suite works through; files that cannot be read at all are in
tests/dagster_project/ingest/test_faults.py. All cases share one delivery of two files and one dbt build.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pytest

from dagster_project.dbt import dbt_vars
from dagster_project.product import Product
from tests.dagster_project.ingest.shop import Shop, tidy_settings
from tests.dbt_project.conftest import dbt_build

FIRST, LAST = dt.date.fromisoformat("2026-01-05"), dt.date.fromisoformat("2026-02-10")
DAYS = [str(FIRST + dt.timedelta(days=day)) for day in range((LAST - FIRST).days + 1)]
AS_OF = dt.datetime.fromisoformat("2026-02-27T02:00")
LATER = AS_OF + dt.timedelta(days=2)
NEXT, AFTER = "2026-02-11", "2026-02-12"

NFC, NFD = (unicodedata.normalize(form, "Café") for form in ("NFC", "NFD"))


@dataclass
class Case:
    """Rows of one series beside its 37 good ones (ten a day): what becomes of them.

    `rows`: date, target and, where it matters, the id; `late`: rows of the second file; `verdicts`: rule and count of
    the rows that are not accepted; `y`: what the series then holds on some days; `base`: the days of the good rows.
    """

    rows: list[tuple[str, ...]] = field(default_factory=list)
    verdicts: dict[str, int] = field(default_factory=dict)
    y: dict[str, float | None] = field(default_factory=dict)
    late: list[tuple[str, ...]] = field(default_factory=list)
    base: list[str] = field(default_factory=lambda: DAYS)


def _not_a_number(text: str) -> Case:
    return Case([(NEXT, text), (AFTER, "3")], {"unparsable_value": 1}, {AFTER: 3})


def _not_finite(text: str) -> Case:
    return Case([(NEXT, text), (AFTER, "3")], {"non_finite_number": 1}, {AFTER: 3})


def _impossible(day: str) -> Case:
    return Case([(day, "3")], {"impossible_date": 1})


def _no_date(text: str) -> Case:
    return Case([(text, "3")], {"unparsable_value": 1})


CASES: dict[str, Case] = {
    "F33 a row twice": Case([(NEXT, "3"), (NEXT, "3")], {"exact_duplicate": 1}, {NEXT: 3}),
    "F33 a row three times": Case([(NEXT, "3")] * 3, {"exact_duplicate": 2}, {NEXT: 3}),
    "F33 one key with two values": Case([(NEXT, "3"), (NEXT, "5")], {"duplicate_key": 1}, {NEXT: 5}),
    "F33 a value restated by the next file": Case(late=[(DAYS[-1], "4")], verdicts={"duplicate_key": 1}, y={DAYS[-1]: 4}),
    "F33 the next file repeats a row": Case(late=[(DAYS[-1], "10")], verdicts={"exact_duplicate": 1}, y={DAYS[-1]: 10}),
    "F34 three days late": Case(late=[("2026-02-24", "3")], y={"2026-02-24": 3}),
    "F34 thirty days late": Case(base=[*DAYS[:20], *DAYS[21:]], late=[(DAYS[20], "3")], y={DAYS[20]: 3}),
    "F34 four hundred days late": Case(late=[("2025-01-23", "3")], y={"2025-01-23": 3, "2025-06-01": 0}),
    "F34 out of order": Case([(AFTER, "4"), (NEXT, "3")], y={NEXT: 3, AFTER: 4}),
    "F35 a day without a row": Case(base=[*DAYS[:20], *DAYS[21:]], y={DAYS[20]: 0}),
    "F35 a week without rows": Case(base=[*DAYS[:14], *DAYS[21:]], y={DAYS[14]: 0, DAYS[20]: 0}),
    "F35 an empty value": Case([(NEXT, ""), (AFTER, "4")], y={NEXT: 10, AFTER: 4}),
    "F35 a gap at the end": Case(base=DAYS[:20], y={DAYS[19]: 10, DAYS[20]: None}),
    "F37 NaN": _not_finite("NaN"),
    "F37 inf": _not_finite("inf"),
    "F37 minus infinity": _not_finite("-Infinity"),
    "F37 a number beyond doubles": _not_finite("1e400"),
    "F37 nan as text": _not_finite("nan"),
    "F37 words for no value": Case([(NEXT, "NA"), (AFTER, "4")], y={NEXT: 10, AFTER: 4}),
    "F38 below zero": Case([(NEXT, "-3"), (AFTER, "4")], {"negative_demand": 1}, {NEXT: 0, AFTER: 4}),
    "F38 a huge value": Case([(NEXT, "1e12")], y={NEXT: 1e12}),
    "F38 a decimal among whole numbers": Case([(NEXT, "2.5")], y={NEXT: 2.5}),
    "F38 grouped thousands": _not_a_number("1,234"),
    "F38 a decimal comma": _not_a_number("2,5"),
    "F38 a currency": _not_a_number("€ 5"),
    "F38 a word": _not_a_number("many"),
    "F41 after the delivery": _impossible("2026-03-15"),
    "F41 the day after the delivery": Case([("2026-02-28", "3")], y={"2026-02-28": 3}),
    "F41 in 1900": _impossible("1900-01-01"),
    "F41 in 9999": _impossible("9999-12-31"),
    "F41 no date at all": _no_date("soon"),
    "F41 an empty date": Case([("", "3")], {"missing_key": 1}),
    "F42 a leap day": Case(late=[("2024-02-29", "3")], y={"2024-02-29": 3, "2024-03-01": 0}),
    "F42 a leap day of a common year": _no_date("2025-02-29"),
    "F42 a thirteenth month": _no_date("2025-13-01"),
    "F42 the last day of a month": Case(late=[("2025-12-31", "3")], y={"2025-12-31": 3, "2026-01-01": 0}),
}  # fmt: skip

# The id as delivered in one more row, and the series that the row belongs to (None: quarantined).
IDS: dict[str, tuple[str, str | None]] = {
    "F40 composed": (NFC, NFC),
    "F40 decomposed": (NFD, NFC),
    "F40 blanks around": ("  Depot \t", "Depot"),
    "F40 a no-break space": ("Depot\u00a0", "Depot"),
    "F40 capitals": ("DEPOT", "DEPOT"),
    "F40 leading zeros": ("007", "007"),
    "F40 without them": ("7", "7"),
    "F40 an emoji": ("😀 shop", "😀 shop"),
    "F40 right to left": ("חנות", "חנות"),
    "F40 four kilobytes": ("k" * 4096, "k" * 4096),
    "F40 looks like a date": ("1-2", "1-2"),
    "F40 looks like a formula": ("=cmd()", "=cmd()"),
    "F40 quotes and a comma": ('a "b", c', 'a "b", c'),
    "F40 a line end inside": ("two\nlines", "two\nlines"),
    "F40 a slash": ("A/B", "A/B"),
    "F40 an apostrophe": ("O'Neill", "O'Neill"),
    "F40 blank": ("   ", None),
    "F40 empty": ("", None),
}
# Each id twice, on different days, so that two spellings of one id do not collide.
ID_ROWS = [(f"2026-02-{1 + number:02d}", "3", given) for number, (given, _) in enumerate(IDS.values())]


@dataclass(frozen=True)
class Judged:
    """What dbt made of the two files; `places`: case by file and row number."""

    warehouse: duckdb.DuckDBPyConnection
    places: dict[tuple[str, int], str]
    received: int

    def verdicts(self, name: str) -> Counter[str]:
        """How many rows of a case each rule took."""
        return Counter(
            rule or "accepted"
            for file, row, rule in self.warehouse.execute(
                "select source_file, row_number, rule_id from intermediate.int_tidy__row_verdicts"
            ).fetchall()
            if self.places[file, row] == name
        )

    def y(self, series: str) -> dict[str, float]:
        """The series after cleaning, by day."""
        rows = self.warehouse.execute(
            "select ds, y from marts.fct_observations inner join marts.dim_series using (unique_id) where shop = ?",
            [series],
        ).fetchall()
        return {str(ds): y for ds, y in rows}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    home = tmp_path_factory.mktemp("bad_rows")
    settings: dict[str, Any] = tidy_settings(drivers=[])
    settings["tidy"].pop("drivers")
    settings["entities"]["observations"]["mode"] = "incremental"
    shop = Shop(Product.model_validate(settings), home)
    files: dict[str, list[tuple[str, str, str]]] = {"sales_1.csv": [], "sales_2.csv": []}
    places = {}
    for name, case in CASES.items():
        early = [*((day, "10") for day in case.base), *case.rows]
        for file, rows in (("sales_1.csv", early), ("sales_2.csv", case.late)):
            for row in rows:
                files[file].append((row[0], name, row[1]))
                places[file, len(files[file])] = name
    for name, (day, sold, given) in zip(IDS, ID_ROWS, strict=True):
        files["sales_1.csv"].append((day, given, sold))
        places["sales_1.csv", len(files["sales_1.csv"])] = name
    for (file, rows), as_of in zip(files.items(), (AS_OF, LATER), strict=True):
        report = shop.deliver({file: _csv(rows)}, as_of=as_of)
        assert report.rows == len(rows)
    variables = dbt_vars(shop.product, shop.paths)
    with duckdb.connect(str(dbt_build(shop.paths.root, variables)), read_only=True) as warehouse:
        yield Judged(warehouse, places, sum(map(len, files.values())))


def _csv(rows: list[tuple[str, str, str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([("date", "shop", "sold"), *rows])
    return text.getvalue()


@pytest.mark.parametrize("name", CASES)
def test_a_bad_row_gets_its_verdict_and_the_rows_beside_it_stay(judged: Judged, name: str) -> None:
    case = CASES[name]
    received = len(case.base) + len(case.rows) + len(case.late)
    expected = Counter(case.verdicts)
    expected["accepted"] = received - expected.total()

    assert judged.verdicts(name) == expected
    series = judged.y(name)
    assert {day: series.get(day) for day in case.y} == case.y


@pytest.mark.parametrize("name", IDS)
def test_an_odd_id_is_one_series_by_the_documented_rule(judged: Judged, name: str) -> None:
    day = ID_ROWS[list(IDS).index(name)][0]
    _, series = IDS[name]

    assert judged.verdicts(name) == {"accepted" if series else "missing_key": 1}
    if series:
        assert judged.y(series)[day] == 3


def test_spellings_of_one_id_are_one_series_and_others_are_not(judged: Judged) -> None:
    found = judged.warehouse.execute("select shop from marts.dim_series where level = 'bottom'").fetchall()

    assert {shop for (shop,) in found} == {series for _, series in IDS.values() if series} | set(CASES)


def test_received_is_accepted_and_quarantined_and_dropped(judged: Judged) -> None:
    counts = judged.warehouse.execute("""
        select sum(n_rows), sum(n_rows) filter (where is_accepted), sum(n_rows) filter (where action = 'drop'),
            sum(n_rows) filter (where action = 'quarantine'), (select count(*) from monitoring.quarantine)
        from monitoring.cleaning_log
    """).fetchone()
    dropped = {"exact_duplicate", "duplicate_key"}
    rules = Counter(rule for case in CASES.values() for rule in Counter(case.verdicts).elements())
    n_dropped = sum(count for rule, count in rules.items() if rule in dropped)
    n_quarantined = rules.total() - n_dropped + sum(series is None for _, series in IDS.values())

    assert counts == (
        judged.received,
        judged.received - n_dropped - n_quarantined,
        n_dropped,
        n_quarantined,
        n_quarantined,
    )


def test_each_quarantined_row_says_why_with_its_values(judged: Judged) -> None:
    rows = judged.warehouse.execute(
        "select source_file, row_number, reason, raw_values from monitoring.quarantine"
    ).fetchall()

    assert all(reason and raw for _, _, reason, raw in rows)
    reasons = {judged.places[file, row]: reason for file, row, reason, _ in rows}
    assert reasons["F38 grouped thousands"] == 'sold: expected a number, found "1,234"'
    assert reasons["F41 no date at all"] == 'date: expected a date or time of freq D, found "soon"'
    assert "9999-12-31" in reasons["F41 in 9999"]


def test_f42_every_day_has_its_iso_week_and_the_same_weekday_of_last_year(judged: Judged) -> None:
    days = judged.warehouse.execute(
        "select ds, iso_year, iso_week, day_of_week, day_of_year, same_weekday_last_year from marts.dim_calendar"
    ).fetchall()
    known = {ds for ds, *_ in days}

    assert {dt.date.fromisoformat(text) for text in ("2024-02-29", "2026-12-31", "2027-01-03")} <= known
    for ds, iso_year, iso_week, day_of_week, day_of_year, last_year in days:
        assert (iso_year, iso_week, day_of_week) == tuple(ds.isocalendar())
        assert day_of_year == ds.timetuple().tm_yday
        assert last_year == ds - dt.timedelta(days=364)
    assert {(iso_year, iso_week) for ds, iso_year, iso_week, *_ in days if str(ds) in {"2026-12-28", "2027-01-03"}} == {
        (2026, 53)
    }
